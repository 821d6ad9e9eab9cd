"""The number of successes among coins that are not alike, of any number of them."""

import numpy as np
from scipy import fft

# Rounding of the transforms, of probabilities that sum to one: smaller tails are noise.
LEAST = 1e-14


def poisson_binomial_tail(n_hits, proba):
    """Probability of so many successes, or more, among independent coins.

    The masses are convolved two by two, in n (log n)^2 steps by fast Fourier transforms.

    Parameters
    ----------
    n_hits : int
        Successes.
    proba : ndarray of shape (n_coins,)
        Probability of success of each.

    Returns
    -------
    float
        At least 1e-14, to which it is exact, unless `n_hits` is out of reach or certain.
    """
    # Coins that are certain are counted, not convolved: a bound of theirs would be one of rounding.
    n_hits, uncertain = n_hits - int(np.count_nonzero(proba == 1)), proba[(proba > 0) & (proba < 1)]
    if n_hits <= 0:
        return 1.0
    if n_hits > len(uncertain):
        return 0.0
    return float(np.clip(_masses(uncertain)[n_hits:].sum(), LEAST, 1))


def _masses(proba):
    """Probability of each number of successes."""
    masses = np.column_stack([1 - proba, proba])
    while len(masses) > 1:
        if len(masses) % 2:
            nothing = np.zeros(masses.shape[1])
            nothing[0] = 1.0  # of no coin there is no success
            masses = np.vstack([masses, nothing])
        n = 2 * masses.shape[1] - 1
        size = fft.next_fast_len(n, real=True)
        both = fft.rfft(masses[::2], size) * fft.rfft(masses[1::2], size)
        masses = fft.irfft(both, size)[:, :n]
    return masses[0, : len(proba) + 1]
