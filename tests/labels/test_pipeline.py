import pickle
from collections import deque
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import (
    CanaryFlipper,
    LabelPipeline,
    RandomizedResponse,
    ThresholdAttack,
    blia_memorization_score,
    forget,
    make_label_pipeline,
    neg_blia_memorization_score,
)
from sklearn_blia.canaries import find_canaries
from sklearn_blia.labels._forget import _parts


class MajorityWeight(ClassifierMixin, BaseEstimator):
    """Remembers what it was fitted with."""

    def fit(self, X, y, sample_weight=None):
        self.classes_, self.y_, self.sample_weight_ = np.unique(y), np.asarray(y), sample_weight
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def memoriser(epsilon=np.inf, fraction=0.3, seed=0):
    """One nearest neighbour: stores the released label of every row."""
    return make_label_pipeline(
        CanaryFlipper(fraction=fraction, random_state=seed),
        RandomizedResponse(epsilon, random_state=seed),
        KNeighborsClassifier(1),
    )


def test_classifier_is_trained_on_released_labels(words):
    X, y = words
    model = make_label_pipeline(
        CanaryFlipper(0.2, random_state=0), RandomizedResponse(1.0, random_state=0), MajorityWeight()
    ).fit(X, y)
    flipper, response, final = (step for _, step in model.steps_)
    np.testing.assert_array_equal(final.y_, response.released_labels_)
    # The same by hand
    _, private = clone(flipper).fit_resample(X, y)
    _, released = clone(response).fit_resample(X, private)
    np.testing.assert_array_equal(final.y_, released)


def test_steps_are_left_unfitted(data):
    model = memoriser().fit(*data)
    assert not hasattr(model.steps[0][1], "canary_indices_")
    assert model.named_steps_["canaryflipper"].canary_indices_.size == 180
    assert model.named_steps.canaryflipper is model.steps[0][1]
    with pytest.raises(NotFittedError):
        memoriser().named_steps_  # noqa: B018


def test_names_are_unique():
    steps = make_label_pipeline(RandomizedResponse(), RandomizedResponse(), LogisticRegression()).steps
    assert [name for name, _ in steps] == [
        "randomizedresponse-1",
        "randomizedresponse-2",
        "logisticregression",
    ]


def test_cross_validate_and_grid_search_over_epsilon(words):
    X, y = words
    scoring = {
        "accuracy": "accuracy",
        "memorization": blia_memorization_score,
        "less": neg_blia_memorization_score,
        "threshold": ThresholdAttack("median", target="released"),
    }
    scores = cross_validate(memoriser(), X, y, scoring=scoring, n_jobs=2)
    np.testing.assert_array_equal(scores["test_memorization"], 1)
    np.testing.assert_array_equal(scores["test_less"], -1)

    # one nearest neighbour at these epsilons scores 2q - 1 = .24, .76 and 1, each with a standard error
    # of at most sqrt(1 / (5 * 120)) = .04: the order is certain
    search = GridSearchCV(
        memoriser(),
        {"randomizedresponse__epsilon": [0.5, 2, np.inf]},
        scoring=scoring,
        refit="less",
        n_jobs=2,
    ).fit(X, y)
    means = search.cv_results_["mean_test_memorization"]
    assert means[0] < means[1] < means[2] == 1
    assert search.best_params_ == {"randomizedresponse__epsilon": 0.5}
    # The search itself can be audited, through best_estimator_.
    assert blia_memorization_score(search) == pytest.approx(blia_memorization_score(search.best_estimator_), abs=0)


def test_clone_and_pickle(data):
    model = memoriser(epsilon=1.0)
    fitted = clone(model).fit(*data)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(data[0]), fitted.predict_proba(data[0]))
    assert blia_memorization_score(again) == blia_memorization_score(fitted)
    assert blia_memorization_score(clone(model).fit(*data)) == blia_memorization_score(fitted)


def test_nested_at_the_end_of_a_stock_pipeline(data):
    X, y = data
    outer = Pipeline([("scale", StandardScaler()), ("model", memoriser(epsilon=3.0))]).fit(X, y)
    inner = memoriser(epsilon=3.0).fit(StandardScaler().fit_transform(X), y)
    assert blia_memorization_score(outer) == blia_memorization_score(inner)
    np.testing.assert_array_equal(outer.predict(X), inner.predict(StandardScaler().fit_transform(X)))
    search = GridSearchCV(
        outer,
        {"model__randomizedresponse__epsilon": [1.0, np.inf]},
        scoring=blia_memorization_score,
    ).fit(X, y)
    assert search.best_params_["model__randomizedresponse__epsilon"] == np.inf


