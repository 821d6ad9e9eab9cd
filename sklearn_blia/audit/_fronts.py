"""Transformers in front of a classifier that do not look at labels: fitted once, for all its trainings."""

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import joblib
import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..canaries import all_rows, shared_rows, take_rows
from ._untouched import untouched

_ROWS_TRIED = 2000  # enough to see whether a transformer looks at the labels


def split_front(estimator):
    """Split a classifier, through nested pipelines, into the transformers in front and the classifier at the end.

    Parameters
    ----------
    estimator : classifier
        Unfitted. A subclass of Pipeline may do more than to transform, and is taken for a classifier.

    Returns
    -------
    steps : list of Pipeline
        Transformers; empty if there are none.
    final : classifier
        The rest.
    """
    steps = []
    while type(estimator) is Pipeline:
        steps += [estimator[:-1]] if len(estimator) > 1 else []
        estimator = estimator.steps[-1][1]
    return steps, estimator


def why_not_shared(steps, X, y):
    """Say why transformers have to be fitted anew for each training, which has other labels.

    Parameters
    ----------
    steps : list of Pipeline
        Unfitted, as `split_front` gives them.
    X : array-like
        Training rows.
    y : ndarray
        Labels.

    Returns
    -------
    str or None
        The reason; None if they can be fitted once.
    """
    if any(parameter.split("__")[-1] == "random_state" for step in steps for parameter in step.get_params()):
        return "a transformer in front draws random numbers, others in every fit"
    if not steps:
        return None
    some = np.linspace(0, len(y) - 1, min(len(y), _ROWS_TRIED)).astype(int)
    X, y = shared_rows(take_rows(X, some)), take_rows(y, some)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of so few rows: the real fit tells what there is to tell
        return _why_not(steps, X, y)


def _why_not(steps, X, y):
    try:
        once, again = (Front.fitted(steps, X) for _ in range(2))
        afterwards = untouched(again.transform, X)
    except Exception as error:
        return f"a transformer in front cannot do without labels ({type(error).__name__})"
    if joblib.hash(once.train) != joblib.hash(again.train):
        return "a transformer in front gives other rows every time"
    for labels in (y, np.random.default_rng(0).permutation(y)):  # one may heed only labels that mean nothing
        if joblib.hash(once.train) != joblib.hash(untouched(partial(_fit, steps, y=labels), X)[1]):
            return "a transformer in front gives other rows where it sees labels"
    if not _same_numbers(once.train, afterwards):
        return "a transformer in front gives the rows that it is fitted on another form than afterwards"
    return None


def _same_numbers(first, second):
    """Whether rows are the same but for rounding."""
    first, second = (rows.toarray() if sparse.issparse(rows) else np.asarray(rows) for rows in (first, second))
    if first.shape != second.shape or first.dtype.kind not in "biuf":
        return np.array_equal(first, second)
    return np.allclose(first, second, rtol=1e-6, atol=1e-9, equal_nan=True)


@dataclass(frozen=True, eq=False, repr=False)
class Front:
    """Transformers, fitted, and what they make of the rows of an audit.

    Attributes
    ----------
    steps : list of Pipeline
        Fitted; empty where the classifier takes the rows as they are.
    train, test : array-like
        What they make of the rows to train on, and of those held out.
    """

    steps: list
    train: Any
    test: Any = None

    @classmethod
    def fitted(cls, steps, X_train, X_test=None):
        """Fit transformers as a Pipeline does.

        Parameters
        ----------
        steps : list of Pipeline
            Unfitted, and left so.
        X_train : array-like or TakenRows
            Rows to fit them on.
        X_test : array-like or TakenRows, default=None
            Rows held out.

        Returns
        -------
        Front
            With read-only rows, where they can be.
        """
        if not steps:
            return cls([], X_train, X_test)
        fitted, train = untouched(partial(_fit, steps), all_rows(X_train))
        front = cls(fitted, shared_rows(train))
        if X_test is None:
            return front
        test = front.train if X_test is X_train else shared_rows(untouched(front.transform, all_rows(X_test)))
        return cls(fitted, front.train, test)

    def transform(self, X):
        """Make of other rows what the classifier takes."""
        for step in self.steps:
            X = step.transform(X)
        return X


def _fit(steps, X, y=None):
    """Fitted clones, and the rows as they come out."""
    fitted = []
    for step in steps:
        fitted.append(clone(step))
        X = fitted[-1].fit_transform(X, y)
    return fitted, X
