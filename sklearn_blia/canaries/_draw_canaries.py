"""Decoys and coins for rows that were chosen."""

import numpy as np

from ._canaries import Canaries


def draw_canaries(rows, codes, classes, rng, units=None):
    """Draw a decoy and a fair coin for each row, or for each unit of rows.

    Parameters
    ----------
    rows : ndarray of int of shape (n_canaries,)
        Rows that were chosen.
    codes : ndarray of intp of shape (n_samples,)
        Natural labels, as positions in the classes.
    classes : ndarray of shape (n_classes,)
        Class labels.
    rng : numpy.random.Generator
        Draws.
    units : ndarray of int of shape (n_canaries,), default=None
        Unit of each row, from 0: its rows share a coin, by which all keep their natural labels or all take their
        decoys, as many classes further on for each of them.

    Returns
    -------
    Canaries
        The secret.
    """
    n_draws, n_classes = len(rows) if units is None else int(units.max()) + 1, len(classes)
    natural = codes[rows]
    step = rng.integers(1, n_classes, size=n_draws)
    # Independent coins, never "exactly half": only then are the right guesses binomial.
    coins = rng.integers(2, size=n_draws)
    if units is not None:
        step = step[units]
    pairs = classes[np.sort(np.column_stack([natural, (natural + step) % n_classes]), axis=1)]
    if units is None:
        return Canaries(pairs, coins, rows, classes[natural])
    keeps = pairs[:, 1] == classes[natural]  # the coins of a unit whose rows all keep their natural labels
    return Canaries(pairs, keeps, rows, classes[natural], units=units).with_coins(coins)
