"""Planted faults: what an audit refutes, and what it cannot see and why."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, RandomizedResponse
from sklearn_blia.defences import ALIBIClassifier, DPSGDClassifier
from sklearn_blia.labels import RRWithPrior
from tests.defences import faults

NEAR = KNeighborsClassifier(1)


@pytest.fixture
def noise():
    """Rows without any pattern, labels of two classes."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(4000, 5)), rng.integers(2, size=4000)


def cell_of(model, mechanism, data, n_canaries=2000):
    audit = LabelAudit(
        model, mechanism=mechanism, epsilons=[1.0], n_repeats=1, n_canaries=n_canaries, test_size=0.1, random_state=0
    )
    (cell,) = audit.fit(*data).report_.cells
    return cell


@pytest.mark.parametrize(
    ("model", "mechanism", "true_ratio"),
    [
        # 1 - (1/2) / (1 + e), against a cap of .731: 15 standard errors of 2,000 guesses
        (NEAR, faults.HalfRateResponse(), 0.866),
        # the cap of epsilon = 2, against .621 of its own: 9 standard errors; that of the claim, .731, it keeps
        (faults.HalfScaleALIBI(DecisionTreeClassifier(), n_rounds=0), None, 0.724),
        # every label as it is, against one half
        (NEAR, faults.PriorThatPeeks(), 1.0),
    ],
    ids=["half-rate response", "ALIBI with half the scale", "prior that peeks"],
)
def test_what_the_mechanisms_own_cap_refutes(noise, model, mechanism, true_ratio):
    cell = cell_of(model, mechanism, noise)
    ratio = cell.attacks["threshold (fixed)"].private.success_ratio
    assert ratio == pytest.approx(true_ratio, abs=4.5 * np.sqrt(0.25 / 2000))
    assert cell.findings.mechanism_p_value < 1e-6


def test_the_classic_mistake_of_alibi_keeps_the_claims_cap(noise):
    """All guesses together are no more often right than epsilon = 1 allows; the surest ones are."""
    cell = cell_of(faults.HalfScaleALIBI(DecisionTreeClassifier(), n_rounds=0), None, noise)
    assert cell.attacks["threshold (fixed)"].private.success_ratio < np.e / (1 + np.e) + 3 * np.sqrt(0.2 / 2000)
    assert cell.bound > 1
    assert cell.refuted


def test_noise_drawn_twice_is_refuted_by_the_surest_guesses(noise):
    """Where both draws agree, 61 % of the rows, guesses are right with odds of e^2; all together with e / (1 + e)."""
    cell = cell_of(faults.NoisedTwice(NEAR), None, noise)
    q = np.e / (1 + np.e)
    assert cell.attacks["threshold (fixed)"].private.success_ratio == pytest.approx(q, abs=4.5 * np.sqrt(0.2 / 2000))
    assert cell.refuted


@pytest.mark.parametrize(
    ("model", "mechanism"),
    [
        (NEAR, RandomizedResponse()),
        (NEAR, RRWithPrior()),
        (ALIBIClassifier(DecisionTreeClassifier(), n_rounds=0), None),
    ],
    ids=["randomized response", "RRWithPrior", "ALIBI"],
)
def test_their_honest_twins_are_not(noise, model, mechanism):
    """The same rows, canaries and coins; one in twenty of honest audits would alarm, and these are fixed."""
    cell = cell_of(model, mechanism, noise)
    assert not cell.refuted
    assert cell.findings.mechanism_p_value > 0.01


def test_a_seed_of_eight_bits_is_seen_by_nobody_who_does_not_try_it(noise):
    """The noise is right, so that an audit of outputs has nothing to find; who knows twenty labels finds the seed."""
    X, y = noise
    assert not cell_of(NEAR, faults.EightBitResponse(), noise).refuted
    released = faults.EightBitResponse(classes=[0, 1]).fit(X, y).released_labels_
    assert np.mean(released == y) < 0.77
    undone = [faults.EightBitResponse.undone(released, seed) for seed in range(256)]
    best = max(undone, key=lambda labels: np.sum(labels[:20] == y[:20]))
    np.testing.assert_array_equal(best, y)


def test_an_account_for_adding_or_removing_rows_halves_the_noise():
    """What it spends under replaced labels is about twice the claim, and far more than an audit of outputs can show."""
    pytest.importorskip("opacus", reason="DP-SGD needs the extra dp")
    from sklearn_blia.defences import epsilon_of_dp_sgd
    from sklearn_blia.neural import SequentialClassifier

    net = SequentialClassifier((4,), max_epochs=2, batch_size=100, device="cpu")
    X, y = np.random.default_rng(0).normal(size=(600, 3)), np.arange(600) % 2
    wrong, right = (kind(net, 1.0, random_state=0).fit(X, y) for kind in (faults.AddOrRemoveDPSGD, DPSGDClassifier))
    spent = epsilon_of_dp_sgd(wrong.noise_multiplier_, 1e-5, wrong.sample_rate_, wrong.n_steps_)
    assert 1.7 < spent < 2.4
    assert right.noise_multiplier_ > 1.6 * wrong.noise_multiplier_
