"""From a model's class probabilities to the two candidate labels of each canary."""

import numpy as np


def second_candidate_proba(proba, pairs=None, classes=None):
    """Probability of each canary's second candidate label, renormalised over its two candidates.

    Parameters
    ----------
    proba : array-like of shape (n_canaries, n_classes) or (n_canaries,)
        Class probabilities; a 1-D array is the probability of the second of two classes.
    pairs : array-like of shape (n_canaries, 2), default=None
        Candidate labels; may be left out with two classes.
    classes : array-like of shape (n_classes,), default=None
        Labels of the columns. By default the labels that occur in `pairs`.

    Returns
    -------
    ndarray of shape (n_canaries,)
        In [0, 1]; one half where the model gives both candidates probability 0.
    """
    proba = _check_proba(proba)
    if proba.ndim == 1 and pairs is None:
        return proba
    if proba.ndim == 1:
        proba = np.column_stack([1 - proba, proba])
    if pairs is None:
        if proba.shape[1] != 2:
            raise ValueError(
                f"proba has {proba.shape[1]} columns: with other than two classes pass the candidate labels as "
                "pairs=flipper.canary_pairs_ and the columns' labels as classes=model.classes_."
            )
        first, second = proba.T
    else:
        first, second = _of_candidates(proba, np.asarray(pairs), classes)
    total = first + second
    return np.divide(second, total, out=np.full(len(proba), 0.5), where=total > 0)


def candidate_codes(labels, pairs):
    """Tell which of its two candidates each label is.

    Parameters
    ----------
    labels : array-like of shape (n_canaries,)
        Labels.
    pairs : ndarray of shape (n_canaries, 2)
        Candidate labels.

    Returns
    -------
    ndarray of int8 of shape (n_canaries,)
        0 for the first, 1 for the second, -1 for a label that is neither.
    """
    labels = np.asarray(labels)
    return np.select([labels == pairs[:, 0], labels == pairs[:, 1]], [0, 1], -1).astype(np.int8)


def _check_proba(proba):
    proba = np.asarray(proba, dtype=float)
    if proba.ndim not in (1, 2) or not proba.size:
        raise ValueError(f"proba must have shape (n_canaries, n_classes) and a row at least, got {proba.shape}.")
    # Single-precision softmax may overshoot 1 by its rounding; NaN fails both comparisons.
    if not (proba.min() >= 0 and proba.max() <= 1 + 1e-5):
        raise ValueError(
            "proba must hold probabilities in [0, 1] without NaN: pass what predict_proba returns, not decision values."
        )
    return proba


def _of_candidates(proba, pairs, classes):
    """Probabilities of the first and of the second candidate of each canary."""
    n_canaries, n_columns = proba.shape
    if pairs.shape != (n_canaries, 2):
        raise ValueError(f"pairs must have shape ({n_canaries}, 2) to go with proba, got {pairs.shape}.")
    classes = np.unique(pairs) if classes is None else np.asarray(classes)
    if classes.shape != (n_columns,):
        raise ValueError(
            f"proba has {n_columns} columns and there are {classes.size} classes: pass classes=model.classes_."
        )
    if n_columns == 2 and (pairs == classes).all():  # two classes, columns in order: nothing to look up
        return proba.T
    order = np.argsort(classes, kind="stable")
    at = order[np.minimum(np.searchsorted(classes, pairs, sorter=order), n_columns - 1)]
    # A class that the model never saw has no column and probability 0.
    return np.where(classes[at] == pairs, np.take_along_axis(proba, at, axis=1), 0.0).T
