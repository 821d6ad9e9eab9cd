"""Whether rows that a model was trained on can be told from held-out ones by their features alone."""

import numpy as np
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.validation import _num_samples

from ..canaries import join_rows, take_rows
from ..evidence import as_numbers

_MOST_ROWS = 10_000  # of each kind


def likeness(X, X_holdout, rng):
    """Try to tell two kinds of rows apart by forests, each fitted on one half of the rows and tried on the other.

    A classifier two-sample test (Lopez-Paz and Oquab 2017): of rows that a forest has not seen the kinds are
    exchangeable if both come from one place, so that the test is exact. Scores out of bag would be cheaper, but those
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
        Of Mann and Whitney's one-sided test in each half, corrected for the two (Bonferroni).
    """
    rows = [_some(one, rng) for one in (X, X_holdout)]
    numbers = as_numbers(join_rows(rows))
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
    test = stats.mannwhitneyu(ones, zeros, alternative="greater")
    return test.statistic / (len(ones) * len(zeros)), test.pvalue


def _some(X, rng):
    n = _num_samples(X)
    return X if n <= _MOST_ROWS else take_rows(X, np.sort(rng.permutation(n)[:_MOST_ROWS]))


def refuse_shared(X, X_holdout):
    """Raise ValueError if held-out rows are training rows, too: they would hide what the model memorized.

    Parameters
    ----------
    X, X_holdout : array-like, sparse matrix, DataFrame or list
        Rows of each kind.
    """
    known = set(_row_keys(X))
    shared = [number for number, key in enumerate(_row_keys(X_holdout)) if key in known]
    if shared:
        raise ValueError(
            f"{len(shared):,} rows of X_holdout are rows of X too, the first of them in row {shared[0]}: held-out rows "
            "must not be trained on. Drop them from X_holdout."
        )


def _row_keys(X):
    """What rows are known again by, of whatever kind they are."""
    if hasattr(X, "tocsr"):
        X = X.tocsr()
        parts = [slice(*pair) for pair in zip(X.indptr[:-1], X.indptr[1:], strict=True)]
        return [X.indices[part].tobytes() + X.data[part].tobytes() for part in parts]
    rows = X if isinstance(X, list) else np.asarray(X)
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "biuf":
        return [row.tobytes() for row in np.ascontiguousarray(rows, dtype=float)]
    return list(map(repr, rows if isinstance(rows, list) else rows.tolist()))
