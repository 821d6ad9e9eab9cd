"""Groups of rows, as texts."""

import numpy as np


def groups_of(groups, n_rows, name):
    """Groups as texts, one for each row; ValueError unless there are so many, and two different ones at least."""
    found = np.asarray(groups)
    if found.shape != (n_rows,):
        raise ValueError(f"{name} must hold one group for each of {n_rows:,} rows, got shape {found.shape}.")
    found = np.array(["(missing)" if g is None or g != g else str(g) for g in found.tolist()])
    if len(np.unique(found)) < 2:
        raise ValueError(f"{name} holds one group only, {found[0]!r}: there is nothing to compare.")
    return found
