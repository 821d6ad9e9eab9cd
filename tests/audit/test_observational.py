"""Audits without canaries: levels with a right proxy, and no leak from a wrong one."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from sklearn_blia import ObservationalAudit
from sklearn_blia.audit import table_preprocessor
from sklearn_blia.audit._like_rows import likeness
from sklearn_blia.audit._proxies import cross_fitted, default_proxy
from sklearn_blia.metrics import (
    calibration_bins,
    estimate_gamma,
    membership_test,
    observational_bound,
    observational_p_value,
)
from sklearn_blia.metrics._poisson_binomial import LEAST, poisson_binomial_tail


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


def knows(X, slope=3.0):
    """Answers of a model that never saw a label."""
    second = 1 / (1 + np.exp(-slope * X[:, 0]))
    return np.column_stack([1 - second, second])


def test_a_model_that_knows_the_truth_is_innocent():
    """Its answers are the truth with a bend, and the proxy the truth: alarms in at most the 99.9 % quantile."""
    alarms = verdicts = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        (X, y, p), (X_out, y_out, p_out) = draw(rng, 300), draw(rng, 300)
        report = ObservationalAudit(random_state=0).fit(
            knows(X), None, y, None, y_out, proba_holdout=knows(X_out), proxy_proba=p, proxy_proba_holdout=p_out
        ).report_  # fmt: skip
        alarms += report.training.p_value < 0.05
        verdicts += report.memorized
    limit = stats.binom.isf(1e-3, 120, 0.05)
    assert alarms <= limit
    assert verdicts <= limit


def test_the_trap_of_half_the_slope_is_explained_by_the_proxy():
    """A proxy that underrates every label, and a model that never saw one: the sum is above 0, and no verdict falls."""
    verdicts, sums, gammas = 0, [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        (X, y, _), (X_out, y_out, _) = draw(rng, 500, 3.0), draw(rng, 500, 3.0)
        report = ObservationalAudit(random_state=0).fit(
            knows(X), None, y, None, y_out, proba_holdout=knows(X_out), proxy_proba=knows(X, 1.5),
            proxy_proba_holdout=knows(X_out, 1.5),
        ).report_  # fmt: skip
        verdicts += report.memorized
        sums.append(report.training.epsilon_plus_gamma)
        gammas.append(report.gamma.confidence_interval[0])
    assert np.median(sums) > 0.2
    assert np.median(gammas) > 0  # the held-out rows say that it is the proxy
    assert verdicts <= stats.binom.isf(1e-3, 100, 0.05)
    assert "the proxy explains" in " ".join(str(report).split())


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
    """15 audits of models that were trained on neither kind of rows: alarms in at most the 99.9 % quantile."""
    alarms = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(900, 4)), rng.integers(2, size=900)
        model = LogisticRegression().fit(X[600:], y[600:])
        audit = ObservationalAudit(LogisticRegression(), random_state=0)
        alarms += audit.fit(model, X[:300], y[:300], X[300:600], y[300:600]).report_.memorized is True
    assert alarms <= stats.binom.isf(1e-3, 15, 0.05)


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
    with pytest.raises(ValueError, match="3 of 103 rows of X_holdout are rows of X too"):
        ObservationalAudit().fit(
            np.full((400, 2), 0.5), container(X[:400]), y[:400], container(X[397:500]), y[397:500],
            proba_holdout=np.full((103, 2), 0.5),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: {**a, "X_holdout": a["X"][:5], "y_holdout": a["y"][:5]}, "5 of 5 rows of X_holdout are rows of X"),
        (lambda a: {**a, "y": a["y"][:-1]}, "600 rows and y 599 labels"),
        (lambda a: {**a, "model_or_proba": LinearSVC().fit(a["X"], a["y"])}, "model_or_proba .* has no predict_proba"),
        (lambda a: {**a, "proxy_proba": a["model_or_proba"].predict_proba(a["X"])}, "The proxy is the model"),
        (lambda a: {**a, "proxy_proba": np.ones((600, 2))}, "must hold probabilities"),
        (lambda a: {**a, "X_holdout": a["X"] + 9, "y_holdout": a["y"], "proxy_proba": np.full((600, 2), 0.5)}, "both"),
        (lambda a: {**a, "X_holdout": a["X"] + 9}, "X_holdout and y_holdout go together"),
        (lambda a: {**a, "y_holdout": a["y"]}, "X_holdout and y_holdout go together"),
        (lambda a: {**a, "y": np.zeros(600, dtype=int)}, "one label 0"),
        (lambda a: {**a, "X": None}, "a model is asked about rows"),
        (lambda a: {**a, "proba_holdout": np.ones((600, 2)) / 2}, "in place of a model"),
        (lambda a: {**a, "model_or_proba": np.ones((600, 2)) / 2, "X": None}, "the proxy needs rows"),
        (lambda a: {**a, "model_or_proba": np.ones((600, 3)) / 3}, r"of shape \(600, 2\)"),
        (
            lambda a: {**a, "model_or_proba": np.ones((600, 2)) / 2, "X_holdout": a["X"] + 9, "y_holdout": a["y"]},
            "proba_holdout must hold",
        ),
    ],
)
def test_refusals(data, change, message):
    X, y = data
    arguments = change({"model_or_proba": LogisticRegression().fit(X, y), "X": X, "y": y})
    with pytest.raises(ValueError, match=message):
        ObservationalAudit().fit(**arguments)


def test_probabilities_say_what_the_model_says(data):
    """Asked here or elsewhere, in arrays or in frames whose columns stand in another order."""
    X, y = data
    model = KNeighborsClassifier(3).fit(X[:300], y[:300])
    kinds = (X[:300], y[:300], X[300:], y[300:])
    audit = ObservationalAudit(LogisticRegression(), random_state=0)
    here = audit.fit(model, *kinds).report_
    proba = [model.predict_proba(one) for one in (X[:300], X[300:])]
    assert audit.fit(proba[0], *kinds, proba_holdout=proba[1]).report_.training == here.training
    frames = [pd.DataFrame(one, columns=[0, 1])[[1, 0]] for one in proba]
    found = audit.fit(frames[0], *kinds, proba_holdout=frames[1]).report_
    assert (found.training, found.held_out, found.p_value) == (here.training, here.held_out, here.p_value)
    bare = ObservationalAudit(random_state=0).fit(
        proba[0], None, y[:300], None, y[300:], proba_holdout=proba[1], proxy_proba=audit.proxy_proba_,
        proxy_proba_holdout=audit.proxy_proba_holdout_,
    ).report_  # fmt: skip
    assert bare.training == here.training
    assert bare.auc is None
    second = audit.fit(proba[0][:, 1], *kinds, proba_holdout=proba[1][:, 1]).report_
    assert second.held_out == here.held_out


def test_the_surest_rows_show_more_of_a_model_that_stored_a_few():
    """It stores one label of ten and says one half of the others: all rows see little, the surest tenth the whole."""
    rng = np.random.default_rng(0)
    y, y_out = rng.integers(2, size=1000), rng.integers(2, size=1000)
    answers = np.full((1000, 2), 0.5)
    answers[:100] = np.where(y[:100, None] == [0, 1], 0.99, 0.01)
    arguments = (answers, None, y, None, y_out)
    half = np.full((1000, 2), 0.5)
    own = {"proba_holdout": half + [[-1e-9, 1e-9]], "proxy_proba": half, "proxy_proba_holdout": half}
    every = ObservationalAudit(random_state=0).fit(*arguments, **own).report_
    some = ObservationalAudit(share=0.1, random_state=0).fit(*arguments, **own).report_
    assert (some.training.n_rows, some.training.n_hits, some.held_out.n_rows) == (100, 100, 1000)
    assert some.training.epsilon_plus_gamma == pytest.approx(np.log(0.05**-0.01 - 1) * -1, abs=1e-4)  # q^100 = .05
    assert some.training.epsilon_plus_gamma > every.training.epsilon_plus_gamma + 2
    assert some.memorized


def test_the_surest_rows_alarm_no_more_often():
    """Answers and proxies that have nothing to do with labels: alarms of 400 audits below the 99.9 % quantile."""
    rng, alarms, bounds = np.random.default_rng(0), 0, 0
    for seed in range(400):
        y, y_out = rng.integers(2, size=80), rng.integers(2, size=60)
        proba = [np.column_stack([1 - p, p]) for p in (rng.random(80), rng.random(60))]
        report = ObservationalAudit(share=0.2, random_state=seed).fit(
            proba[0], None, y, None, y_out, proba_holdout=proba[1], proxy_proba=np.full((80, 2), 0.5),
            proxy_proba_holdout=np.full((60, 2), 0.5),
        ).report_  # fmt: skip
        alarms += report.memorized
        bounds += report.training.epsilon_plus_gamma > 0
    assert alarms <= stats.binom.isf(1e-3, 400, 0.05)
    assert bounds <= stats.binom.isf(1e-3, 400, 0.05)


def test_held_out_rows_from_elsewhere_get_no_verdict(data):
    X, y = data
    model = KNeighborsClassifier(1).fit(X[:300], y[:300])
    audit = ObservationalAudit(LogisticRegression(), random_state=0)
    report = audit.fit(model, X[:300], y[:300], X[300:] + 1.0, y[300:]).report_
    assert report.memorized is None
    assert report.auc > 0.7
    assert "from training rows by their features" in " ".join(str(report).split())


def test_rows_of_one_kind_are_told_apart_as_often_as_by_chance():
    """Rows that come in fours, nearly the same: at most the 99.9 % quantile of Binomial(20, .05)."""
    rng, alarms = np.random.default_rng(0), 0
    for seed in range(20):
        rows = np.repeat(rng.normal(size=(50, 3)), 4, axis=0) + 0.01 * rng.normal(size=(200, 3))
        rows = rng.permutation(rows)
        alarms += likeness(rows[:120], rows[120:], np.random.RandomState(seed))[1] < 0.05
    assert alarms <= stats.binom.isf(1e-3, 20, 0.05)


def test_gamma_by_hand():
    """Sixty of a hundred at one half: log(60 / 40), and the ends are those of Clopper and Pearson."""
    found = estimate_gamma(60, [0.5] * 100)
    ends = stats.binomtest(60, 100).proportion_ci(method="exact")
    assert found.estimate == pytest.approx(np.log(1.5))
    np.testing.assert_allclose(found.confidence_interval, [np.log(p / (1 - p)) for p in ends], atol=1e-6)
    assert estimate_gamma(5, [1.0] * 5).estimate == 0
    proba = np.random.default_rng(0).uniform(0.1, 0.9, 300)
    one = estimate_gamma(200, proba, alpha=0.1)
    low, high = one.confidence_interval
    assert observational_p_value(200, proba, low) == pytest.approx(0.05, rel=1e-4)
    assert observational_bound(200, proba, alpha=0.05).epsilon_plus_gamma == pytest.approx(low, abs=1e-5)
    assert 1 - observational_p_value(201, proba, high) == pytest.approx(0.05, rel=1e-4)


def test_intervals_of_gamma_hold():
    """True shift .7, 400 intervals: misses below the 99.9 % quantile of Binomial(400, .05)."""
    rng, misses = np.random.default_rng(0), 0
    for _ in range(400):
        proba = rng.uniform(0.05, 0.95, 60)
        hits = rng.random(60) < 1 / (1 + np.exp(-(np.log(proba / (1 - proba)) + 0.7)))
        low, high = estimate_gamma(int(hits.sum()), proba).confidence_interval
        misses += not low <= 0.7 <= high
    assert misses <= stats.binom.isf(1e-3, 400, 0.05)


def test_calibration_by_hand():
    bins = calibration_bins([0, 1, 1, 1, 1, 0, 1, 1], [0.5] * 4 + [0.9] * 4, n_bins=2)
    assert [(one.n_rows, one.predicted, one.observed) for one in bins] == [(4, 0.5, 0.75), (4, 0.9, 0.75)]
    assert bins[0].confidence_interval == pytest.approx(stats.binomtest(3, 4).proportion_ci(method="exact"))
    assert len(calibration_bins(np.ones(30), np.full(30, 0.3))) == 1  # ties make one bin
    with pytest.raises(ValueError, match="a probability for each of came_true"):
        calibration_bins([1, 0], [0.5])


def test_the_default_proxy_takes_tables(data):
    """Words in columns, a class of four rows, polars; and says what it does not take."""
    X, y = data
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(word=np.where(X[:, 0] > 0, "high", "low"))
    labels = np.where(np.arange(600) % 150 == 7, "rare", np.where(y == 1, "yes", "no"))
    model = make_pipeline(table_preprocessor(frame), KNeighborsClassifier(1)).fit(frame[:300], labels[:300])
    for y_of, name in [(labels, "not calibrated, for a class is rare"), (y, "gradient boosting, calibrated")]:
        fitted = clone(model).fit(frame[:300], y_of[:300])
        report = ObservationalAudit(random_state=0).fit(
            fitted, frame[:300], y_of[:300], frame[300:], y_of[300:]
        ).report_  # fmt: skip
        assert report.memorized
        assert f"{name}; cross-fitted over 5 folds" in report.to_html()
    many = np.arange(600) % 50  # of which an early stop could not hold out every one
    assert "not calibrated" in default_proxy(X, many)[1]
    for rows in (sparse.csr_array(X), [str(row) for row in X], X.reshape(600, 4, 2)):
        with pytest.raises(ValueError, match="proxy=None is for dense tables"):
            ObservationalAudit().fit(np.full((600, 2), 0.5), rows, y)


def test_frames_of_polars(data):
    polars = pytest.importorskip("polars")
    X, y = data
    frame = polars.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    model = KNeighborsClassifier(1).fit(frame[:300], y[:300])
    audit = ObservationalAudit(LogisticRegression(), random_state=0)
    assert audit.fit(model, frame[:300], y[:300], frame[300:], y[300:]).report_.memorized
    with pytest.raises(ValueError, match="10 of 310 rows of X_holdout are rows of X"):
        audit.fit(model, frame[:300], y[:300], frame[290:], y[290:])


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 2)), rng.integers(2, size=600)
    model = KNeighborsClassifier(1).fit(X[:300], y[:300])
    audit = ObservationalAudit(LogisticRegression(), title="<b>coins</b>", random_state=0)
    return audit.fit(model, X[:300], y[:300], X[300:], y[300:]).report_


class TestReport:
    def test_no_epsilon_without_its_gamma(self, report):
        for text in (str(report), report.to_markdown(), re.sub("<[^>]+>", " ", report.to_html())):
            sums = re.sub(r"\beps \+ Gamma|Epsilon and Gamma|eps \\?\+ Gamma", "", " ".join(text.split()))
            assert not re.search(r"\beps(ilon)? (\S+ ){0,4}\d", sums), sums

    def test_page(self, report, tmp_path):
        page = report.to_html()
        assert "&lt;b&gt;coins&lt;/b&gt;" in page
        assert "<b>coins" not in page
        assert "canaries, got a label" not in page  # what is said of audits with canaries
        for part in ("Is the proxy honest?", "what the proxy expects", "Gamma alone", "What it cannot say"):
            assert part in page, part
        assert report.to_html(tmp_path / "page.html") is None
        assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
        assert oct((tmp_path / "page.html").stat().st_mode)[-3:] == "600"
        assert report._repr_html_().strip().startswith("<div")

    def test_text_data_and_table_say_the_same(self, report):
        assert max(map(len, str(report).splitlines())) <= 80
        told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert told["training"]["n_hits"] == report.training.n_hits == 300
        assert told["memorized"] is True
        assert told["verdict"] == report.verdict
        frame = report.to_frame()
        assert frame["rows"].tolist() == ["training", "held-out"]
        assert frame["epsilon_plus_gamma"][0] == report.training.epsilon_plus_gamma
        assert "300" in report.to_markdown()


def test_a_model_that_stored_noise_is_innocent():
    """Forests fitted on coin flips treat their rows unlike others and know no label: 25 with a proxy of small slopes.

    Alarms in at most the 99.9 % quantile of Binomial(25, .05).
    """
    proxy, alarms = LogisticRegression(C=0.01), 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        X, y, _ = draw(rng, 500)
        X = np.column_stack([X, rng.normal(size=(500, 3))])
        model = RandomForestClassifier(20, random_state=seed).fit(X[:250], rng.integers(2, size=250))
        proba = [model.predict_proba(rows) for rows in (X[:250], X[250:])]
        own = cross_fitted(proxy, [X[:250], X[250:]], [y[:250], y[250:]], [0, 1], 5, np.random.RandomState(seed))
        report = ObservationalAudit(random_state=seed).fit(
            proba[0], None, y[:250], None, y[250:], proba_holdout=proba[1], proxy_proba=own[0],
            proxy_proba_holdout=own[1],
        ).report_  # fmt: skip
        alarms += report.memorized
    assert alarms <= stats.binom.isf(1e-3, 25, 0.05)


def test_ties_are_counted_together():
    """Labels in order and answers that are all the same: whoever counted the first rows would count one label."""
    y = np.repeat([0, 1], 200)
    report = (
        ObservationalAudit(share=0.1, random_state=0)
        .fit(np.tile([0.6, 0.4], (400, 1)), None, y, proxy_proba=np.full((400, 2), 0.5))
        .report_
    )
    assert report.training.n_rows == 400
    assert report.training.epsilon_plus_gamma == 0


def test_people_with_the_same_features_are_no_shared_rows():
    """Four kinds of people, half of whom are held out: as many twins among the training rows themselves."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(2, size=(400, 2)).astype(float), rng.integers(2, size=400)
    audit = ObservationalAudit(LogisticRegression(), random_state=0)
    report = audit.fit(np.full((200, 2), 0.5), X[:200], y[:200], X[200:], y[200:], proba_holdout=np.full((200, 2), 0.5))
    assert report.report_.held_out.n_rows == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.astype({"number": "float32"}),
        lambda frame: frame[["word", "number"]],
        lambda frame: frame.astype({"word": "category"}),
    ],
)
def test_shared_rows_are_known_by_value_and_by_name(change):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"number": np.arange(300), "word": rng.choice(["a", "b"], size=300)})
    half, y = np.full((300, 2), 0.5), rng.integers(2, size=300)
    with pytest.raises(ValueError, match="300 of 300 rows of X_holdout are rows of X too"):
        ObservationalAudit().fit(half, frame, y, change(frame), y, proba_holdout=half)


