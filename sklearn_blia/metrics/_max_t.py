"""Several attacks on one model: the exact joint test that pays for trying more than one."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from sklearn.utils import check_random_state

from ._memorization_test import check_coins, right_under_each

# Counts are drawn and multiplied in blocks of about this many, which bounds memory at some 200 MB.
_BLOCK = 2**24


@dataclass(frozen=True)
class MaxTTest:
    """Result of `max_t_test`.

    Attributes
    ----------
    p_value : float
        p-value of "no attack found anything", for the best of the attacks.
    p_values : ndarray of shape (n_attacks,)
        One p-value for each attack, adjusted for there being several (single-step max-T).
    statistic : ndarray of shape (n_attacks,)
        Standard scores of the right guesses under "nothing memorized".
    n_draws : int
        Number of redrawn coin vectors; no p-value can be below ``1 / (n_draws + 1)``.
    """

    p_value: float
    p_values: np.ndarray
    statistic: np.ndarray
    n_draws: int


def max_t_test(guess_tables, coins, *, n_draws=10_000, random_state=None):
    """Joint exact test of several attacks on the canaries of one model.

    The p-value of the best of several attacks, read as if it had been the only one, cries wolf too often.
    Given the model's outputs the guesses are fixed under "nothing memorized" (those of a label-reading attack
    are fixed under each value of the label) and the coins are fair, so redrawing the coins gives the exact
    joint distribution of all attacks' right guesses. Each count is standardised by its exact null mean
    ``a + b/2`` and variance ``b/4``; then ``p = (1 + #{max null >= max observed}) / (n_draws + 1)``
    (Westfall and Young 1993, single-step max-T; Phipson and Smyth 2010 for the added one).

    Parameters
    ----------
    guess_tables : array-like of shape (n_attacks, n_canaries) or (n_attacks, n_canaries, 2)
        Guesses, 0 for a canary's first candidate label and 1 for its second. The three-dimensional form
        holds the guess under either value of the label, and is needed for label-reading attacks.
    coins : array-like of shape (n_canaries,), of 0 and 1
        Which candidate each canary's label really is.
    n_draws : int, default=10000
        Number B of redrawn coin vectors.
    random_state : int, RandomState instance or None, default=None
        Draws the coins.

    Returns
    -------
    MaxTTest
        The joint p-value, and adjusted ones for each attack.

    Raises
    ------
    ValueError
        If shapes do not fit, a guess or coin is neither 0 nor 1, or `n_draws` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import max_t_test
    >>> coins = np.arange(100) % 2
    >>> guesses = [coins, np.zeros(100, dtype=int)]      # one attack knows every coin, one knows nothing
    >>> test = max_t_test(guesses, coins, n_draws=999, random_state=0)
    >>> test.p_value, bool(test.p_values[1] > 0.5)
    (0.001, True)
    """
    right, coins = _check_tables(guess_tables, coins)
    if isinstance(n_draws, bool) or int(n_draws) != n_draws or n_draws < 1:
        raise ValueError(f"n_draws must be a whole number of at least 1, got {n_draws!r}.")
    rng = check_random_state(random_state)
    if_first, if_second = right
    gain = if_second.astype(np.int8) - if_first
    standardise = _Standardiser(base=if_first.sum(axis=1), gain=gain)
    observed = standardise(gain @ coins.astype(np.int64))
    n_larger = np.zeros(len(gain), dtype=np.int64)
    gains, draw_heads = _null(gain)
    n_blocks = max(1, -(-int(n_draws) * gains.shape[1] // _BLOCK))
    for block in np.array_split(np.arange(int(n_draws)), n_blocks):
        # float32 holds every count up to 2^24 exactly, and its matrix product is the fast one.
        null = standardise(draw_heads(rng, len(block)) @ gains.T.astype(np.float32))
        n_larger += (null.max(axis=1)[:, None] >= observed).sum(axis=0)
    p_values = (1 + n_larger) / (int(n_draws) + 1)
    return MaxTTest(float(p_values.min()), p_values, observed, int(n_draws))


class _Standardiser:
    """Standard scores of the counts ``base + coins @ gain``."""

    def __init__(self, base, gain):
        undecided = np.count_nonzero(gain, axis=1)
        # base + sum over coins of gain; its mean puts every coin at one half.
        self.base, self.mean = base, base + gain.sum(axis=1, dtype=np.int64) / 2
        self.scale = np.sqrt(np.maximum(undecided, 1)) / 2

    def __call__(self, coin_gain):
        return (self.base + np.asarray(coin_gain, dtype=float) - self.mean) / self.scale


def _null(gain):
    """What the attacks gain by heads, and how to draw heads: for each canary, or for groups of them.

    Canaries at which every attack gains the same add up: their coins make one binomial count. A few attacks that
    mostly agree make few such groups, and drawing one count for each saves most of the time; where there are many,
    single coins are the faster.
    """
    gains, sizes = np.unique(gain, axis=1, return_counts=True)
    if 16 * len(sizes) > gain.shape[1]:
        return gain, lambda rng, n_draws: _fair_coins(rng, n_draws, gain.shape[1])
    return gains, lambda rng, n_draws: _heads(rng, sizes, n_draws)


def _fair_coins(rng, n_draws, n_canaries):
    packed = np.frombuffer(rng.bytes(n_draws * (-(-n_canaries // 8))), dtype=np.uint8)
    return np.unpackbits(packed.reshape(n_draws, -1), axis=1, count=n_canaries).astype(np.float32)


def _heads(rng, sizes, n_draws):
    """Heads among so many fair coins, one column for each size: by the inverse of the distribution function."""
    below = {size: binom.cdf(np.arange(size), size, 0.5) for size in set(sizes.tolist())}
    heads = rng.random_sample((n_draws, len(sizes)))
    for column, size in zip(heads.T, sizes.tolist(), strict=True):
        column[:] = np.searchsorted(below[size], column, side="right")
    return heads.astype(np.float32)


def _check_tables(guess_tables, coins):
    tables, coins = np.asarray(guess_tables), check_coins(coins)
    if tables.ndim == 2:
        tables = np.repeat(tables[:, :, None], 2, axis=2)
    if tables.ndim != 3 or not len(tables) or tables.shape[1:] != (len(coins), 2) or not len(coins):
        raise ValueError(
            f"guess_tables must have shape (n_attacks, {len(coins)}) or (n_attacks, {len(coins)}, 2), with at "
            f"least one attack and one canary, got {np.shape(guess_tables)}."
        )
    return np.stack([right_under_each(table) for table in tables], axis=1), coins
