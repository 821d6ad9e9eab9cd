"""Groups of rows, as texts."""

import numpy as np

from ..canaries import is_missing

# Every group costs power and time.
_MOST = 100
# Of a coin whose rows are of more than one.
SEVERAL_GROUPS = "(several groups)"


def groups_of(groups, n_rows, name):
    """Groups as texts, one for each row; ValueError unless there are so many, and two different ones at least."""
    found = np.asarray(groups)
    if found.shape != (n_rows,):
        what = f"{groups!r}: give the values, those of a column say" if not found.shape else f"shape {found.shape}"
        raise ValueError(f"{name} must hold one group for each of {n_rows:,} rows, got {what}.")
    found = np.array(["(missing)" if is_missing(group) or group == "" else str(group) for group in found.tolist()])
    n_groups = len(np.unique(found))
    if n_groups > _MOST:
        raise ValueError(f"{name} holds {n_groups:,} different groups, and at most {_MOST} can be told: make fewer.")
    if n_groups < 2:
        raise ValueError(f"{name} holds one group only, {found[0]!r}: there is nothing to compare.")
    return found


def check_groups(trials, stop_when_refuted):
    """Raise ValueError where groups cannot be told of.

    Parameters
    ----------
    trials : list of Trial
        All trainings.
    stop_when_refuted : bool
        Whether repeats end early.
    """
    if stop_when_refuted:
        raise ValueError("groups is for stop_when_refuted=False: tests of groups do not hold whenever one stops.")
    if any(trial.X is not None for trial in trials):
        raise ValueError("groups is for planters that leave the rows as they are, and this one changes them.")
