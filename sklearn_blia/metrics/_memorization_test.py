"""What one count of right guesses says about memorization: p-value, chance level, interval, epsilon."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from ._checks import check_counts, check_level, refuse_masked
from ._epsilon import epsilon_lower_bound
from ._interval import lower_limit, upper_limit
from ._planning import detectable_success_ratio
from ._success import memorization_score

TARGETS = ("private", "released")


@dataclass(frozen=True)
class MemorizationTest:
    """Result of `memorization_test`. Every field but the last three is a number, or an array of the counts' shape.

    Attributes
    ----------
    n_correct, n_canaries : int
        Right guesses v and canaries m.
    n_certain, n_undecided : int
        Canaries right under both values of the label (a), and under just one of them (b).
    success_ratio : float
        ``v / m``.
    chance_level : float
        What the attack scores with no memorization, ``(a + b/2) / m``; one half for a label-blind attack.
    p_value : float
        ``P(a + Bin(b, 1/2) >= v)``, exact and one-sided.
    confidence_interval : tuple of float
        Two-sided Clopper-Pearson limits of the success ratio, at level ``1 - alpha``.
    memorization_score : float
        ``(SR - SR0) / (1 - SR0)``.
    detectable_success_ratio : float
        The smallest true success ratio that a test of this size finds with 80 % power; ``inf`` if none.
    epsilon_lower_bound : float or None
        The label-DP epsilon that the training must have spent at least, at confidence ``1 - alpha``. None
        where there is none to derive: for the released labels, and for an attack that reads labels.
    reads_labels : bool
        Whether the attack saw the labels that it inferred.
    target : {"private", "released"}
        The labels held against.
    alpha : float
        Level of the test, the interval and the bound.
    """

    n_correct: int
    n_canaries: int
    n_certain: int
    n_undecided: int
    success_ratio: float
    chance_level: float
    p_value: float
    confidence_interval: tuple
    memorization_score: float
    detectable_success_ratio: float
    epsilon_lower_bound: float | None
    reads_labels: bool
    target: str
    alpha: float

    def __str__(self):
        if np.ndim(self.n_correct):
            return (
                f"{np.size(self.n_correct)} tests of {self.target} labels: {self.n_correct} right of {self.n_canaries}"
            )
        low, high = self.confidence_interval
        said = (
            f"{self.n_correct} of {self.n_canaries} {self.target} labels inferred: success ratio "
            f"{self.success_ratio:.3f} [{low:.3f}, {high:.3f}] at {100 * (1 - self.alpha):g}% confidence, chance "
            f"{self.chance_level:.3f}, p {'= ' + format(self.p_value, '.2g') if self.p_value else '< 1e-300'}; "
            f"memorization score {self.memorization_score:+.3f}"
        )
        if self.epsilon_lower_bound is not None:
            said += f"; epsilon at least {self.epsilon_lower_bound:.2f}"
        if self.reads_labels:
            said += "; the attack reads the labels that it infers"
        if self.p_value < self.alpha:
            return said + "."
        if is_far_below_chance(self):
            return (
                f"{said}. FAR BELOW chance: either labels or predictions were put together wrongly, or the attack "
                "reads this model the wrong way round."
            )
        reach = self.detectable_success_ratio
        can = "no success ratio" if reach == np.inf else f"a true success ratio of {reach:.3f}"
        return f"{said}. Nothing found; so many canaries show {can} with 80 % power."


def memorization_test(n_correct, n_canaries, *, n_certain=None, n_undecided=None, target="private", alpha=0.05):
    """Test a number of rightly inferred canary labels against chance.

    If nothing was memorized the guesses of a label-blind attack are independent of the coins, and the
    number of right ones is exactly Binomial(m, 1/2). An attack that reads the labels it infers (the paper's
    delta-margin on oracle losses) may be right on a canary whatever its coin shows. Running the guess under
    both values of the label splits the canaries into a that are right either way, b that are right one way
    and the rest that are wrong either way; then v is exactly ``a + Binomial(b, 1/2)``.

    Parameters
    ----------
    n_correct : int or array-like of int
        Right guesses v.
    n_canaries : int or array-like of int
        Canaries m, at least 1.
    n_certain, n_undecided : int or array-like of int, default=None
        For a label-reading attack: a and b as above (see `guess_counts`). Both or neither.
    target : {"private", "released"}, default="private"
        The labels that the guesses were held against. Only the private ones carry an epsilon bound.
    alpha : float, default=0.05
        Level of the interval (two-sided) and of the epsilon bound (one-sided).

    Returns
    -------
    MemorizationTest
        All of the above in one frozen object.

    Raises
    ------
    ValueError
        If a count is negative, not whole, larger than it can be, or if there is no canary.

    References
    ----------
    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26, 1934. Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", 2023.

    Examples
    --------
    >>> from sklearn_blia.metrics import memorization_test
    >>> test = memorization_test(n_correct=269, n_canaries=520)      # the paper's Census cell
    >>> round(test.success_ratio, 3), round(test.p_value, 2)
    (0.517, 0.23)
    >>> test = memorization_test(378, 500)
    >>> round(test.epsilon_lower_bound, 2)
    0.96
    """
    alpha = check_level("alpha", alpha)
    if target not in TARGETS:
        raise ValueError(f"target must be one of {TARGETS}, got {target!r}.")
    if (n_certain is None) != (n_undecided is None):
        raise ValueError("n_certain and n_undecided describe one guess table: give both, or neither.")
    reads_labels = n_certain is not None
    v, m, a, b = _counts(n_correct, n_canaries, n_certain, n_undecided)
    share = partial(_of_all_canaries, m=m, a=a, b=b)
    ratio, chance = v / m, (a + b / 2) / m
    bound = None
    if target == "private" and not reads_labels:
        bound = _item(epsilon_lower_bound(v, m, alpha=alpha))
    return MemorizationTest(
        n_correct=_item(v),
        n_canaries=_item(m),
        n_certain=_item(a),
        n_undecided=_item(b),
        success_ratio=_item(ratio),
        chance_level=_item(chance),
        p_value=_item(stats.binom.sf(v - a - 1, b, 0.5)),
        confidence_interval=(
            _item(share(lower_limit(v - a, b, alpha / 2))),
            _item(share(upper_limit(v - a, b, alpha / 2))),
        ),
        memorization_score=_item(memorization_score(ratio, chance)),
        detectable_success_ratio=_item(share(detectable_success_ratio(b, alpha=alpha))),
        epsilon_lower_bound=bound,
        reads_labels=reads_labels,
        target=target,
        alpha=alpha,
    )


def is_far_below_chance(test):
    """Whether an attack is right so rarely as chance makes it once in a million audits."""
    return bool(stats.binom.cdf(test.n_correct - test.n_certain, test.n_undecided, 0.5) < 1e-6)


def _counts(n_correct, n_canaries, n_certain, n_undecided):
    v, m = check_counts(n_correct=n_correct, n_canaries=n_canaries)
    if not v.size:
        raise ValueError(f"n_canaries must be at least 1, and n_correct a count; got {n_canaries!r} and {n_correct!r}.")
    if (m == 0).any():
        raise ValueError(f"n_canaries must be at least 1, got {n_canaries!r}.")
    if n_certain is None:
        return v, m, np.zeros_like(m), m
    v, m, a, b = np.broadcast_arrays(v, m, *check_counts(n_certain=n_certain), *check_counts(n_undecided=n_undecided))
    check_counts(**{"n_certain + n_undecided": a + b, "n_canaries": m})
    check_counts(n_certain=a, n_correct=v, **{"n_certain + n_undecided": a + b})
    return v, m, a, b


def _of_all_canaries(share_of_undecided, *, m, a, b):
    """Success ratio over all canaries when the given share of the undecided ones is right."""
    with np.errstate(invalid="ignore"):  # inf * 0: nothing is undecided, so nothing can be detected
        ratio = (a + b * np.asarray(share_of_undecided)) / m
    return np.where(np.isnan(ratio), np.inf, ratio)


def _item(value):
    """A Python number from a 0-d array, an array otherwise."""
    value = np.asarray(value)
    return value if value.ndim else value.item()


def guess_counts(guess_table, coins):
    """Counts that `memorization_test` needs, from an attack's guesses under both values of each label.

    Parameters
    ----------
    guess_table : array-like of shape (n_canaries, 2), of 0 and 1
        Column s holds the guess (0: first candidate, 1: second) made if the label were candidate s. The
        columns of a label-blind attack are equal.
    coins : array-like of shape (n_canaries,), of 0 and 1
        Which candidate the label really is.

    Returns
    -------
    n_correct, n_certain, n_undecided : int
        Right guesses, canaries right under both labels, canaries right under just one.

    Raises
    ------
    ValueError
        If the shapes do not fit or a value is neither 0 nor 1.

    Examples
    --------
    >>> from sklearn_blia.metrics import guess_counts
    >>> guess_counts([[0, 1], [0, 0], [1, 1]], coins=[1, 1, 1])
    (2, 1, 2)
    """
    (right_if_first, right_if_second), coins = right_under_each(guess_table), check_coins(coins)
    if len(right_if_first) != len(coins):
        raise ValueError(f"guess_table has {len(right_if_first)} canaries and coins {len(coins)}.")
    counts = (
        np.where(coins, right_if_second, right_if_first),
        right_if_first & right_if_second,
        right_if_first ^ right_if_second,
    )
    return tuple(int(np.count_nonzero(count)) for count in counts)


def right_under_each(guess_table):
    """Whether each guess is right if the label is the first candidate, and if it is the second."""
    table = np.asarray(guess_table)
    if table.ndim != 2 or table.shape[1] != 2:
        raise ValueError(f"guess_table must have shape (n_canaries, 2), got {table.shape}.")
    table = as_bool(table, "guess_table")
    return ~table[:, 0], table[:, 1]


def check_coins(coins):
    """Return `coins` as a 1-D array of bool."""
    refuse_masked("coins", coins)
    coins = np.asarray(coins)
    if coins.ndim != 1:
        raise ValueError(f"coins must be 1-D, got shape {coins.shape}.")
    return as_bool(coins, "coins")


def as_bool(array, name):
    """Return an array of 0 and 1 as bool."""
    if array.dtype != bool and not np.isin(array, (0, 1)).all():
        raise ValueError(f"{name} must hold only 0 (first candidate) and 1 (second candidate).")
    return array.astype(bool, copy=False)
