"""The mean success ratio of the k surest guesses, over all k."""

import itertools

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.metrics import coverage_average


def definition(scores, coins):
    """The mean over k of the share of right ones among the k surest, where no two are equally sure."""
    right = ((scores >= 0) == coins)[np.argsort(-np.abs(scores))]
    return np.mean(np.cumsum(right) / np.arange(1, len(right) + 1))


def test_it_is_what_its_name_says():
    rng = np.random.default_rng(0)
    scores, coins = rng.standard_normal(200), rng.integers(2, size=200)
    found = coverage_average(scores, coins, n_draws=9, random_state=0)
    assert found.success_ratio == pytest.approx(definition(scores, coins))
    assert found.n_canaries == 200


def test_equals_share_their_weight():
    """In whatever order equals stand: the mean over all orders of three of them."""
    scores, coins = np.array([3.0, 1.0, -1.0, 1.0, 0.5]), np.array([1, 1, 1, 0, 0])
    orders = [definition(scores * (1 + 1e-9 * np.array([0, *order, 0])), coins)
              for order in itertools.permutations((1, 2, 3))]  # fmt: skip
    found = coverage_average(scores, coins, n_draws=9, random_state=0)
    assert found.success_ratio == pytest.approx(np.mean(orders))
    flipped = coverage_average(scores[::-1], coins[::-1], n_draws=9, random_state=0)
    assert flipped.success_ratio == pytest.approx(found.success_ratio)


def test_rounding_does_not_say_which_of_two_equals_is_surer():
    """The two scores around a median are equally far from it, but for the last bits of floating point."""
    rng = np.random.default_rng(0)
    scores, coins = rng.random(200), rng.integers(2, size=200)
    found = {
        coverage_average((scores + noise) - np.median(scores + noise), coins, n_draws=9, random_state=0).success_ratio
        for noise in 1e-12 * rng.standard_normal((50, 200))
    }
    assert len(found) == 1


def test_without_an_order_it_is_the_success_ratio():
    coins = np.arange(100) % 2
    guesses = np.where(np.arange(100) < 70, coins, 1 - coins)
    found = coverage_average(2 * guesses - 1, coins, n_draws=20_000, random_state=0)
    p = stats.binom.sf(69, 100, 0.5)
    assert found.success_ratio == pytest.approx(0.7)
    assert abs(found.p_value - p) < 4.5 * np.sqrt(p / 20_000) + 1e-4


def test_p_values_are_uniform_under_the_null():
    """2,000 audits: p < .05 in 5 % and three standard errors at most, p < .5 in half, three standard errors .034."""
    rng = np.random.default_rng(0)
    p = np.array([
        coverage_average(rng.standard_t(2, size=60), rng.integers(2, size=60), n_draws=199, random_state=seed).p_value
        for seed in range(2000)
    ])  # fmt: skip
    assert np.mean(p < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert abs(np.mean(p < 0.5) - 0.5) < 0.034 + 0.005


def test_it_sees_what_a_count_cannot():
    """A tenth of 200 canaries is stored and looks like it.

    A count finds it with P(Bin(180, 1/2) >= 113 - 20) = .35. The surest tenth has (H(200) - H(20) + 1) / 10 = .33 of
    all weight, so the average lies .165 above one half, at a null deviation of sqrt(2 / 200) / 2 = .05.
    """
    rng = np.random.default_rng(0)
    by_count = by_average = 0
    for seed in range(200):
        coins, stored = rng.integers(2, size=200), np.arange(200) < 20
        scores = np.where(stored, 2 * coins - 1, 0.5 * rng.uniform(-1, 1, size=200))
        by_count += stats.binom.sf(np.sum((scores >= 0) == coins) - 1, 200, 0.5) < 0.05
        by_average += coverage_average(scores, coins, n_draws=199, random_state=seed).p_value < 0.05
    assert by_average / 200 > 0.9
    assert by_count / 200 < 0.6


@pytest.mark.parametrize(
    ("scores", "coins", "message"),
    [
        ([0.1], [0, 1], "a number for each of 2 coins"),
        ([], [], "one at least"),
        ([0.1, np.nan], [0, 1], "NaN is none"),
        ([0.1, 0.2], [0, 2], "coins must hold only"),
    ],
)
def test_bad_input(scores, coins, message):
    with pytest.raises(ValueError, match=message):
        coverage_average(scores, coins)
