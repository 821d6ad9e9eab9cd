"""Randomized response with a prior: the published algorithm, its caps, and what a prior must not be."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import LabelAudit, make_label_pipeline
from sklearn_blia.canaries import Canaries
from sklearn_blia.labels import RRWithPrior, success_cap_of_top_k
from sklearn_blia.labels._rr_with_prior import most_probable

N = 60_000


def channel(epsilon, possible):
    """P(output | label) as Ghazi et al. 2021 write Algorithm 1 (RRTop-k)."""
    k, matrix = possible.sum(), np.empty((len(possible), len(possible)))
    for label in range(len(possible)):
        inside = np.exp(epsilon * (np.arange(len(possible)) == label)) / (np.exp(epsilon) + k - 1)
        matrix[label] = np.where(possible, inside if possible[label] else 1 / k, 0)
    return matrix


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
@pytest.mark.parametrize("prior", [[0.25] * 4, [0.4, 0.35, 0.15, 0.1], [0.05, 0.9, 0.03, 0.02]])
def test_outputs_follow_the_published_channel(epsilon, prior):
    """Chi-squared of what comes out of each label, p > 1e-5; and the channel spends epsilon, no more."""
    for label in range(4):
        mechanism = RRWithPrior(epsilon, prior=prior, classes=range(4), random_state=label)
        released = mechanism.fit_resample(np.zeros((N, 1)), np.full(N, label))[1]
        possible = mechanism.possible_[0]
        expected = channel(epsilon, possible)
        np.testing.assert_allclose(expected.sum(axis=1), 1)
        counts = np.bincount(released, minlength=4)
        assert not counts[~possible].any()
        if possible.sum() > 1:
            assert stats.chisquare(counts[possible], N * expected[label][possible]).pvalue > 1e-5
        ratios = expected[:, possible][:, None] / expected[:, possible][None]
        assert np.log(ratios).max() <= epsilon + 1e-12


def test_k_is_the_best():
    """Algorithm 2 by hand: the probability that a label which follows the prior is kept, for each k."""
    prior = np.random.default_rng(0).dirichlet(np.full(6, 0.5), size=200)
    for epsilon in (0.3, 1.0, 3.0):
        possible = most_probable(prior, epsilon)
        k = possible.sum(axis=1)
        for row in range(200):
            kept = [
                np.exp(epsilon) / (np.exp(epsilon) + size - 1) * np.sort(prior[row])[::-1][:size].sum()
                for size in range(1, 7)
            ]
            assert kept[k[row] - 1] == pytest.approx(max(kept), rel=1e-12)
            assert prior[row][possible[row]].min() >= prior[row][~possible[row]].max(initial=0)


def test_a_uniform_prior_is_randomized_response():
    y = np.arange(N) % 5
    released = RRWithPrior(1.0, classes=range(5), random_state=0).fit_resample(np.zeros((N, 1)), y)[1]
    q = np.e / (np.e + 4)
    assert abs(np.mean(released == y) - q) < 4.5 * np.sqrt(q * (1 - q) / N)


@pytest.mark.parametrize("epsilon_prior", [0.0, 0.3])
@pytest.mark.parametrize("possible", ["1100", "1110", "0110", "0111", "0011", "1000"])
def test_caps_are_those_of_the_channel(possible, epsilon_prior):
    """The Bayes guess between labels 0 and 1, where one may be e^epsilon_prior as probable as the other."""
    possible = np.array([bit == "1" for bit in possible])
    for epsilon in (0.0, 1.0, 4.0):
        first, second = channel(epsilon, possible)[:2]
        more = np.exp(epsilon_prior) / (1 + np.exp(epsilon_prior))
        expected = max(
            np.maximum(w * first, (1 - w) * second).sum() for w in (more, 1 - more)
        )  # fmt: skip
        found = success_cap_of_top_k(epsilon, possible.sum(), possible[:2].sum(), epsilon_prior)
        assert float(found) == pytest.approx(expected, rel=1e-12)


def test_caps_by_canary():
    """The published table: epsilon = 1, both candidates of three possible ones .682, one .621, none one half."""
    prior = [[0.3, 0.3, 0.3, 0.05, 0.05]] * 3
    mechanism = RRWithPrior(1.0, prior=prior, classes=range(5), random_state=0).fit(np.zeros((3, 1)), [0, 1, 4])
    assert mechanism.possible_[0].tolist() == [True, True, True, False, False]
    canaries = Canaries(pairs=[[0, 1], [2, 4], [3, 4]], coins=[0, 0, 0], rows=[0, 1, 2], natural=[0, 1, 4])
    np.testing.assert_allclose(mechanism.success_caps(canaries), [0.682, 0.621, 0.5], atol=5e-4)


def test_a_classifier_as_prior(data):
    X, y = data
    prior = FrozenEstimator(LogisticRegression().fit(X[:200], y[:200]))
    model = make_label_pipeline(RRWithPrior(1.0, prior=prior, random_state=0), LogisticRegression())
    model.fit(X[200:], y[200:])
    sizes = model.named_steps_.rrwithprior.possible_.sum(axis=1)
    assert set(sizes.tolist()) == {1, 2}
    proba = prior.predict_proba(X[200:]).max(axis=1)
    # k = 1 where the more probable label is right more often than e / (1 + e)
    np.testing.assert_array_equal(sizes == 1, proba > np.e / (1 + np.e))


def test_priors_with_names_are_read_by_name(data):
    X, y = data
    words = np.array(["b", "a"])[y]
    series = pd.Series({"b": 0.9, "a": 0.1})
    frame = pd.DataFrame({"b": np.full(600, 0.9), "a": 0.1})
    released = [
        RRWithPrior(0.1, prior=prior, random_state=0).fit(X, words).released_labels_
        for prior in (series, frame, [0.1, 0.9])
    ]
    assert (released[0] == "b").all()  # k = 1
    np.testing.assert_array_equal(released[0], released[1])
    np.testing.assert_array_equal(released[0], released[2])
    with pytest.raises(ValueError, match=r"prior knows the label 'x'"):
        RRWithPrior(0.1, prior=pd.Series({"x": 0.5, "a": 0.5})).fit(X, words)
    other = LogisticRegression().fit(X, np.array(["a", "zzz"])[y])
    with pytest.raises(ValueError, match=r"prior knows the label 'zzz'"):
        RRWithPrior(0.1, prior=FrozenEstimator(other)).fit(X, words)


@pytest.mark.parametrize(
    ("prior", "message"),
    [([0.5, 0.6], "sum of 1"), ([0.2, 0.3, 0.5], "shape"), ([-0.5, 1.5], "none negative"), ([[0.5, 0.5]], "shape")],
)
def test_what_is_no_prior(data, prior, message):
    with pytest.raises(ValueError, match=message):
        RRWithPrior(1.0, prior=prior).fit(*data)


def test_where_other_labels_can_come_out_noise_is_another():
    """One seed: were it the same, labels on which two releases differ would be known. Fisher's exact test, p > 1e-4."""
    X, y = np.zeros((2000, 1)), np.zeros(2000, dtype=int)

    def changed(prior):
        mechanism = RRWithPrior(0.5, prior=prior, classes=[0, 1, 2], random_state=0).fit(X, y)
        return mechanism.possible_[0].sum(), mechanism.released_labels_ != 0

    (two, first), (three, second), (same, third) = map(
        changed, ([0.45, 0.45, 0.1], [0.34, 0.33, 0.33], [0.4, 0.45, 0.15])
    )
    assert (two, three, same) == (2, 3, 2)
    assert stats.fisher_exact(np.histogram2d(first, second, bins=2)[0].astype(int)).pvalue > 1e-4
    np.testing.assert_array_equal(first, third)  # the same labels can come out: one mechanism, one release


def test_a_prior_that_saw_the_labels_is_refuted(data):
    """k = 1 everywhere, and the label is released as it is: no cap of randomized response holds."""
    X, y = data

    class PeeksAtLabels(RRWithPrior):
        def _prior_of(self, X, n_rows):
            return np.eye(2)[self._seen]

        def _sample_labels(self, X, codes):
            self._seen = codes
            return super()._sample_labels(X, codes)

    audit = LabelAudit(
        KNeighborsClassifier(1), mechanism=PeeksAtLabels(), epsilons=[1.0], n_repeats=1, n_canaries=100, random_state=0
    ).fit(X, y)
    assert audit.results_["claim_refuted"].all()
    honest = LabelAudit(
        KNeighborsClassifier(1), mechanism=RRWithPrior(), epsilons=[1.0], n_repeats=1, n_canaries=100, random_state=0
    ).fit(X, y)
    assert not honest.results_["claim_refuted"].any()
