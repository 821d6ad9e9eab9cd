"""Tell a canary's label by what its neighbours' labels leave to explain."""

from numbers import Integral, Real

import numpy as np
from sklearn.linear_model import LogisticRegression

from ..canaries import PlainInterval
from ..evidence import NearestCanaries
from ._adaptive import AdaptiveAttack
from ._base import BaseAttack
from ._logits import logit

_LEAST = 20  # coins before anything is learned from them, and canaries of a round
_N_ROUNDS = 20


class NeighborCoinsAttack(AdaptiveAttack):
    """Infer a label from the model's output less what labels of near canaries, guessed before, explain of it.

    Nearest neighbours, trees and models of repeated rows mix the labels of rows that are near. Where two copies of a
    row have labels 0 and 1, the output says one half and neither label; but once one of them is known, so is the other.
    Canaries whose nearest one is not among them yet, taken in the order of the rows, are guessed first, by the output
    alone; then the others, in rounds, by a logistic regression of coins on the output's logit and on the labels of near
    canaries, fitted to all coins seen so far.

    The coins of canaries guessed already may be used, in any order (Keinan, Shenfeld and Ligett, arXiv 2503.07199,
    Proposition E.5).

    Parameters
    ----------
    n_neighbors : int, default=5
        Near canaries of each that are looked at.
    clip : float, default=1e-3
        Probabilities are brought to at least this and at most 1 less this, for the logit.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against, and whose coins are seen after each guess.

    See Also
    --------
    NeighborhoodAttack : Asks the model about rows around each canary.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import CanaryFlipper, NeighborCoinsAttack, ThresholdAttack, make_label_pipeline
    >>> X, y = np.repeat(np.arange(500.0), 2)[:, None], np.zeros(1000, dtype=int)    # every row twice
    >>> flipper = CanaryFlipper(1.0, classes=[0, 1], random_state=0)
    >>> model = make_label_pipeline(flipper, DecisionTreeClassifier(random_state=0)).fit(X, y)
    >>> ThresholdAttack()(model) < 0.8, NeighborCoinsAttack()(model) > 0.82
    (True, True)
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "n_neighbors": [PlainInterval(Integral, 1, None, closed="left")],
        "clip": [PlainInterval(Real, 0, 0.5, closed="neither")],
    }

    def __init__(self, n_neighbors=5, *, clip=1e-3, target="private"):
        self.n_neighbors = n_neighbors
        self.clip = clip
        self.target = target

    @property
    def requires(self):
        """Which canaries are near each other."""
        return (NearestCanaries(int(self.n_neighbors)),)

    def play(self, evidence, game):
        """Guess some canaries by their outputs, then those near them by what their coins leave.

        Parameters
        ----------
        evidence : Evidence
            Outputs, and near canaries.
        game : Game
            Tells coins of canaries guessed.
        """
        near = evidence[self.requires[0]]
        leaning = logit(evidence.second, self.clip)
        table = _Neighbors(evidence.pairs, near["index"], near["distance"])
        codes = np.full(len(leaning), -1)
        first = table.apart()
        first = first[np.argsort(-np.abs(leaning[first]), kind="stable")]
        codes[first] = game.guess(first, leaning[first])
        left = np.setdiff1d(np.arange(len(leaning)), first)
        size = max(_LEAST, -(-len(left) // _N_ROUNDS))
        while len(left):
            scores = self._scores_now(leaning, table.features(codes), codes)[left]
            surest = np.argsort(-np.abs(scores), kind="stable")[:size]
            codes[left[surest]] = game.guess(left[surest], scores[surest])
            left = np.delete(left, surest)

    def _scores_now(self, leaning, near, codes):
        """Log odds of the second candidate, by all coins seen so far; the logit itself while these are few."""
        known = codes >= 0
        if known.sum() < _LEAST or len(np.unique(codes[known])) < 2:
            return leaning
        table = np.column_stack([leaning, near])
        return LogisticRegression().fit(table[known], codes[known]).decision_function(table)


class _Neighbors:
    """Near canaries, weighed: a copy counts 1, one at a typical distance a half."""

    def __init__(self, pairs, index, distance):
        self.pairs, self.index = pairs, index
        typical = np.median(distance) if distance.size else 1.0
        self.weights = 1 / (1 + distance / typical) if typical > 0 else (distance == 0).astype(float)

    def apart(self):
        """Positions of canaries of which none has an earlier one of them for its nearest."""
        free = np.ones(len(self.pairs), dtype=bool)
        for canary, nearest in enumerate(self.index[:, :1]):
            earlier = nearest[nearest < canary]
            if free[earlier].any():
                free[canary] = False
        return np.flatnonzero(free)

    def features(self, codes):
        """Sums, over near canaries whose coin is known, for the second candidate of each and against it."""
        labels = np.where(codes >= 0, self.pairs[np.arange(len(codes)), np.maximum(codes, 0)], -1)[self.index]
        side = (labels == self.pairs[:, 1:]).astype(float) - (labels == self.pairs[:, :1])
        every = (self.weights * side).sum(axis=1)
        return np.column_stack([every, (self.weights * side)[:, :1].sum(axis=1)])
