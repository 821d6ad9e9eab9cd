"""The first epsilon that is not refuted, where the test of an epsilon is made for that epsilon."""

import numpy as np
from scipy import optimize

# Within a cell of this width one statistic is used, that made for its lower end, so that the p-value rises in epsilon
# and refuting the upper end refutes the cell. The cells are fixed beforehand.
CELL = 0.0625
_PRECISION = 1e-6
_LEAST = 1e-300


def first_not_refuted(p_value, top, alpha):
    """Find the first epsilon that is not refuted, to within 1e-6 from below.

    A statistic that is made for one epsilon tells it best from larger ones, and p-values of different statistics need
    not rise together: the largest refuted epsilon would be no bound, the first that is not refuted is.

    Parameters
    ----------
    p_value : callable
        From (epsilon that the statistic is made for, epsilon that is tested) to a p-value that rises in the latter;
        with ``enough=alpha`` any bound of it that is at most this.
    top : float
        What no audit of this size can exceed.
    alpha : float
        Level; refuted is an epsilon whose p-value is at most `alpha`.

    Returns
    -------
    float
        At least 0.
    """
    for low in np.arange(0.0, top, CELL):
        high = low + CELL
        if p_value(low, high, enough=alpha) <= alpha:
            continue
        if p_value(low, low) > alpha:
            return float(low)
        excess = optimize.brentq(
            lambda epsilon, made_for=low: np.log(max(p_value(made_for, epsilon), _LEAST)) - np.log(alpha),
            low, high, xtol=_PRECISION / 2, rtol=1e-12,
        )  # fmt: skip
        return float(max(low, excess - _PRECISION / 2))
    return float(top)
