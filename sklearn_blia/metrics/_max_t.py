"""Several statistics on one set of coins: the exact joint test that pays for trying more than one."""

from dataclasses import dataclass

import numpy as np

from .._blas import limited_blas
from ._checks import check_random, one_count, real_numbers
from ._memorization_test import as_bool, check_coins, right_under_each

# Coins are turned together in at most so many groups, which bounds the time, and drawn in blocks that the cache holds.
_MOST_GROUPS = 4096
_BLOCK = 2**19
# Sums of the same contributions in another order differ by rounding: what is so near counts as reached.
_TIE = 1e-9


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


def max_t_test(guess_tables, coins, *, weights=None, n_draws=10_000, random_state=None):
    """Joint exact test of several attacks on the canaries of one model.

    The p-value of the best of several attacks, read as if it had been the only one, cries wolf too often.
    Given the model's outputs the guesses are fixed under "nothing memorized" (those of a label-reading attack
    are fixed under each value of the label) and the coins are fair and independent, so turning any of them changes
    nothing in distribution: redrawing them gives the exact joint distribution of all attacks' right guesses. Each
    (weighted) count is standardised by its exact null mean and variance; then
    ``p = (1 + #{max null >= max observed}) / (n_draws + 1)``
    (Westfall and Young 1993, single-step max-T; Phipson and Smyth 2010 for the added one). Beyond 4,096 canaries coins
    are turned together in as many groups, set beforehand, which is as exact (Hemerik and Goeman 2018: a p-value from
    any group of transformations that leave the null distribution as it is).

    Parameters
    ----------
    guess_tables : array-like of shape (n_attacks, n_canaries) or (n_attacks, n_canaries, 2)
        Guesses, 0 for a canary's first candidate label and 1 for its second. The three-dimensional form
        holds the guess under either value of the label, and is needed for label-reading attacks.
    coins : array-like of shape (n_canaries,), of 0 and 1
        Which candidate each canary's label really is.
    weights : array-like of shape (n_attacks, n_canaries), default=None
        Weights of right guesses, at least 0, which may depend on the outputs but not on the coins; None weighs all
        alike.
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
        If shapes do not fit, a guess or coin is neither 0 nor 1, a weight is negative, or `n_draws` is below 1.

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
    (if_first, if_second), coins = _check_tables(guess_tables, coins)
    n_draws = one_count("n_draws", n_draws)
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1, got {n_draws}.")
    rng = check_random("random_state", random_state)
    # What each coin adds to the mean as it fell; turned over it takes as much away.
    gain = (if_second.astype(float) - if_first) / 2
    if weights is not None:
        gain *= _check_weights(weights, gain.shape)
    scale = np.sqrt((gain**2).sum(axis=1))
    standard = np.divide(gain, scale[:, None], out=np.zeros_like(gain), where=scale[:, None] > 0)
    standard[:, ~coins] *= -1
    sums = _in_groups(standard)
    observed = sums.sum(axis=1)
    n_larger = _count_larger(sums, observed, n_draws, rng)
    p_values = (1 + n_larger) / (n_draws + 1)
    return MaxTTest(float(p_values.min()), p_values, observed, n_draws)


def _in_groups(contributions):
    """Sums over groups of canaries whose coins are turned together; each by itself where there are few."""
    n_canaries = contributions.shape[1]
    if n_canaries <= _MOST_GROUPS:
        return contributions
    group = np.arange(n_canaries) % _MOST_GROUPS
    return np.stack([np.bincount(group, weights=row, minlength=_MOST_GROUPS) for row in contributions])


def _count_larger(sums, observed, n_draws, rng):
    """How often the largest statistic of redrawn coins reaches each observed one."""
    n_larger = np.zeros(len(observed), dtype=np.int64)
    n_groups = sums.shape[1]
    n_blocks = max(1, -(-n_draws * n_groups // _BLOCK))
    room = np.empty((-(-n_draws // n_blocks), n_groups))  # one for all blocks: fresh memory takes longer than the coins
    with limited_blas(1):  # coins that one thread wrote are slow for others to read
        for block in np.array_split(np.arange(n_draws), n_blocks):
            null = 2 * (_fair_coins(rng, room[: len(block)]) @ sums.T) - observed
            n_larger += (null.max(axis=1)[:, None] >= observed - _TIE).sum(axis=0)
    return n_larger


def _fair_coins(rng, out):
    n_draws, n_groups = out.shape
    packed = np.frombuffer(rng.bytes(n_draws * (-(-n_groups // 8))), dtype=np.uint8)
    out[:] = np.unpackbits(packed.reshape(n_draws, -1), axis=1, count=n_groups)
    return out


def _check_weights(weights, shape):
    weights = real_numbers("weights", weights)
    if weights.shape != shape or not (weights >= 0).all() or not np.isfinite(weights).all():
        raise ValueError(f"weights must hold finite numbers of at least 0, of shape {shape}.")
    return weights


def _check_tables(guess_tables, coins):
    tables, coins = np.asarray(guess_tables), check_coins(coins)
    if tables.ndim == 2 and len(tables) and tables.shape[1] == len(coins) > 0:  # the same under either label
        second = as_bool(tables, "guess_tables")
        return (~second, second), coins
    if tables.ndim != 3 or not len(tables) or tables.shape[1:] != (len(coins), 2) or not len(coins):
        raise ValueError(
            "guess_tables and coins do not go together: guess_tables must have shape "
            f"(n_attacks, {len(coins)}) or (n_attacks, {len(coins)}, 2), with at "
            f"least one attack and one canary, got {np.shape(guess_tables)}."
        )
    return np.stack([right_under_each(table) for table in tables], axis=1), coins
