"""What strong attacks compare one fitted model with."""

import secrets
from numbers import Integral

import joblib
import numpy as np
from scipy import sparse

from ..canaries import find_canaries, fitted_steps, plain_labels, released_labels, take_rows
from ..labels import LabelPipeline
from ..metrics import check_random
from ._plan_attacks import check_trainings, sources_of
from ._prefit import observe_fitted


def train_shadows(model, X, y, *, attacks="strong", random_state=None, n_jobs=None):
    """Train what attacks compare a fitted model with, and return all evidence on it.

    A shadow is a clone of the model, trained on the same rows with fresh coins on the model's canaries and fresh
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
    attacks : {"quick", "strong"}, attack, list of attack, or dict of str to attack, default="strong"
        Whose evidence is collected.
    random_state : int, RandomState instance or None, default=None
        Draws coins, noise and training seeds. An int must not be one that the model's own steps were given, or
        a seeded audit could repeat the very noise that it should be independent of; None takes the system's entropy.
    n_jobs : int, default=None
        Fits at a time, as joblib takes it.

    Returns
    -------
    Observation
        For every attack's ``evaluate``.

    Raises
    ------
    ValueError
        If the model is no fitted LabelPipeline with canaries, or the canaries' rows of X or y are not those that it was
        fitted on.
    RuntimeError
        If too many trainings failed.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_blia import CanaryFlipper, LabelLiRAAttack, ThresholdAttack, make_label_pipeline
    >>> from sklearn_blia.audit import train_shadows
    >>> X, y = make_classification(1000, flip_y=0.2, random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.2, random_state=0), KNeighborsClassifier()).fit(X, y)
    >>> lira = LabelLiRAAttack(8)
    >>> seen = train_shadows(model, X, y, attacks=lira, random_state=1)
    >>> bool(lira.evaluate(seen).success_ratio > ThresholdAttack().evaluate(seen).success_ratio)
    True
    """
    found, y = _check(model, X, y)
    sources = sources_of(check_trainings(attacks)[0])
    used = [step.random_state for _, step in model.steps if isinstance(getattr(step, "random_state", None), Integral)]
    if isinstance(random_state, Integral) and random_state in used:
        raise ValueError(f"random_state={random_state} is a seed of the model's own steps: take another, or None.")
    rng = check_random("random_state", secrets.randbits(32) if random_state is None else random_state)
    # All but the canaries: the samplers behind them draw fresh noise inside.
    shadow = LabelPipeline([(name, step) for name, step in model.steps if not hasattr(step, "plant")])
    labels = released_labels([step for step in fitted_steps(model) if not hasattr(step, "canaries_")])
    seed = int(rng.randint(2**62, dtype=np.int64))
    return observe_fitted(found, sources, shadow, X, y, labels=labels, seed=seed, n_jobs=n_jobs)


def _check(model, X, y):
    if not isinstance(model, LabelPipeline):
        raise ValueError(
            f"model must be a fitted LabelPipeline, whose steps tell how to train another; got {type(model).__name__}. "
            "Of a search pass best_estimator_, of a Pipeline its last step with the rows that reach it."
        )
    found = find_canaries(model)
    canaries, y = found.canaries, plain_labels(y)
    if len(y) <= canaries.rows.max() or not np.array_equal(y[canaries.rows], canaries.natural):
        raise ValueError("y is not what the model was fitted on: pass the natural labels, in the order of its rows.")
    rows = take_rows(X, canaries.rows)
    if joblib.hash(_values(rows)) != joblib.hash(_values(canaries.X)):
        raise ValueError("X is not what the model was fitted on: pass its rows, in their order.")
    return found, y


def _values(X):
    if sparse.issparse(X):
        return X.toarray()
    return np.asarray(X)
