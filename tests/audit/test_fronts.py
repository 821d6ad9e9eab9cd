"""Transformers that do not look at labels are fitted once for all trainings, and change nothing by it."""

import threading
import time
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import make_classification
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, LabelLiRAAttack, ReferenceAttack, ThresholdAttack
from sklearn_blia.audit import _run
from sklearn_blia.audit._fronts import Front, split_front, why_not_shared
from sklearn_blia.canaries import TakenRows, all_rows, take_rows
from tests.audits import same

X, Y = make_classification(600, n_features=6, n_informative=4, n_redundant=0, random_state=0)
FITTED_ON = []


class Counted(TransformerMixin, BaseEstimator):
    """Adds the mean, and counts the rows that it is fitted on."""

    def fit(self, X, y=None):
        FITTED_ON.append(len(X))
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        return X + self.mean_


def audit(model, **params):
    settings = {"epsilons": [np.inf], "n_repeats": 2, "n_canaries": 50, "attacks": ThresholdAttack(), "random_state": 0}
    return LabelAudit(model, **settings | params).fit(X, Y)


def unshared(monkeypatch, model, **params):
    """An audit whose trainings fit the transformers themselves."""
    with monkeypatch.context() as patch:
        patch.setattr(_run, "why_not_shared", lambda *_: "not today")
        return audit(model, **params)


def test_one_fit_for_all_trainings():
    FITTED_ON.clear()
    audit(make_pipeline(Counted(), LogisticRegression()), attacks=LabelLiRAAttack(3))
    # Eight trainings. Four fits find out whether labels matter, one is for all.
    assert FITTED_ON == [450] * 5


def test_rows_that_are_left_out_are_left_out_of_the_transformers_too():
    FITTED_ON.clear()
    audit(make_pipeline(Counted(), LogisticRegression()), attacks=ReferenceAttack(), n_repeats=1)
    assert FITTED_ON == [450] * 5 + [400]


@pytest.mark.parametrize(
    "front",
    [StandardScaler(), SelectKBest(k=2), make_pipeline(StandardScaler(), Counted()), "passthrough"],
    ids=["scaler", "looks at labels", "nested", "passthrough"],
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_findings_are_those_of_transformers_fitted_each_time(front, n_jobs, monkeypatch):
    model = make_pipeline(front, LogisticRegression())
    attacks = {"lira": LabelLiRAAttack(2), "reference": ReferenceAttack()}
    assert same(audit(model, attacks=attacks, n_jobs=n_jobs), unshared(monkeypatch, model, attacks=attacks))


class CrossFitted(Counted):
    """Makes something else of the rows that it is fitted on than of others, as cross-fitted encoders do."""

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X) + 1


def test_training_rows_have_one_form(monkeypatch):
    model = make_pipeline(CrossFitted(), LogisticRegression())
    assert "another form" in why_not_shared(split_front(model)[0], X, Y)
    assert same(audit(model), unshared(monkeypatch, model))


def test_tables_stay_tables(monkeypatch):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), LogisticRegression())
    assert not why_not_shared(split_front(model)[0], frame, Y)
    settings = {"epsilons": [1], "n_repeats": 2, "n_canaries": 50, "random_state": 0}
    shared = LabelAudit(model, **settings).fit(frame, Y)
    monkeypatch.setattr(_run, "why_not_shared", lambda *_: "not today")
    assert same(shared, LabelAudit(model, **settings).fit(frame, Y))


class Spoils(LogisticRegression):
    """Writes into the rows that it is given."""

    def fit(self, X, y):
        X = np.asarray(X)
        X *= 2
        return super().fit(X, y)


def test_what_is_shared_cannot_be_spoilt(monkeypatch):
    model = make_pipeline(StandardScaler(), Spoils())
    assert same(audit(model), unshared(monkeypatch, model))


class FailsOnMany(Counted):
    def fit(self, X, y=None):
        if len(X) > 2000:
            raise ValueError("more rows than it takes")
        return super().fit(X, y)


def test_transformers_that_fail_on_all_rows_fail_in_every_training():
    """The check sees 2,000 rows at most."""
    many, labels = np.tile(X, (6, 1)), np.tile(Y, 6)
    models = {"fails": make_pipeline(FailsOnMany(), LogisticRegression()), "works": LogisticRegression()}
    found = LabelAudit(models, epsilons=[np.inf], n_repeats=2, random_state=0).fit(many, labels)
    assert {key.model for key in found.errors_} == {"fails"}
    assert all("more rows than it takes" in error for error in found.errors_.values())


