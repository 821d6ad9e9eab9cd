"""Lower bounds on the label-DP epsilon that a training run spent, from counts of right guesses."""

import numpy as np
from scipy import special, stats

from ._checks import check_counts, check_delta, check_level, check_scalar_epsilon
from ._gaussian_dp import gaussian_epsilon_lower_bound
from ._interval import lower_limit

METHODS = ("steinke", "f-dp")


def epsilon_lower_bound(n_correct, n_canaries, *, n_guesses=None, delta=0.0, alpha=0.05, method="steinke"):
    """Lower confidence bound on epsilon from one training run.

    m canaries got a fair-coin label each; an attack that never saw the coins guessed r of them, chosen by
    the model's outputs alone, and was right on v. Under (epsilon, delta)-label-DP, v right guesses are so
    unlikely for small epsilon that those are refuted; the bound is the largest epsilon refuted at `alpha`.

    Parameters
    ----------
    n_correct : int or array-like of int
        Right guesses v.
    n_canaries : int or array-like of int
        Canaries m.
    n_guesses : int or array-like of int, default=None
        Guesses r made, the rest being abstentions; None means that all m were guessed. It must be fixed
        before looking at which guesses are right; see `epsilon_from_ranking` for a choice that pays for
        itself. With delta = 0 it may also follow from the outputs by a rule fixed before, such as "guess
        where the model prefers a candidate".
    delta : float, default=0.0
        Delta of the guarantee in question, in [0, 1).
    alpha : float, default=0.05
        One minus the confidence of the bound.
    method : {"steinke", "f-dp"}, default="steinke"
        "steinke" assumes nothing about the mechanism (Theorem 5.2 of Steinke et al.; with delta = 0 it is
        the logit of the Clopper-Pearson lower limit of v out of r). "f-dp" bounds the mu of a mechanism
        whose trade-off curve is Gaussian, as of noisy gradient descent, and converts it to epsilon at
        `delta`, which must be positive; it is tighter where that holds (Algorithm 4 of Mahloujifar et al.),
        and far from tight with many canaries.

    Returns
    -------
    float or ndarray
        At least 0. By "steinke" at most `epsilon_ceiling` of the number of guesses.

    Raises
    ------
    ValueError
        If v > r or r > m, a count is negative or not whole, a level is out of range, the method is unknown,
        or "f-dp" is asked for with delta = 0.

    References
    ----------
    Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023.
    Mahloujifar, Melis and Chaudhuri, "Auditing f-Differential Privacy in One Run", ICML 2025.

    Examples
    --------
    >>> from sklearn_blia.metrics import epsilon_lower_bound
    >>> round(epsilon_lower_bound(75, 100), 6)
    0.702214
    >>> round(epsilon_lower_bound(75, 1000, n_guesses=100, delta=1e-4), 6)
    0.672985
    >>> round(epsilon_lower_bound(75, 100, delta=1e-5, method="f-dp"), 5)
    1.57358
    """
    n_guesses = n_canaries if n_guesses is None else n_guesses
    v, r, m = check_counts(n_correct=n_correct, n_guesses=n_guesses, n_canaries=n_canaries)
    alpha, delta = check_level("alpha", alpha), check_delta(delta)
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}.")
    if method == "f-dp":
        bound = _each(gaussian_epsilon_lower_bound, v, r, m, delta=delta, alpha=alpha)
    elif delta == 0:
        bound = pure_epsilon_lower_bound(v, r, alpha)
    else:
        bound = _each(_approximate_epsilon_lower_bound, v, r, m, delta=delta, alpha=alpha)
    return bound if bound.ndim else float(bound)


def pure_epsilon_lower_bound(v, r, alpha):
    """``max(0, logit p)`` with p the Clopper-Pearson lower limit of v right guesses out of r."""
    guessed = np.maximum(v, 1)
    missed = np.maximum(r - guessed, 0) + 1
    p = lower_limit(guessed, r, alpha)
    rest = special.betainccinv(missed, guessed, alpha)  # 1 - p, without cancellation near p = 1
    return np.where(v > 0, np.maximum(np.log(p) - np.log(rest), 0.0), 0.0)


