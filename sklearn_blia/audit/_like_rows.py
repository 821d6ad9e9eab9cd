"""Whether rows that a model was trained on can be told from held-out ones by their features alone."""

import numpy as np
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.validation import _num_samples

from ..canaries import as_numbers, join_rows, take_rows
from ._models import table_preprocessor

_MOST_ROWS = 10_000  # of each kind


def likeness(X, X_holdout, rng):
    """Try to tell two kinds of rows apart by forests, each fitted on one half of the rows and tried on the other.

    A classifier two-sample test (Lopez-Paz and Oquab 2017): of rows that a forest has not seen the kinds are
    exchangeable if both come from one place. Scores out of bag would be cheaper, but those
    of similar rows depend on each other's kinds.

    Parameters
    ----------
    X, X_holdout : array-like
        Rows of each kind.
    rng : RandomState
        Chooses rows where there are very many, and deals halves.

    Returns
    -------
    auc : float
        Share of pairs, one of each kind, that the forests put in the right order; .5 where they are alike.
    p_value : float
        Of Mann and Whitney's two-sided test in each half, corrected for the two (Bonferroni).
    """
    rows = [_some(one, rng) for one in (X, X_holdout)]
    joined = join_rows(rows)
    numbers = table_preprocessor(joined).fit_transform(joined) if hasattr(joined, "columns") else as_numbers(joined)
    kinds = np.repeat([0, 1], list(map(_num_samples, rows)))
    order = rng.permutation(len(kinds))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    found = [_told_apart(numbers, kinds, fit, tried) for fit, tried in (halves, halves[::-1])]
    aucs, p_values = zip(*found, strict=True)
    return float(np.mean(aucs)), float(min(1.0, 2 * min(p_values)))


def _told_apart(numbers, kinds, fit, tried):
    """AUC and p-value of a forest that saw some rows on others; .5 and 1 where a kind is missing."""
    if min(len(np.unique(kinds[rows])) for rows in (fit, tried)) < 2:
        return 0.5, 1.0
    forest = RandomForestClassifier(100, min_samples_leaf=5, class_weight="balanced", random_state=0)
    scores = forest.fit(numbers[fit], kinds[fit]).predict_proba(numbers[tried])[:, 1]
    ones, zeros = scores[kinds[tried] == 1], scores[kinds[tried] == 0]
    # Two-sided: rows that are in both kinds, nearly the same, are put in the wrong order.
    test = stats.mannwhitneyu(ones, zeros)
    return test.statistic / (len(ones) * len(zeros)), test.pvalue


def _some(X, rng):
    n = _num_samples(X)
    return X if n <= _MOST_ROWS else take_rows(X, np.sort(rng.permutation(n)[:_MOST_ROWS]))
