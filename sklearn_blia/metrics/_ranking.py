"""Epsilon bounds from an attack that may abstain: how many guesses count, paid for honestly."""

import numpy as np

from ._checks import check_delta, check_level, check_random, real_numbers
from ._methods import check_method


def epsilon_from_ranking(confidence, correct, *, method="prefixes", delta=0.0, alpha=0.05, random_state=None):
    """Lower bound on epsilon that lets the guesses count of which an attack is most confident.

    A bound at the best number of guesses, picked after seeing which are right, is no bound. Four ways to pick pay for
    it: by the exact joint law of all prefixes of the ranking, by weights that follow the attack's confidence, by
    Bonferroni over declared numbers, or by choosing on a random half of the canaries.

    Parameters
    ----------
    confidence : array-like of shape (n_canaries,)
        How sure the attack is of each guess. For all methods but "neyman-pearson" only the order counts, and equals
        keep the order of the rows; that one takes it for the log odds that the guess is right. Neither confidence nor
        order may depend on the coins; the absolute ``decision_function`` of a label-blind attack does not.
    correct : array-like of bool of shape (n_canaries,)
        Whether each guess is right.
    method : {"prefixes", "neyman-pearson", "bonferroni", "split"} or object, default="prefixes"
        How the choice is paid for; by name, or as `Prefixes`, `NeymanPearson`, `Bonferroni` or `Split` with settings of
        its own. The default bounds most in ``benchmarks/power.py``, taken over its patterns.
    delta : float, default=0.0
        Delta of the guarantee in question, in [0, 1). With one, numbers of guesses must be declared: "bonferroni".
    alpha : float, default=0.05
        One minus the confidence of the bound, the choice included.
    random_state : int, RandomState instance or None, default=None
        Draws the halves of "split".

    Returns
    -------
    EpsilonBound
        The bound and the counts it rests on.

    Raises
    ------
    ValueError
        If the arrays differ in shape or hold NaN, the method is unknown or does not take the delta, there are fewer
        than two canaries for a split, or a level is out of range.

    References
    ----------
    Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import epsilon_from_ranking, epsilon_lower_bound
    >>> confidence = np.arange(1000.0)
    >>> correct = (confidence >= 900) | (np.arange(1000) % 2 == 0)     # the surest 100 are all right
    >>> bound = epsilon_from_ranking(confidence, correct)
    >>> round(epsilon_lower_bound(correct.sum(), 1000), 2), bound.epsilon_lower_bound > 2.5
    (0.09, True)
    """
    confidence, correct = _check_ranking(confidence, correct)
    delta, alpha = check_delta(delta), check_level("alpha", alpha)
    method = check_method(method, delta)
    rng = check_random("random_state", random_state)
    return method.bounds(confidence[None], correct[None], delta=delta, alpha=alpha, rng=rng)[0]


def _check_ranking(confidence, correct):
    confidence, correct = real_numbers("confidence", confidence), np.asarray(correct)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not confidence.size:
        raise ValueError(
            "confidence and correct must be 1-D, of one length and not empty, "
            f"got shapes {confidence.shape} and {correct.shape}."
        )
    if np.isnan(confidence).any():
        raise ValueError("confidence contains NaN: give every canary a number.")
    if not np.isin(correct, (0, 1)).all():
        raise ValueError("correct must hold only True and False.")
    return confidence, correct.astype(bool)
