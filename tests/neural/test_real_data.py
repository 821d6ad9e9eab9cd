"""The token networks on real texts, where a data home with them lies on this machine (SKLEARN_BLIA_DATA)."""

import os

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_blia.datasets import fetch_devign, fetch_imdb
from sklearn_blia.neural import RNNClassifier, TextVectorizer, TransformerClassifier

MODELS = [
    RNNClassifier(max_epochs=4, lr=0.002, random_state=0),
    TransformerClassifier(max_epochs=4, random_state=0),
]


def slice_of(fetch, n_rows, **params):
    if not os.environ.get("SKLEARN_BLIA_DATA"):
        pytest.skip("SKLEARN_BLIA_DATA names no data home")
    try:
        X, y = fetch(download_if_missing=False, return_X_y=True, **params)
    except OSError as error:
        pytest.skip(str(error))
    rows = np.random.RandomState(0).permutation(len(y))[:n_rows]
    return [X[row] for row in rows], y[rows]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize(
    ("fetch", "analyzer", "n_train"), [(fetch_imdb, "prose", 3000), (fetch_devign, "c", 12_000)], ids=["imdb", "devign"]
)
def test_better_than_the_majority(model, fetch, analyzer, n_train):
    """By more than two standard errors of the accuracy on 4,000 rows, 1.6 points."""
    X, y = slice_of(fetch, n_train + 4000)
    vectorizer = TextVectorizer(analyzer, max_length=150, max_features=5000, min_df=2)
    accuracy = make_pipeline(vectorizer, model).fit(X[:n_train], y[:n_train]).score(X[n_train:], y[n_train:])
    majority = max(y[n_train:].mean(), 1 - y[n_train:].mean())
    assert accuracy > majority + 2 * np.sqrt(0.25 / 4000)
