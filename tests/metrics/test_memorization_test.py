import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from sklearn_blia.metrics import guess_counts, memorization_test, pool


@st.composite
def counts(draw, largest=10**6):
    m = draw(st.integers(1, largest))
    return draw(st.integers(0, m)), m


@given(counts())
def test_agrees_with_scipy(vm):
    v, m = vm
    test = memorization_test(v, m)
    reference = binomtest(v, m, 0.5, alternative="greater")
    # Both sum the same tail; beta functions at m = 10^6 keep some eight digits far out.
    assert test.p_value == pytest.approx(reference.pvalue, rel=1e-6, abs=1e-300)
    limits = binomtest(v, m).proportion_ci(0.95, method="exact")
    np.testing.assert_allclose(test.confidence_interval, limits, atol=1e-9)
    assert test.success_ratio == v / m
    assert test.memorization_score == pytest.approx(2 * v / m - 1)


@pytest.mark.parametrize(("v", "m", "p"), [(269, 520, 0.23)])
def test_census_cell_of_the_paper(v, m, p):
    # shared with shared/paper: 269 of 520, one-sided binomial p = .23
    assert round(memorization_test(v, m).p_value, 2) == p


@pytest.mark.parametrize("seed", range(5))
def test_label_reading_null_by_enumeration(seed):
    """For 10 canaries: the distribution of right guesses over all 2^10 coins is a + Bin(b, 1/2)."""
    table = np.random.default_rng(seed).integers(2, size=(10, 2))
    totals = []
    for coins in itertools.product((0, 1), repeat=10):
        v, a, b = guess_counts(table, coins)
        totals.append(sum(table[j, coin] == coin for j, coin in enumerate(coins)))
        assert totals[-1] == v
    totals = np.array(totals)
    for v in range(a, a + b + 1):
        test = memorization_test(v, 10, n_certain=a, n_undecided=b)
        assert test.p_value == pytest.approx(np.mean(totals >= v))
        assert test.chance_level == pytest.approx(totals.mean() / 10)
        assert test.reads_labels
        assert test.epsilon_lower_bound is None


def test_label_reading_interval_and_reach_are_those_of_the_undecided_part():
    test = memorization_test(70, 100, n_certain=30, n_undecided=60)
    inner = memorization_test(40, 60)
    np.testing.assert_allclose(
        test.confidence_interval, [(30 + 60 * limit) / 100 for limit in inner.confidence_interval]
    )
    assert test.p_value == inner.p_value
    assert test.detectable_success_ratio == pytest.approx((30 + 60 * inner.detectable_success_ratio) / 100)
    nothing_left = memorization_test(30, 100, n_certain=30, n_undecided=0)
    assert nothing_left.p_value == 1
    assert nothing_left.confidence_interval == (0.3, 0.3)
    assert nothing_left.detectable_success_ratio == np.inf


def test_label_blind_is_the_special_case():
    blind, table = memorization_test(60, 100), memorization_test(60, 100, n_certain=0, n_undecided=100)
    for name in ("p_value", "chance_level", "confidence_interval", "detectable_success_ratio"):
        assert getattr(blind, name) == getattr(table, name)


def test_p_values_are_valid_under_the_null():
    """P(p <= alpha) <= alpha exactly, summed over the null distribution."""
    for m in (1, 7, 100):
        v = np.arange(m + 1)
        p = memorization_test(v, m).p_value
        for alpha in (0.01, 0.05, 0.3):
            assert binom.pmf(v, m, 0.5)[p <= alpha].sum() <= alpha + 1e-12


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 50))
def test_label_reading_p_values_are_valid_under_the_null(a, b, c):
    """P(p <= alpha) <= alpha for every table of a certain, b undecided and c hopeless canaries."""
    if a + b + c == 0:
        return
    v = a + np.arange(b + 1)
    p = memorization_test(v, a + b + c, n_certain=a, n_undecided=b).p_value
    for alpha in (0.01, 0.05, 0.3):
        assert binom.pmf(v - a, b, 0.5)[p <= alpha].sum() <= alpha + 1e-12


