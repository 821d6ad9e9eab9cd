"""What every label sampler shares: it changes y, never X, never the number of rows."""

from abc import ABCMeta, abstractmethod

from sklearn.base import BaseEstimator, _fit_context

from ._labels import labels_like
from ._reads_labels import ReadsLabels


class BaseLabelSampler(ReadsLabels, BaseEstimator, metaclass=ABCMeta):
    """Base of the label samplers.

    A subclass implements ``_sample_labels(X, codes)``: labels come as positions in ``classes_``, and it
    returns the new positions. Attributes that hold secrets are named in ``_secrets``, so that `forget`
    drops them all; those and what follows from them, named in ``_hidden``, are in no notebook's display.

    A sampler has no ``transform``: with one, a stock scikit-learn Pipeline would take it silently and train
    on unchanged labels. Without one it raises.
    """

    _parameter_constraints: dict = {"classes": ["array-like", None], "random_state": ["random_state"]}

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
            Features, of any kind that can be indexed by row. They pass through untouched; canaries with a seed follow
            their values, too.
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
        codes = self._sample_labels(X, self._encode(labels, self.classes_))
        return X, labels_like(y, self.classes_[codes])

    @abstractmethod
    def _sample_labels(self, X, codes):
        """Return new codes for the given ones (positions in ``classes_``)."""

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
