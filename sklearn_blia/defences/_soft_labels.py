"""Training on probabilities of labels, with classifiers that take labels and weights."""

import numpy as np
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from ..canaries import take_rows
from ._pipelines import final_step, fit_final

# Of a row's weight that its least probable labels may lose together: they cost rows and move next to nothing.
_LEAST = 1e-3


def check_weights(estimator):
    """Raise ValueError unless a classifier, or the one at the end of its pipelines, takes ``sample_weight``.

    Parameters
    ----------
    estimator : classifier
        Unfitted.
    """
    final = final_step(estimator)
    if not hasattr(final, "fit_soft") and not has_fit_parameter(final, "sample_weight"):
        raise ValueError(
            f"estimator: {type(final).__name__} takes no sample_weight, which training on probabilities of labels "
            "needs: choose a classifier that does, such as a linear model, a forest, boosting or a neural network."
        )


def fit_soft(estimator, X, targets, classes):
    """Train a clone of a classifier on probabilities of labels: each row once for each label, with its probability.

    The loss of a row is then the expected one, which for cross-entropy is that of the probabilities. Classifiers with a
    ``fit_soft`` of their own, as those of `sklearn_blia.neural`, take the probabilities as they are.

    Parameters
    ----------
    estimator : classifier
        Unfitted, one that `check_weights` lets through.
    X : array-like of n_samples rows
        Features.
    targets : ndarray of shape (n_samples, n_classes)
        Probabilities.
    classes : ndarray of shape (n_classes,)
        Labels.

    Returns
    -------
    classifier
        Fitted.
    """
    if hasattr(final_step(estimator), "fit_soft"):
        return fit_final(estimator, X, lambda final, rows: final.fit_soft(rows, targets, classes))
    used = targets > _LEAST / targets.shape[1]
    used[targets.argmax(axis=0), np.arange(targets.shape[1])] = True  # every class, be it with next to no weight
    rows, labels = np.nonzero(used)
    weights = {"__".join([*_path(estimator), "sample_weight"]): targets[rows, labels]}
    with config_context(enable_metadata_routing=False):  # the weights are ours, and no step in front is to see them
        return clone(estimator).fit(take_rows(X, rows), classes[labels], **weights)


def _path(estimator):
    """Names of the last steps of nested pipelines."""
    if not isinstance(estimator, Pipeline):
        return []
    name, final = estimator.steps[-1]
    return [name, *_path(final)]