def epsilon_p_value(n_correct, n_canaries, epsilon, *, n_guesses=None, delta=0.0):
    """Compute the p-value of the hypothesis that the training was (epsilon, delta)-label-DP.

    With ``q = e^eps / (1 + e^eps)``, ``beta = P(Bin(r, q) >= v)`` and
    ``a = max_{1 <= i <= v} [P(Bin(r, q) >= v - i) - beta] / i`` it is ``min(1, beta + 2 m delta a)``
    (Steinke, Nasr and Jagielski 2023, Theorem 5.2).

    Parameters
    ----------
    n_correct, n_canaries : int or array-like of int
        Right guesses v and canaries m.
    epsilon : float
        Hypothesis, at least 0 and finite.
    n_guesses : int or array-like of int, default=None
        Guesses r made; None means all m.
    delta : float, default=0.0
        In [0, 1).

    Returns
    -------
    float or ndarray
        Between 0 and 1; small values refute the hypothesis.

    Raises
    ------
    ValueError
        If the counts make no sense, or epsilon or delta is out of range.

    Examples
    --------
    >>> from sklearn_blia.metrics import epsilon_p_value
    >>> epsilon_p_value(378, 500, epsilon=0.3) < 1e-6
    True
    """
    v, r, m = check_counts(
        n_correct=n_correct, n_guesses=n_canaries if n_guesses is None else n_guesses, n_canaries=n_canaries
    )
    p = _each(p_value, v, r, m, epsilon=check_scalar_epsilon(epsilon), delta=check_delta(delta))
    return p if p.ndim else float(p)


def p_value(v, r, m, *, epsilon, delta):
    """`epsilon_p_value` of checked scalars."""
    q = special.expit(epsilon)
    beta = stats.binom.sf(v - 1, r, q)
    if not delta or not v:
        return float(min(1.0, beta))
    # P(Bin(r, q) >= k) is 0 or 1 to within e^-128 beyond 8 sqrt(r) from its mean (Hoeffding): no k above
    # that window adds to the maximum, and below it only the nearest, largest k counts.
    low = int(np.clip(np.floor(r * q - 8 * np.sqrt(r)), 0, v - 1))
    high = int(np.clip(np.ceil(r * q + 8 * np.sqrt(r)), low, v - 1))
    k = np.arange(low, high + 1)
    growth = np.max((stats.binom.sf(k - 1, r, q) - beta) / (v - k))
    return float(min(1.0, beta + 2 * m * delta * max(growth, 0.0)))


def _approximate_epsilon_lower_bound(v, r, m, *, delta, alpha):
    # The delta term only adds to the p-value, so the pure bound is an upper end; and the hypotheses are
    # nested, so the largest epsilon refuted is the bound even where the p-value is not monotone.
    top = float(pure_epsilon_lower_bound(v, r, alpha))
    return largest_refuted(lambda epsilon: p_value(v, r, m, epsilon=epsilon, delta=delta) < alpha, top)


def largest_refuted(is_refuted, top, n_grid=64, n_halvings=50):
    """Largest value in [0, top] that is refuted, to within ``top * 2^-n_halvings``; 0 if none is."""
    if top <= 0:
        return 0.0
    grid = np.linspace(0.0, top, n_grid + 1)
    refuted = next((i for i in range(n_grid - 1, -1, -1) if is_refuted(grid[i])), None)
    if refuted is None:
        return 0.0
    low, high = grid[refuted], grid[refuted + 1]
    for _ in range(n_halvings):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if is_refuted(middle) else (low, middle)
    return float(low)


def _each(bound, v, r, m, **levels):
    """Apply a bound of scalar counts to every entry of the count arrays."""
    flat = [bound(int(a), int(b), int(c), **levels) for a, b, c in zip(v.flat, r.flat, m.flat, strict=True)]
    return np.array(flat, dtype=float).reshape(v.shape)
