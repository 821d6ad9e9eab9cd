"""Canaries in equal numbers from each class or group."""

import numpy as np

from ._base_flipper import BaseFlipper
from ._row_groups import row_groups


class StratifiedFlipper(BaseFlipper):
    """Plant equal numbers of canaries in each class, or each group of rows.

    Random canaries are as rare in a rare class as the class is, and then say nothing of it. Chance stays one half, for
    rows are chosen before the coins.

    Parameters
    ----------
    groups : str, int, callable or array-like of shape (n_samples,), default=None
        Name or position of a column of X that holds the groups; function from rows to one value for each; or the
        values. None takes the natural labels.
    fraction : float, default=0.02
        Share of all rows to turn into canaries, in (0, 1]; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries of all groups together; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.
    keep_bystanders : bool, default=False
        Whether to keep other training rows too, for scorers that learn from them.
    random_state : int, RandomState instance or None, default=None
        Draws rows, decoys and coins, as in `CanaryFlipper`.

    Attributes
    ----------
    canaries_ : Canaries
        The secret, as in `CanaryFlipper`.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Notes
    -----
    What does not divide evenly goes to groups at random; a group with too few rows gives all of them, and the others
    share what is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import StratifiedFlipper
    >>> y = np.repeat(["common", "rare"], [950, 50])
    >>> flipper = StratifiedFlipper(n_canaries=60, random_state=0).fit(np.zeros((1000, 1)), y)
    >>> [int(np.sum(flipper.canary_natural_labels_ == label)) for label in ("common", "rare")]
    [30, 30]
    """

    def __init__(
        self,
        groups=None,
        *,
        fraction=0.02,
        n_canaries=None,
        classes=None,
        keep_bystanders=False,
        random_state=None,
    ):
        self.groups = groups
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes
        self.keep_bystanders = keep_bystanders
        self.random_state = random_state

    def _choose(self, X, codes, classes, rng):
        groups = codes if self.groups is None else row_groups(X, self.groups, len(codes))
        names, sizes = np.unique(groups, return_counts=True)
        n_canaries = self._count(len(codes))
        if self.groups is not None and len(names) > n_canaries:
            raise ValueError(
                f"groups={self.groups!r} gives {len(names):,} groups, more than the {n_canaries:,} canaries that they "
                "are to share: plant more, or make fewer groups."
            )
        chosen = [
            rng.choice(np.flatnonzero(groups == name), size=share, replace=False)
            for name, share in zip(names, equal_shares(sizes, n_canaries, rng), strict=True)
        ]
        return np.sort(np.concatenate(chosen)), None


def equal_shares(sizes, total, rng):
    """Deal a number out in equal parts, none larger than there is room for.

    Parameters
    ----------
    sizes : ndarray of int of shape (n_groups,)
        Room.
    total : int
        What is dealt; at most all the room.
    rng : numpy.random.Generator
        Says who gets what does not divide evenly.

    Returns
    -------
    ndarray of int of shape (n_groups,)
        Parts.
    """
    shares = np.zeros(len(sizes), dtype=int)
    while left := total - shares.sum():
        open_ = np.flatnonzero(shares < sizes)
        if left < len(open_):
            shares[rng.choice(open_, size=left, replace=False)] += 1
        else:
            shares[open_] += np.minimum(left // len(open_), (sizes - shares)[open_])
    return shares
