"""Attacks that compare with other models: against theory, and without a way to the target's labels."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from sklearn_blia import LabelLiRAAttack, LearnedAttack, ReferenceAttack, ThresholdAttack
from sklearn_blia.attacks import BaseAttack
from sklearn_blia.attacks._logits import LabelEffects, logit
from sklearn_blia.evidence import Evidence, Reference, Shadows, evidence_of
from tests.observed import observed

ATTACKS = [ReferenceAttack(), LabelLiRAAttack(4), LearnedAttack(LogisticRegression(), n_shadows=4)]
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
    return observed(expit(logits[0]), coins[0], found=compared(reference, expit(logits[1:]), coins[1:]))


def compared(reference, second, codes):
    """Evidence of a reference and of shadows, of as many as there are and of fewer."""
    shadows = {Shadows(n): {"second": second[:n], "codes": codes[:n]} for n in range(2, len(second) + 1)}
    return {Reference(): {"second": reference}} | shadows


def relabelled(seen, coins):
    """The same model, held against other coins."""
    return observed(seen.evidence.second, coins, found=seen.evidence.found)


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
    values = LabelLiRAAttack().decision_function(outputs.evidence)
    right = (values >= 0) == outputs.canaries.coins
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
    shadows = outputs.evidence[Shadows(8)]
    coins = shadows["codes"].copy()
    coins[:, 0] = 1
    effects = LabelEffects.of(logit(shadows["second"], 1e-6), coins)
    both = (coins[:, 1:] == 1).any(axis=0) & (coins[:, 1:] == 0).any(axis=0)
    assert effects.gap[0] == pytest.approx(effects.gap[1:][~both].mean() if (~both).any() else effects.gap[0])
    assert abs(effects.gap[0] - GAP) < 0.3
    assert np.isfinite(effects.log_likelihood_ratio(np.zeros(300))).all()


def test_shadows_that_saw_neither_candidate_count_for_nothing():
    outputs = simulated(8, m=300)
    shadows = outputs.evidence[Shadows(8)]
    noisy = np.vstack([shadows["second"], np.full((3, 300), 0.999)])
    more = {"second": noisy, "codes": np.vstack([shadows["codes"], np.full((3, 300), -1)])}
    second = outputs.evidence.second
    one, other = (
        LabelLiRAAttack(n, clips=[1e-3]).decision_function(evidence_of(second, found={Shadows(n): found}))
        for n, found in ((8, shadows), (11, more))
    )
    np.testing.assert_allclose(one, other)


def test_saturated_probabilities():
    """A forest's outputs: 0 or 1 from the label, a tenth of them wrong, and some in between."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=(17, 1000))
    proba = np.where(rng.random(coins.shape) < 0.1, rng.random(coins.shape), coins.astype(float))
    outputs = observed(proba[0], coins[0], found=compared(proba[1], proba[1:], coins[1:]))
    for attack in ATTACKS:
        assert np.isfinite(attack.score(outputs.evidence)).all()
    assert LabelLiRAAttack(16).evaluate(outputs).success_ratio > 0.93  # .95 by the threshold one half


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_innocent_models_are_not_accused(attack):
    """300 audits of models that ignore the target's coins; at most the 99.9 % quantile of Binomial(300, .05) alarms."""
    alarms = 0
    for seed in range(300):
        outputs = simulated(6, m=120, seed=seed)
        other = np.random.default_rng([seed, 1]).integers(2, size=120)
        alarms += attack.evaluate(relabelled(outputs, other)).p_value < 0.05
    assert alarms <= stats.binom.ppf(0.999, 300, 0.05)


@pytest.mark.parametrize("attack", [ThresholdAttack(), *ATTACKS], ids=repr)
def test_other_labels_of_the_target_change_no_guess(attack):
    outputs = simulated(4, m=200)
    flipped = relabelled(outputs, 1 - outputs.canaries.coins)
    one, other = attack.evaluate(outputs), attack.evaluate(flipped)
    assert one.n_correct + other.n_correct == 200  # the same guesses, right where they were wrong


def test_a_cheat_is_given_nothing_to_cheat_with():
    """It would guess each label from those of the other canaries, which fools the binomial test half the time."""
    outputs, seen = simulated(4, m=50), []

    class Cheat(BaseAttack):
        requires = (Shadows(4), Reference())

        def score(self, evidence, codes=None):
            seen.extend([evidence, codes])
            return evidence.second - 0.5

    Cheat().evaluate(outputs)
    evidence, codes = seen
    assert codes is None
    assert set(vars(evidence)) == {"pairs", "found", "classes", "second"}
    arrays = [evidence.pairs, *(array for found in evidence.found.values() for array in found.values())]
    assert type(evidence) is Evidence
    assert len(arrays) == 9  # outputs, the reference, and codes and outputs of two, three and four shadows
    for array in arrays:
        for row in np.atleast_2d(array if len(array) < 50 else array.T):
            assert not np.array_equal(row, outputs.canaries.coins)


def test_what_is_missing_is_named():
    outputs = simulated(4, m=50)
    bare = observed(outputs.evidence.second, outputs.canaries.coins)
    for attack in ATTACKS:
        with pytest.raises(ValueError, match="let LabelAudit collect it"):
            attack.evaluate(bare)
    with pytest.raises(ValueError, match="same_seed=True"):
        LabelLiRAAttack(4, match_training_randomness=True).evaluate(outputs)
    with pytest.raises(ValueError, match=r"clips must hold numbers between 0 and 0\.5"):
        LabelLiRAAttack(4, clips=[0.0]).evaluate(outputs)
    with pytest.raises(ValueError, match="'n_shadows' parameter"):
        LabelLiRAAttack(1).evaluate(outputs)


def test_fewer_shadows_are_among_those_of_more():
    trainings = Shadows(16).trainings()
    assert Shadows(4).trainings() == trainings[:4]
    assert len(set(trainings) | set(Shadows(4, same_seed=True).trainings())) == 20
