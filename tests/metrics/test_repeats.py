"""The interval between repeats, and whether they differ more than coins explain."""

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.metrics import between_repeats, judge, memorization_test


def test_interval_is_students_t():
    counts = np.array([71, 55, 58, 60, 42])
    expected = stats.ttest_1samp(counts / 100, 0).confidence_interval(0.9)
    assert between_repeats(counts, [100] * 5, alpha=0.1).confidence_interval == pytest.approx(tuple(expected))


@pytest.mark.parametrize("shift", [0, 4, 8])
def test_p_value_is_that_of_chi_square(shift):
    """Against another implementation."""
    v, m = np.array([520 + 5 * shift, 500, 490 - 3 * shift, 260]), np.array([1000, 1000, 1000, 500])
    asymptotic = stats.chi2_contingency([v, m - v], correction=False).pvalue
    assert between_repeats(v, m).p_value == pytest.approx(asymptotic, rel=1e-9)


def test_p_value_of_two_small_repeats_is_fishers():
    """All tables with the same sums: 3 + 0 right of 3 + 3 are one of 20 either way."""
    exact = stats.fisher_exact([[3, 0], [0, 3]]).pvalue
    assert exact == pytest.approx(0.1)
    assert between_repeats([3, 0], [3, 3]).p_value == pytest.approx(exact, abs=4 * np.sqrt(0.1 * 0.9 / 9999))


def test_repeats_of_equal_models_rarely_differ():
    """Level .05, 500 audits of five repeats: at most the 99.9 % quantile of Binomial(500, .05)."""
    rng = np.random.default_rng(0)
    found = [between_repeats(rng.binomial(40, 0.7, size=5), [40] * 5).p_value < 0.05 for _ in range(500)]
    assert sum(found) <= stats.binom.isf(1e-3, 500, 0.05)


def test_what_no_coin_can_explain():
    found = between_repeats([100, 0], [100, 100])
    assert found.p_value < 1e-40
    assert found.confidence_interval == (0, 1)
    assert between_repeats([4, 0], [4, 4]).p_value < 0.05  # all tables with these sums: 2 of 70 are as uneven
    assert between_repeats([100, 100], [100, 100]).p_value == 1


def test_repeats_that_agree_by_chance_are_no_certainty():
    """Never narrower than what the coins of all repeats together leave open."""
    for v, m in (([5, 5], [10, 10]), ([300, 300, 300], [300] * 3)):
        assert between_repeats(v, m).confidence_interval == memorization_test(sum(v), sum(m)).confidence_interval


@pytest.mark.parametrize(("n_repeats", "m", "q"), [(2, 20, 0.5), (2, 100, 0.98), (3, 300, 0.997), (5, 50, 0.7)])
def test_coverage_where_trainings_are_alike(n_repeats, m, q):
    """500 audits at .95: misses at most the 99.9 % quantile of Binomial(500, .05)."""
    rng, missed = np.random.default_rng(0), 0
    for _ in range(500):
        low, high = between_repeats(rng.binomial(m, q, size=n_repeats), [m] * n_repeats).confidence_interval
        missed += not low <= q <= high
    assert missed <= stats.binom.isf(1e-3, 500, 0.05)


def test_judge_tells_repeats_apart():
    """Two trainings: one stores every label, one none. Interval and counts by target, label-reading attacks too."""
    rng = np.random.default_rng(0)
    coins, repeats = rng.integers(2, size=200), np.arange(200) // 100
    scores = np.where(repeats == 0, coins - 0.5, rng.choice([-0.5, 0.5], size=200))
    both = np.column_stack([scores, scores])
    released = np.where(np.arange(200) % 2, coins, -1)
    findings = judge(
        {"private": coins, "released": released}, {"a": scores, "b": both}, repeats=repeats, random_state=0
    )
    for name, target in (("a", "private"), ("a", "released"), ("b", "private")):
        code = {"private": coins, "released": released}[target]
        right = [np.mean((scores >= 0)[kept] == code[kept]) for kept in ((repeats == r) & (code >= 0) for r in (0, 1))]
        between = findings.attacks[name].between[target]
        assert between.success_ratios == tuple(right)
        assert between.p_value < 0.001
    assert judge({"private": coins}, {"a": scores}, random_state=0).attacks["a"].between == {}


@pytest.mark.parametrize(
    ("repeats", "message"),
    [(np.zeros(3, dtype=int), "repeats must hold a whole number for each of 4"), (np.ones(4), "a whole number")],
)
def test_repeats_that_do_not_fit(repeats, message):
    with pytest.raises(ValueError, match=message):
        judge({"private": [0, 1, 1, 0]}, {"a": [1.0, 1, 1, 1]}, repeats=repeats)


@pytest.mark.parametrize(
    ("v", "m", "message"), [([1], [2], "two repeats"), ([1, 0], [2, 0], "two repeats"), ([3, 0], [2, 2], "n_correct")]
)
def test_bad_counts(v, m, message):
    with pytest.raises(ValueError, match=message):
        between_repeats(v, m)


@pytest.mark.parametrize("empty", [0, 2])
def test_repeats_without_a_label_to_count_are_left_out(empty):
    """With many classes and much noise the released label of no canary may be a candidate."""
    rng = np.random.RandomState(0)
    coins, guesses, repeats = rng.randint(2, size=300), rng.uniform(-1, 1, size=300), np.repeat(np.arange(3), 100)
    codes = np.where(repeats == empty, -1, coins)
    findings = judge({"private": coins, "released": codes}, {"attack": guesses}, repeats=repeats, random_state=0)
    told = repeats != empty
    right = [int(np.sum((guesses[repeats == r] >= 0) == coins[repeats == r])) for r in range(3) if r != empty]
    found = findings.attacks["attack"].between["released"]
    assert found.confidence_interval == between_repeats(right, [100, 100]).confidence_interval
    assert told.sum() == 200
    only = np.where(repeats == 1, coins, -1)
    findings = judge({"private": coins, "released": only}, {"attack": guesses}, repeats=repeats, random_state=0)
    assert "released" not in findings.attacks["attack"].between
