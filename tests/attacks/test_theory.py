"""What theory says an audit must find: of a perfect memoriser, and of a model that never saw the canaries."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import (
    CanaryFlipper,
    DeltaMarginAttack,
    RandomizedResponse,
    ThresholdAttack,
    blia_memorization_score,
    make_label_pipeline,
)
from sklearn_blia.attacks import named_attacks
from tests.observed import observed

M = 4000


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 1.0, 3.0, np.inf])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_perfect_memoriser(epsilon, n_classes):
    """One nearest neighbour stores every released label; its success against the private ones is the mechanism's.

    With keep probability q the model shows the private label (right), with (1 - q) / (K - 1) the other
    candidate (wrong), and else a label outside the pair. Then both candidates have probability 0, which
    counts as one half: the fixed threshold names the second candidate, and the private label is that with
    probability one half. So SR = q + (1 - q)(K - 2) / (2 (K - 1)), which is q for K = 2. Of M = 4,000
    canaries the deviation is below 4.5 standard errors but with probability 7e-6.
    """
    q = 1 / (1 + (n_classes - 1) * np.exp(-epsilon))
    expected = q + (1 - q) * (n_classes - 2) / (2 * (n_classes - 1))
    X, y = np.arange(M, dtype=float)[:, None], np.arange(M) % n_classes
    model = make_label_pipeline(
        CanaryFlipper(1.0, random_state=0),
        RandomizedResponse(epsilon, random_state=0),
        KNeighborsClassifier(1),
    ).fit(X, y)
    test = ThresholdAttack().evaluate(model)
    standard_error = np.sqrt(expected * (1 - expected) / M)
    assert abs(test.success_ratio - expected) <= 4.5 * standard_error
    # and it stored what it was given, wherever that was one of the two candidates
    assert ThresholdAttack(target="released").evaluate(model).success_ratio == 1
    assert blia_memorization_score(model, target="released") == 1
    # the bound of a true guarantee holds, at a level that makes a failure of this seed as good as impossible
    assert ThresholdAttack().evaluate(model, alpha=1e-6).epsilon_lower_bound <= epsilon


def test_private_and_released_success_ratio_are_tied():
    """E[SR_private] = (1 - q) + (2q - 1) SR_released for two classes, whatever the model.

    The model here is right on about .8 of the released labels. Given those, each private label differs from
    the released one with probability 1 - q, so the deviation has standard error sqrt(q (1 - q) / M).
    """
    epsilon = 1.0
    q = 1 / (1 + np.exp(-epsilon))
    X, y = make_classification(M, n_features=5, random_state=0)
    model = make_label_pipeline(
        CanaryFlipper(1.0, random_state=0),
        RandomizedResponse(epsilon, random_state=0),
        KNeighborsClassifier(3),
    ).fit(X, y)
    private = ThresholdAttack().evaluate(model).success_ratio
    released = ThresholdAttack(target="released").evaluate(model).success_ratio
    assert 0.6 < released < 0.95
    assert abs(private - (1 - q) - (2 * q - 1) * released) < 4.5 * np.sqrt(q * (1 - q) / M)


def innocent_outputs(n_audits, n_classes=2, m=100):
    """Outputs of a model trained without the canary rows, with fresh coins for each audit."""
    X, y = make_classification(2000, n_informative=6, n_classes=n_classes, flip_y=0.1, random_state=0)
    model = LogisticRegression(max_iter=500).fit(X[:1000], y[:1000])
    proba = model.predict_proba(X[1000:])
    for seed in range(n_audits):
        flipper = CanaryFlipper(n_canaries=m, random_state=seed).fit(np.arange(1000)[:, None], y[1000:])
        columns = flipper.canary_pairs_
        two = np.take_along_axis(proba[flipper.canary_indices_], columns, axis=1)
        labels = flipper.canary_labels_
        yield observed(two[:, 1] / two.sum(axis=1), labels == columns[:, 1])


ATTACKS = list(named_attacks().values())


@pytest.mark.parametrize("n_classes", [2, 4])
def test_no_false_alarms(n_classes):
    """Of 1,000 audits of an innocent model at most 5 % and three standard errors have p < .05, by any attack.

    Three standard errors of a share of 1,000 at .05 are .021. The oracle delta-margin, read as published,
    against one half, alarms far more often: the exact chance level is what keeps it honest.
    """
    n_audits = 1000
    tests = {repr(attack): [] for attack in ATTACKS}
    for outputs in innocent_outputs(n_audits, n_classes):
        for attack in ATTACKS:
            tests[repr(attack)].append(attack.evaluate(outputs))
    limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_audits)
    for results in tests.values():
        p_values = np.array([result.p_value for result in results])
        assert np.mean(p_values < 0.05) <= limit
        # They are no p-values that never come down: P(p < .5) is .5 less at most the largest mass of the
        # binomial, .17 at the least b here (20 undecided canaries), and three standard errors, .05.
        assert np.mean(p_values < 0.5) > 0.5 - 0.18 - 0.05
        bounds = [result.epsilon_lower_bound for result in results if not result.reads_labels]
        if bounds:
            assert np.mean(np.array(bounds) > 0) <= limit
    oracle = tests[repr(ATTACKS[-1])]
    from scipy.stats import binom

    as_published = np.mean([binom.sf(r.n_correct - 1, r.n_canaries, 0.5) < 0.05 for r in oracle])
    assert as_published > 0.5


@pytest.mark.parametrize("threshold", [0.687411])
def test_oracle_chance_level_has_its_closed_form(threshold):
    """At alpha = beta SR0 = 1/2 + 1/2 P(p > .687411), the root of 2p - 1 = -log p (DESIGN, statistics).

    Both the exact level from the guess table and the average over coins of the success ratio.
    """
    assert 2 * threshold - 1 == pytest.approx(-np.log(threshold), abs=2e-6)
    second = np.random.default_rng(0).beta(0.8, 0.8, size=M)
    coins = np.random.default_rng(1).integers(2, size=M)
    outputs = observed(second, coins)
    test = DeltaMarginAttack(loss="oracle").evaluate(outputs)
    closed_form = 0.5 + 0.5 * np.mean(second > threshold)
    assert test.chance_level == pytest.approx(closed_form, abs=1e-12)
    assert abs(test.success_ratio - closed_form) < 4.5 * np.sqrt(test.n_undecided / 4) / M
    assert test.reads_labels
    assert test.epsilon_lower_bound is None


def test_oracle_can_be_right_without_any_memorization():
    """Where the model is sure of the second candidate the oracle attack is right whatever the coin shows."""
    coins = np.random.default_rng(0).integers(2, size=200)
    outputs = observed(np.full(200, 0.9), coins)
    test = DeltaMarginAttack(loss="oracle").evaluate(outputs)
    assert test.success_ratio == test.chance_level == 1
    assert test.p_value == 1
    assert test.memorization_score == 0
