"""The success ratio over all coverages: a test that wastes nothing of how sure an attack is."""

from dataclasses import dataclass

import numpy as np

from ._checks import real_numbers
from ._max_t import max_t_test
from ._memorization_test import check_coins


@dataclass(frozen=True)
class CoverageAverage:
    """Result of `coverage_average`.

    Attributes
    ----------
    success_ratio : float
        Mean over k of the success ratio of the k surest guesses; one half by chance.
    p_value : float
        Of "nothing memorized", exact by redrawing the coins; no p-value can be below ``1 / (n_draws + 1)``.
    n_canaries, n_draws : int
        Canaries, and redrawn coin vectors.
    """

    success_ratio: float
    p_value: float
    n_canaries: int
    n_draws: int


def coverage_average(scores, coins, *, n_draws=10_000, random_state=None):
    """Test the mean, over all k, of the success ratio of an attack's k surest guesses.

    A count of right guesses weighs a guess that the attack is sure of like one that it throws dice for. Here the k-th
    surest of m guesses has the weight ``sum of 1/j for j from k to m``, and the statistic is the weighted share of
    right ones. The order follows from the outputs, so under "nothing memorized" the coins are fair whatever it is; no
    number of guesses has to be chosen, and none is paid for.

    Parameters
    ----------
    scores : array-like of shape (n_canaries,)
        Decision values of an attack that reads no labels: at least 0 where it infers the second candidate; their size
        orders the guesses, and equals share their weight.
    coins : array-like of shape (n_canaries,), of 0 and 1
        Which candidate each label is.
    n_draws : int, default=10000
        Number of redrawn coin vectors.
    random_state : int, RandomState instance or None, default=None
        Draws the coins.

    Returns
    -------
    CoverageAverage
        The average and its p-value.

    Raises
    ------
    ValueError
        If shapes do not fit, a score is NaN, or a coin neither 0 nor 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import coverage_average, memorization_test
    >>> rng = np.random.default_rng(0)
    >>> coins = rng.integers(2, size=400)
    >>> stored = np.arange(400) < 40                             # a tenth is stored, and looks like it
    >>> scores = np.where(stored, 2 * (coins - 0.5), 0.1 * rng.standard_normal(400))
    >>> by_count = memorization_test(int(np.sum((scores >= 0) == coins)), 400).p_value
    >>> coverage_average(scores, coins, random_state=0).p_value < 0.001 < by_count
    True
    """
    scores, coins = real_numbers("scores", scores), check_coins(coins)
    if scores.shape != coins.shape or not len(coins) or np.isnan(scores).any():
        raise ValueError(f"scores must hold a number for each of {len(coins)} coins, one at least; NaN is none.")
    weights = coverage_weights(np.abs(scores))
    test = max_t_test([scores >= 0], coins, weights=[weights], n_draws=n_draws, random_state=random_state)
    return CoverageAverage(weighted_share(weights, scores, coins), test.p_value, len(coins), test.n_draws)


def weighted_share(weights, scores, coins):
    """Share of right guesses, weighted by coverage."""
    return float(np.mean(weights * ((scores >= 0) == coins)))


def coverage_weights(confidence):
    """Return the weight of each guess in the mean over all coverages.

    Parameters
    ----------
    confidence : ndarray of shape (n_canaries,)
        How sure the attack is of each guess.

    Returns
    -------
    ndarray of shape (n_canaries,)
        ``sum of 1/j for j >= k`` for the k-th surest, equals averaged; their mean is 1. Equal is what agrees in about
        six digits: the two guesses around a median are equally sure, and rounding is not to say which is the surer.
    """
    fraction, power = np.frexp(confidence)
    confidence = np.ldexp(np.round(fraction * 2**20) / 2**20, power)
    m = len(confidence)
    by_rank = np.cumsum(1 / np.arange(m, 0, -1.0))[::-1]
    order = np.argsort(-confidence)
    ranked = confidence[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    counts = np.diff(np.append(starts, m))
    weights = np.empty(m)
    weights[order] = np.repeat(np.add.reduceat(by_rank, starts) / counts, counts)
    return weights
