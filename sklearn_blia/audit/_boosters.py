"""Gradient boosting of other packages, with labels as they are."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.validation import check_is_fitted


class EncodedLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier that takes whole numbers from 0 alone, for labels of any kind.

    Parameters
    ----------
    estimator : classifier
        Unfitted, with ``predict_proba``.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on the positions of the labels.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia.audit import EncodedLabelsClassifier
    >>> EncodedLabelsClassifier(LogisticRegression()).fit([[0], [1]], ["no", "yes"]).predict([[1]])
    array(['yes'], dtype='<U3')
    """

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """Fit the classifier to the labels' positions.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self
            Fitted.
        """
        encoder = LabelEncoder()
        self.estimator_ = clone(self.estimator).fit(X, encoder.fit_transform(y))
        self.classes_ = encoder.classes_
        return self

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        check_is_fitted(self)
        return np.asarray(self.estimator_.predict_proba(X))

    def predict(self, X):
        """Predict labels.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            The most probable ones.
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def make_xgboost(seed):
    """An unfitted classifier of XGBoost."""
    from xgboost import XGBClassifier

    return EncodedLabelsClassifier(XGBClassifier(random_state=seed, n_jobs=1))


def make_lightgbm(seed):
    """An unfitted classifier of LightGBM."""
    from lightgbm import LGBMClassifier

    return EncodedLabelsClassifier(LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1))


def make_catboost(seed):
    """An unfitted classifier of CatBoost."""
    from catboost import CatBoostClassifier

    return EncodedLabelsClassifier(
        CatBoostClassifier(random_state=seed, thread_count=1, verbose=0, allow_writing_files=False)
    )
