"""Does a mechanism keep its epsilon? From two columns of labels, without any model."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ._checks import check_delta, check_level, check_scalar_epsilon
from ._interval import lower_limit, upper_limit
from ._privacy_claim import PrivacyClaim

# Natural times released labels: more are no classes.
MOST_PAIRS = 10**7


@dataclass(frozen=True)
class MechanismCheck:
    """Result of `check_mechanism`; ``str()`` of it is one paragraph for a report.

    Attributes
    ----------
    refuted : bool
        Whether the claim is refuted at level `alpha`.
    epsilon, delta : float
        The claim.
    epsilon_lower_bound : float
        The largest of the bounds on the log ratios: what the mechanism spends at least, at confidence ``1 - alpha``.
    released, natural, other : object
        The ratio that the bound rests on: how much likelier `natural` is released as `released` than `other` is; None
        where no ratio is bounded.
    counts : ndarray of int of shape (n_natural, n_released)
        How often each natural label was released as each.
    natural_labels, released_labels : ndarray
        The labels of its rows and columns.
    epsilon_ceiling : float
        What so many rows would have shown if every label had been kept.
    alpha : float
        Level of the check.
    """

    refuted: bool
    epsilon: float
    delta: float
    epsilon_lower_bound: float
    released: object
    natural: object
    other: object
    counts: np.ndarray
    natural_labels: np.ndarray
    released_labels: np.ndarray
    epsilon_ceiling: float
    alpha: float

    def __str__(self):
        claim = PrivacyClaim(self.epsilon, self.delta)
        said = f"The claim {claim} is {'REFUTED' if self.refuted else 'not refuted'}. "
        less = f", less delta = {self.delta:g}," if self.delta else ""
        if self.released is None:
            said += f"{self.counts.sum():,} rows bound no ratio of two probabilities{less} away from 1."
        else:
            said += (
                f"By {self.counts.sum():,} rows the probability that natural {self.natural!r} is released as "
                f"{self.released!r}{less} is at least e^{self.epsilon_lower_bound:.3f} times that of natural "
                f"{self.other!r}, at {100 * (1 - self.alpha):g}% confidence for all such ratios together."
            )
        if not self.refuted:
            said += f" Had every label been kept, so many rows would have shown {self.epsilon_ceiling:.2f}."
        return said


def check_mechanism(natural, released, epsilon, delta=0.0, *, alpha=0.05):
    """Check a claimed label-DP epsilon of a mechanism against the labels before and after it.

    Label-DP of a mechanism that treats each label by itself means that no natural label is released as any label more
    than e^epsilon times as often (plus delta) as another natural label is. From two columns of labels all these ratios
    are bounded at once: each conditional probability by its Clopper-Pearson limit at alpha over the number of limits
    (Bonferroni), so that the largest of the bounds may be quoted. It needs no model and sees the mechanism alone; what
    depends on several labels at once, or on a seed that somebody could guess, it cannot see. Labels that can be
    released are taken to be those that occur in either column. Each is looked at alone: a mechanism that spreads what
    it gives away over many released labels shows less of it.

    Parameters
    ----------
    natural : array-like of shape (n_samples,)
        Labels before the mechanism.
    released : array-like of shape (n_samples,)
        Labels after it, row by row.
    epsilon : float
        The claim, at least 0 and finite.
    delta : float, default=0.0
        Delta of the claim, in [0, 1).
    alpha : float, default=0.05
        Level: a true claim is refuted with at most this probability.

    Returns
    -------
    MechanismCheck
        The verdict, which ratio it rests on, and what so many rows could have shown.

    Raises
    ------
    ValueError
        If the columns differ in length or type, miss a label, hold fewer than two natural labels, or so many different
        ones that they look like identifiers; or if a number is out of range.

    References
    ----------
    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26, 1934.

    Examples
    --------
    Redrawing a label where it should be changed, with two classes and a claimed epsilon of 1:

    >>> import numpy as np
    >>> from sklearn_blia import check_mechanism
    >>> rng = np.random.default_rng(0)
    >>> natural = rng.integers(2, size=10_000)
    >>> redrawn = rng.random(10_000) < 1 / (1 + np.e)
    >>> released = np.where(redrawn, rng.integers(2, size=10_000), natural)
    >>> check = check_mechanism(natural, released, epsilon=1.0)
    >>> check.refuted, 1.6 < check.epsilon_lower_bound < 1.87       # the truth is ln(1 + 2 e) = 1.862
    (True, True)
    """
    epsilon, delta, alpha = check_scalar_epsilon(epsilon), check_delta(delta), check_level("alpha", alpha)
    rows, columns, counts, n_labels = _table(natural, released)
    if len(rows) < 2:
        raise ValueError(f"natural holds one label alone ({rows[0].item()!r}): a ratio needs two.")
    totals = counts.sum(axis=1)
    # One lower and one upper limit of every conditional probability: all ratios follow from these.
    level = alpha / (2 * len(rows) * n_labels)
    low = lower_limit(counts, totals[:, None], level) - delta
    high = upper_limit(counts, totals[:, None], level)
    bound, a, b, out = _largest_log_ratio(low, high)
    if_kept = lower_limit(totals, totals, level)[:, None] - delta, upper_limit(0 * totals, totals, level)[:, None]
    return MechanismCheck(
        refuted=bound > epsilon,
        epsilon=epsilon,
        delta=delta,
        epsilon_lower_bound=max(bound, 0.0),
        released=columns[out].item() if bound > 0 else None,
        natural=rows[a].item() if bound > 0 else None,
        other=rows[b].item() if bound > 0 else None,
        counts=counts,
        natural_labels=rows,
        released_labels=columns,
        epsilon_ceiling=max(0.0, _largest_log_ratio(*if_kept)[0]),
        alpha=alpha,
    )


def _largest_log_ratio(low, high):
    """The largest log of low[a, out] / high[b, out], a other than b, and a, b, out; -inf where no low is above 0."""
    with np.errstate(divide="ignore"):
        low, high = np.log(np.maximum(low, 0)), np.log(high)
    # For each released label the two likeliest natural ones and the two unlikeliest: a and b differ in one pair.
    likeliest, unlikeliest = np.argsort(-low, axis=0)[:2], np.argsort(high, axis=0)[:2]
    found = (-np.inf, 0, 1, 0)
    for i, j in ((0, 0), (0, 1), (1, 0)):
        a, b, out = likeliest[i], unlikeliest[j], np.arange(low.shape[1])
        ratios = np.where(a == b, -np.inf, low[a, out] - high[b, out])
        best = int(np.argmax(ratios))
        found = max(found, (float(ratios[best]), int(a[best]), int(b[best]), best))
    return found


def _table(natural, released):
    """Labels that occur in both columns, how often each pair of them does, and how many labels can be released."""
    natural, released = _column("natural", natural), _column("released", released)
    if len(natural) != len(released):
        raise ValueError(f"natural has {len(natural)} labels and released {len(released)}: there must be one a row.")
    if (natural.dtype.kind in "US") != (released.dtype.kind in "US"):
        raise ValueError("natural and released must hold labels of one type, and one of them holds texts.")
    n_natural, n_released = len(np.unique(natural)), len(np.unique(released))
    if n_natural * n_released > MOST_PAIRS:
        raise ValueError(
            f"natural holds {n_natural:,} different labels and released {n_released:,}: these look like identifiers or "
            "measurements, not like classes."
        )
    found = stats.contingency.crosstab(natural, released)
    rows, columns = found.elements
    return rows, columns, np.asarray(found.count), len(np.union1d(rows, columns))


def _column(name, labels):
    # A list of texts with a gap would else become the text "nan".
    labels = np.array(labels, dtype=object) if isinstance(labels, (list, tuple)) else np.asarray(labels)
    if labels.ndim != 1 or not labels.size:
        raise ValueError(f"{name} must be one column with at least one label; got shape {labels.shape}.")
    if labels.dtype == object:
        if any(_is_missing(label) for label in labels):
            raise ValueError(f"{name} misses a label: drop those rows.")
        if len({isinstance(label, str) for label in labels}) > 1:
            raise ValueError(f"{name} mixes texts and numbers: make them one type.")
        labels = np.array(labels.tolist())
    if labels.dtype.kind not in "iufbUS":
        raise ValueError(f"{name} must hold numbers, booleans or texts; got {labels.dtype}.")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"{name} misses a label or holds infinity: drop those rows.")
    return labels


def _is_missing(label):
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True
