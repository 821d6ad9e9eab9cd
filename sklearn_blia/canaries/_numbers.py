"""Rows of any kind as columns of numbers of one scale, for what compares rows."""

import numpy as np
from scipy import sparse
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def as_numbers(X):
    """Return rows as numbers in columns of one scale.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or list of texts, n_rows
        Rows. Categories, texts of a frame among them, count as 0 and 1, lists of texts by their words, images by their
        pixels.

    Returns
    -------
    ndarray or sparse matrix of shape (n_rows, n_columns)
        Numbers.
    """
    if sparse.issparse(X):
        return StandardScaler(with_mean=False).fit_transform(X)
    if hasattr(X, "columns"):
        frame = X if hasattr(X, "iloc") else X.to_pandas()
        return _of_columns(make_column_selector(dtype_include="number")).fit_transform(frame)
    X = np.asarray(X)
    if X.dtype.kind in "OUS" and X.ndim == 1:
        return HashingVectorizer(n_features=2**12).transform(X.astype(str))
    if X.dtype.kind in "OUS":
        return _of_columns([column for column in range(X.shape[1]) if _are_numbers(X[:, column])]).fit_transform(X)
    return StandardScaler().fit_transform(np.nan_to_num(X.reshape(len(X), -1).astype(float)))


def _of_columns(numbers):
    """Scales columns of numbers, and makes a column of each of the most frequent values of the others."""
    scale = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    rest = OneHotEncoder(handle_unknown="ignore", max_categories=256, sparse_output=False)
    return make_column_transformer((scale, numbers), remainder=rest)


def _are_numbers(column):
    try:
        column.astype(float)
    except (TypeError, ValueError):
        return False
    return True
