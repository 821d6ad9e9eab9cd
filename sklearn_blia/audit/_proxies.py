"""What somebody would say of a label who never saw it."""

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline

from ..canaries import align_proba, ask, check_proba, join_rows, take_rows
from ._models import table_preprocessor

_FEW = 10  # rows of a class, below which folds within folds may miss it


def default_proxy(X, labels):
    """Return a proxy for tables whose probabilities are honest: one that is over-sure leaves nothing to be found.

    Parameters
    ----------
    X : array-like or DataFrame
        Some rows.
    labels : ndarray of shape (n_rows,)
        All labels.

    Returns
    -------
    proxy : classifier
        Gradient boosting that stops early, calibrated by cross-validation (Platt); without either where a class has
        fewer than ten rows, or there are very many classes.
    name : str
        What it is.

    Raises
    ------
    ValueError
        If the rows are no table.
    """
    if sparse.issparse(X) or isinstance(X, list) or np.ndim(X) != 2:
        raise ValueError(
            "proxy=None is for dense tables, arrays and frames: for sparse rows, lists, texts and images pass a "
            "classifier that takes them as proxy."
        )
    counts = np.unique(labels, return_counts=True)[1]
    # What is held out of a third of a fold, to stop early, has to have every class.
    if counts.min() >= _FEW and 0.05 * len(labels) >= len(counts):
        stops = HistGradientBoostingClassifier(early_stopping=True, random_state=0)
        return make_pipeline(
            table_preprocessor(X), CalibratedClassifierCV(stops, cv=3)
        ), "gradient boosting, calibrated"
    small = HistGradientBoostingClassifier(learning_rate=0.05, max_leaf_nodes=15, max_iter=50, random_state=0)
    return make_pipeline(table_preprocessor(X), small), "gradient boosting, not calibrated, for a class is rare"


def cross_fitted(proxy, rows, labels, classes, n_folds, rng):
    """Ask proxies about rows that they did not see; all kinds of rows are treated alike.

    Parameters
    ----------
    proxy : classifier
        Unfitted.
    rows : list of array-like
        Rows of each kind.
    labels : list of ndarray
        Their labels.
    classes : ndarray of shape (n_classes,)
        Class labels.
    n_folds : int
        Folds.
    rng : RandomState
        Deals the rows, without a look at labels or kinds.

    Returns
    -------
    list of ndarray of shape (n_rows, n_classes)
        Probabilities of each kind.
    """
    y, ends = np.concatenate(labels), np.cumsum([0, *map(len, labels)])
    parts = [np.arange(*pair) for pair in zip(ends[:-1], ends[1:], strict=True)]
    proba = np.empty((len(y), len(classes)))
    for seen, unseen in KFold(n_folds, shuffle=True, random_state=rng.randint(2**31)).split(y):
        some = [take_rows(X, seen[np.isin(seen, part)] - part[0]) for X, part in zip(rows, parts, strict=True)]
        mixed = rng.permutation(len(seen))  # a proxy may deal its rows by their order, and must not see kinds
        fitted = clone(proxy).fit(take_rows(join_rows(some), mixed), y[seen][mixed])
        for X, part in zip(rows, parts, strict=True):
            own = unseen[np.isin(unseen, part)]
            if len(own):
                proba[own] = ask(fitted, take_rows(X, own - part[0]), classes)
    return [proba[part] for part in parts]


def own_proxy(given, labels, classes):
    """Check a user's own probabilities.

    Parameters
    ----------
    given : list of (array-like or None)
        Probabilities of each kind of rows.
    labels : list of ndarray
        Their labels.
    classes : ndarray of shape (n_classes,)
        Class labels.

    Returns
    -------
    list of ndarray of shape (n_rows, n_classes)
        The same.

    Raises
    ------
    ValueError
        If one is missing, or of the wrong shape, or no probabilities.
    """
    if any(one is None for one in given):
        raise ValueError("proxy_proba and proxy_proba_holdout go together: give both, or neither.")
    names = ("proxy_proba", "proxy_proba_holdout")
    return [named_rows(one, len(own), classes, name) for one, own, name in zip(given, labels, names, strict=False)]


def named_rows(proba, n_rows, classes, name):
    """Return probabilities of rows in the order of the classes.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_classes) or (n_rows,), or DataFrame
        Columns of a frame go by their names, others are those of the sorted labels; one dimension is the second of
        two classes.
    n_rows : int
        How many there must be.
    classes : ndarray of shape (n_classes,)
        Class labels.
    name : str
        What an error calls them.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        Probabilities.
    """
    columns = getattr(proba, "columns", None)
    try:
        proba = check_proba(proba)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} holds no probabilities of rows: {error}") from error
    if proba.ndim == 1 and len(classes) == 2:
        proba = np.column_stack([1 - proba, proba])
    elif columns is not None:
        proba = align_proba(proba, columns, classes, trained_on=classes, whose=f"the columns of {name}")
    if proba.shape != (n_rows, len(classes)) or not np.allclose(proba.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"{name} must hold probabilities of shape {(n_rows, len(classes))}, a row for each label of y and a "
            f"column for each of the sorted labels, and rows that sum to 1; got shape {proba.shape}."
        )
    return proba
