"""What a fitted model says of rows, put in the order of the labels by name: the one place where it is asked."""

import numpy as np
from sklearn.utils.validation import _num_samples

from ._pairs import check_label_type, positions_of
from ._rows import take_rows

# Single-precision softmax overshoots 0 and 1 by its rounding.
_ROUNDING = 1e-5
# Scores that a classifier may have to hold to predict: of more rows and classes it is asked in parts (128 MiB each).
_MOST_SCORES = 2**24


def require_predict_proba(estimator, name):
    """Raise ValueError unless a classifier gives class probabilities.

    Parameters
    ----------
    estimator : classifier
        Fitted or not.
    name : str
        What an error calls it.
    """
    if getattr(estimator, "final_estimator", "") is None:
        return  # a stack whose last level is the default one knows its methods only when it is fitted
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"{name} ({type(estimator).__name__}) has no predict_proba, which every attack needs: use a classifier "
            "that has it, or wrap this one in CalibratedClassifierCV."
        )


def ask(model, X, classes, trained_on=None):
    """Ask a fitted model for class probabilities.

    Parameters
    ----------
    model : classifier
        Fitted, with ``predict_proba``.
    X : array-like of n_rows rows
        What to ask about.
    classes : ndarray of shape (n_classes,)
        Class labels.
    trained_on : ndarray, default=None
        Labels that the model was trained on, each of which it has to know; None asks for one of the classes at least.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        In the order of `classes`; 0 for a class that the model never saw.

    Raises
    ------
    ValueError
        If the model's ``classes_``, or the columns of the frame that it returns, are not the labels.
    """
    proba = model.predict_proba(X)
    columns = getattr(proba, "columns", None)
    if columns is None and not hasattr(model, "classes_"):
        raise ValueError(
            f"{type(model).__name__} has no classes_, so nobody knows which label a column of its predict_proba is for."
        )
    whose = f"{type(model).__name__}.classes_" if columns is None else f"the columns of {type(model).__name__}'s answer"
    return align_proba(proba, model.classes_ if columns is None else columns, classes, trained_on, whose)


def align_proba(proba, columns, classes, trained_on=None, whose="columns"):
    """Put columns of probabilities in the order of the classes, by name.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_columns)
        Probabilities.
    columns : array-like of shape (n_columns,)
        The label that each column is for.
    classes : array-like of shape (n_classes,)
        Class labels.
    trained_on : array-like, default=None
        Labels for which there must be a column; None asks for one of the classes at least.
    whose : str, default="columns"
        What an error calls the columns' labels.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        In the order of `classes`; 0 for a class without a column.

    Raises
    ------
    ValueError
        If labels do not match by name, or what is given are no probabilities.
    """
    proba, columns, classes = check_proba(proba), np.asarray(columns), np.asarray(classes)
    if proba.ndim != 2 or columns.shape != (proba.shape[1],):
        raise ValueError(
            f"predict_proba gave shape {proba.shape}, and {whose} are {columns.size} labels: there must be one column "
            "for each."
        )
    check_label_type(columns, whose)
    if len(set(columns.tolist())) < columns.size:
        raise ValueError(f"{whose} name a label twice: {_some(columns)}.")
    needed = classes if trained_on is None else np.unique(np.asarray(trained_on))
    known = positions_of(needed, columns) >= 0
    if not (known.any() if trained_on is None else known.all()):
        raise ValueError(
            f"{whose} are {_some(columns)}, and the labels it was trained on are {_some(needed)}: they must match by "
            "name, type included. A model that encodes labels inside has to give them back as it got them."
        )
    if np.array_equal(positions_of(classes, columns), np.arange(len(classes))) and columns.size == len(classes):
        return proba
    at = positions_of(classes, columns)
    return np.where(at >= 0, proba[:, at], 0.0)


def check_proba(proba):
    """Return probabilities as an array of floats.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_classes) or (n_rows,)
        What ``predict_proba`` returns.

    Returns
    -------
    ndarray
        Within [0, 1]: what is outside by rounding alone is brought inside.

    Raises
    ------
    ValueError
        If they are complex, masked or missing, outside [0, 1] by more than rounding, or there is no row.
    """
    if isinstance(proba, np.ma.MaskedArray) and np.ma.getmaskarray(proba).any():
        raise ValueError("proba has masked entries: give every canary a probability.")
    if np.iscomplexobj(proba):
        raise ValueError("proba must hold real numbers, not complex ones.")
    proba = np.asarray(proba, dtype=float)
    if proba.ndim not in (1, 2) or not proba.size:
        raise ValueError(f"proba must have shape (n_canaries, n_classes) and a row at least, got {proba.shape}.")
    low, high = proba.min(), proba.max()
    if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # NaN fails both comparisons
        raise ValueError(
            "proba must hold probabilities in [0, 1] without NaN: pass what predict_proba returns, not decision values."
        )
    return proba if low >= 0 and high <= 1 else proba.clip(0, 1)


def predicted_labels(model, X, classes):
    """Ask a fitted model for labels.

    Parameters
    ----------
    model : classifier
        Fitted.
    X : array-like of n_rows rows
        What to ask about.
    classes : ndarray of shape (n_classes,)
        Class labels.

    Returns
    -------
    ndarray of shape (n_rows,)
        One label a row, also where the model gives them as a column.

    Raises
    ------
    ValueError
        If what it predicts are no class labels.
    """
    labels = np.concatenate([np.asarray(model.predict(part)) for part in _parts(X, len(classes))])
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(f"{type(model).__name__}.predict gave shape {labels.shape}, where one label a row is needed.")
    unknown = labels[positions_of(labels, classes) < 0]
    if len(unknown):
        raise ValueError(
            f"{type(model).__name__}.predict gives {unknown[0]!r}, and the labels are {_some(classes)}: a model that "
            "encodes labels inside has to give them back as it got them."
        )
    return labels


def _some(labels):
    shown = ", ".join(map(repr, labels.tolist()[:6]))
    return f"[{shown}{', ...' if len(labels) > 6 else ''}]"


def _parts(X, n_classes):
    n_rows, n_at_a_time = _num_samples(X), max(1, _MOST_SCORES // n_classes)
    if n_rows <= n_at_a_time:
        return [X]
    return (take_rows(X, np.arange(start, min(start + n_at_a_time, n_rows))) for start in range(0, n_rows, n_at_a_time))
