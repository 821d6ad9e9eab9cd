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
        step, coins = step[units], coins[units]
    decoy = (natural + step) % n_classes
    return Canaries(classes[_in_order(natural, decoy, units)], coins, rows, classes[natural], units=units)


def _in_order(natural, decoy, units):
    """Candidates, the smaller one of the first row of each unit first: a place tells nothing of which is natural.

    In the other rows of the unit the same coin means the same, the natural label or the decoy.
    """
    pairs = np.column_stack([natural, decoy])
    turned = natural > decoy
    if units is not None:
        turned = turned[np.unique(units, return_index=True)[1]][units]
    return np.where(turned[:, None], pairs[:, ::-1], pairs)
