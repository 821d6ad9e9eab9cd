"""Which rows are copies of each other, or nearly."""

from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ._labels import is_missing
from ._numbers import as_numbers


@dataclass(frozen=True)
class NearDuplicates:
    """Function from rows to units of rows that are copies of each other, or nearly.

    For ``SharedCoinFlipper(groups=NearDuplicates(0.1))``.

    Attributes
    ----------
    radius : float
        Rows that are so near each other, or linked by others that are, are one unit: Euclidean distance in columns of
        one scale, standard deviations, with categories as 0 and 1. With 0, the default, rows of equal values alone;
        missing ones are equal.

    Examples
    --------
    >>> from sklearn_blia.canaries import NearDuplicates
    >>> NearDuplicates()([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]).tolist()
    [0, 1, 0]
    """

    radius: float = 0.0

    def __post_init__(self):
        is_number = isinstance(self.radius, Real) and not isinstance(self.radius, (bool, np.bool_))
        if not is_number or not 0 <= self.radius < np.inf:
            raise ValueError(f"radius must be a number of at least 0, got {self.radius!r}.")

    def __call__(self, X):
        """Number the units of rows.

        Parameters
        ----------
        X : array-like, sparse matrix, DataFrame or list of n_rows rows
            Rows.

        Returns
        -------
        ndarray of int of shape (n_rows,)
            Unit of each.
        """
        if self.radius:
            from sklearn.neighbors import radius_neighbors_graph

            return connected_components(radius_neighbors_graph(as_numbers(X), self.radius), directed=False)[1]
        numbered: dict = {}
        return np.array([numbered.setdefault(row, len(numbered)) for row in _as_keys(X)])


def _as_keys(X):
    """One key for each row, the same for the very same values."""
    if sparse.issparse(X):
        rows = sparse.csr_array(X, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        ends = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
        return [(rows.indices[a:b].tobytes(), rows.data[a:b].tobytes()) for a, b in ends]
    if hasattr(X, "columns"):
        frame = X if hasattr(X, "iloc") else X.to_pandas()
        columns = [[_key(value) for value in frame.iloc[:, place].tolist()] for place in range(frame.shape[1])]
        return list(zip(*columns, strict=True))
    rows = np.asarray(X)
    if rows.dtype.kind in "fc":
        return [row.tobytes() for row in np.ascontiguousarray(rows) + 0.0]  # -0.0 is 0.0
    if rows.dtype == object:
        return [tuple(map(_key, np.ravel(row).tolist())) for row in rows]
    return [row.tobytes() for row in np.ascontiguousarray(rows)]


def _key(value):
    return None if is_missing(value) else value
