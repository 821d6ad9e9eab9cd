"""Is the mechanism what it says it is? And what several claims in one report cost."""

import itertools

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.metrics import PrivacyClaim, attack_cap, cap_p_value, check_claim, judge


def test_it_is_the_tail_of_a_poisson_binomial():
    caps = np.array([0.5, 0.6, 0.9, 1.0, 0.7, 0.55])
    for v in range(7):
        p = sum(
            np.prod(np.where(right, caps, 1 - caps))
            for right in itertools.product((False, True), repeat=6)
            if sum(right) >= v
        )
        assert cap_p_value(v, caps) == pytest.approx(p, abs=1e-12)
    assert cap_p_value(80, [0.7] * 100) == pytest.approx(stats.binom.sf(79, 100, 0.7))


def test_a_claim_that_holds_of_a_mechanism_that_is_not_what_it_says():
    """ALIBI at epsilon 1 allows .6209 (its formula); randomized response behind the same promise gives .731."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=2000)
    released = np.where(rng.random(2000) < attack_cap(1.0), coins, 1 - coins)
    alibi = 1 - 0.5 * np.exp(-0.5) * 1.25
    scores = {"stores": released - 0.5, "dice": rng.standard_normal(2000)}
    findings = judge({"private": coins}, scores, claim=PrivacyClaim(1.0), caps=np.full(2000, alibi), alpha=1e-3,
                     random_state=0)  # fmt: skip
    assert not findings.refuted
    assert findings.mechanism_refuted
    v = int(np.sum(released == coins))
    assert findings.mechanism_p_value == pytest.approx(2 * stats.binom.sf(v - 1, 2000, alibi))
    honest = judge({"private": coins}, scores, claim=PrivacyClaim(1.0), caps=np.full(2000, attack_cap(1.0)), alpha=1e-3,
                   random_state=0)  # fmt: skip
    assert not honest.mechanism_refuted
    said = str(check_claim(v, 2000, 1.0, caps=np.full(2000, alibi), alpha=1e-3))
    assert "The claim epsilon = 1 is not refuted." in said
    assert "The mechanism is NOT what it says" in said


def test_mixed_caps_hold_their_level():
    """2,000 counts at their caps: at most 5 % and three standard errors are below .05."""
    rng = np.random.default_rng(0)
    caps = rng.uniform(0.5, 1, size=80)
    counts = (rng.random((2000, 80)) < caps).sum(axis=1)
    p = {v: cap_p_value(v, caps) for v in np.unique(counts).tolist()}
    share = np.mean([p[v] < 0.05 for v in counts.tolist()])
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert share > 0.02


def test_each_claim_of_a_report_has_its_share():
    """A count that refutes a claim by itself at 5 % and not at 1 %: as one of five it is not refuted."""
    q, m = attack_cap(1.0), 400
    v = int(stats.binom.isf(0.012, m, q)) + 1  # half of the level is for all guesses
    coins = np.zeros(m, dtype=int)
    right = np.random.default_rng(0).permutation(m) < v  # no surer where it is right
    scores = {"a": np.where(right, -1.0, 1.0)}
    alone, among = (
        judge({"private": coins}, scores, claim=PrivacyClaim(1.0), n_claims=n, random_state=0) for n in (1, 5)
    )
    assert alone.refuted
    assert not among.refuted
    assert alone.bound == among.bound  # what is printed is at its own level
    assert among.bound.epsilon_lower_bound > 1


@pytest.mark.parametrize("caps", [[], [[0.5]], [0.4], [1.1], [np.nan]], ids=str)
def test_bad_caps(caps):
    with pytest.raises(ValueError, match="caps must hold"):
        cap_p_value(0, caps)
    with pytest.raises(ValueError, match="caps must hold"):
        check_claim(1, 2, 1.0, caps=caps)
    with pytest.raises(ValueError, match="caps must hold"):
        judge({"private": [0, 1]}, {"a": [0.1, 0.2]}, caps=caps)


def test_bad_counts():
    with pytest.raises(ValueError, match="n_correct=3 must be a count"):
        cap_p_value(3, [0.5, 0.5])
    with pytest.raises(ValueError, match="all of them guessed"):
        check_claim(1, 2, 1.0, n_guesses=1, caps=[0.5, 0.5])
    with pytest.raises(ValueError, match="n_claims must be at least 1"):
        judge({"private": [0, 1]}, {"a": [0.1, 0.2]}, n_claims=0)