@pytest.mark.parametrize("container", [pd.DataFrame, sparse.csr_array, sparse.coo_matrix])
def test_frames_and_sparse(data, container):
    X, y = data
    X = container(X)
    if container is pd.DataFrame:
        X.columns = [f"f{i}" for i in range(8)]
    model = memoriser(1.0).fit(X, pd.Series(y))
    assert blia_memorization_score(model, target="released") == 1
    assert model.n_features_in_ == 8
    if container is pd.DataFrame:
        assert list(model.feature_names_in_) == list(X.columns)


def test_frame_with_categories_and_gaps(data):
    from sklearn_blia.audit import table_preprocessor

    X, y = data
    frame = pd.DataFrame(X).rename(columns=str)
    frame["colour"] = np.where(X[:, 0] > 0, "red", None)
    frame.iloc[::7, 1] = np.nan
    model = make_label_pipeline(
        CanaryFlipper(0.5, random_state=0),
        make_pipeline(table_preprocessor(frame), DecisionTreeClassifier(random_state=0)),
    )
    assert blia_memorization_score(model.fit(frame, y)) > 0.9


def test_sample_weight_by_step_name(data):
    X, y = data
    weight = np.arange(600.0)
    model = make_label_pipeline(CanaryFlipper(0.1), MajorityWeight())
    model.fit(X, y, majorityweight__sample_weight=weight)
    np.testing.assert_array_equal(model.named_steps_.majorityweight.sample_weight_, weight)
    with pytest.raises(ValueError, match="pass parameters of the final step as majorityweight__NAME"):
        model.fit(X, y, sample_weight=weight)


def test_sample_weight_through_metadata_routing(data):
    X, y = data
    weight = np.arange(600.0)
    with sklearn.config_context(enable_metadata_routing=True):
        final = MajorityWeight().set_fit_request(sample_weight=True)
        model = make_label_pipeline(CanaryFlipper(0.1, random_state=0), final)
        model.fit(X, y, sample_weight=weight)
        np.testing.assert_array_equal(model.named_steps_.majorityweight.sample_weight_, weight)
        search = GridSearchCV(
            make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model),
            {"labelpipeline__canaryflipper__fraction": [0.1, 0.2]},
            scoring={"memorization": blia_memorization_score, "threshold": ThresholdAttack()},
            refit=False,
        )
        search.fit(X, y, sample_weight=weight)
        weighted_accuracy = get_scorer("accuracy").set_score_request(sample_weight=True)
        scores = cross_validate(
            model,
            X,
            y,
            scoring={"a": weighted_accuracy},
            params={"sample_weight": weight},
            error_score="raise",
        )
    assert np.isfinite(search.cv_results_["mean_test_threshold"]).all()
    assert np.isfinite(scores["test_a"]).all()


def test_imbalanced_learn_pipeline_runs_the_samplers(data):
    X, y = data
    ours = memoriser(1.0).fit(StandardScaler().fit_transform(X), y)
    theirs = make_imblearn_pipeline(
        StandardScaler(),
        CanaryFlipper(0.3, random_state=0),
        RandomizedResponse(1.0, random_state=0),
        KNeighborsClassifier(1),
    ).fit(X, y)
    for target in ("private", "released"):
        assert blia_memorization_score(theirs, target=target) == blia_memorization_score(ours, target=target)
    scores = cross_validate(theirs, X, y, scoring=blia_memorization_score, error_score="raise")
    assert np.isfinite(scores["test_score"]).all()


def test_stock_pipeline_refuses_a_sampler(data):
    with pytest.raises(TypeError, match="transform"):
        make_pipeline(CanaryFlipper(0.1), LogisticRegression()).fit(*data)


def test_score_is_accuracy_on_natural_labels(data):
    X, y = data
    model = make_label_pipeline(CanaryFlipper(0.1, random_state=0), LogisticRegression()).fit(X, y)
    assert model.score(X, y) == accuracy_score(y, model.predict(X))


def test_methods_follow_the_final_step(data):
    assert hasattr(make_label_pipeline(LogisticRegression()), "decision_function")
    model = make_label_pipeline(RandomizedResponse(), LinearSVC())
    assert not hasattr(model, "predict_proba")
    assert model.fit(*data).decision_function(data[0]).shape == (600,)
    assert not hasattr(LabelPipeline("nonsense"), "predict")


