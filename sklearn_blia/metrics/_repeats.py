"""What repeats of one audit say of each other: the interval between them, and whether they differ too much."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ._checks import check_counts, check_level
from ._interval import lower_limit, upper_limit

_N_TABLES = 9_999


@dataclass(frozen=True)
class BetweenRepeats:
    """Result of `between_repeats`.

    Attributes
    ----------
    success_ratios : tuple of float
        Of each repeat.
    confidence_interval : tuple of float
        Two-sided, of the mean success ratio over trainings, at level ``1 - alpha``: Student's t over the repeats,
        within 0 and 1, and never less than the Clopper-Pearson interval of all repeats together, for few repeats may
        agree by chance.
    p_value : float
        Of "every repeat has the same probability of a right guess"; small where repeats differ more than coins explain.
    alpha : float
        Level of the interval.
    """

    success_ratios: tuple
    confidence_interval: tuple
    p_value: float
    alpha: float


def between_repeats(n_correct, n_canaries, *, alpha=0.05):
    """Interval of the success ratio over trainings, from repeats, and a test of whether these differ.

    A Clopper-Pearson interval tells how far the coins of the canaries may have led astray, given the trainings that
    were made. What another training would give is another question where trainings differ: then only the spread
    between repeats answers it. The test is Pearson's chi-square of homogeneity; where a count that it expects is
    below 5 its null distribution is that of all tables with the same sums, by 9,999 of them drawn with a fixed seed.

    Parameters
    ----------
    n_correct, n_canaries : array-like of int of shape (n_repeats,)
        Right guesses and canaries of each repeat, at least two of them.
    alpha : float, default=0.05
        Level of the interval.

    Returns
    -------
    BetweenRepeats
        Interval and p-value.

    Raises
    ------
    ValueError
        If there are fewer than two repeats, or counts make no sense.

    Examples
    --------
    >>> from sklearn_blia.metrics import between_repeats
    >>> found = between_repeats([60, 52, 57, 55, 61], [100] * 5)
    >>> [round(limit, 3) for limit in found.confidence_interval], found.p_value > 0.5
    ([0.524, 0.616], True)
    >>> between_repeats([95, 50, 50, 55, 50], [100] * 5).p_value < 1e-6
    True
    """
    v, m = check_counts(n_correct=n_correct, n_canaries=n_canaries)
    alpha = check_level("alpha", alpha)
    if v.ndim != 1 or v.shape != m.shape or len(v) < 2 or not (m > 0).all():
        raise ValueError(
            "n_correct and n_canaries must be 1-D, of one length: at least two repeats, each with a canary."
        )
    ratios = v / m
    reach = stats.t.isf(alpha / 2, len(v) - 1) * ratios.std(ddof=1) / np.sqrt(len(v))
    total, right = int(m.sum()), int(v.sum())
    low = min(max(0.0, ratios.mean() - reach), lower_limit(right, total, alpha / 2))
    high = max(min(1.0, ratios.mean() + reach), upper_limit(right, total, alpha / 2))
    return BetweenRepeats(tuple(ratios.tolist()), (float(low), float(high)), _homogeneity(v, m), alpha)


def _homogeneity(v, m):
    share = v.sum() / m.sum()
    if m.min() * min(share, 1 - share) >= 5:
        return float(stats.chi2.sf(np.sum((v - m * share) ** 2 / (m * share * (1 - share))), len(v) - 1))
    tables = np.random.default_rng(0).multivariate_hypergeometric(m, v.sum(), size=_N_TABLES, method="marginals")
    # With all sums given, chi-square is this up to a factor and a term that are the same for all tables.
    null, seen = (tables**2 / m).sum(axis=1), (v**2 / m).sum()
    return float((1 + np.count_nonzero(null >= seen * (1 - 1e-12))) / (1 + _N_TABLES))
