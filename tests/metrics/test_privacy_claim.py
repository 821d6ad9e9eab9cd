"""What a claim for single labels says of several."""

import numpy as np
import pytest
from scipy.stats import norm

from sklearn_blia import PrivacyClaim
from sklearn_blia.metrics import epsilon_lower_bound


def gaussian_delta(epsilon, shift):
    """Balle and Wang 2018, Theorem 8: the delta of a Gaussian mechanism with means `shift` deviations apart."""
    return norm.cdf(shift / 2 - epsilon / shift) - np.exp(epsilon) * norm.cdf(-shift / 2 - epsilon / shift)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0])
def test_a_gaussian_mechanism_keeps_what_follows_for_groups(size, epsilon):
    shift = 0.3
    group = PrivacyClaim(epsilon, gaussian_delta(epsilon, shift)).of_group(size)
    assert group.epsilon == pytest.approx(size * epsilon)
    assert gaussian_delta(group.epsilon, size * shift) <= group.delta * (1 + 1e-9)
    if size == 1:
        assert group == PrivacyClaim(epsilon, gaussian_delta(epsilon, shift))


def test_several_randomized_responses_are_one_of_so_many_epsilons():
    """Three labels at .5 each: the likeliest outcome is e^1.5 times as likely under one side as under the other."""
    keep = np.exp(0.5) / (1 + np.exp(0.5))
    assert np.log((keep / (1 - keep)) ** 3) == pytest.approx(PrivacyClaim(0.5).of_group(3).epsilon)


def test_what_promises_nothing():
    assert PrivacyClaim(np.inf).of_group(5) == PrivacyClaim(np.inf)
    nothing = PrivacyClaim(3.0, 0.01).of_group(50)
    assert nothing.epsilon == 150
    assert 1 - 1e-12 < nothing.delta < 1
    assert epsilon_lower_bound(1000, 1000, delta=nothing.delta) == 0
    assert PrivacyClaim(0.0).of_group(9) == PrivacyClaim(0.0)
    for wrong in (0, -1, 1.5):
        with pytest.raises(ValueError, match="size must be"):
            PrivacyClaim(1.0).of_group(wrong)
