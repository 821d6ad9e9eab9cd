"""Noise on whole numbers: no grid of floats for a label to show in."""

import numpy as np


def discrete_laplace(rate, draw, shape):
    """Draw whole numbers z with probabilities proportional to exp(-rate |z|).

    The difference of two geometric variables, each found by inversion (Ghosh, Roughgarden and Sundararajan 2012, "the
    geometric mechanism"). Uniform numbers are multiples of 2^-53, which moves a probability by as much at most.

    Parameters
    ----------
    rate : float
        Epsilon over the L1 sensitivity; ``inf`` draws zeros.
    draw : callable
        From a shape to uniform numbers in [0, 1).
    shape : tuple of int
        Of the result.

    Returns
    -------
    ndarray of float
        Whole numbers.
    """
    if rate == np.inf:
        return np.zeros(shape)
    if rate == 0:
        raise ValueError("discrete Laplace noise needs a rate above 0.")
    up, down = draw((2, *shape))
    return np.floor(-np.log1p(-up) / rate) - np.floor(-np.log1p(-down) / rate)
