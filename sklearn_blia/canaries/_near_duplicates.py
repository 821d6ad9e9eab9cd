"""Which rows are copies of each other, or nearly."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ._numbers import as_numbers


@dataclass(frozen=True)
class NearDuplicates:
    """Function from rows to units of rows that are copies of each other, or nearly.

    For ``SharedCoinFlipper(groups=NearDuplicates(0.1))``.

    Attributes
    ----------
    radius : float
        Rows that are so near each other, or linked by others that are, are one unit: Euclidean distance in columns of
        one scale, standard deviations, with categories as 0 and 1. With 0, the default, equal rows alone.

    Examples
    --------
    >>> from sklearn_blia.canaries import NearDuplicates
    >>> NearDuplicates()([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]).tolist()
    [0, 1, 0]
    """

    radius: float = 0.0

    def __post_init__(self):
        if isinstance(self.radius, bool) or not isinstance(self.radius, (int, float)) or not 0 <= self.radius < np.inf:
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
        numbers = as_numbers(X)
        if self.radius:
            from sklearn.neighbors import radius_neighbors_graph

            return connected_components(radius_neighbors_graph(numbers, self.radius), directed=False)[1]
        if sparse.issparse(numbers):
            rows = numbers.tocsr()
            rows.sum_duplicates()
            parts = [(row.indices.tobytes(), row.data.tobytes()) for row in rows]
        else:
            parts = [row.tobytes() for row in np.ascontiguousarray(numbers) + 0.0]  # -0.0 is 0.0
        numbered: dict = {}
        return np.array([numbered.setdefault(part, len(numbered)) for part in parts])