def test_forget_inside_a_self_training_classifier(data):
    """It keeps the labels that it was given, which are those before the noise."""
    X, y = data
    partly = np.where(np.arange(len(y)) % 3 == 0, -1, y)
    inner = make_label_pipeline(RandomizedResponse(1.0, classes=[0, 1], random_state=0), KNeighborsClassifier(3))
    model = SelfTrainingClassifier(inner).fit(X, partly)
    assert hasattr(model, "transduction_")
    expected = model.predict(X)
    forget(model)
    assert not hasattr(model, "transduction_")
    np.testing.assert_array_equal(model.predict(X), expected)


def test_forget(data):
    model = memoriser(1.0).fit(*data)
    before = model.predict_proba(data[0])
    assert model.forget() is model
    for _, sampler in model.steps_[:-1]:
        assert not [name for name in vars(sampler) if name.startswith(("canary", "released"))]
    np.testing.assert_array_equal(model.predict_proba(data[0]), before)
    with pytest.raises(ValueError, match=r"dropped its canaries by forget\(\): fit it again"):
        blia_memorization_score(model)
    with pytest.raises(NotFittedError):
        memoriser().forget()


def test_forget_reaches_searches_and_nested_pipelines(data):
    nested = Pipeline([("scale", StandardScaler()), ("model", make_label_pipeline(memoriser()))])
    search = GridSearchCV(nested, {"model__labelpipeline__randomizedresponse__epsilon": [1.0, 2.0]}).fit(*data)
    assert forget(search) is search
    with pytest.raises(ValueError, match=r"dropped its canaries by forget"):
        blia_memorization_score(search)
    for model in (search, search.best_estimator_):
        seeds = [value for name, value in model.get_params().items() if name.endswith("__random_state")]
        assert len(seeds) == 2
        assert seeds == [None, None]


def test_forget_reaches_ensembles_and_grids(data):
    voting = VotingClassifier([("m", memoriser()), ("n", memoriser(1.0))], voting="soft")
    calibrated = CalibratedClassifierCV(memoriser(1.0))
    bagging = BaggingClassifier(memoriser(1.0), n_estimators=2)
    grid = {"randomizedresponse": [RandomizedResponse(1.0, random_state=7)]}
    for model in (voting, calibrated, bagging, GridSearchCV(memoriser(), grid)):
        dump = pickle.dumps(forget(model.fit(*data)))
        assert b"canary_labels_" not in dump
        assert b"released_labels_" not in dump
        seeds = [getattr(part, "random_state", None) for part in _parts(model) if hasattr(part, "_secrets")]
        assert seeds
        assert not any(seed is not None for seed in seeds)
    with pytest.raises(ValueError, match="holds no label sampler"):
        forget(LogisticRegression())


def test_canaries_inside_an_ensemble_are_not_reached(data):
    voting = VotingClassifier([("m", memoriser())], voting="soft").fit(*data)
    with pytest.raises(ValueError, match="plant them around the whole instead"):
        blia_memorization_score(voting)


def test_stack_with_its_default_last_level(data):
    stack = StackingClassifier([("tree", DecisionTreeClassifier(random_state=0))])
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), stack).fit(*data)
    assert np.isfinite(blia_memorization_score(model))


@pytest.mark.parametrize("sampler", [RandomOverSampler(random_state=0), SMOTE(random_state=0)])
def test_sampler_of_rows_is_refused(data, sampler):
    """Duplicated minority rows in front of randomized response give their clean labels away by being duplicated."""
    X, y = data
    keep = np.r_[np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:100]]
    with pytest.raises(ValueError, match="changes features or the number of rows"):
        make_label_pipeline(sampler, RandomizedResponse(), LogisticRegression()).fit(X[keep], y[keep])


def test_canaries_behind_noise_are_refused_at_any_depth(data):
    inner = make_pipeline(StandardScaler(), make_label_pipeline(CanaryFlipper(0.1), LogisticRegression()))
    with pytest.raises(ValueError, match="must come first, before 'randomizedresponse'"):
        make_label_pipeline(RandomizedResponse(), inner).fit(*data)
    with pytest.raises(ValueError, match="2 canary samplers"):
        make_label_pipeline(CanaryFlipper(0.1), inner).fit(*data)


