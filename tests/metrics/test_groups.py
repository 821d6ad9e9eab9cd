"""Findings in groups of canaries: exact under chance, and under no difference between groups."""

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.metrics import PrivacyClaim, find_in_groups, judge, memorization_test
from sklearn_blia.report import more_in_groups


def test_two_groups_are_the_hypergeometric_law():
    """With two groups the larger deviation is either's: twice one tail of scipy's law, where it is symmetric."""
    groups = np.repeat(["a", "b"], 60)
    coins = np.arange(120) % 2
    right = np.zeros(120, dtype=bool)
    right[:40] = right[60:80] = True  # 40 of 60 and 20 of 60
    scores = {"one": np.where(right, 1, -1) * (coins - 0.5)}
    found = find_in_groups(scores, coins, groups, np.zeros(120, dtype=int), "one", random_state=0)
    expected = 2 * stats.hypergeom.sf(39, 120, 60, 60)  # of the group with 40, and as far the other way
    p = found.groups["a"].more_p_value
    assert abs(p - expected) < 5 * np.sqrt(expected / 10_000)
    # The other group has fewer: it deviates downwards, and the larger of both deviations is always above.
    assert found.groups["b"].more_p_value == 1


def test_one_group_of_all_is_the_binomial_law():
    coins = np.arange(100) % 2
    right = np.arange(100) < 62
    scores = {"one": np.where(right, 1, -1) * (coins - 0.5)}
    found = find_in_groups(scores, coins, np.full(100, "all"), np.zeros(100, dtype=int), "one", random_state=0)
    expected = stats.binom.sf(61, 100, 0.5)
    assert abs(found.groups["all"].p_value - expected) < 5 * np.sqrt(expected / 10_000)
    assert found.groups["all"].confidence_interval == memorization_test(62, 100).confidence_interval


@pytest.mark.parametrize("rate", [0.5, 0.8])
@pytest.mark.parametrize("names", [["first"], ["first", "second"]])
def test_false_alarms_hold_their_level(rate, names):
    """Groups of equal rates, small and large, one attack or two, two repeats of other quality.

    Of 400 audits at 5 % at most 40 alarm, but with a probability of 3e-5 (binomial).
    """
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b", "c"], [200, 60, 20])
    repeats = np.arange(280) % 2
    more = found_any = 0
    for _ in range(400):
        coins = rng.integers(2, size=280)
        rates = np.where(repeats == 0, rate, 0.5)
        scores = {name: np.where(rng.random(280) < rates, coins - 0.5, 0.5 - coins) for name in names}
        best = max(scores, key=lambda name: np.sum((scores[name] >= 0) == coins))
        found = find_in_groups(scores, coins, groups, repeats, best, random_state=rng.integers(2**31)).groups.values()
        more += min(one.more_p_value for one in found) < 0.05
        found_any += min(one.p_value for one in found) < 0.05
    limit = stats.binom.isf(3e-5, 400, 0.05)
    assert more <= limit
    if rate == 0.5:  # nothing is memorized
        assert found_any <= limit


def test_canaries_without_a_label_to_guess_are_left_out():
    codes = np.tile([0, 1, -1, 0, 1, -1], 10)
    scores = {"one": np.where(codes == 1, 1.0, -1.0)}
    found = find_in_groups(scores, codes, np.tile(list("aabbbb"), 10), np.zeros(60, dtype=int), "one", random_state=0)
    assert {name: one.n_canaries for name, one in found.groups.items()} == {"a": 20, "b": 20}


def test_small_groups_tell_of_no_single_row():
    coins = np.arange(60) % 2
    groups = np.array(["a"] * 40 + ["one"] + ["nine"] * 9 + ["ten"] * 10)
    found = find_in_groups({"x": coins - 0.5}, coins, groups, np.zeros(60, dtype=int), "x", random_state=0)
    assert {name: one.n_canaries for name, one in found.groups.items()} == {"a": 40, "ten": 10, "(small groups)": 10}


def test_judge_tells_groups_of_every_target():
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=200)
    released = np.where(rng.random(200) < 0.3, -1, coins)
    groups = np.where(np.arange(200) < 100, "x", "y")
    scores = {"knows": coins - 0.5, "reads": np.column_stack([np.full(200, -1.0), np.ones(200)])}
    findings = judge({"private": coins, "released": released}, scores, groups=groups, random_state=0)
    assert {target: found.attack for target, found in findings.groups.items()} == {
        "private": "knows",
        "released": "knows",
    }
    assert findings.groups["released"].groups["x"].n_canaries == np.sum(released[:100] >= 0)
    assert judge({"private": coins}, {"reads": scores["reads"]}, groups=groups, random_state=0).groups == {}
    assert judge({"private": coins}, scores, claim=PrivacyClaim(1), groups=groups, random_state=0).refuted
    with pytest.raises(ValueError, match=r"groups must have shape \(200,\)"):
        judge({"private": coins}, scores, groups=groups[:10])


def test_groups_are_told_only_where_anything_was_found():
    """A verdict that also looked at groups where nothing was found would alarm more often than it says."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        coins = rng.integers(2, size=60)
        findings = judge({"private": coins}, {"one": rng.standard_normal(60)}, groups=np.arange(60) % 3, random_state=0)
        if more_in_groups(findings, "private"):
            assert findings.attacks["one"].joint_p_values["private"] < 0.05
