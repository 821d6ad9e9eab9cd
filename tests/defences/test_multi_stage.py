"""Multi-stage training: who sees what, what is spent, and what no attack exceeds."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import LabelAudit, LabelLiRAAttack, ReferenceAttack
from sklearn_blia.canaries import Canaries
from sklearn_blia.defences import MultiStageClassifier
from sklearn_blia.defences._clusters import cluster_prior
from sklearn_blia.defences._discrete_laplace import discrete_laplace
from sklearn_blia.defences._multi_stage import sharpened
from sklearn_blia.metrics import attack_cap

SEEN = []


class Recorder(ClassifierMixin, BaseEstimator):
    """Notes rows and labels that it is trained on, and rows that it is asked about; the row's number is a feature."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        SEEN.append(("fit", X[:, 0].astype(int), np.array(y)))
        return self

    def predict_proba(self, X):
        SEEN.append(("ask", X[:, 0].astype(int), None))
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def numbered():
    X = np.column_stack([np.arange(900.0), np.random.default_rng(0).normal(size=900)])
    return X, np.arange(900) % 3


def test_no_model_is_asked_for_the_prior_of_a_row_that_it_saw(numbered):
    """And none sees a label that was not released; a second stage's model sees the first one's labels again."""
    SEEN.clear()
    X, y = numbered
    model = MultiStageClassifier(Recorder(), 1.0, stage_fractions=(0.5, 0.3, 0.2), random_state=0).fit(X, y)
    fits = [(rows, labels) for what, rows, labels in SEEN if what == "fit"]
    assert np.bincount(model.stages_).tolist() == [450, 270, 180]
    assert [len(rows) for rows, _ in fits] == [450, 720, 900]
    for rows, labels in fits:
        np.testing.assert_array_equal(labels, model.released_labels_[rows])
    stage = 0
    for what, rows, _ in SEEN:
        if what == "fit":
            stage += 1
        elif set(model.stages_[rows]) == {stage}:  # the next stage's prior
            assert not set(rows.tolist()) & set(fits[stage - 1][0].tolist())


def test_stages_do_not_look_at_the_labels(numbered):
    X, y = numbered
    stages = [
        MultiStageClassifier(KNeighborsClassifier(1), random_state=0).fit(X, labels).stages_ for labels in (y, y[::-1])
    ]
    np.testing.assert_array_equal(*stages)


def test_one_stage_is_randomized_response(numbered):
    X, y = numbered
    model = MultiStageClassifier(KNeighborsClassifier(1), 1.0, stage_fractions=(1.0,), random_state=0).fit(X, y)
    assert model.possible_.all()
    q = np.e / (np.e + 2)
    assert abs(np.mean(model.released_labels_ == y) - q) < 4.5 * np.sqrt(q * (1 - q) / 900)