def test_arrays_broadcast():
    test = memorization_test([[1, 2], [3, 4]], 10)
    assert test.p_value.shape == test.epsilon_lower_bound.shape == (2, 2)
    assert test.p_value[1, 0] == memorization_test(3, 10).p_value


def test_released_target_has_no_epsilon_bound():
    assert memorization_test(90, 100, target="released").epsilon_lower_bound is None


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_correct": 11, "n_canaries": 10}, "n_correct=11 is larger than n_canaries=10"),
        ({"n_correct": -1, "n_canaries": 10}, "n_correct must be at least 0"),
        ({"n_correct": 1.5, "n_canaries": 10}, "n_correct must be whole"),
        ({"n_correct": np.nan, "n_canaries": 10}, "n_correct must be whole"),
        ({"n_correct": "3", "n_canaries": 10}, "n_correct must be a whole number"),
        ({"n_correct": 10**30, "n_canaries": 10**31}, "below 2\\^63"),
        ({"n_correct": 1e19, "n_canaries": 1e19}, "below 2\\^63"),
        ({"n_correct": 1, "n_canaries": np.uint64(2**63)}, "below 2\\^63"),
        ({"n_correct": True, "n_canaries": 10}, "n_correct must be a whole number"),
        ({"n_correct": 0, "n_canaries": 0}, "n_canaries must be at least 1"),
        ({"n_correct": [], "n_canaries": []}, "n_canaries must be at least 1"),
        ({"n_correct": [1, 2], "n_canaries": [3, 4, 5]}, "do not broadcast"),
        ({"n_correct": 1, "n_canaries": 2, "alpha": 0}, "alpha must lie strictly between"),
        ({"n_correct": 1, "n_canaries": 2, "target": "natural"}, "target must be one of"),
        ({"n_correct": 1, "n_canaries": 2, "n_certain": 1}, "give both, or neither"),
        (
            {"n_correct": 1, "n_canaries": 4, "n_certain": 2, "n_undecided": 1},
            "n_certain=2 is larger than n_correct=1",
        ),
        ({"n_correct": 1, "n_canaries": 4, "n_certain": 1, "n_undecided": 9}, "larger than n_canaries=4"),
    ],
)
def test_senseless_counts(kwargs, message):
    with pytest.raises(ValueError, match=message):
        memorization_test(**kwargs)


@pytest.mark.parametrize(
    ("table", "coins", "message"),
    [
        ([[0, 2]], [0], "only 0"),
        ([0, 1], [0, 1], r"shape \(n_canaries, 2\)"),
        ([[0, 1]], [0, 1], "1 canaries and coins 2"),
        ([[0, 1]], [3], "coins must hold"),
    ],
)
def test_bad_guess_tables(table, coins, message):
    with pytest.raises(ValueError, match=message):
        guess_counts(table, coins)


def test_pool_adds_counts():
    parts = [memorization_test(v, 50) for v in (30, 28, 33)]
    pooled = pool(parts)
    assert pooled == memorization_test(91, 150)
    reading = [memorization_test(30, 50, n_certain=20, n_undecided=20)] * 2
    assert pool(reading) == memorization_test(60, 100, n_certain=40, n_undecided=40)
    assert pool(parts[:1]) == parts[0]


def test_pooled_null_is_one_binomial():
    """Five audits of 40 canaries are one of 200: the same p-value for every total."""
    for total in (80, 100, 120):
        shares = np.diff(np.linspace(0, total, 6).astype(int))
        assert (
            pool([memorization_test(v, 40) for v in shares]).p_value
            == binomtest(total, 200, alternative="greater").pvalue
        )


def test_pool_refuses_what_is_no_repeat():
    with pytest.raises(ValueError, match="nothing to pool"):
        pool([])
    with pytest.raises(ValueError, match="differ in target"):
        pool([memorization_test(1, 2), memorization_test(1, 2, target="released")])
    with pytest.raises(ValueError, match="differ in reads_labels"):
        pool([memorization_test(1, 2), memorization_test(1, 2, n_certain=0, n_undecided=2)])
    with pytest.raises(ValueError, match="got tuple"):
        pool([(1, 2)])
