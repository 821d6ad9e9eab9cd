"""Trainings that are done at once, and which classifiers allow it."""

import time
from dataclasses import replace
from functools import partial

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from ..canaries import fingerprinted, shared_rows
from ._drawing import draw_labels
from ._training import keep, make_classifier, untouched
from ._trials import Failure

_ROWS_TRIED = 2000  # enough to see whether a transformer looks at the labels


def why_not_batched(estimator, X, y):
    """Say why the fits of a classifier cannot be trained at once.

    Parameters
    ----------
    estimator : classifier
        Unfitted.
    X : array-like
        Training rows.
    y : array-like
        Labels.

    Returns
    -------
    str or None
        The reason; None if they can.
    """
    front, final = split_front(estimator)
    name = type(final).__name__
    if not hasattr(final, "fit_together"):
        return f"{name} has no fit_together, as the classifiers of sklearn_blia.neural have"
    why = final.why_not_together()
    if why:
        return f"{name} cannot be trained together: {why}"
    if any(parameter.split("__")[-1] == "random_state" for step in front for parameter in step.get_params()):
        return "a transformer in front draws random numbers, others in every fit"
    return _why_not_shared(front, X, y)


def split_front(estimator):
    """Split a classifier, through nested pipelines, into the transformers in front and the classifier at the end.

    Parameters
    ----------
    estimator : classifier
        Unfitted.

    Returns
    -------
    front : list of Pipeline
        Transformers; empty if there are none.
    final : classifier
        The rest.
    """
    front = []
    while isinstance(estimator, Pipeline):
        front += [estimator[:-1]] if len(estimator) > 1 else []
        estimator = estimator.steps[-1][1]
    return front, estimator


def train_together(common, X_train, y_train, X_test, y_test, trials, on_batch=None):
    """As `train` for each of several trials of one model, in one training.

    Parameters
    ----------
    common : Common
        What all trainings share; with a classifier for which `why_not_batched` is None.
    X_train, X_test : array-likes
        Rows to train on, and rows held out.
    y_train, y_test : ndarray
        Natural labels.
    trials : sequence of Trial
        Which trainings; one alone where the canaries' rows are left out.
    on_batch : callable, default=None
        Called again and again while they train; an exception that it raises ends the training.

    Returns
    -------
    list of Outcome or Failure
        What is kept of each; a Failure where a training diverged. The seconds are equal shares.
    """
    started = time.perf_counter()
    with fingerprinted(X_train):
        drawn = [draw_labels(common, X_train, y_train, trial) for trial in trials]
    front, final = split_front(common.models[trials[0].key.model])
    seeds = [split_front(make_classifier(common, trial))[1].random_state for trial in trials]
    front, rows = untouched(partial(_fit_front, front), drawn[0].X)
    models = _train(final, rows, np.stack([one.labels for one in drawn]), seeds, on_batch)
    prepare = partial(_through, front)
    results = [
        Failure.of(model) if isinstance(model, Exception) else _kept(common, model, one, X_test, y_test, trial, prepare)
        for trial, model, one in zip(trials, models, drawn, strict=True)
    ]
    share = (time.perf_counter() - started) / len(trials)
    return [result if isinstance(result, Failure) else replace(result, seconds=share) for result in results]


def _kept(common, model, drawn, X_test, y_test, trial, prepare):
    try:
        return keep(common, model, drawn, X_test, y_test, trial, prepare)
    except Exception as error:  # of one model alone, such as rows around that it does not take
        return Failure.of(error)


def _train(final, rows, labels, seeds, on_batch):
    """Train in one go; labels in which a class is missing, and which want a network of another shape, by themselves."""
    whole = np.array([len(np.unique(row)) for row in labels]) == len(np.unique(labels))
    groups = [np.flatnonzero(whole), *np.flatnonzero(~whole)[:, None]]
    models: dict = {}
    for group in groups:
        if len(group):
            seeds_of = [seeds[i] for i in group]
            try:
                fitted = final.fit_together(rows, labels[group], seeds_of, return_exceptions=True, on_batch=on_batch)
            except ValueError as error:
                if len(group) > 1:
                    raise
                fitted = [error]  # one class alone
            models.update(zip(group.tolist(), fitted, strict=True))
    return [models[number] for number in range(len(labels))]


def _why_not_shared(front, X, y):
    """Every fit has other labels: the rows can be transformed once for all if they do not depend on them."""
    if not front:
        return None
    some = np.linspace(0, len(y) - 1, min(len(y), _ROWS_TRIED)).astype(int)
    X, y = shared_rows(_safe_indexing(X, some)), _safe_indexing(y, some)
    try:
        once, twice = (joblib.hash(untouched(partial(_fit_front, front), X)[1]) for _ in range(2))
    except Exception as error:
        return f"a transformer in front cannot do without labels ({type(error).__name__})"
    if once != twice:
        return "a transformer in front gives other rows every time"
    if once != joblib.hash(untouched(partial(_fit_front, front, y=y), X)[1]):
        return "a transformer in front gives other rows where it sees labels"
    return None


def _fit_front(front, X, y=None):
    """Fit the transformers as a Pipeline does: fitted clones, and the rows as they come out."""
    fitted = []
    for step in front:
        fitted.append(clone(step))
        X = fitted[-1].fit_transform(X, y)
    return fitted, X


def _through(front, X):
    for step in front:
        X = step.transform(X)
    return X