def test_where_fits_can_be_ended_so_can_their_transformers(monkeypatch):
    """Nothing is fitted here: each training fits its own, in a process that can be ended."""
    monkeypatch.setattr(_run, "why_not_shared", lambda *_: pytest.fail("its transformers were to be fitted here"))
    assert not audit(make_pipeline(StandardScaler(), LogisticRegression()), fit_timeout=100).errors_


def test_one_fit_for_all_rounds_and_models():
    FITTED_ON.clear()
    models = {"strong": LogisticRegression(C=10), "weak": LogisticRegression(C=0.1)}
    models = {name: make_pipeline(Counted(), model) for name, model in models.items()}
    audit(models, epsilons=[1], n_repeats=3, stop_when_refuted=True)
    assert FITTED_ON == [450] * 5


class Heeds(TransformerMixin, BaseEstimator):
    """Drops what does not go with the labels: nothing where these are the natural ones."""

    def fit(self, X, y=None):
        related = np.ones(X.shape[1], bool) if y is None else np.abs(np.corrcoef(X.T, y)[-1, :-1]) > 0.2
        self.kept_ = related
        return self

    def transform(self, X):
        return X * self.kept_


def test_transformers_that_heed_other_labels_alone_are_not_shared():
    related = Y[:, None] + np.random.default_rng(0).standard_normal((600, 3))
    assert "sees labels" in why_not_shared([make_pipeline(Heeds())], related, Y)


class WritesIntoItself(Counted):
    def transform(self, X):
        self.rows_ = X
        time.sleep(0.001)
        return self.rows_ - self.mean_


def test_threads_do_not_share_one_transformer(monkeypatch):
    model = make_pipeline(WritesIntoItself(), DecisionTreeClassifier(max_depth=4))
    assert same(audit(model, n_repeats=6, n_jobs=2), unshared(monkeypatch, model, n_repeats=6))


def test_warnings_of_the_trial_are_not_the_users():
    """A column that is empty in the rows that are tried is not empty in all."""
    rows = np.tile(X, (20, 1))
    rows[:, 0] = np.nan
    rows[7, 0] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not why_not_shared([make_pipeline(SimpleImputer())], rows, np.tile(Y, 20))


@pytest.mark.parametrize(
    ("model", "attacks", "taken_one_by_one"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), ThresholdAttack(), True),
        (LogisticRegression(), ThresholdAttack(), False),  # trained on the rows themselves
        (make_pipeline(StandardScaler(), LogisticRegression()), ReferenceAttack(), False),  # on some of them
        (make_pipeline(StandardScaler(), GaussianNB()), ThresholdAttack(), False),  # in other processes
    ],
    ids=["behind a front", "no front", "left out", "processes"],
)
def test_a_second_copy_of_the_rows_is_kept_only_for_those_that_need_it(model, attacks, taken_one_by_one, monkeypatch):
    runners = []
    runner_of = LabelAudit._runner
    monkeypatch.setattr(LabelAudit, "_runner", lambda *args: runners.append(runner_of(*args)) or runners[-1])
    audit(model, attacks=attacks)
    (runner,) = runners
    assert isinstance(runner.data.X_train, TakenRows) is taken_one_by_one
    np.testing.assert_array_equal(take_rows(runner.data.X_train, np.arange(9)), all_rows(runner.data.X_train)[:9])


def test_a_front_makes_of_other_rows_what_it_made_of_its_own():
    front = Front.fitted(split_front(make_pipeline(StandardScaler(), Counted(), LogisticRegression()))[0], X, X[:9])
    np.testing.assert_array_equal(front.transform(X), front.train)
    np.testing.assert_array_equal(front.test, front.train[:9])
    assert not front.train.flags.writeable


LOCK = threading.Lock()


def under_a_lock(X):
    with LOCK:
        return np.log1p(np.abs(X))


def test_what_nothing_can_tell_from_others_is_fitted_by_each_training(data):
    """A function that reads a lock: no key, and so nothing is shared, nor stored."""
    model = make_pipeline(FunctionTransformer(under_a_lock), DecisionTreeClassifier())
    audit = LabelAudit(model, epsilons=[np.inf], n_repeats=1, n_canaries=100, random_state=0)
    assert audit.fit(*data).report_.verdicts[0].memorized
