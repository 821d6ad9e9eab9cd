"""What an audit of a given size can show, before it is run or when it found nothing."""

import numpy as np
from scipy import special, stats

from ._checks import check_counts, check_delta, check_epsilon, check_level, check_n_classes, real_numbers


def critical_count(n_canaries, alpha):
    """Smallest number of right guesses that is significant at `alpha`; n_canaries + 1 if none is."""
    m = np.asarray(n_canaries)
    count = stats.binom.isf(alpha, m, 0.5).astype(np.int64)
    # isf gives the smallest k with P(Bin > k) <= alpha; rounding in it can be off by one either way.
    count = np.where(stats.binom.sf(count - 1, m, 0.5) <= alpha, count - 1, count)
    count = np.where(stats.binom.sf(count, m, 0.5) > alpha, count + 1, count)
    return count + 1


def detectable_success_ratio(n_canaries, *, power=0.8, alpha=0.05):
    """Smallest true success ratio that an audit of this size finds with the given power.

    Says how a result of "nothing found" is to be read. The exact one-sided binomial test rejects from k
    right guesses on; the ratio p returned solves ``P(Bin(m, p) >= k) = power``, a beta quantile.

    Parameters
    ----------
    n_canaries : int or array-like of int
        Canaries m.
    power : float, default=0.8
        Probability of a significant result.
    alpha : float, default=0.05
        Level of the test.

    Returns
    -------
    float or ndarray
        Above one half; ``inf`` where m is so small that not even m right guesses are significant.

    Raises
    ------
    ValueError
        If a count is negative or not whole, or a level not strictly between 0 and 1.

    Examples
    --------
    >>> from sklearn_blia.metrics import detectable_success_ratio
    >>> round(detectable_success_ratio(520), 3)
    0.556
    """
    (m,) = check_counts(n_canaries=n_canaries)
    power, alpha = check_level("power", power), check_level("alpha", alpha)
    k = critical_count(m, alpha)
    possible = k <= m
    k = np.where(possible, k, 1)
    ratio = special.betaincinv(k, np.maximum(m - k, 0) + 1, power)
    ratio = np.where(possible, ratio, np.inf)
    return ratio if ratio.ndim else float(ratio)


def required_canaries(success_ratio, *, power=0.8, alpha=0.05):
    """Smallest number of canaries with which a true success ratio is found with the given power.

    The power of an exact test rises in a saw-tooth; the number returned is the first that reaches `power`.

    Parameters
    ----------
    success_ratio : float
        True success ratio, above one half and at most 1.
    power : float, default=0.8
        Probability of a significant result.
    alpha : float, default=0.05
        Level of the one-sided exact binomial test.

    Returns
    -------
    int
        Number of canaries.

    Raises
    ------
    ValueError
        If `success_ratio` is not above one half, is above 1, or is so close to one half that more than
        10^9 canaries were needed; or a level is not strictly between 0 and 1.

    Examples
    --------
    >>> from sklearn_blia.metrics import required_canaries
    >>> [required_canaries(ratio) for ratio in (0.52, 0.55, 0.60, 0.70)]
    [3886, 620, 158, 37]
    """
    power, alpha = check_level("power", power), check_level("alpha", alpha)
    if np.ndim(success_ratio) or not 0.5 < float(real_numbers("success_ratio", success_ratio)) <= 1:
        raise ValueError(f"success_ratio must lie above 0.5 and be at most 1, got {success_ratio!r}.")
    guess = _normal_sample_size(success_ratio, power, alpha)
    # A step of the saw-tooth is about 1 / (ratio - 1/2) canaries wide, and so is the error of the normal
    # approximation: ten of them to either side hold the first crossing.
    margin = 10 / (success_ratio - 0.5) + 50
    if guess + margin > 1e9:
        raise ValueError(f"success_ratio={success_ratio!r} needs more than 10^9 canaries.")
    m = np.arange(max(1, int(guess - margin)), int(guess + margin) + 1)
    k = critical_count(m, alpha)
    reached = (k <= m) & (stats.binom.sf(k - 1, m, success_ratio) >= power)
    return int(m[np.argmax(reached)])


def _normal_sample_size(ratio, power, alpha):
    z_alpha, z_power = stats.norm.isf(alpha), stats.norm.ppf(power)
    return ((z_alpha * 0.5 + z_power * np.sqrt(ratio * (1 - ratio))) / (ratio - 0.5)) ** 2


def epsilon_ceiling(n_canaries, *, alpha=0.05):
    """Largest epsilon that m canaries can show, when every one of them is guessed right.

    ``logit(alpha^(1/m))``, the pure bound of `epsilon_lower_bound` at v = m (0 where that is negative).

    Parameters
    ----------
    n_canaries : int or array-like of int
        Canaries m.
    alpha : float, default=0.05
        One minus the confidence of the bound.

    Returns
    -------
    float or ndarray
        At least 0.

    Raises
    ------
    ValueError
        If a count is negative or not whole, or `alpha` not strictly between 0 and 1.

    Examples
    --------
    >>> from sklearn_blia.metrics import epsilon_ceiling
    >>> round(epsilon_ceiling(500), 3)
    5.114
    """
    (m,) = check_counts(n_canaries=n_canaries)
    log_p = np.log(check_level("alpha", alpha)) / np.maximum(m, 1)
    ceiling = np.where(m > 0, np.maximum(log_p - np.log(-np.expm1(log_p)), 0.0), 0.0)
    return ceiling if ceiling.ndim else float(ceiling)


def attack_cap(epsilon, delta=0.0, n_classes=2):
    """Highest expected success ratio, against private labels, of attacks that guess every canary.

    It holds for attacks that do not read the labels they infer. With delta > 0, or by the cap for K > 2
    classes, one that abstains can do better on the canaries that it does guess.

    Under (epsilon, delta)-label-DP the success of any guess between two equally likely candidate labels is at
    most ``(e^eps + delta) / (1 + e^eps)`` (Kairouz, Oh and Viswanath 2015, Theorem 2.1, at equal
    priors). For K > 2 classes protected by K-ary randomized response the cap on guessing within a candidate
    pair is the perfect memoriser's success, ``(e^eps + (K - 2) / 2) / (e^eps + K - 1)``: a released label
    outside the pair leaves a coin.

    Parameters
    ----------
    epsilon : float or array-like
        Label-DP parameter, at least 0; ``inf`` gives 1.
    delta : float, default=0.0
        In [0, 1).
    n_classes : int, default=2
        Give K > 2 only for K-ary randomized response, which has delta = 0. The cap for K = 2 holds for
        every mechanism and every number of classes.

    Returns
    -------
    float or ndarray
        Between one half and 1.

    Raises
    ------
    ValueError
        If an argument is out of range, or delta > 0 is combined with more than two classes.

    Examples
    --------
    >>> from sklearn_blia.metrics import attack_cap
    >>> round(attack_cap(0.3), 3)
    0.574
    """
    epsilon, delta, n_classes = check_epsilon(epsilon), check_delta(delta), check_n_classes(n_classes)
    if delta and n_classes > 2:
        raise ValueError(
            "n_classes > 2 names K-ary randomized response, which has delta=0; for another mechanism "
            "leave n_classes=2, whose cap holds for any number of classes."
        )
    shrink = np.exp(-epsilon)
    cap = (1 + (delta + (n_classes - 2) / 2) * shrink) / (1 + (n_classes - 1) * shrink)
    return cap if cap.ndim else float(cap)
