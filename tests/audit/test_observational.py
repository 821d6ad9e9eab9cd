"""Audits without canaries: levels with a right proxy, and no leak from a wrong one."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from sklearn_blia import ObservationalAudit
from sklearn_blia.metrics import membership_test, observational_bound, observational_p_value


def draw(rng, n, slope=2.0, intercept=0.0):
    x = rng.normal(size=n)
    p = 1 / (1 + np.exp(-(slope * x + intercept)))
    return x[:, None], (rng.random(n) < p).astype(int), np.column_stack([1 - p, p])


class Stores(ClassifierMixin, BaseEstimator):
    """Answers with what randomized response made of the labels of rows that it knows, else with a coin."""

    def __init__(self, epsilon, seed=0):
        self.epsilon = epsilon
        self.seed = seed

    def fit(self, X, y):
        rng = np.random.default_rng(self.seed)
        q = 1 / (1 + np.exp(-self.epsilon))
        self.classes_ = np.array([0, 1])
        self.known_ = dict(zip(X[:, 0].tolist(), np.where(rng.random(len(y)) < q, y, 1 - y).tolist(), strict=True))
        return self

    def predict_proba(self, X):
        rng = np.random.default_rng(1)
        second = np.array([self.known_.get(x, rng.integers(2)) for x in X[:, 0].tolist()], dtype=float)
        return np.column_stack([1 - second, second])


def test_p_values_by_hand():
    """Two rows of .3 and .8: both hit with .24, one at least with .86; shifted by log 2: 6/13 and 8/9."""
    assert observational_p_value(2, [0.3, 0.8]) == pytest.approx(0.24)
    assert observational_p_value(1, [0.3, 0.8]) == pytest.approx(0.86)
    assert observational_p_value(2, [0.3, 0.8], np.log(2)) == pytest.approx(6 / 13 * 8 / 9)
    assert observational_p_value(0, [0.3, 0.8]) == 1


def test_the_bound_is_where_the_p_value_is_alpha():
    proba = np.random.default_rng(0).uniform(0.1, 0.9, 200)
    bound = observational_bound(150, proba, alpha=0.1).epsilon_plus_gamma
    assert observational_p_value(150, proba, bound) == pytest.approx(0.1, rel=1e-4)
    # canaries are the case of one half: Clopper and Pearson
    low = stats.binomtest(80, 100).proportion_ci(0.9, method="exact").low
    assert observational_bound(80, [0.5] * 100).epsilon_plus_gamma == pytest.approx(np.log(low / (1 - low)), abs=1e-5)
    assert observational_bound(40, [0.5] * 100).epsilon_plus_gamma == 0
    assert observational_bound(100, [1.0] * 100).epsilon_plus_gamma == 0


@pytest.mark.parametrize(("epsilon", "expected"), [(1.0, 0.78), (2.0, 1.68), (np.inf, 4.87)])
def test_bounds_with_an_exact_proxy(epsilon, expected):
    """A model that stores its labels behind randomized response, 400 rows: other people's medians of 120 audits.

    Above the truth in at most the 99.9 % quantile of Binomial(100, .05); medians differ by their sampling error.
    """
    bounds = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        X, y, p = draw(rng, 400)
        model = Stores(epsilon, seed).fit(X, y)
        bounds.append(ObservationalAudit().fit(model, X, y, proxy_proba=p).report_.training.epsilon_plus_gamma)
    assert np.sum(np.array(bounds) > epsilon) <= stats.binom.isf(1e-3, 100, 0.05)
    assert np.median(bounds) == pytest.approx(expected, abs=4 * np.std(bounds) * np.sqrt(np.pi / 2 / 100) + 0.05)


def test_a_model_that_knows_the_truth_is_innocent():
    """Its answers are the truth with a bend, and the proxy the truth: alarms in at most the 99.9 % quantile."""
    alarms = verdicts = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        (X, y, p), (X_out, y_out, p_out) = draw(rng, 300), draw(rng, 300)

        class Knows(Stores):
            def predict_proba(self, X):
                second = 1 / (1 + np.exp(-3 * X[:, 0]))
                return np.column_stack([1 - second, second])

        audit = ObservationalAudit(random_state=0).fit(
            Knows(1.0).fit(X, y), X, y, X_out, y_out, proxy_proba=p, proxy_proba_holdout=p_out
        )
        alarms += audit.report_.training.p_value < 0.05
        verdicts += audit.report_.memorized
    limit = stats.binom.isf(1e-3, 200, 0.05)
    assert alarms <= limit
    assert verdicts <= limit


def test_the_trap_of_half_the_slope_is_explained_by_the_proxy():
    """A proxy that underrates every label, and a model that never saw one: the sum is above 0, and no verdict falls."""
    verdicts, sums = 0, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        (X, y, _), (X_out, y_out, _) = draw(rng, 500, 3.0), draw(rng, 500, 3.0)
        half, half_out = (1 / (1 + np.exp(-1.5 * one[:, 0])) for one in (X, X_out))

        class Knows(Stores):
            def predict_proba(self, X):
                second = 1 / (1 + np.exp(-3 * X[:, 0]))
                return np.column_stack([1 - second, second])

        report = ObservationalAudit(random_state=0).fit(
            Knows(1.0).fit(X, y), X, y, X_out, y_out,
            proxy_proba=np.column_stack([1 - half, half]),
            proxy_proba_holdout=np.column_stack([1 - half_out, half_out]),
        ).report_  # fmt: skip
        verdicts += report.memorized
        sums.append(report.training.epsilon_plus_gamma)
    assert np.median(sums) > 0.2
    assert verdicts <= stats.binom.isf(1e-3, 100, 0.05)
    assert "all of it is Gamma" in " ".join(str(report).split())


def test_what_a_forest_memorized_is_found_by_cross_fitting():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(800, 4)), rng.integers(3, size=800)
    words = np.array(["a", "b", "c"])[y]
    frame = pd.DataFrame(X, columns=list("wxyz"))
    model = RandomForestClassifier(30, random_state=0).fit(frame[:400], words[:400])
    audit = ObservationalAudit(LogisticRegression(), random_state=0)
    report = audit.fit(model, frame[:400], words[:400], frame[400:], words[400:]).report_
    assert report.memorized
    assert report.training.n_hits > 380
    assert "MEMORIZATION" in str(report)
    assert "Gamma" in str(report)
    assert max(map(len, str(report).splitlines())) <= 80
    assert audit.proxy_proba_.shape == (400, 3)
    # no row's proxy has seen it: labels without a pattern are not known better than by their shares
    assert audit.proxy_proba_[np.arange(400), y[:400]].mean() < 0.4


def test_a_model_that_saw_other_rows_is_innocent_by_cross_fitting():
    """40 audits of models that were trained on neither kind of rows: alarms in at most the 99.9 % quantile."""
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(900, 4)), rng.integers(2, size=900)
        model = LogisticRegression().fit(X[600:], y[600:])
        audit = ObservationalAudit(LogisticRegression(), random_state=0)
        alarms += audit.fit(model, X[:300], y[:300], X[300:600], y[300:600]).report_.memorized
    assert alarms <= stats.binom.isf(1e-3, 40, 0.05)


def test_no_held_out_rows_no_verdict(data):
    X, y = data
    report = (
        ObservationalAudit(LogisticRegression(), random_state=0).fit(KNeighborsClassifier(1).fit(X, y), X, y).report_
    )
    assert report.memorized is None
    assert "no verdict" in str(report)
    assert "together" in str(report)


def test_membership_is_exact_within_classes():
    """Scores differ between classes, and shares of classes between the kinds of rows: 500 tests at 5 %."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(500):
        strata = [rng.random(60) < 0.8, rng.random(40) < 0.2]
        scores = [3.0 * one + rng.normal(size=len(one)) for one in strata]
        alarms += membership_test(*scores, *strata, n_draws=199, random_state=rng.integers(2**31)) <= 0.05
    assert alarms <= stats.binom.isf(1e-3, 500, 0.05)
    assert membership_test([1.0, 2], [0.0, 1], ["a", "a"], ["b", "b"], random_state=0) == 1  # no class has both