@pytest.mark.parametrize(
    ("holdout", "message"),
    [
        (lambda frame: frame.rename(columns={"a": "A"}), r"lacks the columns \['a'\] of X, and has \['A'\]"),
        (lambda frame: frame.assign(zip=1), r"has \['zip'\] beside them"),
        (lambda frame: frame.to_numpy(), "X is of type DataFrame and X_holdout ndarray"),
    ],
)
def test_rows_of_other_columns(holdout, message):
    rng = np.random.default_rng(0)
    frame, y, half = (
        pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"]),
        np.arange(60) % 2,
        np.full((60, 2), 0.5),
    )
    with pytest.raises(ValueError, match=message):
        ObservationalAudit().fit(half, frame, y, holdout(frame + 9), y, proba_holdout=half)


def test_a_handful_of_held_out_rows_is_no_control(data):
    X, y = data
    model = KNeighborsClassifier(1).fit(X[:300], y[:300])
    report = ObservationalAudit(LogisticRegression(), random_state=0).fit(
        model, X[:300], y[:300], X[300:305], y[300:305]
    ).report_  # fmt: skip
    assert report.memorized is None
    assert "5 held-out rows are too few" in str(report)
    assert "40.00" not in str(report)


def test_the_poisson_binomial_of_many_coins():
    """Against SciPy's, which takes n^2 steps; certain coins are counted."""
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 400):
        proba = rng.random(n)
        for hits in {0, 1, n // 2, n}:
            expected = stats.poisson_binom.sf(hits - 1, proba)
            assert poisson_binomial_tail(hits, proba) == pytest.approx(max(expected, LEAST), rel=1e-6, abs=1e-13)
    assert poisson_binomial_tail(3, np.array([1.0, 1.0, 0.5, 0.0])) == pytest.approx(0.5)
    assert poisson_binomial_tail(4, np.array([1.0, 1.0, 0.5, 0.0])) == 0
    assert poisson_binomial_tail(50_200, np.full(100_000, 0.5)) == pytest.approx(stats.binom.sf(50_199, 100_000, 0.5))
