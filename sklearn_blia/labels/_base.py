"""What every label sampler shares: it changes y, never X, never the number of rows."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d, validate_data


class BaseLabelSampler(BaseEstimator, metaclass=ABCMeta):
    """Base of the label samplers.

    A subclass implements ``_sample_labels(X, codes)``: labels come as positions in ``classes_``, and it
    returns the new positions. Attributes that hold secrets are named in ``_secrets``, so that `forget`
    drops them all.

    A sampler has no ``transform``: with one, a stock scikit-learn Pipeline would take it silently and train
    on unchanged labels. Without one it raises.
    """

    _parameter_constraints: dict = {"classes": ["array-like", None], "random_state": ["random_state"]}
    _secrets: tuple = ()

    def fit(self, X, y):
        """Draw the new labels and keep what the sampler keeps of them; see `fit_resample`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of n_samples rows
            Features, of any kind that can be indexed by row.
        y : array-like of shape (n_samples,)
            Class labels.

        Returns
        -------
        self
            The fitted sampler.
        """
        self.fit_resample(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X, y):
        """Return X as it is and y with some labels re-drawn.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of n_samples rows
            Features, of any kind that can be indexed by row. They pass through untouched; with a seed their
            hash is part of it.
        y : array-like of shape (n_samples,)
            Class labels: integers, strings or booleans, none missing.

        Returns
        -------
        X : same object as given
            The features, untouched.
        y_new : ndarray or Series of shape (n_samples,)
            The new labels; a pandas Series if y was one, with its index.

        Raises
        ------
        ValueError
            If y has missing, continuous or mixed labels, or labels outside `classes`, or if there are fewer
            than two classes.
        """
        labels = self._check_labels(X, y)
        self._forgotten = False
        self.classes_ = self._find_classes(labels)
        codes = self._sample_labels(X, self._encode(labels))
        return X, _like(y, self.classes_[codes])

    @abstractmethod
    def _sample_labels(self, X, codes):
        """Return new codes for the given ones (positions in ``classes_``)."""

    def forget(self):
        """Drop everything secret: what fitting kept, and the seed that could draw it again.

        Returns
        -------
        self
            The sampler, with ``random_state=None``; it has to be fitted again before it can serve an audit.
        """
        for name in self._secrets:
            if hasattr(self, name):
                delattr(self, name)
        self.random_state = None
        self._forgotten = True
        return self

    def _check_labels(self, X, y):
        validate_data(self, X, y, skip_check_array=True)  # feature names, and the message for a missing y
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        labels = plain_labels(y)
        check_consistent_length(X, labels)
        check_classification_targets(labels)
        return labels

    def _find_classes(self, labels):
        classes = np.unique(labels if self.classes is None else np.asarray(self.classes))
        if len(classes) < 2:
            raise ValueError(
                f"There is only one class ({classes[0]}): {type(self).__name__} needs at least two. If y is a "
                "part of the data in which a class is missing, pass all classes as classes=[...]."
            )
        return classes

    def _encode(self, labels):
        codes = np.searchsorted(self.classes_, labels)
        codes = np.minimum(codes, len(self.classes_) - 1)
        unknown = self.classes_[codes] != labels
        if unknown.any():
            raise ValueError(
                f"y holds the label {labels[unknown][0]}, which is not in classes={self.classes_.tolist()}."
            )
        return codes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = True
        # X passes through untouched, at most hashed, so whatever the classifier behind takes is welcome.
        tags.no_validation = True
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.three_d_array = True
        return tags


def plain_labels(y):
    """Labels as a column of one type with none missing; ValueError that says what is wrong with them."""
    labels = column_or_1d(_plain(y), warn=True)
    if not len(labels):
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    _check_no_missing(labels)
    _check_one_type(labels)
    return labels


def _plain(y):
    """Labels of a pandas extension dtype (nullable, Arrow, categorical) as NumPy's own kind of them."""
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
    if labels.dtype.kind == "O":
        kinds = sorted({type(label).__name__ for label in labels})
        if "str" in kinds and len(kinds) > 1:
            raise ValueError(
                f"The labels mix types ({', '.join(kinds)}): turn them all into one, for instance strings."
            )


def _like(y, labels):
    """`labels` in the container of `y`: a Series keeps its index and name, and its dtype where that holds them."""
    if not (hasattr(y, "iloc") and getattr(y, "ndim", 0) == 1):
        return labels
    changed = type(y)(labels, index=y.index, name=y.name)
    if hasattr(y.dtype, "categories") and not np.isin(labels, y.dtype.categories).all():
        return changed
    cast = changed.astype(y.dtype)
    # `classes` may name one that the dtype of y cannot hold, such as 300 in eight bits.
    return cast if np.array_equal(np.array(list(cast)), labels) else changed
