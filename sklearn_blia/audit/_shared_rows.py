"""Whether held-out rows are training rows, too, in whatever container."""

from collections import Counter

import numpy as np
from scipy import sparse, stats

_MOST_DENSE = 1000  # columns of sparse rows that are compared with dense ones
_MISSING = {"nan", "None", "<NA>", "NaT"}


def same_columns(X, X_holdout):
    """Return held-out rows with the columns of the training rows, by name.

    Parameters
    ----------
    X, X_holdout : array-like, sparse matrix, DataFrame or list
        Rows of each kind.

    Returns
    -------
    of the kind of X_holdout
        Columns of a frame in the order of X.

    Raises
    ------
    ValueError
        If they are not of one kind, or have other columns.
    """
    kinds = [type(one).__name__ for one in (X, X_holdout)]
    if kinds[0] != kinds[1] and (hasattr(X, "columns") or hasattr(X_holdout, "columns")):
        raise ValueError(f"X is of type {kinds[0]} and X_holdout {kinds[1]}: give both as one kind of table.")
    if not hasattr(X, "columns"):
        shapes = [getattr(one, "shape", (0,))[1:] for one in (X, X_holdout)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"Rows of X have shape {shapes[0]} and those of X_holdout {shapes[1]}: they must agree.")
        return X_holdout
    names, others = list(X.columns), list(X_holdout.columns)
    lacking, more = ([one for one in a if one not in b] for a, b in ((names, others), (others, names)))
    if lacking or more:
        raise ValueError(f"X_holdout lacks the columns {lacking} of X, and has {more} beside them: name them alike.")
    return X_holdout[names]


def refuse_shared(X, X_holdout):
    """Raise ValueError if held-out rows are training rows, too: they would hide what the model memorized.

    People who merely have the same features are as frequent among the training rows themselves.

    Parameters
    ----------
    X, X_holdout : array-like, sparse matrix, DataFrame or list
        Rows of each kind, with the same columns.
    """
    keys, others = _row_keys(X), _row_keys(X_holdout)
    counts = Counter(keys)
    n_twins = sum(counts[key] > 1 for key in keys)
    shared = [number for number, key in enumerate(others) if counts[key]]
    table = [[len(shared), len(others) - len(shared)], [n_twins, len(keys) - n_twins]]
    if shared and (not n_twins or stats.fisher_exact(table, alternative="greater").pvalue < 0.01):
        raise ValueError(
            f"{len(shared):,} of {len(others):,} rows of X_holdout are rows of X too, the first of them row "
            f"{shared[0]:,} of X_holdout, and {n_twins:,} of {len(keys):,} rows of X have a twin in X: held-out rows "
            "must not be trained on. Drop them."
        )


def _row_keys(X):
    """What rows are known again by, of whatever kind they are: their values as numbers of one width, or as texts."""
    if sparse.issparse(X):
        X = X.toarray() if X.shape[1] <= _MOST_DENSE else X.tocsr().astype(np.float32)
    if sparse.issparse(X):
        X.sort_indices()
        parts = [slice(*pair) for pair in zip(X.indptr[:-1], X.indptr[1:], strict=True)]
        return [X.indices[part].tobytes() + X.data[part].tobytes() for part in parts]
    if hasattr(X, "columns"):
        columns = [_values(X[name]) for name in X.columns]
        return list(zip(*columns, strict=True))
    if isinstance(X, list):
        return list(map(repr, X))
    rows = np.asarray(X)
    if rows.dtype.kind in "biuf":
        rows = rows.reshape(len(rows), -1).astype(np.float32)
        return [row.tobytes() for row in np.ascontiguousarray(rows + np.float32(0))]  # 0 for -0
    return list(map(repr, rows.tolist()))


def _values(column):
    """Values of a column of a frame, the same whatever type it has: numbers in single precision, else texts."""
    values = [None if str(one) in _MISSING else one for one in np.asarray(column).tolist()]
    try:
        return [None if one is None else float(np.float32(one)) for one in values]
    except (TypeError, ValueError):
        return [None if one is None else str(one) for one in values]
