"""What plants canaries: the contract, and how many."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ._canaries import Canaries
from ._constraints import PlainInterval

# Of every planter that takes a number of canaries or a share of the rows.
NUMBER_CONSTRAINTS: dict = {
    "fraction": [PlainInterval(Real, 0, 1, closed="right")],
    "n_canaries": [PlainInterval(Integral, 1, None, closed="left"), None],
}


@dataclass(frozen=True, eq=False, repr=False)
class Planted:
    """Training data with canaries in it.

    Attributes
    ----------
    X : array-like of n_samples rows
        Features: the very object that was given, unless the planter adds rows.
    y : ndarray of shape (n_samples,)
        Labels, private ones in the canaries' rows.
    canaries : Canaries
        The secret; ``rows`` are rows of `X`.
    """

    X: Any
    y: np.ndarray
    canaries: Canaries


@runtime_checkable
class Planter(Protocol):
    """Chooses rows and candidate labels, by features and natural labels alone, and lets fair coins decide.

    `CanaryFlipper` is one. Coins must be independent and fair, and everything else decided before they are thrown.
    """

    def plant(self, X, y, rng):
        """Plant canaries.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.
        y : array-like of shape (n_samples,)
            Natural labels.
        rng : numpy.random.Generator
            Draws everything.

        Returns
        -------
        Planted
            Data to train on, and the secret.
        """


def how_many(n_canaries, fraction, n_rows, what="rows"):
    """Return the number of canaries: as told, or a share of the rows, rounded down.

    Parameters
    ----------
    n_canaries : int or None
        Their number, at most that of the rows.
    fraction : float
        The share, where there is no number.
    n_rows : int
        Rows, or whatever has a coin.
    what : str, default="rows"
        What an error calls them.

    Returns
    -------
    int
        At least 1.
    """
    if n_canaries is not None:
        if n_canaries > n_rows:
            raise ValueError(f"n_canaries={n_canaries} is more than the {n_rows} {what} there are.")
        return int(n_canaries)
    count = int(fraction * n_rows + 1e-9)  # 0.29 * 100 is 28.999999999999996
    if count < 1:
        raise ValueError(
            f"fraction={fraction} of {n_rows} {what} is fewer than one canary: "
            f"raise fraction to at least {1 / n_rows:.3g}, or set n_canaries."
        )
    return count


def default_n_canaries(n_train):
    """Return the number of canaries that an audit plants unless told: 2 % of the rows, but 500 and a quarter at most.

    Parameters
    ----------
    n_train : int
        Training rows.

    Returns
    -------
    int
        2 % of the rows, but at least 500, and at most a quarter of the rows; at least 1.
    """
    return max(1, min(max(n_train // 50, 500), n_train // 4))
