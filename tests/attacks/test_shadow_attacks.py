"""Attacks that compare with other models: against theory, and without a way to the target's labels."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from sklearn_blia import ThresholdAttack
from sklearn_blia.attacks import (
    BaseAttack,
    CanaryOutputs,
    LabelLiRAAttack,
    LearnedAttack,
    ReferenceAttack,
    Shadows,
    SideInformation,
)
from sklearn_blia.attacks._logits import LabelEffects, logit

SHADOW_ATTACKS = [LabelLiRAAttack(), LearnedAttack(LogisticRegression())]
ATTACKS = [ReferenceAttack(), *SHADOW_ATTACKS]
GAP, NOISE = 1.0, 0.5


def expit(z):
    return 1 / (1 + np.exp(-z))


def simulated(n_shadows, m=4000, seed=0, gap=GAP, spread=2.0):
    """Logits that differ from canary to canary by `spread`, and move by `gap` with the label trained on."""
    rng = np.random.default_rng(seed)
    coins = rng.integers(2, size=(n_shadows + 1, m))
    middle = spread * rng.standard_normal(m)
    logits = middle + gap * (coins - 0.5) + NOISE * rng.standard_normal(coins.shape)
    reference = expit(middle + NOISE * rng.standard_normal(m))
    side = SideInformation(reference, Shadows(expit(logits[1:]), coins[1:]))
    target = coins[0]
    return CanaryOutputs(expit(logits[0]), np.tile([0, 1], (m, 1)), target, target, np.arange(m), side)


def best_share(n_shadows):
    """Right guesses where the middle is known up to the mean of so many shadows."""
    return stats.norm.cdf(GAP / 2 / (NOISE * np.sqrt(1 + 1 / n_shadows)))


@pytest.mark.parametrize("n_shadows", [2, 4, 16, 64])
def test_lira_is_as_good_as_theory_allows(n_shadows):
    """Within 4 standard errors of 4,000 canaries, and two points for the estimates of gap and middle."""
    found = LabelLiRAAttack(n_shadows).evaluate(simulated(n_shadows)).success_ratio
    error = 4 * np.sqrt(best_share(n_shadows) * (1 - best_share(n_shadows)) / 4000)
    assert abs(found - best_share(n_shadows)) < error + 0.02


def test_lira_sees_what_the_threshold_cannot():
    outputs = simulated(16)
    assert ThresholdAttack().evaluate(outputs).success_ratio < 0.62  # Phi of half the gap over spread and noise: .60
    assert LabelLiRAAttack().evaluate(outputs).success_ratio > 0.8


def test_the_reference_has_its_share():
    """Two noises in place of one: Phi(gap / 2 / (noise * sqrt(2))) = .760; 4 standard errors of 4,000."""
    share = stats.norm.cdf(GAP / 2 / (NOISE * np.sqrt(2)))
    found = ReferenceAttack().evaluate(simulated(2)).success_ratio
    assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / 4000)


def test_the_learnt_attack_comes_close_to_lira():
    outputs = simulated(16)
    found, lira = (attack.evaluate(outputs).success_ratio for attack in (LearnedAttack(), LabelLiRAAttack()))
    assert found > lira - 0.03


def test_the_surest_guesses_are_the_best():
    outputs = simulated(16)
    values = LabelLiRAAttack().decision_function(outputs.second_proba, side=outputs.side)
    right = (values >= 0) == outputs.private
    surest = np.argsort(-np.abs(values))[:400]
    assert right[surest].mean() > right.mean() + 0.1


def test_effects_are_recovered_and_shrunk():
    """Gaps that all are the same: shrunk ones come closer than each canary's own difference of means."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=(6, 2000))
    logits = 3.0 + GAP * (coins - 0.5) + NOISE * rng.standard_normal(coins.shape)
    effects = LabelEffects.of(logits, coins)
    assert abs(effects.gap.mean() - GAP) < 0.05
    assert effects.gap.std() < 0.1  # each difference of means alone has a noise of about .4
    assert abs(effects.middle.mean() - 3.0) < 0.02
    np.testing.assert_allclose(np.sqrt(effects.variance.mean()), NOISE, rtol=0.05)


def test_gaps_that_differ_are_left_different():
    rng = np.random.default_rng(0)
    gaps = rng.choice([0.0, 4.0], size=500)
    coins = rng.integers(2, size=(64, 500))
    effects = LabelEffects.of(gaps * (coins - 0.5) + NOISE * rng.standard_normal(coins.shape), coins)
    np.testing.assert_allclose(effects.gap, gaps, atol=5 * NOISE * np.sqrt(4 / 64))


