"""ALIBI: what is released, what Bayes makes of it, and what no attack exceeds."""

import numpy as np
import pytest
import sklearn
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit
from sklearn_blia.defences import ALIBIClassifier
from sklearn_blia.defences._noised_onehot import NoisedOneHot
from sklearn_blia.defences._soft_labels import fit_soft
from sklearn_blia.metrics import attack_cap

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("epsilon", [0.5, 1, 2, 4, 8])
def test_the_release_spends_epsilon_and_no_more(epsilon):
    """Between two labels two numbers differ; the loss is largest where one is at its end, the other at its own."""
    mechanism = NoisedOneHot(epsilon)
    assert mechanism.hit.sum() == pytest.approx(1)
    loss = np.abs(np.log(mechanism.hit) - np.log(mechanism.miss))
    assert 2 * loss.max() == pytest.approx(epsilon, rel=1e-12)


@pytest.mark.parametrize("epsilon", [0.5, 1, 2, 4, 8])
def test_the_cap_is_that_of_laplace_noise(epsilon):
    """1 - exp(-eps/2) (1 + eps/4) / 2 for noise without a grid, and what two million simulated labels gave."""
    cap = NoisedOneHot(epsilon).cap()
    assert cap == pytest.approx(1 - np.exp(-epsilon / 2) * (1 + epsilon / 4) / 2, abs=1e-6)
    simulated = {0.5: 0.5621, 1: 0.6205, 2: 0.7236, 4: 0.8646, 8: 0.9725}[epsilon]
    assert cap == pytest.approx(simulated, abs=4.5 * np.sqrt(0.25 / 2_000_000))
    assert cap < attack_cap(epsilon)


def test_draws_follow_the_probabilities():
    mechanism = NoisedOneHot(1.0)
    released = mechanism.draw(np.zeros(40_000, dtype=int), 3, RNG.random)
    for column, mass in ((0, mechanism.hit), (1, mechanism.miss), (2, mechanism.miss)):
        assert set(np.unique(released[:, column])) <= set(mechanism.values)
        parts = [np.sum(mass[start : start + 32]) for start in range(0, 257, 32)]
        counts = np.add.reduceat(np.bincount((released[:, column] * 256).astype(int), minlength=257), range(0, 257, 32))
        assert stats.chisquare(counts, np.array(parts) * 40_000).pvalue > 1e-5


def test_the_posterior_is_bayes():
    """By the definition: prior times the probabilities of all three numbers."""
    mechanism = NoisedOneHot(1.7)
    prior = np.array([[0.2, 0.5, 0.3]])
    at = np.array([[10, 200, 256]])
    likelihood = np.array([
        np.prod([(mechanism.hit if place == label else mechanism.miss)[at[0, place]] for place in range(3)])
        for label in range(3)
    ])  # fmt: skip
    expected = prior[0] * likelihood / np.sum(prior[0] * likelihood)
    # Inside the grid the noise has a constant ratio from step to step, but at its two ends: there by one step less
    np.testing.assert_allclose(mechanism.posterior(at / 256, prior)[0], expected, rtol=1e-9)


def test_posteriors_are_calibrated():
    """Of labels drawn from the prior, those with posterior p are right in p of all cases: chi-squared."""
    mechanism, prior = NoisedOneHot(2.0), np.array([0.5, 0.3, 0.2])
    labels = RNG.choice(3, p=prior, size=60_000)
    posterior = mechanism.posterior(mechanism.draw(labels, 3, RNG.random), np.tile(prior, (60_000, 1)))
    part = np.minimum((posterior[:, 0] * 10).astype(int), 9)
    right, n = np.bincount(part, labels == 0, 10), np.bincount(part, minlength=10)
    expected = np.bincount(part, posterior[:, 0], 10)
    variance = np.bincount(part, posterior[:, 0] * (1 - posterior[:, 0]), 10)
    used = n > 100
    assert stats.chi2.sf(np.sum((right - expected)[used] ** 2 / variance[used]), used.sum()) > 1e-4


def test_nothing_of_the_label_is_seen_but_what_was_released(data):
    """Two sets of labels, one release: the same model."""
    X, y = data

    class Fixed(NoisedOneHot):
        def draw(self, codes, n_classes, draw):
            return super().draw(y, n_classes, lambda shape: np.random.default_rng(5).random(shape))

    class FixedALIBI(ALIBIClassifier):
        def _mechanism(self):
            return Fixed(self.epsilon)

    models = [FixedALIBI(LogisticRegression(), 2.0, random_state=0).fit(X, labels) for labels in (y, 1 - y)]
    np.testing.assert_array_equal(*(model.predict_proba(X) for model in models))


