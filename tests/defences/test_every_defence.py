"""scikit-learn's own checks on every defence, with no expected failures; and what all of them share."""

import importlib.util
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_blia import PrivacyClaim, forget, make_label_pipeline
from sklearn_blia.defences import ALIBIClassifier, DPSGDClassifier, MultiStageClassifier, PATEClassifier
from sklearn_blia.exceptions import RepeatedReleaseWarning
from sklearn_blia.labels import RRWithPrior, _releases

MODEL = LogisticRegression()
# epsilon is so large because checks ask for accuracy on clean labels, and the last fits tables of a dozen rows
CHECKED = [
    RRWithPrior(random_state=0),
    make_label_pipeline(RRWithPrior(epsilon=6.0, random_state=0), MODEL),
    MultiStageClassifier(MODEL, epsilon=8.0, random_state=0),
    MultiStageClassifier(MODEL, epsilon=20.0, prior="clusters", random_state=0),
    ALIBIClassifier(MODEL, epsilon=8.0, cv=2, n_rounds=1, random_state=0),
    PATEClassifier(MODEL, epsilon=float("inf"), n_teachers=1, threshold=0.0, random_state=0),
]
DEFENCES = [
    MultiStageClassifier(MODEL),
    MultiStageClassifier(MODEL, prior="clusters"),
    ALIBIClassifier(MODEL),
    PATEClassifier(MODEL, n_teachers=40, n_answers=20),
]
if all(importlib.util.find_spec(name) for name in ("opacus", "dp_accounting", "skorch")):
    from sklearn_blia.neural import SequentialClassifier

    NET = SequentialClassifier((8,), max_epochs=30, batch_size=200, lr=0.05, device="cpu", random_state=0)
    # Batches of the dozen rows that checks use, and no noise, for they ask for accuracy on clean labels.
    CHECKED.append(DPSGDClassifier(clone(NET).set_params(batch_size=20), float("inf"), random_state=0))
    DEFENCES.append(DPSGDClassifier(NET))


@pytest.fixture(scope="module")
def table():
    return make_classification(1200, n_features=6, n_informative=4, n_classes=3, random_state=0)


@parametrize_with_checks(CHECKED)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("defence", DEFENCES, ids=repr)
class TestEveryDefence:
    def test_clones_pickles_and_forgets(self, table, defence):
        X, y = table
        words = np.array(["a", "b", "c"])[y]
        fitted = clone(defence).set_params(epsilon=8.0, random_state=0).fit(X, words)
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        assert fitted.predict_proba(X).shape == (1200, 3)
        assert set(fitted.predict(X)) <= {"a", "b", "c"}
        assert fitted.privacy_claim_ == PrivacyClaim(8.0, getattr(defence, "delta", 0.0))
        expected = fitted.predict(X)
        forget(fitted)
        assert fitted.random_state is None
        assert not any(hasattr(fitted, name) for name in fitted._secrets)
        np.testing.assert_array_equal(fitted.predict(X), expected)

    def test_searches_over_epsilon(self, table, defence):
        """A budget of 20 leaves next to no noise, one of .01 next to no label."""
        X, y = table
        search = GridSearchCV(clone(defence).set_params(random_state=0), {"epsilon": [0.01, 20.0]}, cv=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepeatedReleaseWarning)
            search.fit(X, y)
        assert search.best_params_ == {"epsilon": 20.0}

    def test_a_seed_repeats_the_fit_and_none_does_not(self, table, defence):
        X, y = table
        proba = [clone(defence).set_params(epsilon=4.0, random_state=3).fit(X, y).predict_proba(X) for _ in range(2)]
        np.testing.assert_array_equal(*proba)
        proba = [clone(defence).set_params(epsilon=4.0).fit(X, y).predict_proba(X) for _ in range(2)]
        assert not np.array_equal(*proba)

    def test_a_second_release_of_the_same_labels_is_told(self, table, defence, monkeypatch):
        monkeypatch.setattr("sklearn_blia.labels._releases.RELEASES", _releases.Releases())
        monkeypatch.setattr("sklearn_blia.labels._mechanism.RELEASES", _releases.RELEASES)
        model = clone(defence).set_params(epsilon=4.0)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RepeatedReleaseWarning)
            model.fit(*table)
        with pytest.warns(RepeatedReleaseWarning, match="released 2 times"):
            model.fit(*table)