def test_coins_that_fell_the_same_way_take_the_mean_effect():
    outputs = simulated(8, m=300)
    coins = outputs.side.shadows.coins.copy()
    coins[:, 0] = 1
    effects = LabelEffects.of(logit(outputs.side.shadows.second_proba, 1e-6), coins)
    both = (coins[:, 1:] == 1).any(axis=0) & (coins[:, 1:] == 0).any(axis=0)
    assert effects.gap[0] == pytest.approx(effects.gap[1:][~both].mean() if (~both).any() else effects.gap[0])
    assert abs(effects.gap[0] - GAP) < 0.3
    assert np.isfinite(effects.log_likelihood_ratio(np.zeros(300))).all()


def test_shadows_that_saw_neither_candidate_count_for_nothing():
    outputs = simulated(8, m=300)
    shadows = outputs.side.shadows
    noisy = np.vstack([shadows.second_proba, np.full((3, 300), 0.999)])
    more = Shadows(noisy, np.vstack([shadows.coins, np.full((3, 300), -1)]))
    attack = LabelLiRAAttack(n_shadows=11, clips=[1e-3])
    one, other = (
        attack.decision_function(outputs.second_proba, side=SideInformation(None, s)) for s in (shadows, more)
    )
    np.testing.assert_allclose(one, other)


def test_saturated_probabilities():
    """A forest's outputs: 0 or 1 from the label, a tenth of them wrong, and some in between."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=(17, 1000))
    proba = np.where(rng.random(coins.shape) < 0.1, rng.random(coins.shape), coins.astype(float))
    outputs = CanaryOutputs(proba[0], np.tile([0, 1], (1000, 1)), coins[0], coins[0], np.arange(1000),
                            SideInformation(proba[1], Shadows(proba[1:], coins[1:])))  # fmt: skip
    for attack in ATTACKS:
        values = attack.decision_function(outputs.second_proba, side=outputs.side)
        assert np.isfinite(values).all()
    assert LabelLiRAAttack().evaluate(outputs).success_ratio > 0.93  # .95 by the threshold one half


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_innocent_models_are_not_accused(attack):
    """300 audits of models that ignore the target's coins; at most the 99.9 % quantile of Binomial(300, .05) alarms."""
    alarms = 0
    for seed in range(300):
        outputs = simulated(6, m=120, seed=seed)
        other = np.random.default_rng([seed, 1]).integers(2, size=120)
        alarms += attack.evaluate(dataclasses.replace(outputs, private=other, released=other)).p_value < 0.05
    assert alarms <= stats.binom.ppf(0.999, 300, 0.05)


@pytest.mark.parametrize("attack", [ThresholdAttack(), *ATTACKS], ids=repr)
def test_other_labels_of_the_target_change_no_guess(attack):
    outputs = simulated(4, m=200)
    flipped = dataclasses.replace(outputs, private=1 - outputs.private, released=1 - outputs.released)
    one, other = attack.evaluate(outputs), attack.evaluate(flipped)
    assert one.n_correct + other.n_correct == 200  # the same guesses, right where they were wrong


def test_a_cheat_is_given_nothing_to_cheat_with():
    """It would guess each label from those of the other canaries, which fools the binomial test half the time."""
    outputs, seen = simulated(4, m=50), []

    class Cheat(BaseAttack):
        def __init__(self, target="private"):
            self.target = target

        @property
        def needs(self):
            return "shadows"

        def _decide(self, second, side):
            seen.extend([second, side])
            return second - 0.5

    Cheat().evaluate(outputs)
    Cheat(target="released").evaluate(outputs)
    arrays = []
    for item in seen:
        arrays += [item] if isinstance(item, np.ndarray) else [item.reference, *dataclasses.astuple(item.shadows)]
    assert len(arrays) == 8
    for array in arrays:
        rows = np.atleast_2d(array)
        assert not any(np.array_equal(row, outputs.private) for row in rows)
    others = {"reference", "shadows", "matched_shadows", "neighbors"}
    assert {field.name for field in dataclasses.fields(SideInformation)} == others
    assert {field.name for field in dataclasses.fields(Shadows)} == {"second_proba", "coins"}


def test_what_is_missing_is_named():
    outputs = simulated(4, m=50)
    bare = dataclasses.replace(outputs, side=None)
    for attack in ATTACKS:
        with pytest.raises(ValueError, match="let LabelAudit train them"):
            attack.evaluate(bare)
    with pytest.raises(ValueError, match="'matched_shadows'"):
        LabelLiRAAttack(match_training_randomness=True).evaluate(outputs)
    with pytest.raises(ValueError, match=r"clips must hold numbers between 0 and 0\.5"):
        LabelLiRAAttack(clips=[0.0]).evaluate(outputs)
    with pytest.raises(ValueError, match="'n_shadows' parameter"):
        LabelLiRAAttack(1).evaluate(outputs)


def test_as_many_shadows_as_asked_for():
    outputs = simulated(16, m=400)
    fewer = dataclasses.replace(outputs, side=SideInformation(None, outputs.side.shadows.first(4)))
    four = LabelLiRAAttack(4)
    values = [four.decision_function(o.second_proba, side=o.side) for o in (outputs, fewer)]
    np.testing.assert_array_equal(*values)
