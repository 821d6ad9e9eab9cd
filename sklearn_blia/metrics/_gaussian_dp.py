"""The f-DP one-run bound for Gaussian trade-off curves (Mahloujifar, Melis and Chaudhuri)."""

import numpy as np
from scipy import optimize, special

from ._checks import check_delta, check_epsilon


def gaussian_epsilon_lower_bound(v, r, m, *, delta, alpha):
    """Largest epsilon at `delta` whose Gaussian-DP curve v right guesses out of r, of m canaries, refute."""
    if delta == 0:
        raise ValueError("method='f-dp' needs delta > 0: a Gaussian trade-off curve has no epsilon at delta=0.")
    if v == 0:
        return 0.0
    mu = _largest_refuted_mu(v, r, m, alpha)
    return epsilon_of_mu(mu, delta) if mu > 0 else 0.0


def epsilon_of_mu(mu, delta):
    """Epsilon at which mu-Gaussian-DP has the given delta (Dong, Roth and Su 2022, Corollary 2.13)."""

    def excess(epsilon):
        first = special.log_ndtr(mu / 2 - epsilon / mu)
        second = epsilon + special.log_ndtr(-mu / 2 - epsilon / mu)
        # log(e^first - e^second); the two are equal up to rounding where epsilon is large, hence the floor
        return first + np.log(-np.expm1(min(second - first, -1e-300))) - np.log(delta)

    if excess(0.0) <= 0:
        return 0.0
    high = 1.0
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-10))


def mu_of_epsilon(epsilon, delta):
    """Return the mu of Gaussian differential privacy that is worth an epsilon at a delta.

    Several Gaussian mechanisms, each chosen by what those before it gave, are together mu-GDP as long as their mu^2
    add up to no more than mu^2 (Koskela, Tobaben and Honkela 2023, "Individual Privacy Accounting with Gaussian
    Differential Privacy").

    Parameters
    ----------
    epsilon : float
        Above 0; ``inf`` gives ``inf``.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        The largest mu whose epsilon at `delta` is no larger (Dong, Roth and Su 2022, Corollary 2.13).

    Raises
    ------
    ValueError
        If `epsilon` or `delta` is 0 or below, or not a number.

    Examples
    --------
    >>> from sklearn_blia.metrics import mu_of_epsilon
    >>> round(mu_of_epsilon(1.0, 1e-5), 4)
    0.2681
    """
    epsilon, delta = float(check_epsilon(epsilon)), check_delta(delta)
    if not epsilon or not delta:
        raise ValueError(f"epsilon={epsilon:g} and delta={delta:g} must be above 0: no Gaussian noise gives less.")
    if epsilon == np.inf:
        return np.inf
    high = 1.0
    while epsilon_of_mu(high, delta) < epsilon:
        high *= 2
    return float(optimize.brentq(lambda mu: epsilon_of_mu(mu, delta) - epsilon, 1e-12, high, xtol=1e-12))


def _largest_refuted_mu(v, r, m, alpha):
    if not _refutes(v, r, m, alpha, 0.0):
        return 0.0
    low, high = 0.0, 1.0
    while _refutes(v, r, m, alpha, high):
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _refutes(v, r, m, alpha, middle) else (low, middle)
    return low


def _refutes(v, r, m, alpha, mu):
    """Whether v of r right guesses refute mu-Gaussian-DP (Mahloujifar et al., Algorithm 4, two candidates).

    Were the chance of v right guesses as large as alpha, the curve would force at least so much mass onto
    the smaller counts i that the expected guesses right (``right``) and wrong (``wrong``), per canary and
    restricted to "at least i right", outgrow the r/m guesses made.
    """
    right, wrong = alpha * v / m, alpha * (r - v) / m
    for i in range(v - 1, -1, -1):
        grown = special.ndtr(special.ndtri(right) - mu)
        if grown <= wrong:  # neither of the two changes any more
            break
        right = min(right + i / (r - i) * (grown - wrong), 1.0)
        wrong = grown
        if right + wrong > r / m:  # both only grow
            return True
    return right + wrong > r / m
