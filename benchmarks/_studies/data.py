"""Tables of the studies: simulated ones of any size, and the real ones where they are at hand."""

from functools import cache

import numpy as np
from sklearn.datasets import load_digits, make_classification

from sklearn_blia.datasets import (
    fetch_census,
    fetch_devign,
    fetch_fashion_mnist,
    fetch_imdb,
    make_census_preprocessor,
)


def simulated(n_rows, n_classes=2, *, seed=0, **params):
    """Twenty columns, ten of which tell of the class, which nobody can tell for sure."""
    settings = {"n_features": 20, "n_informative": 10, "n_redundant": 4, "flip_y": 0.02, "class_sep": 1.0}
    return make_classification(n_rows, n_classes=n_classes, random_state=seed, **settings | params)


@cache
def _census():
    rows = fetch_census(subset="all", as_frame=True, download_if_missing=False)
    X = make_census_preprocessor().fit_transform(rows.data)
    return np.asarray(X.todense() if hasattr(X, "todense") else X, dtype=np.float32), np.asarray(rows.target)


def census(n_rows=None, seed=0):
    """The first rows of the Census in random order, one-hot; labels play no part in the columns."""
    X, y = _census()
    order = np.random.default_rng(seed).permutation(len(y))[:n_rows]
    return X[order], y[order]


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


@cache
def fashion(n_rows):
    data = fetch_fashion_mnist(subset="train", binary=None, download_if_missing=False)
    order = np.random.default_rng(0).permutation(len(data.target))[:n_rows]
    return np.asarray(data.images[order], dtype=np.float32).reshape(n_rows, -1) / 255, np.asarray(data.target)[order]


def _words(texts, n_features):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(max_features=20_000, sublinear_tf=True, min_df=3).fit_transform(texts)
    return TruncatedSVD(n_features, random_state=0).fit_transform(made).astype(np.float32)


@cache
def imdb(n_rows):
    data = fetch_imdb(subset="train", download_if_missing=False)
    order = np.random.default_rng(0).permutation(len(data.target))[:n_rows]
    return _words([data.data[row] for row in order], 100), np.asarray(data.target)[order]


@cache
def devign(n_rows):
    data = fetch_devign(download_if_missing=False)
    order = np.random.default_rng(0).permutation(len(data.target))[:n_rows]
    return _words([data.data[row] for row in order], 100), np.asarray(data.target)[order]
