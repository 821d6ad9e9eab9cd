"""What has to hold for every architecture alike."""

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from skorch import NeuralNetClassifier

from sklearn_blia.neural import (
    CNNClassifier,
    ResNet18Classifier,
    RNNClassifier,
    SequentialClassifier,
    TransformerClassifier,
)

COMMON = {"max_epochs": 2, "batch_size": 30, "lr": 0.01, "random_state": 0}
RNG = np.random.RandomState(0)
Y = RNG.randint(3, size=100)
TABLE = RNG.standard_normal((100, 8)).astype(np.float32)
IMAGES = RNG.randint(256, size=(100, 9, 11, 3)).astype(np.uint8)
TOKENS = RNG.randint(1, 20, size=(100, 20)) * (np.arange(20) < RNG.randint(1, 21, size=100)[:, None])
CASES = {
    "sequential": (SequentialClassifier((16,), **COMMON), TABLE),
    "cnn": (CNNClassifier((4, 4), hidden_size=8, **COMMON), IMAGES),
    "resnet18": (ResNet18Classifier(2, **COMMON), IMAGES),
    "rnn": (RNNClassifier(embedding_size=4, hidden_size=4, **COMMON), TOKENS),
    "transformer": (TransformerClassifier(embedding_size=8, n_heads=2, n_layers=1, dropout=0.3, **COMMON), TOKENS),
}
each = pytest.mark.parametrize(("model", "X"), CASES.values(), ids=CASES)


def fit(model, X, **params):
    return clone(model).set_params(**params).fit(X, Y)


@each
def test_whole_batches_give_what_single_rows_give(model, X, monkeypatch):
    """The same seed with stock skorch, whose DataLoader collates row by row: the same net to the last bit.

    In stock skorch's layout of images, for in another sums are rounded otherwise.
    """
    monkeypatch.setattr(type(model), "_channels_last", False)
    ours = fit(model, X)
    torch.manual_seed(int(np.random.RandomState(0).randint(2**31, size=2)[0]))  # as fit draws it from random_state=0
    stock = NeuralNetClassifier(
        type(model)._module_class,
        **{f"module__{name}": value for name, value in ours._module_params().items()},
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=0.01,
        max_epochs=2,
        batch_size=30,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).fit(clone(model).fit(X, Y)._read(X, reset=False)[0], Y)
    for mine, theirs in zip(ours.net_.module_.parameters(), stock.module_.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@each
def test_early_stopping_and_weights(model, X):
    """Unequal weights train another net, equal ones the same; held-out rows are taken from each class."""
    plain = fit(model, X)
    np.testing.assert_allclose(
        clone(model).fit(X, Y, sample_weight=np.full(100, 3.0)).predict_proba(X), plain.predict_proba(X), atol=1e-4
    )
    heavy = clone(model).fit(X, Y, sample_weight=1.0 + Y)
    assert not np.allclose(heavy.predict_proba(X), plain.predict_proba(X), atol=1e-4)
    stopped = fit(model, X, early_stopping=True, n_iter_no_change=1, max_epochs=30)
    assert "valid_loss" in stopped.net_.history[0]


@each
def test_warm_starts_are_one_fit(model, X):
    warm = fit(model, X, warm_start=True, max_epochs=1).fit(X, Y)
    np.testing.assert_array_equal(warm.predict_proba(X), fit(model, X).predict_proba(X))


@each
def test_double_and_mixed_precision(model, X):
    """Two epochs stay together within the rounding of the coarser type, but for a little that Adam adds."""
    single = fit(model, X, lr=1e-4).predict_proba(X)
    np.testing.assert_allclose(fit(model, X, lr=1e-4, precision="bfloat16").predict_proba(X), single, atol=0.1)
    assert fit(model, X, precision="float64").predict_proba(X).dtype == np.float64


def test_workers_give_what_serial_fits_give():
    jobs = [delayed(fit)(model, X) for model, X in CASES.values()]
    serial, parallel = (Parallel(n_jobs=n)(jobs) for n in (1, 2))
    for (_, X), one, two in zip(CASES.values(), serial, parallel, strict=True):
        np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@each
def test_grid_search(model, X):
    search = GridSearchCV(model, {"lr": [1e-3, 1e-2], "batch_size": [20, 40]}, cv=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 4
    assert search.predict_proba(X).shape == (100, 3)
