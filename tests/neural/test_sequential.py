import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia.neural import SequentialClassifier

SMALL = SequentialClassifier((16,), max_epochs=3, random_state=0)


@pytest.mark.portable
def test_learns_and_memorizes_digits(three_audits, surely_above):
    """Right on more than half of the held-out digits, where the majority class is one in ten; more than half of the
    canaries are stored: SR above .75, which is half stored and a coin for the others. A net that stores all has 1.
    """
    model = make_pipeline(StandardScaler(), SequentialClassifier((256, 128), max_epochs=60, lr=0.002))
    found = three_audits(model, *load_digits(return_X_y=True), n_train=299, canaries=60)
    assert found.accuracy > surely_above(0.5, found.n_test)  # .57 of 900 rows
    assert found.success_ratio > surely_above(0.75, found.n_canaries)  # .88 of 180 canaries


def test_seed_decides_everything(data):
    X, y = data
    state = torch.random.get_rng_state()
    first = clone(SMALL).fit(X, y).predict_proba(X)
    assert torch.equal(torch.random.get_rng_state(), state)  # the caller's stream is left alone
    torch.manual_seed(123)
    np.testing.assert_array_equal(clone(SMALL).fit(X, y).predict_proba(X), first)
    other = clone(SMALL).set_params(random_state=1).fit(X, y).predict_proba(X)
    assert (other != first).any()


def test_workers_and_processes_agree(data):
    X, y = data
    scores = [cross_val_score(SMALL, X, y, n_jobs=n, scoring="neg_log_loss") for n in (1, 2)]
    np.testing.assert_array_equal(scores[0], scores[1])
    code = (
        "import torch; torch.set_num_threads(1)\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn_blia.neural import SequentialClassifier\n"
        "X, y = make_classification(600, n_features=8, n_informative=4, flip_y=0.05, random_state=0)\n"
        "m = SequentialClassifier((16,), max_epochs=3, random_state=0).fit(X, y)\n"
        "print(m.predict_proba(X).astype(float).sum(axis=0)[1].hex())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    here = clone(SMALL).fit(X, y).predict_proba(X).astype(float).sum(axis=0)[1]
    assert out.strip() == float(here).hex()


def test_pickle_search_and_string_labels(words):
    X, y = words
    search = GridSearchCV(SMALL, {"lr": [1e-3, 1e-2], "hidden_layer_sizes": [(8,), (8, 8)]}, cv=2).fit(X, y)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
    assert set(search.predict(X)) <= {"no", "yes"}


def test_module_has_the_layers_asked_for(data):
    module = clone(SMALL).set_params(hidden_layer_sizes=[7, 5]).fit(*data).net_.module_
    shapes = [tuple(layer.weight.shape) for layer in module if isinstance(layer, torch.nn.Linear)]
    assert shapes == [(7, 8), (5, 7), (2, 5)]


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_divergence_is_told(data):
    X, y = data
    with pytest.raises(ValueError, match=r"Training diverged: the loss is (nan|inf).*Lower lr"):
        SequentialClassifier(optimizer="sgd", lr=1e8, max_epochs=5, random_state=0).fit(X * 1e6, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"lr": 0}, "'lr' parameter"),
        ({"optimizer": "lbfgs"}, "'optimizer' parameter"),
        ({"hidden_layer_sizes": [0]}, "hidden_layer_sizes must hold whole numbers above 0"),
        ({"max_epochs": 0}, "'max_epochs' parameter"),
    ],
)
def test_bad_parameters(data, params, message):
    with pytest.raises(ValueError, match=message):
        clone(SMALL).set_params(**params).fit(*data)


def test_one_class(data):
    with pytest.raises(ValueError, match="y has only one class"):
        clone(SMALL).fit(data[0], np.zeros(600))
