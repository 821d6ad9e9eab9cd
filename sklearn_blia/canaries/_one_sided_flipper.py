"""Canaries between one class and another alone."""

import numpy as np

from ._base_flipper import BaseFlipper
from ._canaries import Canaries
from ._pairs import positions_of


class OneSidedFlipper(BaseFlipper):
    """Plant canaries in one class alone: a coin decides whether a row keeps its label or gets that of another class.

    The label noise of many tables goes one way, positives taken for negatives say, and with more than two classes a
    random decoy is rarely the one that matters. Coins are fair, so the chance of a label-blind attack is one half here,
    too, exactly; one that guesses the natural label always is right half the time. An attack that reads labels has the
    chance level of its own guesses, as ever.

    Parameters
    ----------
    flip_from, flip_to : label
        Natural label of the canaries, and the other candidate.
    fraction : float, default=0.02
        Share of the rows with that label to turn into canaries, in (0, 1]; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.
    keep_bystanders : bool, default=False
        Whether to keep other training rows too, for scorers that learn from them.
    random_state : int, RandomState instance or None, default=None
        Draws rows and coins, as in `CanaryFlipper`.

    Attributes
    ----------
    canaries_ : Canaries
        The secret, as in `CanaryFlipper`.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Notes
    -----
    A model that stores only how frequent each class is has seen the *sum* of the coins, which here all pull one way:
    see the page on statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import OneSidedFlipper
    >>> y = np.repeat(["fraud", "honest"], 100)
    >>> flipper = OneSidedFlipper("fraud", "honest", fraction=0.5, random_state=0).fit(np.zeros((200, 1)), y)
    >>> len(flipper.canary_indices_), set(flipper.canary_natural_labels_.tolist())
    (50, {'fraud'})
    """

    _parameter_constraints: dict = {
        **BaseFlipper._parameter_constraints,
        "flip_from": "no_validation",
        "flip_to": "no_validation",
    }

    def __init__(
        self,
        flip_from,
        flip_to,
        *,
        fraction=0.02,
        n_canaries=None,
        classes=None,
        keep_bystanders=False,
        random_state=None,
    ):
        self.flip_from = flip_from
        self.flip_to = flip_to
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes
        self.keep_bystanders = keep_bystanders
        self.random_state = random_state

    def _choose(self, X, codes, classes, rng):
        natural, _ = self._candidates(classes)
        there = np.flatnonzero(codes == natural)
        if not len(there):
            raise ValueError(f"flip_from={self.flip_from!r}: no row has that label.")
        count = self._count(len(there), f"rows with the label {self.flip_from!r}")
        return np.sort(rng.choice(there, size=count, replace=False)), None

    def _draw(self, X, codes, classes, rng):
        rows, _ = self._choose(X, codes, classes, rng)
        candidates = np.sort(self._candidates(classes))
        coins = rng.integers(2, size=len(rows))
        return Canaries(np.tile(classes[candidates], (len(rows), 1)), coins, rows, classes[codes[rows]])

    def _candidates(self, classes):
        """Positions of the two labels among the classes."""
        found = []
        for name in ("flip_from", "flip_to"):
            label = getattr(self, name)
            at = positions_of([label], classes) if np.ndim(label) == 0 else [-1]
            if at[0] < 0:
                raise ValueError(f"{name}={label!r} is none of the classes {classes.tolist()[:6]}, type included.")
            found.append(int(at[0]))
        if found[0] == found[1]:
            raise ValueError(f"flip_from and flip_to are both {self.flip_to!r}: name two classes.")
        return found
