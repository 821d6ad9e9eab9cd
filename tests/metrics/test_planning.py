import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from sklearn_blia.metrics import (
    attack_cap,
    detectable_success_ratio,
    epsilon_ceiling,
    epsilon_lower_bound,
    keep_probability,
    required_canaries,
)


def exact_power(m, ratio, alpha=0.05):
    """Written from the definition: the test rejects where P(Bin(m, 1/2) >= v) <= alpha."""
    v = np.arange(m + 1)
    rejected = binom.sf(v - 1, m, 0.5) <= alpha
    return binom.pmf(v, m, ratio)[rejected].sum()


@pytest.mark.parametrize(("ratio", "canaries"), [(0.52, 3886), (0.55, 620), (0.60, 158), (0.70, 37)])
def test_design_values(ratio, canaries):
    assert required_canaries(ratio) == canaries


@pytest.mark.parametrize("ratio", [0.58, 0.65, 0.8, 0.97, 1.0])
@pytest.mark.parametrize(("power", "alpha"), [(0.8, 0.05), (0.95, 0.01), (0.3, 0.2)])
def test_required_is_the_first_to_reach_the_power(ratio, power, alpha):
    expected = next(m for m in itertools.count(1) if exact_power(m, ratio, alpha) >= power)
    assert required_canaries(ratio, power=power, alpha=alpha) == expected


def test_required_for_a_tiny_effect():
    # The normal approximation, (z_.05 / 2 + z_.2 / 2)^2 / .001^2, is off by the order of 1 / .001 at most
    assert required_canaries(0.501) == pytest.approx(((1.6448536 + 0.8416212) / 2 / 0.001) ** 2, rel=2e-3)
    with pytest.raises(ValueError, match="more than 10\\^9 canaries"):
        required_canaries(0.500001)


@pytest.mark.parametrize("m", [5, 6, 37, 520, 3886])
def test_detectable_has_exactly_the_power(m):
    assert exact_power(m, detectable_success_ratio(m)) == pytest.approx(0.8)
    assert exact_power(m, detectable_success_ratio(m, power=0.5, alpha=0.2), 0.2) == pytest.approx(0.5)


def test_detectable_is_infinite_where_nothing_is_significant():
    np.testing.assert_array_equal(detectable_success_ratio([0, 1, 4]), np.inf)  # 2^-4 > .05


@given(st.integers(5, 10**6))
def test_detectable_bounds(m):
    assert 0.5 < detectable_success_ratio(m) < 1


def test_ceiling():
    assert round(epsilon_ceiling(500), 3) == 5.114
    m = np.array([0, 1, 5, 100, 10**6])
    np.testing.assert_allclose(epsilon_ceiling(m), epsilon_lower_bound(m, m), rtol=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_cap_is_the_best_guess_from_a_released_label(epsilon, n_classes):
    """The Bayes guess between two equally likely candidates of K-ary response: sum over outputs of the larger."""
    q = keep_probability(epsilon, n_classes)
    output_given = np.full((2, n_classes), (1 - q) / (n_classes - 1))
    output_given[0, 0] = output_given[1, 1] = q
    assert attack_cap(epsilon, n_classes=n_classes) == pytest.approx(output_given.max(axis=0).sum() / 2)


@pytest.mark.parametrize("delta", [0.0, 1e-3, 0.2])
def test_cap_with_delta_is_reached_by_the_extreme_mechanism(delta):
    """The (eps, delta) mechanism that dominates all others tells the label with probability delta, else it is
    randomized response (Kairouz, Oh and Viswanath 2015)."""
    epsilon = 1.0
    q = keep_probability(epsilon)
    assert attack_cap(epsilon, delta) == pytest.approx(delta + (1 - delta) * q)


def test_cap_limits():
    assert attack_cap(np.inf) == 1
    assert attack_cap(0.0) == 0.5
    np.testing.assert_allclose(attack_cap([0.3, np.inf]), [0.5744425, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: required_canaries(0.5), "success_ratio must lie above 0.5"),
        (lambda: required_canaries(1.2), "at most 1"),
        (lambda: required_canaries(0.6, power=1), "power must lie"),
        (lambda: detectable_success_ratio(-3), "n_canaries must be at least 0"),
        (lambda: detectable_success_ratio(10, alpha=2), "alpha must lie"),
        (lambda: epsilon_ceiling(2.5), "n_canaries must be whole"),
        (lambda: attack_cap(-1), "epsilon must be at least 0"),
        (lambda: attack_cap(np.nan), "epsilon must be at least 0"),
        (lambda: attack_cap(1, 0.1, 3), "leave n_classes=2"),
        (lambda: attack_cap(1, n_classes=1), "n_classes must be a whole number of at least 2"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
