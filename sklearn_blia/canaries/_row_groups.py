"""Which rows belong together: by a column, a function of the rows, or one value for each row."""

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing

from ._labels import is_missing


def row_groups(X, groups, n_rows, *, missing_alone=False):
    """Number the groups of rows.

    Parameters
    ----------
    X : array-like of n_rows rows
        Rows.
    groups : str, int, callable or array-like of shape (n_rows,)
        Name or position of a column; function from rows to one value for each; or the values.
    n_rows : int
        Number of rows.
    missing_alone : bool, default=False
        Whether each missing value is a group of its own, and not all of them one.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        Groups, from 0.

    Raises
    ------
    ValueError
        If there is no such column, or not one value for each row.
    """
    if groups is None:
        raise ValueError("groups=None: name a column of X, or give a function from rows to values, or the values.")
    if callable(groups):
        values = groups(X)
    elif isinstance(groups, (str, int, np.integer)) and not isinstance(groups, bool):
        values = _column(X, groups)
    else:
        values = groups
    values = np.asarray(values)
    if values.shape not in ((n_rows,), (n_rows, 1)):
        raise ValueError(
            f"groups must give one value for each of {n_rows:,} rows, got shape {values.shape}. Where canaries go into "
            "a part of the rows, as in LabelAudit, name a column of X, or give a function from rows to values."
        )
    numbers: dict = {}
    return np.array([numbers.setdefault(_name(value, place, missing_alone), len(numbers))
                     for place, value in enumerate(values.reshape(-1).tolist())])  # fmt: skip


def _column(X, name):
    try:
        column = _safe_indexing(X, name, axis=1)
    except Exception as error:
        there = [str(one) for one in getattr(X, "columns", ())][:20]
        known = f"X has {', '.join(map(repr, there))}" if there else f"{type(error).__name__}: {error}"
        raise ValueError(f"groups={name!r} gives no column of X ({known}).") from error
    return column.toarray() if sparse.issparse(column) else column


def _name(value, place, missing_alone):
    if is_missing(value):
        return ("missing", place if missing_alone else 0)
    try:
        hash(value)
    except TypeError:
        raise ValueError(f"groups holds {value!r}, which names no group: texts and numbers do.") from None
    return ("group", value)
