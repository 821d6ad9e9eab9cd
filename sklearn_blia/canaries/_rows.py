"""Rows of whatever kind a classifier takes: some of them, and rows that no fit can spoil for the next."""

import sys

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing


class TakenRows:
    """Some rows of a table, each taken when it is asked for: no copy of all of them.

    Parameters
    ----------
    X : array-like of n_samples rows
        The table.
    rows : ndarray of int of shape (n_taken,)
        Which.
    """

    def __init__(self, X, rows):
        self.X, self.rows = X, rows

    def __len__(self):
        return len(self.rows)


def take_rows(X, rows):
    """Take rows out of a table, whatever it is.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame, list or TakenRows of n_samples rows
        The table.
    rows : ndarray of int of shape (n_taken,)
        Which.

    Returns
    -------
    of the kind of the table
        So many rows.
    """
    if isinstance(X, TakenRows):
        return take_rows(X.X, X.rows[rows])
    if sparse.issparse(X):
        return X.tocsr()[rows]
    if not hasattr(X, "__getitem__"):  # an array only by __array__
        X = np.asarray(X)
    return _safe_indexing(X, rows)


def shared_rows(X):
    """Return the same rows in a form that a fit cannot write into.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or list
        Rows that many fits share.

    Returns
    -------
    of the kind of X
        Arrays and sparse matrices share their memory and are read-only; what cannot be made so is returned as it is.
    """
    if isinstance(X, np.ndarray):
        if not X.flags.writeable:
            return X
        view = X.view()
        view.flags.writeable = False
        return view
    if sparse.issparse(X) and X.format in ("csr", "csc") and X.data.flags.writeable:
        parts = [part.view() for part in (X.data, X.indices, X.indptr)]
        for part in parts:
            part.flags.writeable = False
        return type(X)(tuple(parts), shape=X.shape, copy=False)
    return X


def all_rows(X):
    """Return rows as they are, those that were to be taken one by one as a copy; both as by `shared_rows`.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame, list or TakenRows
        Rows.

    Returns
    -------
    of the kind of the table
        All rows.
    """
    return shared_rows(take_rows(X, np.arange(len(X))) if isinstance(X, TakenRows) else X)


def own_rows(X):
    """Return a copy of rows, for a fit that writes into them.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or list
        Rows.

    Returns
    -------
    of the kind of X
        A copy, writable.
    """
    return X.copy() if hasattr(X, "copy") else X


def join_rows(parts):
    """Put tables of one kind one below the other.

    Parameters
    ----------
    parts : sequence of array-like, sparse matrix, DataFrame or list
        Tables with the same columns, one at least.

    Returns
    -------
    of the kind of the first
        All rows, in order.
    """
    first = parts[0]
    if hasattr(first, "iloc"):
        return sys.modules["pandas"].concat(parts)
    if hasattr(first, "columns") and hasattr(first, "vstack"):  # polars
        return sys.modules["polars"].concat(parts)
    if sparse.issparse(first):
        return sparse.vstack(parts, format="csr")
    return [row for part in parts for row in part] if isinstance(first, list) else np.concatenate(parts)
