"""The first epsilon that is not refuted, where the test of an epsilon is made for that epsilon."""

import numpy as np
from scipy import optimize

_PRECISION = 1e-6
_LEAST = 1e-300


def first_not_refuted(p_value, top, alpha, *, cell, start=0.0):
    """Find the first epsilon that is not refuted, to within 1e-6 from below.

    A statistic that is made for one epsilon tells it best from larger ones, and p-values of different statistics need
    not rise together: the largest refuted epsilon would be no bound, the first that is not refuted is. Within a cell
    one statistic is used, that made for its upper end, so that the p-value rises in epsilon and refuting the upper end
    refutes the cell. The cells are fixed beforehand.

    Parameters
    ----------
    p_value : callable
        From (epsilon that the statistic is made for, epsilon that is tested) to a p-value that rises in the latter,
        or to a bound of one.
    top : float
        What no audit of this size can exceed.
    alpha : float
        Level; refuted is an epsilon whose p-value is at most `alpha`.
    cell : float
        Width of the cells, which start at 0. It must not follow from the data.
    start : float, default=0.0
        An epsilon up to which all are known to be refuted.

    Returns
    -------
    float
        At least 0.
    """
    for number in range(int(start // cell), int(np.ceil(top / cell))):
        low, high = number * cell, (number + 1) * cell
        if p_value(high, high) <= alpha:
            continue
        if p_value(high, low) > alpha:
            return low

        def excess(epsilon, made_for=high):
            return np.log(max(p_value(made_for, epsilon), _LEAST)) - np.log(alpha)

        found = optimize.brentq(excess, low, high, xtol=_PRECISION / 2, rtol=1e-12)
        return float(max(low, found - _PRECISION / 2))
    return float(top)
