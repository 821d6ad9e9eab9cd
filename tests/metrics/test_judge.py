"""From codes and decision values to findings: what is paid for, and what may be said."""

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.metrics import (
    Bonferroni,
    PrivacyClaim,
    attack_cap,
    attack_test,
    coverage_average,
    detectable_success_ratio,
    epsilon_ceiling,
    epsilon_from_ranking,
    epsilon_lower_bound,
    judge,
    max_t_test,
    memorization_test,
)


def bounds(findings):
    return [finding.bound.epsilon_lower_bound for finding in findings.attacks.values()]


def test_bounds_are_corrected_for_the_number_of_label_blind_attacks():
    """Four attacks that agree by chance alone pay for four; the one that reads labels has no bound and costs none."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=200)
    blind = {str(k): np.where(rng.random(200) < 0.8, coins - 0.5, 0.5 - coins) for k in range(4)}
    reading = np.column_stack([np.full(200, -1.0), np.full(200, 1.0)])
    findings = judge({"private": coins}, blind | {"reads": reading}, random_state=0)
    assert findings.attacks["reads"].bound is None
    assert findings.attacks["reads"].private.chance_level == 1
    for name, score in blind.items():
        n_right = np.sum((score >= 0) == coins)
        alone = judge({"private": coins}, {name: score}, alpha=0.05 / 4, random_state=0)
        assert findings.attacks[name].bound.epsilon_lower_bound == pytest.approx(alone.bound.epsilon_lower_bound)
        # The attack's own test is left alone: its bound is its own.
        assert findings.attacks[name].private == memorization_test(n_right, 200)
    assert (findings.n_guessed, findings.ceiling) == (200, epsilon_ceiling(200, alpha=0.05 / 4))


def test_the_same_attack_by_another_name_costs_nothing():
    rng = np.random.default_rng(0)
    coins, noise = rng.integers(2, size=300), rng.normal(size=300)
    score = 2.0 * coins - 1 + noise
    alone = bounds(judge({"private": coins}, {"a": score}, random_state=0))
    assert bounds(judge({"private": coins}, {"a": score, "b": 2 * score}, random_state=0)) == pytest.approx(alone * 2)
    assert bounds(judge({"private": coins}, {"a": score, "b": noise}, random_state=0))[0] < alone[0] - 0.01


def test_the_ceiling_is_what_an_attack_that_is_always_right_reaches():
    coins = np.arange(50) % 2
    scores = {"a": coins - 0.5, "b": np.ones(50)}
    for options in ({}, {"claim": PrivacyClaim(1.0, 1e-4)}, {"anytime": True}, {"method": "bonferroni"}):
        findings = judge({"private": coins}, scores, random_state=0, **options)
        assert 0 < findings.bound.epsilon_lower_bound <= findings.ceiling + 1e-9
        assert findings.bound.epsilon_lower_bound == pytest.approx(findings.ceiling, abs=1e-5)
    assert judge({"private": coins}, {"a": np.column_stack([coins, coins])}, random_state=0).ceiling is None


def test_the_way_to_a_bound_goes_by_name():
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=400)
    score = 2.0 * (2.0 * coins - 1 + rng.normal(size=400))
    for method in ("prefixes", "neyman-pearson", "bonferroni", Bonferroni((0.5, 1.0))):
        found = judge({"private": coins}, {"a": score}, method=method, random_state=0).bound
        assert found == epsilon_from_ranking(np.abs(score), (score >= 0) == coins, method=method)
    with pytest.raises(ValueError, match="method must be one of"):
        judge({"private": coins}, {"a": score}, method="magic")
    with pytest.raises(ValueError, match="use method='bonferroni'"):
        judge({"private": coins}, {"a": score}, method="prefixes", claim=PrivacyClaim(1.0, 1e-4))


def test_an_attack_that_knows_when_it_is_sure_gets_a_larger_bound():
    """A fifth of the canaries is stored and looks like it, the rest is noise."""
    rng = np.random.default_rng(0)
    coins, stored = rng.integers(2, size=1000), np.arange(1000) < 200
    scores = np.where(stored, np.where(coins == 1, 0.49, -0.49), -0.1 + 0.2 * rng.random(1000))
    finding = judge({"private": coins}, {"threshold": scores}, random_state=0).attacks["threshold"]
    # Shares of guesses stand in the ratio 200^(1/23) = 1.26: one of 200 / 1.26 at least holds none but stored ones.
    assert 200 / 1.26 <= finding.bound.n_guesses <= 200
    # Of 159 that are right, at half of the level for all other shares.
    assert epsilon_ceiling(159, alpha=0.05 / 2) < finding.bound.epsilon_lower_bound < epsilon_ceiling(200)
    assert finding.private.success_ratio < 0.65


@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_true_claims_are_not_refuted(epsilon):
    """150 audits of models that store every released label: at most the 99.9 % quantile of Binomial(150, .05) err."""
    keep, wrong = np.exp(epsilon) / (1 + np.exp(epsilon)), 0
    for seed in range(150):
        rng = np.random.default_rng([seed, 0])
        coins = rng.integers(2, size=200)
        released = np.where(rng.random(200) < keep, coins, 1 - coins)
        score = (released - 0.5) * rng.random(200)
        scores = {"threshold": score, "mean": score - score.mean(), "margin": score - 0.19}
        codes = {"private": coins, "released": released}
        findings = judge(codes, scores, claim=PrivacyClaim(epsilon), random_state=0)
        wrong += findings.refuted
    assert wrong <= stats.binom.ppf(0.999, 150, 0.05)


def test_there_is_a_price_for_every_choice():
    """Eight attacks that throw dice, five bounds each: without a price at least one of forty errs in most audits.

    300 audits; at most the 99.9 % quantile of Binomial(300, .05) err.
    """
    wrong = free = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        coins, dice = rng.integers(2, size=200), rng.standard_normal((8, 200))
        wrong += max(bounds(judge({"private": coins}, dict(zip("abcdefgh", dice, strict=True)), random_state=0))) > 0
        ranked = [((score >= 0) == coins)[np.argsort(-np.abs(score))] for score in dice]
        free += any(stats.binomtest(int(c[:r].sum()), r, alternative="greater").pvalue < 0.05
                    for c in ranked for r in (10, 20, 40, 100, 200))  # fmt: skip
    assert wrong <= stats.binom.ppf(0.999, 300, 0.05)
    assert free > 150


def test_joint_p_values_are_those_of_max_t_over_counts_and_coverages():
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=100)
    second = np.clip(0.5 + 0.1 * (coins - 0.5) + 0.2 * rng.normal(size=100), 0, 1)
    reading = np.column_stack([second - 0.7, second - 0.3])
    blind = {"fixed": second - 0.5, "mean": second - second.mean(), "median": second - np.median(second)}
    tables = [np.column_stack([score, score]) >= 0 for score in blind.values()]
    tables = [*tables, reading >= 0, *tables]
    weights = [*np.ones((4, 100)), *(by_definition(np.abs(score)) for score in blind.values())]
    findings = judge({"private": coins, "released": 1 - coins}, blind | {"reads": reading}, random_state=1)
    for target, labels in (("private", coins), ("released", 1 - coins)):
        p = max_t_test(tables, labels, weights=weights, n_draws=10_000, random_state=1).p_values
        expected = np.append(np.minimum(p[:3], p[4:]), p[3])
        np.testing.assert_array_equal([f.joint_p_values[target] for f in findings.attacks.values()], expected)
        assert [f.by_coverage[target] for f in findings.attacks.values()] == [*(p[4:] < p[:3]), False]
    coverage = findings.attacks["fixed"].coverage["private"]
    assert coverage == coverage_average(blind["fixed"], coins, random_state=0).success_ratio
    assert findings.attacks["reads"].coverage == {}


def by_definition(confidence):
    """Mean over all k of the weights 1/k of the k surest; equals have the mean of theirs."""
    m = len(confidence)
    weights = np.zeros(m)
    order = np.argsort(-confidence, kind="stable")
    for k in range(1, m + 1):
        weights[order[:k]] += 1 / k
    for value in np.unique(confidence):
        weights[confidence == value] = weights[confidence == value].mean()
    return weights


def test_labels_outside_the_pair_are_left_out():
    codes = np.array([0, 1, -1, -1, 1, 0])
    scores = np.array([-1.0, 1.0, 5.0, -5.0, -1.0, -1.0])
    test = attack_test(scores, codes, target="released")
    assert (test.n_correct, test.n_canaries) == (3, 4)
    findings = judge({"private": np.abs(codes), "released": codes}, {"a": scores}, random_state=0)
    assert findings.attacks["a"].released == test
    assert findings.attacks["a"].private.n_canaries == 6
    with pytest.raises(ValueError, match="No canary has a released label among its candidates"):
        attack_test(scores, np.full(6, -1), target="released")


def test_reach_of_several_attacks():
    """A single attack with that success ratio among five is found with at least 80 % power, though ten are tried.

    400 simulated audits: at least .8 less three standard errors, .06.
    """
    m, n_attacks = 200, 5
    reach = detectable_success_ratio(m, alpha=0.05 / (2 * n_attacks))
    rng = np.random.default_rng(0)
    found = 0
    for seed in range(400):
        coins = rng.integers(2, size=m)
        scores = rng.standard_normal((n_attacks, m))
        scores[0] = np.where(rng.random(m) < reach, 1, -1) * (2 * coins - 1) * np.abs(scores[0])
        findings = judge({"private": coins}, dict(zip("abcde", scores, strict=True)), random_state=seed)
        found += min(f.joint_p_values["private"] for f in findings.attacks.values()) < 0.05
    assert found / 400 >= 0.8 - 0.06


def test_far_below_chance_is_an_alarm_and_bad_luck_is_not():
    """132 right of 1,000 have probability 1e-135 by chance; 440 have 8e-5, and come once in twelve thousand audits."""
    coins = np.zeros(1000, dtype=int)
    for n_right, alarm in ((132, True), (440, False), (868, False)):
        scores = np.where(np.arange(1000) < n_right, -1.0, 1.0)
        assert judge({"private": coins}, {"a": scores}, random_state=0).attacks["a"].below_chance is alarm


def test_a_claim_with_delta_is_held_against_its_own_bound():
    coins = np.arange(500) % 2
    scores = np.where(np.arange(500) < 450, coins - 0.5, 0.5 - coins)
    pure, approximate = (
        judge({"private": coins}, {"a": scores}, claim=claim, random_state=0)
        for claim in (PrivacyClaim(1.0), PrivacyClaim(1.0, 0.01))
    )
    assert pure.refuted
    assert approximate.bound.epsilon_lower_bound < pure.bound.epsilon_lower_bound
    expected = epsilon_lower_bound(450, 500, delta=0.01, alpha=0.05 / 2)
    assert approximate.bound.epsilon_lower_bound == pytest.approx(expected)


@pytest.mark.parametrize(
    ("codes", "scores", "message"),
    [
        ({"released": [0, 1]}, {"a": [1, 1]}, "the private ones at least"),
        ({"private": [0, 1], "natural": [0, 1]}, {"a": [1, 1]}, "the private ones at least"),
        ({"private": [0, 2]}, {"a": [1, 1]}, r"codes\['private'\] must hold 0, 1 or -1"),
        ({"private": []}, {"a": []}, "one at least"),
        ({"private": [0, 1]}, {}, "at least one attack"),
        ({"private": [0, 1]}, {"a": [1, 1, 1]}, r"scores\['a'\] must have shape \(2,\)"),
        ({"private": [0, 1]}, {"a": [1, np.nan]}, "holds NaN"),
        ({"private": [0, 1], "released": [0]}, {"a": [1, 1]}, r"codes\['released'\]"),
    ],
)
def test_bad_input(codes, scores, message):
    with pytest.raises(ValueError, match=message):
        judge(codes, scores)


def test_claims():
    assert str(PrivacyClaim(0.5)) == "epsilon = 0.5"
    assert PrivacyClaim(1, 0.1).cap() == attack_cap(1, 0.1)
    assert PrivacyClaim(2.0).cap(n_classes=10) == attack_cap(2.0, n_classes=10)
    for bad in ({"epsilon": -1}, {"epsilon": np.nan}, {"epsilon": [1, 2]}):
        with pytest.raises(ValueError, match="epsilon must be"):
            PrivacyClaim(**bad)
    with pytest.raises(ValueError, match="delta must lie in"):
        PrivacyClaim(1.0, 1.0)


def test_a_test_says_what_it_found():
    found = str(memorization_test(378, 500))
    assert found.startswith("378 of 500 private labels inferred: success ratio 0.756 [0.716, 0.793] at 95% confidence")
    assert "epsilon at least 0.96" in found
    nothing = str(memorization_test(52, 100))
    reach = detectable_success_ratio(100)
    assert f"Nothing found; so many canaries show a true success ratio of {reach:.3f} with 80 % power." in nothing
    assert "reads the labels" in str(memorization_test(60, 100, n_certain=30, n_undecided=60))


def _perfect_memory_of_many_classes(rng, m, n_classes, epsilon):
    """Coins, decision values of a model that stores released labels, and whether its argmax is a candidate."""
    coins = rng.integers(2, size=m)
    kept = np.exp(epsilon) / (np.exp(epsilon) + n_classes - 1)
    fate = rng.choice(3, size=m, p=[kept, kept / np.exp(epsilon), 1 - kept - kept / np.exp(epsilon)])
    scores = np.select([fate == 0, fate == 1], [2.0 * coins - 1, 1 - 2.0 * coins], 0.0)
    return coins, scores, fate < 2


def test_with_many_classes_bounds_rest_on_the_guesses_whose_argmax_is_a_candidate():
    """K = 10, epsilon = 1, m = 1,000: of .317 m guesses e / (1 + e) are right; all guesses hide them among coins."""
    rng, alone, everything = np.random.default_rng(0), [], []
    for _ in range(20):
        coins, scores, guessed = _perfect_memory_of_many_classes(rng, 1000, 10, 1.0)
        some = judge({"private": coins}, {"a": scores}, guessed=guessed, random_state=0)
        assert some.n_guessed == guessed.sum()
        assert some.ceiling == epsilon_ceiling(guessed.sum())
        alone.append(some.bound.epsilon_lower_bound)
        by_all = epsilon_lower_bound(np.sum((scores >= 0) == coins), 1000, alpha=0.05 / 2)
        everything.append(by_all)
    keep = np.e / (1 + np.e)
    low = keep - stats.norm.isf(0.05 / 2) * np.sqrt(keep * (1 - keep) / (1000 * (1 + np.e) / (9 + np.e)))
    # The median bound is near that of the expected count; the median of 20 varies by .03 (sd .125 each).
    assert np.median(alone) == pytest.approx(np.log(low / (1 - low)), abs=0.1)
    assert np.median(everything) < 0.3 < np.median(alone)


def test_bounds_of_chosen_guesses_are_right():
    """300 audits that spend exactly 1: at most the 99.9 % quantile of Binomial(300, .05) bounds exceed it."""
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        coins, scores, guessed = _perfect_memory_of_many_classes(rng, 300, 10, 1.0)
        bound = judge({"private": coins}, {"a": scores}, guessed=guessed, random_state=0).bound
        wrong += bound.epsilon_lower_bound > 1
    assert wrong <= stats.binom.isf(1e-3, 300, 0.05)


def test_with_a_delta_the_number_of_guesses_is_fixed_and_what_counts_comes_first():
    """Of 1,000 the 200 last count and are right, and the others come in a row: the prefix of 20 % holds the 200."""
    coins = np.arange(1000) % 2
    guessed = np.arange(1000) >= 800
    scores = np.where(guessed, coins - 0.5, 10.0)
    bound = judge({"private": coins}, {"a": scores}, claim=PrivacyClaim(1.0, 1e-4), guessed=guessed,
                  random_state=0).bound  # fmt: skip
    assert (bound.n_guesses, bound.n_correct, bound.n_canaries) == (200, 200, 1000)
    assert bound.epsilon_lower_bound == epsilon_lower_bound(200, 1000, n_guesses=200, delta=1e-4, alpha=0.05 / 8)


def test_where_no_argmax_is_a_candidate_all_guesses_count():
    coins = np.arange(100) % 2
    findings = [
        judge({"private": coins}, {"a": coins - 0.5}, guessed=guessed, random_state=0)
        for guessed in (None, np.zeros(100, bool))
    ]
    assert findings[0].bound == findings[1].bound
    assert findings[1].n_guessed == 100
    with pytest.raises(ValueError, match="guessed must hold True or False for each of 100"):
        judge({"private": coins}, {"a": coins - 0.5}, guessed=np.ones(100), random_state=0)
