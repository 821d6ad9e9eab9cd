"""Canaries in synthetic rows: what is in the table stays as it is."""

import sys

import numpy as np
from scipy import sparse

from ._draw_canaries import draw_canaries
from ._planter import Planted
from ._row_adder import BaseRowAdder
from ._rows import join_rows


class CanaryInserter(BaseRowAdder):
    """Plant canaries in synthetic rows among the others: no natural row, and no natural label, changes.

    Each cell of a synthetic row is drawn from its column, independently of the others, so that every value is one
    that occurs, and their combination hardly ever. Such rows are harder than natural ones: what is found bounds epsilon
    for all rows alike, and overstates how much of natural rows is memorized. A planter for `LabelAudit` and
    `plant_canaries`, and no label sampler: it adds rows.

    Parameters
    ----------
    fraction : float, default=0.02
        Number of synthetic rows as a share of the natural ones, in (0, 1]; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.

    Notes
    -----
    A synthetic row has no natural label. ``canaries.natural`` holds one of its candidates at random, which says nothing
    of the coin.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import CanaryInserter
    >>> X, y = np.arange(100.0).reshape(50, 2), np.arange(50) % 2
    >>> planted = CanaryInserter(n_canaries=5).plant(X, y, np.random.default_rng(0))
    >>> natural = np.setdiff1d(np.arange(55), planted.canaries.rows)
    >>> planted.X.shape, sorted(planted.X[natural, 0]) == sorted(X[:, 0])
    ((55, 2), True)
    """

    def __init__(self, fraction=0.02, *, n_canaries=None, classes=None):
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes

    def _plant(self, X, codes, classes, n_canaries, rng):
        n_rows = len(codes)
        X_new = shuffled_cells(X, n_canaries, rng)
        codes = np.concatenate([codes, rng.integers(len(classes), size=n_canaries)])
        canaries = draw_canaries(np.arange(n_rows, n_rows + n_canaries), codes, classes, rng)
        all_rows = join_rows([np.asarray(X) if isinstance(X, (list, tuple)) else X, X_new])
        return Planted(all_rows, canaries.apply(classes[codes]), canaries)


def shuffled_cells(X, n_new, rng):
    """Make rows, each cell of which is drawn from its column.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...), sparse matrix or DataFrame
        A table.
    n_new : int
        Rows to make.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    of the kind of X
        So many rows.

    Raises
    ------
    ValueError
        If it is no table.
    """
    if sparse.issparse(X):
        columns = X.tocsc()
        drawn = [columns[:, [j]].tocsr()[rng.integers(columns.shape[0], size=n_new)] for j in range(columns.shape[1])]
        return sparse.hstack(drawn, format="csr")
    if hasattr(X, "iloc") and X.ndim == 2 and X.shape[1]:
        drawn = [X.iloc[rng.integers(len(X), size=n_new), [j]].reset_index(drop=True) for j in range(X.shape[1])]
        return sys.modules["pandas"].concat(drawn, axis=1)
    if hasattr(X, "columns") and hasattr(X, "with_columns"):  # polars
        return X.select(X[name][rng.integers(len(X), size=n_new)] for name in X.columns)
    if isinstance(X, (list, tuple)) and not isinstance(X[0], str):
        X = np.asarray(X)
    if getattr(X, "ndim", 0) < 2 or not np.prod(X.shape[1:]):
        raise ValueError("CanaryInserter makes rows from columns: X must be an array, a sparse matrix or a DataFrame.")
    flat = np.asarray(X).reshape(len(X), -1)
    cells = flat[rng.integers(len(flat), size=(n_new, flat.shape[1])), np.arange(flat.shape[1])]
    return cells.reshape(n_new, *np.shape(X)[1:])
