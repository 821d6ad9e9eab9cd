"""Labels by name: where each stands among the classes, and which of its two candidates it is."""

import numpy as np


def check_classes(classes, name="classes"):
    """Return class labels as a 1-D array.

    Parameters
    ----------
    classes : array-like of shape (n_classes,)
        Class labels, in any order.
    name : str, default="classes"
        What an error calls them.

    Returns
    -------
    ndarray of shape (n_classes,)
        The same labels.

    Raises
    ------
    ValueError
        If they are not in one dimension, or one is missing, complex, bytes or there twice.
    """
    found = np.asarray(classes.filled(None) if isinstance(classes, np.ma.MaskedArray) else classes)
    if found.ndim != 1 or not found.size:
        raise ValueError(f"{name} must hold class labels in one dimension, one at least; got shape {found.shape}.")
    check_label_type(found, name)
    names = found.tolist()
    twice = [label for label in names if names.count(label) > 1] if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"{name} holds {twice[0]!r} twice: name each class once.")
    return found


def check_label_type(labels, name):
    """Refuse labels of a kind that cannot be told apart by name.

    Parameters
    ----------
    labels : ndarray
        Labels.
    name : str
        What an error calls them.

    Raises
    ------
    ValueError
        If one is missing, or they are complex numbers or bytes.
    """
    flat = labels.ravel()
    if labels.dtype.kind in "cS" or (labels.dtype.kind == "O" and any(isinstance(v, (bytes, complex)) for v in flat)):
        raise ValueError(f"{name} must hold numbers, strings or booleans, not {labels.dtype}: decode or convert them.")
    if labels.dtype.kind == "f":
        missing = not np.isfinite(flat).all()
    elif labels.dtype.kind == "O":
        missing = any(label is None or label != label for label in flat)
    else:
        missing = False
    if missing:
        raise ValueError(f"{name} holds NaN, infinity or None: every label must have a name.")


def positions_of(labels, classes):
    """Tell where each label stands among the classes, by name.

    The number 0 and the text "0" are different names; 1, 1.0 and True are one.

    Parameters
    ----------
    labels : array-like of any shape
        Labels.
    classes : array-like of shape (n_classes,)
        Class labels, in any order.

    Returns
    -------
    ndarray of intp of the shape of `labels`
        Positions; -1 for a label that is no class.
    """
    labels, classes = np.asarray(labels), np.asarray(classes)
    place = {name: number for number, name in enumerate(classes.tolist())}
    if labels.dtype == object:  # np.unique would compare words with numbers
        return np.array([place.get(label, -1) for label in labels.ravel().tolist()], dtype=np.intp).reshape(
            labels.shape
        )
    names, inverse = np.unique(labels, return_inverse=True)
    found = np.array([place.get(name, -1) for name in names.tolist()], dtype=np.intp)
    return found[inverse].reshape(labels.shape)


def find_classes(labels, classes, whose):
    """Return all classes in sorted order.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        Labels.
    classes : array-like or None
        All classes, where somebody named them.
    whose : str
        What an error calls the one that needs them.

    Returns
    -------
    ndarray of shape (n_classes,)
        Two at least.

    Raises
    ------
    ValueError
        If there is one only.
    """
    found = np.unique(labels if classes is None else check_classes(classes))
    if len(found) < 2:
        raise ValueError(
            f"There is only one class ({found[0]}): {whose} needs at least two. If y is a part of the data in which a "
            "class is missing, pass all classes as classes=[...]."
        )
    return found


def encode(labels, classes):
    """Return labels as positions in the classes.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        Labels.
    classes : ndarray of shape (n_classes,)
        Classes.

    Returns
    -------
    ndarray of intp of shape (n_samples,)
        Positions.

    Raises
    ------
    ValueError
        If a label is no class.
    """
    codes = positions_of(labels, classes)
    if (codes < 0).any():
        raise ValueError(f"y holds the label {labels[codes < 0][0]}, which is not in classes={classes.tolist()}.")
    return codes


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
