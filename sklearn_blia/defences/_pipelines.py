"""Classifiers at the end of pipelines, which are trained in a way that a pipeline's fit does not know."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline


def final_step(estimator):
    """Return the classifier at the end of nested pipelines.

    Parameters
    ----------
    estimator : classifier
        A pipeline, or the classifier itself.

    Returns
    -------
    classifier
        The last step of the last pipeline.
    """
    return final_step(estimator.steps[-1][1]) if isinstance(estimator, Pipeline) else estimator


def fit_final(estimator, X, fit):
    """Train a clone: the transformers in front without labels, and the classifier at the end by a function.

    Parameters
    ----------
    estimator : classifier
        Unfitted, a pipeline or not.
    X : array-like of n_samples rows
        Features.
    fit : callable
        Of the unfitted classifier at the end and of the rows as they come out of the transformers; fits it.

    Returns
    -------
    classifier
        The fitted classifier, or a pipeline that ends in it.
    """
    steps = [clone(estimator)]
    while isinstance(steps[-1], Pipeline):
        steps[-1:] = [step for _, step in steps[-1].steps if step not in (None, "passthrough")]
    *front, final = steps
    for step in front:
        X = step.fit_transform(X)
    fit(final, X)
    return Pipeline([(str(number), step) for number, step in enumerate(steps)]) if front else final
