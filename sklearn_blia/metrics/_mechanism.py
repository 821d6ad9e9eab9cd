"""Randomized response in numbers: epsilon against the probability of keeping a label."""

import numpy as np

from ._checks import check_epsilon, check_n_classes, real_numbers


def keep_probability(epsilon, n_classes=2):
    """Probability with which K-ary randomized response keeps a label.

    ``e^epsilon / (e^epsilon + K - 1)``; otherwise the label becomes one of the *other* K - 1, uniformly
    (Warner 1965; Kairouz, Oh and Viswanath 2014).

    Parameters
    ----------
    epsilon : float or array-like
        Label-DP parameter, at least 0; ``inf`` keeps every label.
    n_classes : int, default=2
        Number of classes K.

    Returns
    -------
    float or ndarray
        In [1/K, 1].

    Raises
    ------
    ValueError
        If `epsilon` is negative or NaN, or `n_classes` below 2.

    Examples
    --------
    >>> from sklearn_blia.metrics import keep_probability
    >>> round(keep_probability(1.0), 4)
    0.7311
    """
    epsilon, others = check_epsilon(epsilon), check_n_classes(n_classes) - 1
    keep = 1.0 / (1.0 + others * np.exp(-epsilon))
    return keep if keep.ndim else float(keep)


def flip_probability(epsilon, n_classes=2):
    """One minus `keep_probability`, without the rounding that turns a small probability into 0.

    Beyond epsilon = 37 the keep probability of a binary response rounds to 1; a mechanism built on it would
    never flip and so keep no finite epsilon. This one stays positive up to epsilon = 700.

    Parameters
    ----------
    epsilon : float or array-like
        Label-DP parameter, at least 0; ``inf`` changes no label.
    n_classes : int, default=2
        Number of classes K.

    Returns
    -------
    float or ndarray
        In [0, 1 - 1/K].

    Raises
    ------
    ValueError
        If `epsilon` is negative or NaN, or `n_classes` below 2.
    """
    epsilon, others = check_epsilon(epsilon), check_n_classes(n_classes) - 1
    rare = others * np.exp(-epsilon)
    flip = rare / (1.0 + rare)
    return flip if flip.ndim else float(flip)


def epsilon_from_keep_probability(keep_probability, n_classes=2):
    """Label-DP parameter of a mechanism that keeps a label with the given probability.

    For a mechanism that keeps the label with probability q and otherwise takes one of the other K - 1
    labels uniformly, epsilon is ``log(q (K - 1) / (1 - q))``, and with a sign changed where q lies below
    1/K. It tells the true epsilon of a mechanism that someone built differently. The classic mistake is to
    *redraw* from all K labels where one should *change* the label: with two classes and redraw probability
    ``1 / (1 + e^eps)`` the label is kept with probability ``1 - 1 / (2 (1 + e^eps))``.

    Parameters
    ----------
    keep_probability : float or array-like
        Probability q, in [0, 1], that a label comes out as it went in.
    n_classes : int, default=2
        Number of classes K.

    Returns
    -------
    float or ndarray
        The smallest epsilon for which the mechanism is epsilon-label-DP; ``inf`` for q = 1, and for q = 0.

    Raises
    ------
    ValueError
        If a probability lies outside [0, 1] or is NaN, or `n_classes` is below 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import epsilon_from_keep_probability
    >>> redraw = 1 / (1 + np.exp(0.3))          # meant to be epsilon = 0.3 ...
    >>> kept = 1 - redraw / 2                   # ... but half of the redrawn labels come back unchanged
    >>> round(epsilon_from_keep_probability(kept), 2)
    1.31
    """
    keep = real_numbers("keep_probability", keep_probability)
    if not ((keep >= 0) & (keep <= 1)).all():
        raise ValueError(f"keep_probability must lie in [0, 1], got {keep_probability!r}.")
    others = check_n_classes(n_classes) - 1
    with np.errstate(divide="ignore"):  # q = 0 and q = 1 are infinite on purpose
        epsilon = np.abs(np.log(keep) + np.log(others) - np.log1p(-keep))
    return epsilon if epsilon.ndim else float(epsilon)
