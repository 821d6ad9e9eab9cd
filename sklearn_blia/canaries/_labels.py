"""Labels as they come, in whatever container, as one plain column."""

import numpy as np
from sklearn.utils.validation import column_or_1d


def plain_labels(y, *, warn=False):
    """Return labels as a plain column of one type.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, 1), Series or DataFrame of one column
        Labels.
    warn : bool, default=False
        Whether to warn, as scikit-learn's classifiers do, where there is a second dimension.

    Returns
    -------
    ndarray of shape (n_samples,)
        The same labels; those of an extension type of pandas in NumPy's own kind.

    Raises
    ------
    ValueError
        If there is none, or one is missing, or they mix words with other types, or are complex numbers or bytes.
    """
    plain = _plain(y)
    if plain is None or np.isscalar(plain):
        raise ValueError(f"y must hold one label for each row, texts, whole numbers or booleans; got {y!r}.")
    labels = column_or_1d(plain, warn=warn)
    if not len(labels):
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    _check_no_missing(labels)
    _check_one_type(labels)
    return labels


def _plain(y):
    """Labels of a pandas extension dtype (nullable, Arrow, categorical) as NumPy's own kind of them."""
    if hasattr(y, "to_pandas") and not hasattr(y, "iloc"):  # polars
        y = y.to_numpy()
    if isinstance(y, np.ma.MaskedArray):
        if np.ma.getmaskarray(y).any():
            raise ValueError(_missing_message(np.ma.getmaskarray(y).ravel()))
        return y.data
    if hasattr(y, "iloc") and getattr(y, "ndim", 0) == 2 and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if not hasattr(y, "isna") or getattr(y, "ndim", 0) != 1:
        return y
    missing = np.asarray(y.isna())
    if missing.any():
        raise ValueError(_missing_message(missing))
    return y if isinstance(y.dtype, np.dtype) else np.array(list(y))


def _check_no_missing(labels):
    if labels.dtype.kind == "f":
        missing = ~np.isfinite(labels)
    elif labels.dtype.kind == "O":
        missing = np.array([label is None or label != label for label in labels], dtype=bool)
    else:
        return
    if missing.any():
        raise ValueError(_missing_message(missing))


def _missing_message(missing):
    return (
        f"Input y contains NaN: {int(missing.sum())} label(s) are missing or infinite, the first in row "
        f"{int(np.argmax(missing))}. Drop those rows before training."
    )


def _check_one_type(labels):
    if labels.dtype.kind in "cS":
        raise ValueError(f"The labels are of type {labels.dtype}: turn them into strings or whole numbers.")
    if labels.dtype.kind == "O":
        kinds = sorted({type(label).__name__ for label in labels})
        if "bytes" in kinds or ("str" in kinds and len(kinds) > 1):
            raise ValueError(
                f"The labels mix types ({', '.join(kinds)}): turn them all into one, for instance strings."
            )


def is_missing(value):
    """Tell whether a value is missing, whatever it is called.

    Parameters
    ----------
    value : object
        None, NaN, NaT or NA of pandas, or anything else.

    Returns
    -------
    bool
        Whether it is.
    """
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True


def labels_like(y, labels):
    """Put labels into the container of others.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels as a user gave them.
    labels : ndarray of shape (n_samples,)
        New ones.

    Returns
    -------
    ndarray or Series of shape (n_samples,)
        A Series keeps its index and name, and its dtype where that holds the new labels.
    """
    if not (hasattr(y, "iloc") and getattr(y, "ndim", 0) == 1):
        return labels
    changed = type(y)(labels, index=y.index, name=y.name)
    if hasattr(y.dtype, "categories") and not np.isin(labels, y.dtype.categories).all():
        return changed
    cast = changed.astype(y.dtype)
    # `classes` may name one that the dtype of y cannot hold, such as 300 in eight bits.
    return cast if np.array_equal(np.array(list(cast)), labels) else changed
