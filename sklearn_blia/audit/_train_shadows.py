"""Shadow models for a single fitted model."""

import secrets
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing, check_random_state

from ..attacks import CanaryOutputs, Shadows, SideInformation, canary_outputs
from ..attacks._candidates import candidate_codes, second_candidate_proba
from ..labels import CanaryFlipper
from ..pipeline import LabelPipeline
from ._members import relabelled, with_seed, without_canaries


def train_shadows(model, X, y, *, n_shadows=16, reference=True, neighborhoods=(), random_state=None, n_jobs=None):
    """Train models to compare a fitted one with, and return its outputs and theirs on its canaries.

    Each shadow is a clone of the model, trained on the same rows with fresh coins on the model's canaries and fresh
    noise from its mechanism; the reference is one trained without the canary rows. `LabelAudit` does the same for
    all of its fits, and many at once where it can.

    Parameters
    ----------
    model : LabelPipeline
        Fitted, with canaries.
    X : array-like of n_samples rows
        The rows that it was fitted on.
    y : array-like of shape (n_samples,)
        Their natural labels, as they were given to ``fit``.
    n_shadows : int, default=16
        Number of shadows.
    reference : bool, default=True
        Whether to train a reference as well.
    neighborhoods : sequence of Neighborhood, default=()
        Rows around the canaries to ask the model about: ``attack.neighborhood`` of each `NeighborhoodAttack`.
    random_state : int, RandomState instance or None, default=None
        Draws coins, noise and training seeds. An int must not be one that the model's own steps were given, or
        a seeded audit could repeat the very noise that it should be independent of; None takes the system's entropy.
    n_jobs : int, default=None
        Fits at a time, as joblib takes it.

    Returns
    -------
    CanaryOutputs
        For every attack's ``evaluate``.

    Raises
    ------
    ValueError
        If the model is no fitted LabelPipeline with canaries, or y is not what it was fitted on.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_blia import CanaryFlipper, ThresholdAttack, make_label_pipeline
    >>> from sklearn_blia.attacks import LabelLiRAAttack
    >>> from sklearn_blia.audit import train_shadows
    >>> X, y = make_classification(1000, flip_y=0.2, random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.2, random_state=0), KNeighborsClassifier()).fit(X, y)
    >>> outputs = train_shadows(model, X, y, n_shadows=8, random_state=1)
    >>> bool(LabelLiRAAttack().evaluate(outputs).success_ratio > ThresholdAttack().evaluate(outputs).success_ratio)
    True
    """
    outputs = _own_outputs(model, y, neighborhoods)
    rng = check_random_state(secrets.randbits(32) if random_state is None else random_state)
    seeds = rng.randint(2**31, size=(n_shadows + bool(reference), 2 + len(model.steps)))
    tasks = [delayed(_shadow)(model, X, y, row) for row in seeds[:n_shadows]]
    tasks += [delayed(_reference)(model, X, y, seeds[-1])] if reference else []
    found = Parallel(n_jobs=n_jobs)(tasks)
    shadows = found[:n_shadows]
    side = replace(
        outputs.side or SideInformation(),
        reference=found[-1] if reference else None,
        shadows=Shadows(*map(np.stack, zip(*shadows, strict=True))) if shadows else None,
    )
    return replace(outputs, side=side)


def _own_outputs(model, y, neighborhoods) -> CanaryOutputs:
    if not isinstance(model, LabelPipeline):
        raise ValueError(
            f"model must be a fitted LabelPipeline, whose steps tell how to train another; got {type(model).__name__}. "
            "Of a search pass best_estimator_, of a Pipeline its last step with the rows that reach it."
        )
    outputs = canary_outputs(model, neighborhoods=neighborhoods)
    flipper = _flipper(model)
    natural = np.asarray(_safe_indexing(y, flipper.canary_indices_)) if len(y) > flipper.canary_indices_[-1] else None
    if natural is None or not np.array_equal(natural, flipper.canary_natural_labels_):
        raise ValueError("y is not what the model was fitted on: pass the natural labels, in the order of its rows.")
    return outputs


def _shadow(model, X, y, seeds):
    """Outputs and coins of one shadow."""
    flipper = _flipper(model)
    coins_seed, training_seed, *noise_seeds = map(int, seeds)
    _, labels = relabelled(flipper, y, coins_seed)
    labels = _through_noise(model, X, labels, noise_seeds)
    fitted = with_seed(model.steps[-1][1], training_seed).fit(X, labels)
    trained_on = _safe_indexing(labels, flipper.canary_indices_)
    return _on_canaries(fitted, flipper), candidate_codes(trained_on, flipper.canary_pairs_)


def _reference(model, X, y, seeds):
    flipper = _flipper(model)
    _, training_seed, *noise_seeds = map(int, seeds)
    X, y = without_canaries(flipper, X, y)
    labels = _through_noise(model, X, y, noise_seeds)
    return _on_canaries(with_seed(model.steps[-1][1], training_seed).fit(X, labels), flipper)


def _through_noise(model, X, labels, seeds):
    for (_, sampler), seed in zip(model.steps[:-1], seeds, strict=False):
        if hasattr(sampler, "fit_resample") and not isinstance(sampler, CanaryFlipper):
            _, labels = clone(sampler).set_params(random_state=seed).fit_resample(X, labels)
    return labels


def _flipper(model):
    return next(step for _, step in model.steps_ if hasattr(step, "canary_indices_"))


def _on_canaries(fitted, flipper):
    proba = fitted.predict_proba(flipper.canary_X_)
    return second_candidate_proba(proba, flipper.canary_pairs_, fitted.classes_)