def test_a_sure_model_makes_the_second_stage_quiet():
    """Where the first stage's model is sure, one label alone can come out, and tells nothing: its cap is one half."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=2000)
    X = np.column_stack([10 * y - 5 + rng.normal(size=2000), rng.normal(size=2000)])
    model = MultiStageClassifier(LogisticRegression(), 4.0, random_state=0).fit(X, y)
    second = np.flatnonzero(model.stages_ == 1)
    assert (model.possible_[second].sum(axis=1) == 1).mean() > 0.75
    canaries = Canaries(pairs=[[0, 1]] * len(second), coins=[0] * len(second), rows=second, natural=y[second])
    caps = model.success_caps(canaries)
    np.testing.assert_allclose(caps[model.possible_[second].sum(axis=1) == 1], 0.5)
    np.testing.assert_allclose(caps[model.possible_[second].sum(axis=1) == 2], attack_cap(4.0))


def test_attacks_that_leave_the_canaries_out(data):
    """The reference is trained on fewer rows, of which caps by row know nothing."""
    audit = LabelAudit(
        MultiStageClassifier(LogisticRegression()), mechanism=None, epsilons=[1.0], n_repeats=1, n_canaries=50,
        attacks=[ReferenceAttack(), LabelLiRAAttack(2)], random_state=0,
    ).fit(*data)  # fmt: skip
    assert not audit.errors_
    (cell,) = audit.report_.cells
    assert len(cell.attacks) == 2
    assert cell.cap < attack_cap(1.0) + 1e-12


@pytest.mark.parametrize("prior", ["uniform", "clusters"])
def test_caps_hold_for_a_model_that_stores_its_labels(data, prior):
    """Right guesses of ten audits together: at most three standard errors above the mean of the caps."""
    audit = LabelAudit(
        MultiStageClassifier(KNeighborsClassifier(1), prior=prior, prior_share=0.2), mechanism=None, epsilons=[1.0],
        n_repeats=10, n_canaries=100, attacks="quick", random_state=0,
    ).fit(*data)  # fmt: skip
    (cell,) = audit.report_.cells
    ratio = cell.attacks["threshold (fixed)"].private.success_ratio
    assert ratio <= cell.cap + 3 * np.sqrt(0.25 / 1000)
    assert not cell.refuted
    assert cell.cap <= attack_cap(1.0)


def test_clusters_spend_their_share(numbered):
    """Labels of one cluster alone: noise of scale 2 / epsilon on counts that a replaced label moves by 2."""
    draws = []

    def draw(shape):
        draws.append(shape)
        return np.random.default_rng(len(draws)).random(shape)

    X, y = numbered
    prior = cluster_prior((X[:, 0] >= 450).astype(int) + 7, y, 3, 50.0, draw)
    np.testing.assert_allclose(prior, 1 / 3, atol=0.01)
    assert draws == [(2, 2, 3)]
    model = MultiStageClassifier(KNeighborsClassifier(1), 2.0, prior="clusters", prior_share=0.25, random_state=0).fit(
        X, y
    )
    canaries = Canaries(pairs=[[0, 1]], coins=[0], rows=[0], natural=[0])
    model.possible_[0] = True, True, False
    # A binary response of 1.5 behind odds of .5: the largest posterior odds are those of epsilon = 2
    more = np.exp(0.5) / (1 + np.exp(0.5))
    q = np.exp(1.5) / (1 + np.exp(1.5))
    expected = max(more * q, (1 - more) * (1 - q)) + max(more * (1 - q), (1 - more) * q)
    assert model.success_caps(canaries)[0] == pytest.approx(expected)
    assert model.success_caps(canaries)[0] <= attack_cap(2.0)


def test_histograms_have_the_noise_that_a_replaced_label_needs():
    """900 of one label: the share of a second is its noise alone, of rate epsilon / 2. Chi-squared, p > 1e-5."""
    rng, epsilon = np.random.default_rng(0), 0.5
    cluster, codes = np.repeat(np.arange(20_000), 2), np.zeros(40_000, dtype=int)
    noise = []

    def noted(rate, draw, shape):
        noise.append(discrete_laplace(rate, draw, shape))
        return noise[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_blia.defences._clusters.discrete_laplace", noted)
        cluster_prior(cluster, codes, 2, epsilon, rng.random)
    values = np.arange(-6, 7)
    mass = np.tanh(epsilon / 4) * np.exp(-epsilon / 2 * np.abs(values))
    counts = [np.sum(noise[0] == value) for value in values]
    total = noise[0].size
    assert stats.chisquare([*counts, total - sum(counts)], [*mass * total, (1 - mass.sum()) * total]).pvalue > 1e-5


def test_the_response_has_what_the_prior_left_over():
    """One stage, one label in a cluster of all rows, prior_share .5: kept as often as at epsilon = 1, not at 2."""
    y = np.arange(6000) % 2
    model = MultiStageClassifier(
        KNeighborsClassifier(1), 2.0, prior="clusters", prior_share=0.5, stage_fractions=(1.0,),
        clusterer=KMeans(1, n_init=1, random_state=0), random_state=0,
    ).fit(np.random.default_rng(0).normal(size=(6000, 2)), y)  # fmt: skip
    assert model.possible_.all()
    q = np.e / (1 + np.e)
    assert abs(np.mean(model.released_labels_ == y) - q) < 4.5 * np.sqrt(q * (1 - q) / 6000)


def test_other_clusters_other_noise(numbered):
    """One seed: were the noise the same, two fits together would tell what a cluster lost."""
    X, y = numbered
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_blia.defences._clusters.discrete_laplace",
                      lambda rate, draw, shape: drawn.append(draw(shape)) or np.zeros(shape))  # fmt: skip
        for n_clusters in (2, 2, 3):
            clusterer = KMeans(n_clusters, n_init=1, random_state=0)
            MultiStageClassifier(KNeighborsClassifier(1), prior="clusters", clusterer=clusterer, random_state=0).fit(
                X, y
            )
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.isin(drawn[0], drawn[2]).any()


@pytest.mark.parametrize("prior", ["uniform", "clusters"])
def test_an_infinite_budget(numbered, prior):
    X, y = numbered
    model = MultiStageClassifier(KNeighborsClassifier(1), np.inf, prior=prior, random_state=0)
    np.testing.assert_array_equal(model.fit(X, y).released_labels_, y)
    audit = LabelAudit(model, mechanism=None, epsilons=[np.inf, 2], n_repeats=1, n_canaries=50, random_state=0)
    assert not audit.fit(X, y).errors_
    assert audit.results_["private_success_ratio_threshold (fixed)"][0] == 1


def test_thirds_make_three_stages():
    y = np.arange(60_000) % 2
    model = MultiStageClassifier(DummyClassifier(strategy="prior"), stage_fractions=(0.33333,) * 3, random_state=0)
    assert np.bincount(model.fit(np.zeros((60_000, 1)), y).stages_).tolist() == [20_000] * 3


def test_candidates_that_the_defence_does_not_know(numbered):
    model = MultiStageClassifier(KNeighborsClassifier(1), random_state=0).fit(*numbered)
    with pytest.raises(ValueError, match="name all classes"):
        model.success_caps(Canaries(pairs=[[0, 9]], coins=[0], rows=[0], natural=[0]))


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_discrete_laplace(rate):
    """Frequencies of whole numbers against tanh(rate / 2) exp(-rate |z|): chi-squared, p > 1e-5."""
    z = discrete_laplace(rate, np.random.default_rng(0).random, (50_000,))
    values = np.arange(-5, 6)
    mass = np.tanh(rate / 2) * np.exp(-rate * np.abs(values))
    counts = [np.sum(z == value) for value in values]
    assert stats.chisquare([*counts, len(z) - sum(counts)], [*mass * len(z), (1 - mass.sum()) * len(z)]).pvalue > 1e-5


def test_sharpening():
    np.testing.assert_allclose(sharpened(np.array([[0.5, 0.3, 0.2]]), 0.5), np.array([[25, 9, 4]]) / 38)
    np.testing.assert_allclose(sharpened(np.array([[1e-200, 1e-250]]), 0.1), [[1, 0]])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"stage_fractions": (0.5, 0.6)}, "stage_fractions must be positive numbers with a sum of 1"),
        ({"stage_fractions": ()}, "stage_fractions"),
        ({"stage_fractions": (0.9999, 0.0001)}, "none: take fewer stages"),
        ({"epsilon": 0, "prior": "clusters"}, "epsilon above 0"),
        ({"epsilon": -1}, "'epsilon' parameter"),
    ],
)
def test_slips(numbered, params, message):
    with pytest.raises(ValueError, match=message):
        MultiStageClassifier(LogisticRegression(), **params).fit(*numbered)
