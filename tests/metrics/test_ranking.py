"""Bounds by the surest guesses: exact where they can be enumerated, paid for, and larger where confidence is earned."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from sklearn_blia.metrics import (
    Bonferroni,
    NeymanPearson,
    Prefixes,
    Split,
    epsilon_ceiling,
    epsilon_from_ranking,
    epsilon_lower_bound,
)
from sklearn_blia.metrics._first_not_refuted import first_not_refuted
from sklearn_blia.metrics._prefixes import PrefixScan, prefix_sizes, stages_of
from sklearn_blia.metrics._weighted import WeightedCount

M = 1000
METHODS = ["prefixes", "neyman-pearson", "bonferroni", "split"]


def probability(right, q):
    return q ** right.sum() * (1 - q) ** (len(right) - right.sum())


def largest_ratio(outcomes, sizes, q):
    """The statistic of each row of outcomes in plain words: over the prefixes, the log likelihood ratio to q."""
    found = np.zeros(len(outcomes))
    for r in sizes:
        share = outcomes[:, :r].mean(axis=1)
        ratio = r * stats.entropy([share, 1 - share], [np.full(len(share), q), np.full(len(share), 1 - q)])
        found = np.maximum(found, np.where(share > q, ratio, 0))
    return found


class TestPrefixes:
    m = 11

    @pytest.mark.parametrize("q", [0.5, 0.7, 0.9])
    def test_p_value_is_that_of_all_outcomes(self, q):
        """Against the sum over all 2^11 outcomes, of statistics made for the same epsilon and for a smaller one."""
        rng, outcomes = np.random.default_rng(0), np.array(list(product([0, 1], repeat=self.m)))
        sizes = prefix_sizes(self.m, fewest=2)
        masses = np.array([probability(right, q) for right in outcomes])
        for anchor in (q, 0.5):
            statistics = largest_ratio(outcomes, sizes, anchor)
            for _ in range(10):
                confidence, right = rng.random(self.m), rng.random(self.m) < 0.9
                scan = PrefixScan(confidence[None], right[None], fewest=2)
                seen = largest_ratio(right[np.argsort(-confidence)][None], sizes, anchor)[0]
                exact = 1.0 if seen == 0 else masses[statistics >= seen - 1e-9].sum()
                assert scan.p_value(0, anchor, q) == pytest.approx(exact, rel=1e-9)

    def test_several_attacks_cost_at_least_what_they_can_err(self):
        """Two attacks that agree on most canaries: against the chance, by all outcomes, that either is as right.

        Where they disagree one is right and one wrong; the worst that epsilon allows is a probability of up to q for
        either, and the bound must hold for all of these.
        """
        rng, q, m = np.random.default_rng(1), 0.7, self.m
        outcomes, sizes = np.array(list(product([0, 1], repeat=m))), prefix_sizes(m, fewest=2)
        for n_apart in (0, 1, 2):
            apart = np.arange(m) < n_apart
            first, second = rng.random((2, m))
            right = np.ones(m, dtype=bool)
            scan = PrefixScan(np.array([first, second]), np.array([right, right ^ apart]), fewest=2)
            # Two that differ in more than a tenth of their guesses are not taken together.
            assert [n for n, _ in scan.groups] == ([2] if n_apart < 2 else [1, 1])
            assert scan.n_distinct == 2  # for their orders differ
            seen = scan.statistics(q)[0]
            for favoured in (q, 1 - q, 0.5):
                chance = np.where(apart, favoured, q)
                masses = np.prod(np.where(outcomes == 1, chance, 1 - chance), axis=1)
                either = np.maximum(
                    largest_ratio(outcomes[:, np.argsort(-first)], sizes, q),
                    largest_ratio((outcomes ^ apart)[:, np.argsort(-second)], sizes, q),
                )
                assert masses[either >= seen - 1e-9].sum() <= scan.p_value(0, q, q) + 1e-12

    def test_the_same_attack_twice_costs_nothing_and_another_no_more_than_bonferroni(self):
        rng = np.random.default_rng(2)
        confidence, right = rng.random(300), rng.random(300) < 0.7
        alone = PrefixScan(confidence[None], right[None]).p_value(0, 0.6, 0.6)
        twice = PrefixScan(np.array([confidence] * 2), np.array([right] * 2)).p_value(0, 0.6, 0.6)
        assert twice == alone
        for share in (0.02, 0.05, 0.5):
            other = right ^ (rng.random(300) < share)
            found = PrefixScan(np.array([confidence] * 2), np.array([right, other])).p_value(0, 0.6, 0.6)
            assert alone <= found <= 2 * alone + 1e-12

    def test_one_prefix_is_clopper_pearson(self):
        right = np.arange(200) < 150
        found = epsilon_from_ranking(np.arange(200.0), right, method=Prefixes(1))
        assert found.epsilon_lower_bound == pytest.approx(epsilon_lower_bound(150, 200), abs=2e-6)
        assert (found.n_guesses, found.n_correct, found.n_canaries) == (200, 150, 200)

    def test_all_right_reaches_the_ceiling(self):
        """No prefix but all can have so large a ratio."""
        found = epsilon_from_ranking(np.arange(500.0), np.ones(500))
        assert found.epsilon_lower_bound == pytest.approx(epsilon_ceiling(500), abs=2e-6)

    def test_equals_keep_the_order_of_rows(self):
        """Against a stable sort, with many equals and with infinite confidence."""
        rng = np.random.default_rng(0)
        for _ in range(20):
            confidence = rng.choice([-np.inf, 0, 1, 2, np.inf], size=100)
            sizes = prefix_sizes(100)
            place = np.empty(100, dtype=int)
            place[np.argsort(-confidence, kind="stable")] = np.arange(100)
            assert np.array_equal(stages_of(confidence, sizes), np.searchsorted(sizes, place, side="right"))

    def test_a_million_guesses(self):
        """Far tails are cut off and long convolutions go through Fourier transforms: against Clopper-Pearson."""
        rng = np.random.default_rng(0)
        right = rng.random(10**6) < 0.7
        found = epsilon_from_ranking(rng.random(10**6), right, method=Prefixes(2)).epsilon_lower_bound
        exact = epsilon_lower_bound(right.sum(), 10**6)
        assert exact - 1 / 256 < found <= exact  # the width of a cell


class TestNeymanPearson:
    def test_p_value_is_that_of_all_outcomes(self):
        rng, m, q = np.random.default_rng(0), 11, 0.7
        outcomes = np.array(list(product([0, 1], repeat=m)))
        masses = np.array([probability(right, q) for right in outcomes])
        for made_for in (logit(q), 0.0):
            for _ in range(10):
                log_odds, right = rng.exponential(2, size=m), rng.random(m) < 0.9
                count = WeightedCount(log_odds, right)
                weights = count.weights(made_for)
                exact = 1.0 if not weights[right].sum() else masses[outcomes @ weights >= weights[right].sum()].sum()
                assert count.p_value(made_for, logit(q)) == pytest.approx(exact, abs=1e-11)

    def test_weights_are_log_likelihood_ratios(self):
        log_odds = np.array([0.2, 1.0, 2.0, 2.2, 50.0])
        weights = WeightedCount(log_odds, np.ones(5)).weights(0.5)
        # No guess is surer than five guesses can show.
        expected = np.maximum(np.minimum(log_odds, np.log(5)) - 0.5, 0)
        assert weights == pytest.approx(32 * expected / expected.max(), abs=0.5)

    def test_equal_confidence_is_clopper_pearson(self):
        right = np.arange(200) < 150
        found = epsilon_from_ranking(np.full(200, 3.0), right, method="neyman-pearson")
        assert found.epsilon_lower_bound == pytest.approx(epsilon_lower_bound(150, 200), abs=2e-6)

    def test_an_attack_that_is_never_sure_bounds_nothing(self):
        assert epsilon_from_ranking(np.zeros(100), np.ones(100), method=NeymanPearson()).epsilon_lower_bound == 0


class TestDeclared:
    def test_is_the_bound_of_a_declared_grid_at_its_share_of_alpha(self):
        confidence, correct = np.arange(M)[::-1], np.arange(M) < 40
        result = epsilon_from_ranking(confidence, correct, method=Bonferroni((0.02, 0.04, 0.5)))
        assert (result.n_guesses, result.n_correct) == (40, 40)
        assert result.epsilon_lower_bound == epsilon_lower_bound(40, M, n_guesses=40, alpha=0.05 / 3)
        shared = epsilon_from_ranking(confidence, correct, method=Bonferroni((0.02, 0.04), (0.1, 0.9)), delta=1e-5)
        assert shared.alpha == pytest.approx(0.9 * 0.05)
        assert shared.epsilon_lower_bound == epsilon_lower_bound(40, M, n_guesses=40, delta=1e-5, alpha=0.9 * 0.05)

    def test_gaussian_curve(self):
        confidence, correct = np.arange(100.0), np.arange(100) < 75
        found = epsilon_from_ranking(confidence, correct, method=Bonferroni((1.0,), curve="f-dp"), delta=1e-5)
        assert found.epsilon_lower_bound == epsilon_lower_bound(75, 100, delta=1e-5, method="f-dp")

    def test_equals_keep_the_order_of_rows(self):
        rng = np.random.default_rng(0)
        for _ in range(20):
            confidence = rng.choice([-np.inf, 0, 1, 2, np.inf], size=100)
            correct = rng.random(100) < 0.8
            right = np.cumsum(correct[np.argsort(-confidence, kind="stable")])
            for share in (0.01, 0.1, 0.33, 1.0):
                found = epsilon_from_ranking(confidence, correct, method=Bonferroni((share,)))
                assert (found.n_guesses, found.n_correct) == (100 * share, right[round(100 * share) - 1])

    def test_split_never_uses_a_canary_twice(self):
        result = epsilon_from_ranking(np.arange(101), np.ones(101), method="split", random_state=0)
        assert result.n_canaries == 51
        assert result.n_guesses <= 51

    def test_split_of_one(self):
        with pytest.raises(ValueError, match="at least two canaries"):
            epsilon_from_ranking([1.0], [1], method="split")


@pytest.mark.parametrize("method", METHODS)
def test_coverage(method):
    """Choosing pays for itself: at epsilon = .5, over 1,000 audits, at most 5 % and three standard errors of bounds
    exceed the truth; a grid maximised without correction fails clearly more often."""
    epsilon, n_audits, alpha, m = 0.5, 1000, 0.05, 200
    rng, grid = np.random.default_rng(0), (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    failed = naive = 0
    for _ in range(n_audits):
        correct, confidence = rng.random(m) < expit(epsilon), rng.exponential(size=m)
        result = epsilon_from_ranking(confidence, correct, method=method, random_state=rng.integers(2**31))
        failed += result.epsilon_lower_bound > epsilon
        right = np.cumsum(correct[np.argsort(-confidence)])
        r = [round(f * m) for f in grid]
        naive += epsilon_lower_bound(right[np.array(r) - 1], m, n_guesses=r).max() > epsilon
    limit = alpha + 3 * np.sqrt(alpha * (1 - alpha) / n_audits)
    assert failed / n_audits <= limit < naive / n_audits


@pytest.mark.parametrize("method", METHODS)
def test_abstaining_pays_where_confidence_is_earned(method):
    """A tenth is right with probability .98, the rest by chance; the log odds say so."""
    rng = np.random.default_rng(1)
    sure = rng.random(M) > 0.9
    correct = rng.random(M) < np.where(sure, 0.98, 0.5)
    confidence = np.where(sure, logit(0.98), 0.0) + 1e-3 * rng.random(M)
    everything = epsilon_lower_bound(correct.sum(), M)
    chosen = epsilon_from_ranking(confidence, correct, method=method, random_state=0)
    assert chosen.epsilon_lower_bound > everything + 1


@pytest.mark.parametrize("settings", [{"n_prefixes": 0}, {"n_prefixes": 2.5}, {"fewest": 0}, {"fewest": True}])
def test_prefixes_that_are_none(settings):
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        Prefixes(**settings)


def test_several_attacks_together_are_right():
    """Three attacks that nearly agree and one of its own, at epsilon = .5: the best of their bounds is above it in at
    most the 99.9 % quantile of Binomial(150, .05)."""
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(150):
        first = rng.random(120) < expit(0.5)
        agree = rng.random((2, 120)) < 0.96
        correct = np.array([first, first == agree[0], first == agree[1], rng.random(120) < expit(0.5)])
        confidence = np.abs(rng.normal(size=120)) + 0.1 * rng.random((4, 120))
        found = Prefixes().bounds(confidence, correct, alpha=0.05)
        wrong += max(bound.epsilon_lower_bound for bound in found) > 0.5
    assert wrong <= stats.binom.isf(1e-3, 150, 0.05)


def test_the_first_epsilon_that_is_not_refuted_is_the_bound():
    """p-values of statistics made for different epsilons need not rise together: what is refuted beyond counts not."""

    def p_value(made_for, epsilon):
        return min(1.0, 0.01 * np.exp(epsilon)) if made_for < 1 or made_for > 1.2 else 0.5

    assert first_not_refuted(p_value, 3.0, 0.05, cell=0.1) == pytest.approx(1.0, abs=0.1)
    rising = first_not_refuted(lambda made_for, epsilon: 0.01 * np.exp(epsilon), 3.0, 0.05, cell=0.1)
    assert rising == pytest.approx(np.log(5), abs=1e-6)
    assert first_not_refuted(lambda made_for, epsilon: 1.0, 3.0, 0.05, cell=0.1) == 0
    assert first_not_refuted(lambda made_for, epsilon: 0.0, 3.0, 0.05, cell=0.1) == 3


@pytest.mark.parametrize("rest", [0, 2000, 18_000, 98_000])
def test_guesses_by_chance_behind_sure_ones_do_no_harm(rest):
    """Of 2,000 sure guesses .8 are right, of the rest half; 24 prefixes share the level at worst.

    The largest prefix of sure guesses alone has 2,000 / 1.45 of them at least: prefixes stand in at most that ratio.
    """
    right = np.r_[np.arange(2000) % 10 < 8, np.arange(rest) % 2 == 0]
    found = epsilon_from_ranking(-np.arange(len(right), dtype=float), right).epsilon_lower_bound
    assert found > epsilon_lower_bound(round(1600 / 1.45), round(2000 / 1.45), alpha=0.05 / 24)


def test_what_needs_no_computing_is_refuted():
    """Chernoff's start lies below the bound: there the exact p-value is below the level."""
    rng = np.random.default_rng(0)
    confidence = rng.random(300)
    scan = PrefixScan(confidence[None], (rng.random(300) < 0.5 + 0.49 * confidence)[None])
    start = scan.surely_refuted(0, 5.0, 0.05)
    assert start > 0
    for epsilon in np.linspace(0.01, start, 7):
        assert scan.p_value(0, expit(epsilon), expit(epsilon)) <= 0.05


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"method": "best"}, "method must be one of"),
        ({"method": Prefixes}, "method must be one of"),
        ({"method": "split", "delta": 1e-5}, "use method='bonferroni'"),
        ({"delta": 1e-5}, "use method='bonferroni'"),
        ({"confidence": [np.nan, 1.0]}, "contains NaN"),
        ({"confidence": [1.0]}, "of one length"),
        ({"correct": [2, 0]}, "only True and False"),
        ({"delta": 1.0}, "delta must lie in"),
    ],
)
def test_bad_input(kwargs, message):
    arguments = {"confidence": [1.0, 2.0], "correct": [1, 0]} | kwargs
    with pytest.raises(ValueError, match=message):
        epsilon_from_ranking(arguments.pop("confidence"), arguments.pop("correct"), **arguments)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"guess_fractions": []}, "guess_fractions must hold"),
        ({"guess_fractions": [0.0]}, "guess_fractions must hold"),
        ({"guess_fractions": 0.5}, "guess_fractions must hold"),
        ({"guess_fractions": [0.5], "level_shares": [1.5]}, "level_shares must hold"),
        ({"guess_fractions": [0.5], "curve": "round"}, "curve must be one of"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        epsilon_from_ranking([1.0, 2.0], [1, 0], method=Bonferroni(**settings))
    if "curve" not in settings and "level_shares" not in settings:
        with pytest.raises(ValueError, match=message):
            Split(**settings)
