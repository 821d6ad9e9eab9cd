"""Canaries whose rows share coins: one for a household, a user, or all near-duplicates of a row."""

from numbers import Integral

import numpy as np

from ._base_flipper import BaseFlipper
from ._constraints import PlainInterval
from ._row_groups import row_groups


class SharedCoinFlipper(BaseFlipper):
    """Plant canaries in units of rows that share one coin: all rows of a household, a user or a near-duplicate.

    The coin decides for all rows of a unit at once whether they keep their natural labels or take their decoys. Labels
    that come together are memorized together: whoever guesses them adds up what the model says of all rows of the unit.
    Counts, intervals and bounds are of coins. A training that is epsilon-label-DP for single labels is only
    g·epsilon-label-DP for g labels at once (group privacy), and that is what its claim is held to.

    Parameters
    ----------
    groups : str, int, callable or array-like of shape (n_samples,)
        Name or position of a column of X that holds the units; function from rows to one value for each,
        `NearDuplicates` for one; or the values. A row whose value is missing is a unit of its own.
    fraction : float, default=0.02
        Share of the units to turn into canaries, in (0, 1]; rounded down to whole units.
    n_canaries : int, default=None
        Number of units, and coins; overrides `fraction`.
    max_rows : int, default=None
        Units with more rows are left alone, for the largest unit weakens every bound; None takes them all.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.
    keep_bystanders : bool, default=False
        Whether to keep other training rows too, for scorers that learn from them.
    random_state : int, RandomState instance or None, default=None
        Draws units, decoys and coins, as in `CanaryFlipper`.

    Attributes
    ----------
    canaries_ : Canaries
        The secret, as in `CanaryFlipper`; its ``units`` say which rows share a coin.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Notes
    -----
    `LabelAudit` holds out rows at random, whatever their unit: a coin decides those that are trained on.

    References
    ----------
    Dwork and Roth, "The Algorithmic Foundations of Differential Privacy", 2014, Theorem 2.2 (group privacy).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import SharedCoinFlipper
    >>> household = np.arange(200) // 4
    >>> flipper = SharedCoinFlipper(household, n_canaries=10, random_state=0).fit(np.zeros((200, 1)), household % 2)
    >>> flipper.canaries_
    Canaries(40 with 10 coins, secret)
    """

    _parameter_constraints: dict = {
        **BaseFlipper._parameter_constraints,
        "max_rows": [PlainInterval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        groups,
        *,
        fraction=0.02,
        n_canaries=None,
        max_rows=None,
        classes=None,
        keep_bystanders=False,
        random_state=None,
    ):
        self.groups = groups
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.max_rows = max_rows
        self.classes = classes
        self.keep_bystanders = keep_bystanders
        self.random_state = random_state

    def _choose(self, X, codes, classes, rng):
        unit_of = row_groups(X, self.groups, len(codes), missing_alone=True)
        sizes = np.bincount(unit_of)
        there = np.flatnonzero(sizes <= (self.max_rows or len(codes)))
        if not len(there):
            raise ValueError(f"max_rows={self.max_rows} leaves no unit: the smallest has {sizes.min()} rows.")
        units = np.sort(rng.choice(there, size=self._count(len(there), "units"), replace=False))
        rows = np.flatnonzero(np.isin(unit_of, units))
        return rows, np.searchsorted(units, unit_of[rows])
