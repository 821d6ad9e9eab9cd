"""The labels to train on, of the model and of every further training: drawn once, piece by piece."""

import numpy as np
from sklearn.base import clone

from ..canaries import Canaries, positions_of
from ..labels import uncounted_releases
from ..metrics import PrivacyClaim
from ._drawing import promised
from ._seeds import with_seed


class LabelColumns:
    """Draws a column of labels for the model under audit, and one for each further training. It holds the secret.

    Every training has coins of its own on the same canaries and fresh noise of the same mechanism, or is trained
    without the canaries' rows. Rows come in pieces, so that a table need not fit into memory.

    Parameters
    ----------
    canaries : Canaries
        Those of the model.
    trainings : sequence of Training
        Further trainings.
    classes : ndarray of shape (n_classes,)
        All classes.
    mechanism : sampler or None
        Unfitted, what all labels pass through.
    rng : numpy.random.Generator
        Draws the coins of further trainings and, with a seed, the mechanism's.
    seeded : bool
        Whether the mechanism's noise follows `rng`; else it comes from the system's entropy.
    """

    def __init__(self, canaries, trainings, classes, mechanism, rng, seeded):
        self.classes = classes
        self.mechanism = mechanism
        self.rng = rng
        self.seeded = seeded
        # Nobody may learn the model's coins from the other columns, so these have none of them, a reference included.
        self.canaries = {None: canaries} | {training: canaries.redrawn(rng) for training in trainings}
        order = np.argsort(canaries.rows)
        self._order = order
        self._rows = canaries.rows[order]
        self._codes = {key: positions_of(one.private, classes)[order] for key, one in self.canaries.items()}
        self._caps = np.ones(len(canaries))
        self._claims: list = []
        self.fair = True

    def draw(self, start, codes, X=None):
        """Draw the labels of some rows.

        Parameters
        ----------
        start : int
            The first row of the piece.
        codes : ndarray of intp of shape (n_rows,)
            Natural labels, as positions in the classes.
        X : array-like of n_rows rows, default=None
            What a mechanism sees of the rows; None gives it their numbers.

        Returns
        -------
        dict of Training or None to ndarray of intp of shape (n_rows,)
            Labels of the model (None) and of each further training; -1 for a row that is left out.
        """
        first, last = np.searchsorted(self._rows, [start, start + len(codes)])
        places = self._rows[first:last] - start
        drawn = {}
        for training, private in self._codes.items():
            labels = codes.copy()
            labels[places] = private[first:last]
            if self.mechanism is not None:
                mechanism = self._mechanism()
                seen = np.arange(start, start + len(codes))[:, None] if X is None else X
                with uncounted_releases():  # docs tell what the label columns of a plan spend
                    _, released = mechanism.fit_resample(seen, self.classes[labels])
                labels = positions_of(released, self.classes)
                if training is None:
                    self._note_promise(mechanism, first, last, start)
            if training is not None:
                labels[~training.keeps(np.arange(start, start + len(codes)), self._rows)] = -1
            drawn[training] = labels
        return drawn

    def _mechanism(self):
        mechanism = clone(self.mechanism)
        if self.seeded:
            mechanism = with_seed(mechanism, int(self.rng.integers(2**32)))
        if mechanism.get_params().get("classes", 0) is None:
            mechanism.set_params(classes=self.classes)
        return mechanism

    def _note_promise(self, mechanism, first, last, start):
        """What a mechanism that was fitted on a piece promises of the model's canaries in it."""
        otherwise = PrivacyClaim(mechanism.get_params().get("epsilon", np.inf))
        self.fair &= bool(getattr(mechanism, "symmetric", False))
        if first == last:
            self._claims.append(getattr(mechanism, "privacy_claim_", otherwise))
            return
        one, at = self.canaries[None], self._order[first:last]
        here = Canaries(one.pairs[at], one.coins[at], one.rows[at] - start, one.natural[at])
        claim, self._caps[at] = promised(mechanism, here, otherwise)
        self._claims.append(PrivacyClaim(*claim))

    @property
    def claim(self):
        """What the mechanism promised of each column, the weakest of all pieces; None without one."""
        if not self._claims:
            return None
        return PrivacyClaim(*(max(getattr(one, name) for one in self._claims) for name in ("epsilon", "delta")))

    @property
    def caps(self):
        """What no attack exceeds on average at each canary, if the mechanism is what it says; None without one."""
        return self._caps if self._claims else None


def column_names(target, trainings):
    """Names of label columns: the model's is the target itself."""
    return {None: target} | {training: f"{target}__{_suffix(training)}" for training in trainings}


def _suffix(training):
    if training.n_folds > 1:
        return f"without_{training.number}_of_{training.n_folds}"
    return "reference" if training.canaries == "left out" else f"shadow_{training.number}"