@pytest.mark.parametrize(
    "container",
    [
        lambda X: X,
        sparse.csr_array,
        lambda X: pd.DataFrame({"number": X[:, 0], "word": np.where(X[:, 1] > 0, "p", None)}),
        lambda X: [str(row) for row in X[:, 0]],
    ],
    ids=["array", "sparse", "frame of mixed types", "texts"],
)
def test_shared_rows_are_known_in_every_container(data, container):
    X, y = data
    with pytest.raises(ValueError, match="3 rows of X_holdout are rows of X too"):
        ObservationalAudit().fit(None, container(X[:400]), y[:400], container(X[397:500]), y[397:500])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: {**a, "X_holdout": a["X"][:5], "y_holdout": a["y"][:5]}, "5 rows of X_holdout are rows of X"),
        (lambda a: {**a, "y": a["y"][:-1]}, "do not go together"),
        (lambda a: {**a, "model": LinearSVC().fit(a["X"], a["y"])}, "model .* has no predict_proba"),
        (lambda a: {**a, "proxy_proba": a["model"].predict_proba(a["X"])}, "The proxy is the model"),
        (lambda a: {**a, "proxy_proba": np.ones((600, 2))}, "must hold probabilities"),
        (lambda a: {**a, "X_holdout": a["X"] + 9, "y_holdout": a["y"], "proxy_proba": np.full((600, 2), 0.5)}, "both"),
    ],
)
def test_refusals(data, change, message):
    X, y = data
    arguments = change({"model": LogisticRegression().fit(X, y), "X": X, "y": y})
    with pytest.raises(ValueError, match=message):
        ObservationalAudit(LogisticRegression()).fit(**arguments)