ASKED = []


class Recorder(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight=None):
        self.classes_, self.seen_ = np.unique(y), set(X[:, 0])
        return self

    def predict_proba(self, X):
        ASKED.append(bool(self.seen_ & set(X[:, 0])))
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize(("prior", "saw", "n_asked"), [("cross-fitting", False, 6), ("previous", True, 2)])
def test_who_speaks_of_a_row(data, prior, saw, n_asked):
    ASKED.clear()
    ALIBIClassifier(Recorder(), prior=prior, random_state=0).fit(*data)
    assert [saw] * n_asked == ASKED


def test_soft_labels_are_the_expected_loss(data):
    """Logistic regression on labels flipped with probability .3, by weights and by very many draws: the same fit."""
    X, y = data
    targets = np.column_stack([np.where(y == 0, 0.7, 0.3), np.where(y == 0, 0.3, 0.7)])
    soft = fit_soft(LogisticRegression(tol=1e-8), X, targets, np.array([0, 1]))
    repeated = np.repeat(np.arange(len(y)), 10)
    labels = np.where(np.tile(np.arange(10), len(y)) < 3, 1 - y[repeated], y[repeated])
    hard = LogisticRegression(tol=1e-8, C=0.1).fit(X[repeated], labels)
    np.testing.assert_allclose(soft.coef_, hard.coef_, rtol=1e-4)


def test_networks_take_probabilities_as_they_are(data):
    """One minibatch of all rows: the same gradient as from weighted rows, and so the same net."""
    pytest.importorskip("skorch")
    from sklearn_blia.neural import SequentialClassifier

    X, y = data
    net = SequentialClassifier((4,), max_epochs=5, batch_size=10_000, precision="float64", device="cpu", random_state=0)
    targets = np.column_stack([np.where(y == 0, 0.7, 0.3), np.where(y == 0, 0.3, 0.7)])
    soft = fit_soft(make_pipeline(StandardScaler(), net), X, targets, np.array(["a", "b"]))
    assert soft.classes_.tolist() == ["a", "b"]
    rows, labels = np.nonzero(targets)
    hard = make_pipeline(StandardScaler().fit(X), net)
    net.fit(StandardScaler().fit_transform(X)[rows], np.array(["a", "b"])[labels], sample_weight=targets[rows, labels])
    np.testing.assert_allclose(soft.predict_proba(X), hard.predict_proba(X), rtol=1e-6)
    with pytest.raises(ValueError, match="early_stopping=True holds out labels"):
        net.set_params(early_stopping=True).fit_soft(X, targets, ["a", "b"])
    with pytest.raises(ValueError, match="targets must have shape"):
        net.set_params(early_stopping=False).fit_soft(X, targets[:, :1], ["a", "b"])


@pytest.mark.parametrize("epsilon", [20.0, np.inf])
def test_a_class_of_one_row_or_none(epsilon):
    """Its posterior is next to nothing everywhere, and the classifier has to hear of it nevertheless."""
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.array(["a"] * 59 + ["b"])
    model = ALIBIClassifier(LogisticRegression(), epsilon, classes=["a", "b", "c"], random_state=0).fit(X, y)
    assert model.predict_proba(X).shape == (60, 3)
    assert (model.predict(X) == "a").mean() > 0.9


@pytest.mark.parametrize("routing", [False, True])
def test_pipelines_and_routing(data, routing):
    model = ALIBIClassifier(make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3)), 8.0, random_state=0)
    with sklearn.config_context(enable_metadata_routing=routing):
        assert model.fit(*data).score(*data) > 0.7


def test_a_classifier_without_weights_is_told(data):
    with pytest.raises(ValueError, match="KNeighborsClassifier takes no sample_weight"):
        ALIBIClassifier(KNeighborsClassifier()).fit(*data)


def test_caps_hold_for_a_forest_that_stores_what_it_sees(data):
    """Right guesses of five audits together: at most three standard errors above the cap, and above chance."""
    audit = LabelAudit(
        ALIBIClassifier(RandomForestClassifier(30), n_rounds=0), mechanism=None, epsilons=[2.0], n_repeats=5,
        n_canaries=100, random_state=0,
    ).fit(*data)  # fmt: skip
    (cell,) = audit.report_.cells
    ratio = cell.attacks["threshold (fixed)"].private.success_ratio
    assert cell.cap == pytest.approx(0.7241, abs=1e-4)
    assert 0.5 < ratio <= cell.cap + 3 * np.sqrt(cell.cap * (1 - cell.cap) / 500)
