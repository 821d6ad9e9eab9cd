"""Which canaries are near each other."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.impute import SimpleImputer
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples


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
        _as_numbers(_safe_indexing(X, np.arange(min(10, _num_samples(X)))))

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
        rows = _as_numbers(public.X)
        n = min(self.n_neighbors, rows.shape[0] - 1)
        if n < 1:
            nothing = np.empty((rows.shape[0], 0))
            return {"index": nothing.astype(np.intp), "distance": nothing}
        distance, index = NearestNeighbors(n_neighbors=n).fit(rows).kneighbors()
        return {"index": index, "distance": distance}


def _as_numbers(X):
    """Columns of one scale."""
    if sparse.issparse(X):
        return StandardScaler(with_mean=False).fit_transform(X)
    if hasattr(X, "columns"):
        frame = X if hasattr(X, "iloc") else X.to_pandas()
        numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
        select = make_column_selector(dtype_include="number")
        rest = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        return make_column_transformer((numbers, select), remainder=rest).fit_transform(frame)
    X = np.asarray(X)
    if X.dtype.kind in "OUS" and X.ndim == 1:
        return HashingVectorizer(n_features=2**12).transform(X.astype(str))
    return StandardScaler().fit_transform(np.nan_to_num(X.reshape(len(X), -1).astype(float)))
