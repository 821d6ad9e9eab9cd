"""Wealth won by betting on right guesses: its mean under the claim, and that one may look at any time."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from sklearn_blia.metrics import PrivacyClaim, judge
from sklearn_blia.metrics._e_process import _SHARES, _SURPLUS, EProcess


def test_wealth_is_the_product_of_the_bets():
    """``prod(1 + lambda (right - q))`` in plain words, averaged over shares and odds, over two repeats."""
    rng, epsilon = np.random.default_rng(0), 0.7
    q = expit(epsilon)
    confidence, right, repeats = rng.random(60), rng.random(60) < 0.8, np.repeat([0, 1], [40, 20])
    found = []
    for share, surplus in product(_SHARES, _SURPLUS):
        bet = (expit(epsilon + surplus) - q) / (q * (1 - q))
        assert 0 <= bet <= 1 / q + 1e-12
        wealth = 1.0
        for repeat in (0, 1):
            here = np.flatnonzero(repeats == repeat)
            surest = here[np.argsort(-confidence[here])][: max(1, round(share * len(here)))]
            wealth *= np.prod(1 + bet * (right[surest] - q))
        found.append(wealth)
    process = EProcess.of(confidence, right, repeats)
    assert process.log_wealth(epsilon) == pytest.approx(np.log(np.mean(found)), rel=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, 3.0])
def test_mean_wealth_is_one(epsilon):
    """Over all outcomes of eight guesses that are right with the probability that the claim allows."""
    q, confidence, repeats = expit(epsilon), np.arange(8.0), np.zeros(8, dtype=int)
    outcomes = np.array(list(product([False, True], repeat=8)))
    masses = q ** outcomes.sum(axis=1) * (1 - q) ** (8 - outcomes.sum(axis=1))
    wealth = [np.exp(EProcess.of(confidence, right, repeats).log_wealth(epsilon)) for right in outcomes]
    assert masses @ wealth == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_a_true_claim_is_rarely_refuted_at_any_time(epsilon):
    """300 audits, looked at after each of ten repeats: at most the 99.9 % quantile of Binomial(300, .05)."""
    rng, repeats, ever = np.random.default_rng(0), np.arange(400) // 40, 0
    for _ in range(300):
        right, confidence = rng.random(400) < expit(epsilon), rng.random(400)
        looks = range(40, 401, 40)
        ever += any(EProcess.of(confidence[:n], right[:n], repeats[:n]).p_value(epsilon) <= 0.05 for n in looks)
    assert ever <= stats.binom.isf(1e-3, 300, 0.05)


def test_the_bound_is_where_the_wealth_is_one_over_alpha():
    rng = np.random.default_rng(0)
    process = EProcess.of(rng.random(500), rng.random(500) < 0.8, np.arange(500) // 100)
    bound = process.bound(0.05)
    assert process.log_wealth(bound.epsilon_lower_bound) == pytest.approx(np.log(20), abs=1e-3)
    assert process.log_wealth(bound.epsilon_lower_bound + 0.1) < np.log(20)
    assert (bound.n_canaries, bound.alpha) == (500, 0.05)
    assert EProcess.of(rng.random(10), np.zeros(10, bool), np.zeros(10, int)).bound(0.05).epsilon_lower_bound == 0


class TestJudge:
    coins = np.arange(300) % 2
    repeats = np.arange(300) // 100
    scores = {"knows": 2.0 * coins - 1, "guesses": np.ones(300),
              "reads": np.column_stack([np.full(300, -1.0), np.full(300, 1.0)])}  # fmt: skip

    def judged(self, **options):
        return judge({"private": self.coins}, self.scores, repeats=self.repeats, anytime=True, **options)

    def test_everything_that_is_printed_holds_at_any_time(self):
        findings = self.judged(claim=PrivacyClaim(3.0))
        process = EProcess.of(np.ones(300), np.ones(300, bool), self.repeats)
        assert findings.anytime
        assert findings.refuted
        # Three attacks share the p-value, two that read no label the bound.
        assert findings.attacks["knows"].joint_p_values["private"] == pytest.approx(3 * process.p_value(0.0))
        assert findings.bound == process.bound(0.05 / 2)
        assert findings.bound.epsilon_lower_bound <= findings.ceiling
        # One that reads every label has nothing to bet on, and the one that guesses is right half of the time.
        assert findings.attacks["reads"].joint_p_values["private"] == 1
        assert findings.attacks["guesses"].joint_p_values["private"] == 1

    def test_several_claims_are_paid_for(self):
        bound = self.judged().bound.epsilon_lower_bound
        assert not self.judged(claim=PrivacyClaim(bound - 1e-3), n_claims=20).refuted
        assert self.judged(claim=PrivacyClaim(bound - 1e-3)).refuted

    def test_attacks_that_failed_keep_their_share(self):
        alone = self.judged(n_tried=3)
        assert alone.bound.alpha == 0.05 / 3
        for options in ({"n_tried": 2}, {"n_tried": 3.5}):
            with pytest.raises(ValueError, match="n_tried"):
                self.judged(**options)
        with pytest.raises(ValueError, match="n_tried is for anytime=True"):
            judge({"private": self.coins}, self.scores, n_tried=3)

    def test_a_delta_is_refused(self):
        with pytest.raises(ValueError, match="claims with delta = 0"):
            self.judged(claim=PrivacyClaim(1.0, 1e-5))
        with pytest.raises(ValueError, match="bounds by its own method"):
            self.judged(method="split")
