"""Which canaries are near each other."""

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from ..canaries import as_numbers


@dataclass(frozen=True)
class NearestCanaries:
    """The canaries nearest to each canary, by their features: whose labels a model may have mixed with its own.

    Evidence: ``index`` and ``distance`` of shape (n_canaries, n_neighbors), nearest first, in standard deviations of
    the columns; categories (texts of a frame, too) count as 0 and 1, lists of texts by their words, images by their
    pixels.

    Attributes
    ----------
    n_neighbors : int
        How many, or all others where there are fewer.
    """

    n_neighbors: int = 5

    def trainings(self):
        """Return no further trainings.

        Returns
        -------
        tuple
            Empty.
        """
        return ()

    def check(self, X):
        """Compare a few rows, so that rows that cannot be are told before any training.

        Parameters
        ----------
        X : array-like of n_rows rows
            Rows.

        Raises
        ------
        ValueError
            If they cannot be compared.
        """
        as_numbers(_safe_indexing(X, np.arange(min(10, _num_samples(X)))))

    def collect(self, ask, trained, public):
        """Find the nearest.

        Parameters
        ----------
        ask : callable
            Not used.
        trained : list
            Not used.
        public : PublicCanaries
            The canaries, with features.

        Returns
        -------
        dict of str to ndarray
            ``index`` and ``distance``.
        """
        rows = as_numbers(public.X)
        n = min(self.n_neighbors, rows.shape[0] - 1)
        if n < 1:
            nothing = np.empty((rows.shape[0], 0))
            return {"index": nothing.astype(np.intp), "distance": nothing}
        distance, index = NearestNeighbors(n_neighbors=n).fit(rows).kneighbors()
        return {"index": index, "distance": distance}