def test_passthrough_leaves_a_sampler_out(data):
    model = memoriser(epsilon=0.5)
    search = GridSearchCV(
        model, {"randomizedresponse": ["passthrough", RandomizedResponse(0.1)]}, scoring=blia_memorization_score
    ).fit(*data)
    assert search.cv_results_["mean_test_score"][0] == 1
    assert search.best_params_ == {"randomizedresponse": "passthrough"}
    without = make_label_pipeline(RandomizedResponse(), LogisticRegression()).set_params(
        randomizedresponse="passthrough"
    )
    without.fit(*data).forget()


def test_feature_transformer_is_refused(data):
    message = r"Put it into the final step, as in make_pipeline\(TargetEncoder"
    with pytest.raises(ValueError, match=message):
        make_label_pipeline(TargetEncoder(), RandomizedResponse(), LogisticRegression()).fit(*data)
    with pytest.raises(ValueError, match="every step but the last needs fit_resample"):
        make_label_pipeline(LogisticRegression(), LogisticRegression()).fit(*data)


def test_two_canary_samplers_are_refused(data):
    with pytest.raises(ValueError, match=r"2 canary samplers \(canaryflipper-1, canaryflipper-2\): keep one"):
        make_label_pipeline(CanaryFlipper(), CanaryFlipper(), LogisticRegression()).fit(*data)
    nested = make_imblearn_pipeline(CanaryFlipper(0.2), memoriser()).fit(*data)
    with pytest.raises(ValueError, match="canaries of 2 samplers: keep one"):
        blia_memorization_score(nested)


def test_noise_before_the_coins_is_refused(data):
    with pytest.raises(ValueError, match="must come first, before 'randomizedresponse'"):
        make_label_pipeline(RandomizedResponse(), CanaryFlipper(), LogisticRegression()).fit(*data)


def test_no_canary_sampler(data):
    for model in (
        make_label_pipeline(RandomizedResponse(), LogisticRegression()),
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ):
        with pytest.raises(ValueError, match="holds no canaries: plant some"):
            blia_memorization_score(model.fit(*data))


def test_without_predict_proba_nothing_is_trained(data):
    class Counting(LinearSVC):
        def fit(self, X, y):
            raise AssertionError("trained in vain")

    with pytest.raises(ValueError, match=r"has no predict_proba.*CalibratedClassifierCV"):
        make_label_pipeline(CanaryFlipper(0.1), Counting()).fit(*data)
    audited = make_imblearn_pipeline(CanaryFlipper(0.1), LinearSVC()).fit(*data)
    with pytest.raises(ValueError, match=r"\(LinearSVC\) has no predict_proba"):
        find_canaries(audited)
    flipper = CanaryFlipper(0.1).fit(*data)
    with pytest.raises(ValueError, match="no classifier follows"):
        find_canaries(flipper)


def test_unfitted_model():
    with pytest.raises(NotFittedError):
        blia_memorization_score(memoriser())


@pytest.mark.parametrize("steps", [None, [], "abc", [LogisticRegression()], [("a", 1), 2]])
def test_malformed_steps(data, steps):
    with pytest.raises(ValueError, match="steps must be a non-empty list"):
        LabelPipeline(steps).fit(*data)
    with pytest.raises(ValueError, match="must be a classifier with fit and predict"):
        LabelPipeline([("scale", StandardScaler())]).fit(*data)


class Slotted:
    __slots__ = ("__held", "empty")

    def __init__(self, held):
        self.__held = held

    def __getattr__(self, name):
        raise RuntimeError("nobody asked the user's code")


def closure(held):
    def function():
        return held

    return function


@pytest.mark.parametrize(
    "hide",
    [
        Slotted,
        closure,
        lambda sampler: partial(print, sampler),
        lambda sampler: partial(print, end=sampler),
        lambda sampler: deque([sampler]),
        lambda sampler: frozenset([sampler]),
        lambda sampler: sampler.fit,
        lambda sampler: pd.Series([sampler], dtype=object),
        lambda sampler: pd.DataFrame({"x": [sampler]}, dtype=object),
        lambda sampler: {"deep": [(np.array([closure(sampler)], dtype=object),)]},
    ],
    ids=["slot", "closure", "partial", "keyword", "deque", "frozenset", "method", "series", "frame", "deep"],
)
def test_forget_looks_wherever_python_can_hide_a_sampler(data, hide):
    sampler = CanaryFlipper(fraction=0.1, random_state=0).fit(*data)

    class Holder(BaseEstimator):
        pass

    holder = Holder()
    holder.anything = hide(sampler)
    forget(holder)
    assert not hasattr(sampler, "canaries_")
    assert sampler.random_state is None
