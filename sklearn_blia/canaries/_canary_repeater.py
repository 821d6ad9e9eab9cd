"""Canaries that stand in the table several times, with one coin."""

from numbers import Integral

import numpy as np

from ._constraints import PlainInterval
from ._draw_canaries import draw_canaries
from ._planter import Planted
from ._row_adder import BaseRowAdder
from ._rows import join_rows, take_rows


class CanaryRepeater(BaseRowAdder):
    """Plant canaries that stand in the training data several times, all with the label that one coin decided.

    They tell how often a model has to see a label until it is memorized, and what oversampling and duplicated records
    do to privacy. Each coin decides `n_copies` labels, and a claim of epsilon for single labels is held to
    ``n_copies * epsilon`` (group privacy). A planter for `LabelAudit` and `plant_canaries`, and no label sampler: it
    adds rows, in random order. Whoever looks for copies finds the canaries, and whoever drops copies drops them.

    Parameters
    ----------
    n_copies : int, default=4
        How often each canary stands in the table, its own row included.
    fraction : float, default=0.02
        Share of the rows to turn into canaries, in (0, 1], before copies; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries, and coins; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import CanaryRepeater
    >>> planted = CanaryRepeater(3, n_canaries=5).plant(np.zeros((50, 1)), np.arange(50) % 2, np.random.default_rng(0))
    >>> planted.X.shape, planted.canaries
    ((60, 1), Canaries(15 with 5 coins, secret))
    """

    _parameter_constraints: dict = {
        **BaseRowAdder._parameter_constraints,
        "n_copies": [PlainInterval(Integral, 2, None, closed="left")],
    }

    def __init__(self, n_copies=4, *, fraction=0.02, n_canaries=None, classes=None):
        self.n_copies = n_copies
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes

    def _plant(self, X, codes, classes, n_canaries, rng):
        n_rows, n_more = len(codes), self.n_copies - 1
        chosen = np.sort(rng.choice(n_rows, size=n_canaries, replace=False))
        copies = np.repeat(chosen, n_more)
        rows = np.concatenate([chosen, np.arange(n_rows, n_rows + len(copies))])
        units = np.concatenate([np.arange(n_canaries), np.repeat(np.arange(n_canaries), n_more)])
        codes = np.concatenate([codes, codes[copies]])
        canaries = draw_canaries(rows, codes, classes, rng, units)
        return Planted(join_rows([X, take_rows(X, copies)]), canaries.apply(classes[codes]), canaries)
