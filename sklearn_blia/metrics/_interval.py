"""Exact binomial (Clopper-Pearson) limits."""

import numpy as np
from scipy import special


def lower_limit(n_success, n_trials, alpha):
    """One-sided Clopper-Pearson lower limit of a success probability; 0 where nothing succeeded.

    Clopper and Pearson (1934): the p with ``P(Bin(n, p) >= k) = alpha``, a beta quantile.
    """
    k = np.maximum(n_success, 1)
    return np.where(n_success > 0, special.betaincinv(k, np.maximum(n_trials - k, 0) + 1, alpha), 0.0)


def upper_limit(n_success, n_trials, alpha):
    """One-sided Clopper-Pearson upper limit of a success probability; 1 where everything succeeded."""
    return 1.0 - lower_limit(n_trials - n_success, n_trials, alpha)
