"""How a fitted model is asked."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia.canaries import _asking, predicted_labels


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, pd.DataFrame, np.ndarray.tolist])
def test_labels_of_many_rows_and_classes_are_asked_for_in_parts(container, monkeypatch):
    """A classifier may hold a score of each row and class while it predicts: 10,000 classes of 50,000 rows are 4 GB."""
    X = np.arange(103.0)[:, None] + 1
    y = np.arange(103) // 2
    model, asked = KNeighborsClassifier(1, algorithm="brute").fit(X, y), []
    predict = model.predict
    model.predict = lambda rows: asked.append(rows.shape[0] if hasattr(rows, "shape") else len(rows)) or predict(rows)
    monkeypatch.setattr(_asking, "_MOST_SCORES", 52 * 20)
    np.testing.assert_array_equal(predicted_labels(model, container(X), np.unique(y)), y)
    assert asked == [20] * 5 + [3]


def test_few_classes_are_asked_for_at_once():
    model = DummyClassifier().fit(np.zeros((100_000, 1)), np.arange(100_000) % 2)
    asked = []
    model.predict = lambda X: asked.append(len(X)) or np.zeros(len(X), dtype=int)
    assert predicted_labels(model, np.zeros((100_000, 1)), np.array([0, 1])).shape == (100_000,)
    assert asked == [100_000]
