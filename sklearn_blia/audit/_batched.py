"""Trainings that are done at once, and which classifiers allow it."""

import time
from dataclasses import replace

import numpy as np

from ._drawing import draw_labels
from ._fronts import Front, split_front, why_not_shared
from ._training import keep, make_classifier
from ._trials import Failure


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
    return why_not_shared(front, X, y)


def train_together(data, trials, on_batch=None):
    """As `train` for each of several trials of one model, in one training.

    Parameters
    ----------
    data : Data
        What every training of the model is given; of a model for which `why_not_batched` is None.
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
    drawn = [draw_labels(data.common, data.X_train, data.y_train, trial) for trial in trials]
    steps, final = split_front(data.common.models[trials[0].key.model])
    seeds = [split_front(make_classifier(data.common, trial))[1].random_state for trial in trials]
    if data.fits_front(trials[0]):
        front = data.front
    else:  # only of a model under attack it is asked how right it is on held-out rows
        asked = any(trial.is_target for trial in trials)
        front = Front.fitted(steps, drawn[0].X, data.X_test if asked else None)
    models = _train(final, front.train, np.stack([one.labels for one in drawn]), seeds, on_batch)
    results = [
        Failure.of(model) if isinstance(model, Exception) else _kept(data, model, one, trial, front)
        for trial, model, one in zip(trials, models, drawn, strict=True)
    ]
    share = (time.perf_counter() - started) / len(trials)
    return [result if isinstance(result, Failure) else replace(result, seconds=share) for result in results]


def _kept(data, model, drawn, trial, front):
    try:
        return keep(data, model, drawn, trial, front)
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
