"""Hits of a model that is trained already, against what somebody who never saw the labels would expect."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from ._checks import check_level, check_random, one_count, real_numbers
from ._poisson_binomial import poisson_binomial_tail

# Beyond so much no bound is told: sigmoid(40) is 1 up to rounding.
_LARGEST = 40.0
_AT_ONCE = 2**22  # numbers in memory while rows are dealt


@dataclass(frozen=True)
class ObservationalBound:
    """What hits say of epsilon and the proxy's error together.

    Attributes
    ----------
    n_hits, n_rows : int
        Rows whose label the model named, and rows that were counted.
    expected_hits : float
        What the proxy expects of a model that knows no label.
    p_value : float
        Probability of so many hits, or more, if the model knows no label and the proxy is right.
    epsilon_plus_gamma : float
        Lower bound on epsilon + Gamma at confidence 1 - alpha: either the training spent so much, or the proxy's log
        odds are wrong by so much, or both by less.
    alpha : float
        Level.
    """

    n_hits: int
    n_rows: int
    expected_hits: float
    p_value: float
    epsilon_plus_gamma: float
    alpha: float


def observational_p_value(n_hits, proba, shift=0.0):
    """Probability of so many hits in sets of labels that were chosen without a look at them.

    Given everything but one label, epsilon-label-DP moves its odds by ``e^epsilon`` at most, so that the label is in a
    set chosen from outputs with probability ``sigmoid(logit p + epsilon)`` at most, where p is its probability given
    the features; and hits of all rows together are at most Poisson-binomial in distribution (the induction of Steinke,
    Nasr and Jagielski 2023, Theorem 5.2). That holds for probabilities that nobody took from these labels; of a proxy
    that was cross-fitted over them it holds approximately. A proxy whose log odds are too low by Gamma adds Gamma.

    Parameters
    ----------
    n_hits : int
        Rows whose label is in its set.
    proba : array-like of shape (n_rows,)
        Probability, by somebody who never saw the labels, that each row's label is in its set.
    shift : float, default=0.0
        Epsilon + Gamma.

    Returns
    -------
    float
        Small values refute the shift; 1e-14 at least, but where so many hits cannot be.

    Examples
    --------
    >>> from sklearn_blia.metrics import observational_p_value
    >>> round(observational_p_value(10, [0.75] * 10), 4)
    0.0563
    """
    n_hits, proba = _check(n_hits, proba)
    shift = real_numbers("shift", shift)
    if shift.ndim or np.isnan(shift):
        raise ValueError(f"shift must be one number, got {shift!r}.")
    moved = special.expit(special.logit(proba) + shift) if shift else proba
    return poisson_binomial_tail(n_hits, moved)


def observational_bound(n_hits, proba, *, alpha=0.05):
    """Bound epsilon + Gamma from hits: the largest sum that so many refute.

    Only the sum is identified: a label that the model knows better than the proxy may be one that it saw, or one that
    the proxy thinks less probable than it is.

    Parameters
    ----------
    n_hits : int
        Rows whose label is in its set.
    proba : array-like of shape (n_rows,)
        Probability, by somebody who never saw the labels, that each row's label is in its set.
    alpha : float, default=0.05
        Level.

    Returns
    -------
    ObservationalBound
        Bound and p-value.

    Examples
    --------
    >>> from sklearn_blia.metrics import observational_bound
    >>> round(observational_bound(95, [0.5] * 100).epsilon_plus_gamma, 2)
    2.17
    """
    n_hits, proba = _check(n_hits, proba)
    alpha = check_level("alpha", alpha)
    p_value = observational_p_value(n_hits, proba)

    def excess(shift):
        return observational_p_value(n_hits, proba, shift) - alpha

    bound = 0.0
    if p_value < alpha:
        bound = _LARGEST if excess(_LARGEST) < 0 else optimize.brentq(excess, 0.0, _LARGEST, xtol=1e-6)
    return ObservationalBound(n_hits, len(proba), float(proba.sum()), p_value, float(bound), alpha)


@dataclass(frozen=True)
class GammaEstimate:
    """How far a proxy's log odds are off on rows that no model was trained on.

    Attributes
    ----------
    estimate : float
        The one shift of all log odds at which as many hits are expected as there were.
    confidence_interval : tuple of float
        Of the shift, if it is the same for all rows: exact, by two one-sided tests.
    """

    estimate: float
    confidence_interval: tuple[float, float]


def estimate_gamma(n_hits, proba, *, alpha=0.05):
    """Estimate the error of a proxy's log odds from hits among rows that the model was not trained on.

    Parameters
    ----------
    n_hits : int
        Rows whose label is in its set.
    proba : array-like of shape (n_rows,)
        Probability, by the proxy, that each row's label is in its set.
    alpha : float, default=0.05
        Level of the interval.

    Returns
    -------
    GammaEstimate
        Within -40 and 40; an estimate of 0 where the proxy is certain of all rows, and nothing can be told.

    Examples
    --------
    >>> from sklearn_blia.metrics import estimate_gamma
    >>> found = estimate_gamma(60, [0.5] * 100)
    >>> round(found.estimate, 2), [round(end, 2) for end in found.confidence_interval]
    (0.41, [-0.01, 0.83])
    """
    n_hits, proba = _check(n_hits, proba)
    alpha = check_level("alpha", alpha)
    logits = special.logit(proba)

    def solve(excess):
        low, high = excess(-_LARGEST), excess(_LARGEST)
        return -_LARGEST if low >= 0 else _LARGEST if high <= 0 else optimize.brentq(excess, -_LARGEST, _LARGEST)

    estimate = 0.0 if np.isinf(logits).all() else solve(lambda shift: special.expit(logits + shift).sum() - n_hits)
    low = solve(lambda shift: poisson_binomial_tail(n_hits, special.expit(logits + shift)) - alpha / 2)
    high = solve(lambda shift: alpha / 2 - 1 + poisson_binomial_tail(n_hits + 1, special.expit(logits + shift)))
    return GammaEstimate(float(estimate), (float(low), float(high)))


def membership_test(seen, unseen, strata_seen, strata_unseen, *, n_draws=1999, random_state=None):
    """Test whether rows that a model was trained on score higher than rows that it was not.

    Rows of one stratum are exchangeable if the model treats both kinds alike: kinds are dealt anew within each
    stratum, and the p-value is exact up to its draws.

    Parameters
    ----------
    seen, unseen : array-like of shape (n_seen,), (n_unseen,)
        Scores.
    strata_seen, strata_unseen : array-like of shape (n_seen,), (n_unseen,)
        Stratum of each row, its class.
    n_draws : int, default=1999
        Deals.
    random_state : int, RandomState instance or None, default=None
        Draws them.

    Returns
    -------
    float
        One-sided p-value.

    Examples
    --------
    >>> from sklearn_blia.metrics import membership_test
    >>> membership_test([3, 4, 5, 6], [0, 1, 2, 1], [0] * 4, [0] * 4, random_state=0) < 0.05
    True
    """
    scores = np.concatenate([real_numbers("seen", seen), real_numbers("unseen", unseen)])
    strata = np.concatenate([np.asarray(strata_seen), np.asarray(strata_unseen)])
    if scores.ndim != 1 or scores.shape != strata.shape:
        raise ValueError("seen and unseen must be 1-D, with a stratum for each score.")
    is_seen = np.arange(len(scores)) < len(seen)
    rng = check_random("random_state", random_state)
    observed, dealt = 0.0, np.zeros(n_draws)
    for stratum in np.unique(strata):
        own, kind = scores[strata == stratum], is_seen[strata == stratum]
        if kind.all() or not kind.any():
            continue
        # The difference of the means, weighed by the rows of the stratum; what all deals share is left out.
        weight = len(own) / (kind.sum() * (~kind).sum())
        observed += weight * own[kind].sum()
        dealt += weight * _sums_of_some(own, int(kind.sum()), n_draws, rng)
    return float((1 + np.sum(dealt >= observed - 1e-9 * (1 + abs(observed)))) / (1 + n_draws))


def _sums_of_some(values, n, n_draws, rng):
    """Sums of n values drawn without replacement, once for each draw."""
    sums, step = np.empty(n_draws), max(1, _AT_ONCE // len(values))
    for start in range(0, n_draws, step):
        keys = rng.random_sample((min(step, n_draws - start), len(values)))
        rows = np.argpartition(keys, n, axis=1)[:, :n]
        sums[start : start + step] = values[rows].sum(axis=1)
    return sums


def _check(n_hits, proba):
    proba, n_hits = real_numbers("proba", proba), one_count("n_hits", n_hits)
    if proba.ndim != 1 or not len(proba) or not ((proba >= 0) & (proba <= 1)).all():
        raise ValueError("proba must hold a probability for each row, one at least.")
    if not 0 <= n_hits <= len(proba):
        raise ValueError(f"n_hits={n_hits} must be a count of hits among {len(proba)} rows.")
    return n_hits, proba
