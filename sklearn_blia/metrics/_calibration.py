"""Whether probabilities are what they say, in bins with exact intervals."""

from dataclasses import dataclass

import numpy as np

from ._checks import check_level, one_count, real_numbers
from ._interval import lower_limit, upper_limit


@dataclass(frozen=True)
class CalibrationBin:
    """Rows of which nearly the same was predicted.

    Attributes
    ----------
    n_rows : int
        How many.
    predicted : float
        Mean of the probabilities.
    observed : float
        Share of them that came true.
    confidence_interval : tuple of float
        Clopper-Pearson interval of that share.
    """

    n_rows: int
    predicted: float
    observed: float
    confidence_interval: tuple[float, float]


def calibration_bins(came_true, proba, *, n_bins=10, alpha=0.05):
    """Compare predicted probabilities with what came true, in bins of about equally many rows.

    Parameters
    ----------
    came_true : array-like of bool of shape (n_rows,)
        What came true.
    proba : array-like of shape (n_rows,)
        Probabilities of that.
    n_bins : int, default=10
        Bins; fewer where probabilities are tied.
    alpha : float, default=0.05
        Level of each interval.

    Returns
    -------
    list of CalibrationBin
        In ascending order of the probability.

    Examples
    --------
    >>> from sklearn_blia.metrics import calibration_bins
    >>> [(one.n_rows, one.observed) for one in calibration_bins([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.9], n_bins=2)]
    [(2, 0.0), (2, 1.0)]
    """
    proba, true = real_numbers("proba", proba), np.asarray(came_true)
    n_bins, alpha = one_count("n_bins", n_bins), check_level("alpha", alpha)
    if proba.ndim != 1 or not len(proba) or not ((proba >= 0) & (proba <= 1)).all() or true.shape != proba.shape:
        raise ValueError("proba must hold a probability for each of came_true, one at least.")
    if n_bins < 1:
        raise ValueError(f"n_bins={n_bins} must be at least 1.")
    edges = np.unique(np.quantile(proba, np.arange(1, n_bins) / n_bins))
    place = np.searchsorted(edges, proba, side="left")
    bins = []
    for number in np.unique(place):
        own = place == number
        hits, n = int(np.count_nonzero(true[own])), int(own.sum())
        interval = float(lower_limit(hits, n, alpha / 2)), float(upper_limit(hits, n, alpha / 2))
        bins.append(CalibrationBin(n, float(proba[own].mean()), hits / n, interval))
    return bins
