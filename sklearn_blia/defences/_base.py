"""What every defence shares: a classifier that spends epsilon while it trains, around classifiers of others."""

from abc import ABCMeta, abstractmethod
from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context, clone
from sklearn.dummy import DummyClassifier
from sklearn.utils import assert_all_finite, get_tags
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..canaries import PlainInterval, ReadsLabels, align_proba, require_predict_proba
from ..labels import count_release
from ..metrics import PrivacyClaim

_CLASSIFIER = [HasMethods(["fit", "predict"])]


def _can_tell_probabilities(self):
    return hasattr(self.estimator_ if hasattr(self, "estimator_") else self._inner(), "predict_proba")


class BaseDefence(ReadsLabels, ClassifierMixin, MetaEstimatorMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of the defences: classifiers that promise label-DP by the way in which they train others.

    A subclass implements ``_train(X, codes)``: labels come as positions in ``classes_``, and it returns a fitted
    classifier that was trained on what the defence released of them. It sets ``privacy_claim_``, and
    ``released_labels_`` where there is one released label for each row, else None.

    Parameters
    ----------
    estimator : classifier
        What is trained, unfitted.
    epsilon : float, default=1.0
        What is promised, under replace-label adjacency.
    """

    _parameter_constraints: dict = {
        "estimator": _CLASSIFIER,
        "epsilon": [PlainInterval(Real, 0, np.inf, closed="both")],
        "classes": ["array-like", None],
        "random_state": ["random_state"],
    }
    _secrets: tuple = ("released_labels_",)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Train on the labels under the promise of label differential privacy.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of n_samples rows
            Features, as the classifier takes them. They are not protected.
        y : array-like of shape (n_samples,)
            Natural labels.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If the labels or a parameter are unfit, or the classifier refuses what it is given.
        """
        require_predict_proba(self._inner(), "estimator")
        labels = self._check_labels(X, y)
        for name in ("estimator_", "privacy_claim_"):
            self.__dict__.pop(name, None)  # should this fit fail, the old ones do not go with the new labels
        self._forgotten = False
        self.classes_ = self._find_classes(labels)
        self.released_labels_ = None
        self.estimator_ = self._train(X, self._encode(labels, self.classes_))
        if hasattr(self.estimator_, "n_features_in_"):
            self.n_features_in_ = self.estimator_.n_features_in_
        return self

    @abstractmethod
    def _train(self, X, codes):
        """Return a classifier that was trained under the promise."""

    def _inner(self):
        """The classifier, unfitted, that answers in the end."""
        return self.estimator

    def success_caps(self, canaries):
        """Return what no attack on a canary's private label exceeds on average, if the defence is what it says.

        Parameters
        ----------
        canaries : Canaries
            The canaries, whose rows are those of the last fit.

        Returns
        -------
        ndarray of shape (n_canaries,)
            By default what the claim alone allows.
        """
        return np.full(len(canaries), self.privacy_claim_.cap())

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict(X)

    @available_if(_can_tell_probabilities)
    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; 0 for a label that was never released.
        """
        check_is_fitted(self, "estimator_")
        proba = self.estimator_.predict_proba(X)
        kind = getattr(proba, "dtype", None)
        columns = getattr(proba, "columns", self.estimator_.classes_)
        aligned = align_proba(proba, columns, self.classes_)
        return aligned.astype(kind) if kind in (np.float32, np.float64) else aligned

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self._inner())
        tags.input_tags = inner.input_tags
        tags.classifier_tags = inner.classifier_tags or tags.classifier_tags
        tags.no_validation = inner.no_validation
        return tags

    def _promise(self, delta=0.0):
        self.privacy_claim_ = PrivacyClaim(self.epsilon, delta)

    def _count(self, X, codes, released):
        """Note a release, whole numbers, for the warning that a second one gives."""
        count_release(X, codes, released, self.epsilon, seeded=self.random_state is not None)


def train_on(estimator, X, labels):
    """Train a clone of a classifier; on one label alone, which noise may leave of few rows, a constant one.

    Parameters
    ----------
    estimator : classifier
        Unfitted.
    X : array-like of n_samples rows
        Features.
    labels : ndarray of shape (n_samples,)
        Labels.

    Returns
    -------
    classifier
        Fitted.
    """
    if len(np.unique(labels)) < 2:
        return _Constant(get_tags(estimator).input_tags.allow_nan).fit(X, labels)
    return clone(estimator).fit(X, labels)


class _Constant(DummyClassifier):
    """Says one label, of rows that the classifier in whose place it stands would take."""

    def __init__(self, allow_nan=True):
        super().__init__(strategy="most_frequent")
        self.allow_nan = allow_nan

    def predict(self, X):
        self._check(X)
        return super().predict(X)

    def predict_proba(self, X):
        self._check(X)
        return super().predict_proba(X)

    def _check(self, X):
        values = X.data if sparse.issparse(X) else X
        if not self.allow_nan and getattr(values, "dtype", None) is not None and values.dtype.kind == "f":
            assert_all_finite(values, input_name="X")
