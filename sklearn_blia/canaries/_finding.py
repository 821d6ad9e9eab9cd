"""Find the canaries in a fitted model, and what stands behind them."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._asking import ask, require_predict_proba
from ._bystanders import Bystanders
from ._canaries import Canaries
from ._pairs import positions_of
from ._steps import fitted_steps, is_passthrough


@dataclass(frozen=True, eq=False, repr=False)
class FoundCanaries:
    """The canaries of a fitted model. It holds the secret.

    Attributes
    ----------
    canaries : Canaries
        With features.
    released : ndarray of shape (n_canaries,) or None
        Labels that the model was trained on; None if nobody tells.
    classes : ndarray of shape (n_classes,)
        Class labels.
    model : classifier
        What stands behind the canaries, and can be asked.
    trained_on : ndarray or None
        Labels that the model certainly was trained on; None where nobody tells.
    bystanders : Bystanders or None
        Other training rows, where somebody kept them.
    """

    canaries: Canaries
    released: np.ndarray | None
    classes: np.ndarray
    model: Any
    trained_on: np.ndarray | None
    bystanders: Bystanders | None = None

    @property
    def ask(self):
        """Function from rows to probabilities, in the order of `classes`."""
        return partial(ask, self.model, classes=self.classes, trained_on=self.trained_on)

    @property
    def public(self):
        """What may be known of the canaries."""
        return replace(self.canaries.public(self.classes), bystanders=self.bystanders)

    @property
    def without_features(self):
        """The canaries without their rows, as trainings take them."""
        return replace(self.canaries, X=None)


class _Behind:
    """Fitted steps that end in a classifier, asked as one."""

    def __init__(self, steps):
        self.transformers, self.classifier = steps[:-1], steps[-1]
        self.classes_ = getattr(self.classifier, "classes_", None)

    def predict_proba(self, X):
        for transformer in self.transformers:
            X = transformer.transform(X)
        return self.classifier.predict_proba(X)


def find_canaries(estimator):
    """Find the one canary sampler in a fitted model, and the part of the model behind it.

    Looks through fitted searches (``best_estimator_``) and pipelines (scikit-learn's, imbalanced-learn's and
    `LabelPipeline`).

    Parameters
    ----------
    estimator : estimator
        A fitted model with a `CanaryFlipper` inside.

    Returns
    -------
    FoundCanaries
        The canaries, and the model to ask about them.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If it holds no canaries, or those of more than one sampler, or they were dropped by ``forget()``; if label
        noise stands before the coins; or if what stands behind the canaries has no ``predict_proba``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia import CanaryFlipper, make_label_pipeline
    >>> from sklearn_blia.canaries import find_canaries
    >>> X, y = make_classification(random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), LogisticRegression())
    >>> find_canaries(model.fit(X, y)).canaries
    Canaries(10, secret)
    """
    check_is_fitted(estimator)
    refuse_cached_samplers(estimator)
    chain, name = fitted_steps(estimator), type(estimator).__name__
    at = _find_holder(chain, name)
    noise = [type(step).__name__ for step in chain[:at] if hasattr(step, "released_labels_")]
    if noise:
        raise ValueError(
            f"{name} has {noise[0]} before its canaries: label noise in front of the coins protects none of them, and "
            "an audit would blame it. Put the canary sampler first."
        )
    holder, behind = chain[at], chain[at + 1 :]
    models = [step for step in behind if not hasattr(step, "fit_resample")]
    if not models:
        raise ValueError(f"{name}: no classifier follows the canaries, so there is no predict_proba to ask.")
    found = _found(holder.canaries_, behind, models, holder.classes_, holder.canaries_.private)
    return replace(found, bystanders=_relabeled(getattr(holder, "bystanders_", None), behind, found.classes))


def _relabeled(bystanders, behind, classes):
    """Bystanders with the labels that the model was trained on, where a step tells these."""
    released = released_labels(behind)
    if bystanders is None or released is None:
        return bystanders
    codes = positions_of(released[bystanders.rows], classes)
    return Bystanders.of(bystanders.rows, codes, len(classes), bystanders.X)


def canaries_of_fitted(estimator, canaries, classes, labels):
    """Put canaries together with a model that was fitted on labels that hold them.

    Parameters
    ----------
    estimator : classifier
        Fitted on `labels`; mechanisms may stand inside.
    canaries : Canaries
        With features.
    classes : ndarray of shape (n_classes,)
        Class labels.
    labels : ndarray of shape (n_canaries,) or None
        Labels of the canaries that the estimator was given; None where these are no fair coins.

    Returns
    -------
    FoundCanaries
        The canaries, and the model to ask about them.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If it holds canaries of its own, or has no ``predict_proba``.
    """
    check_is_fitted(estimator)
    steps, name = fitted_steps(estimator), type(estimator).__name__
    if any(hasattr(step, "canaries_") for step in steps):
        raise ValueError(f"{name} holds canaries of its own, beside the plan's: pass the classifier behind them.")
    models = [step for step in steps if not hasattr(step, "fit_resample")]
    if not models:
        raise ValueError(f"{name} holds no classifier, so there is no predict_proba to ask.")
    return _found(canaries, steps, models, classes, labels)


def _found(canaries, behind, models, classes, given):
    require_predict_proba(models[-1], "what stands behind the canaries")
    released = _released(behind, canaries, given)
    return FoundCanaries(
        canaries=canaries,
        released=released,
        classes=classes,
        model=models[0] if len(models) == 1 else _Behind(models),
        trained_on=released,
    )


def released_labels(behind, given=None):
    """Return the labels that a model was trained on, where somebody tells.

    Parameters
    ----------
    behind : list of estimator
        Fitted steps that the labels passed through.
    given : ndarray of shape (n_samples,), default=None
        Labels as the first step got them, which are what the model was trained on if no step changes them.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        Those of the last step that releases labels; None if one does not tell, or `given` is needed and not there.
    """
    releasing = [step for step in behind if releases_labels(step)]
    labels = [getattr(step, "released_labels_", None) for step in releasing]
    if any(label is None for label in labels):
        return None
    return np.asarray(labels[-1]) if labels else given


def releases_labels(step):
    """Tell whether labels may come out of a fitted step other than they went in.

    Parameters
    ----------
    step : estimator
        Fitted.

    Returns
    -------
    bool
        Whether it is a sampler, or keeps ``released_labels_``.
    """
    return hasattr(step, "fit_resample") or hasattr(step, "released_labels_")


def _released(behind, canaries, given):
    """Labels of the canaries that the model was trained on: those that it was given where no step changes labels.

    None where nobody tells them, or where they are no fair coins although the private ones are.
    """
    if not any(map(releases_labels, behind)):
        return given
    labels = released_labels(behind)
    fair = given is not None and all(getattr(step, "symmetric", False) for step in behind if releases_labels(step))
    return labels[canaries.rows] if fair and labels is not None else None


def _find_holder(chain, name):
    holders = [i for i, step in enumerate(chain) if hasattr(step, "canaries_")]
    if len(holders) == 1:
        return holders[0]
    if holders:
        raise ValueError(
            f"{name} holds the canaries of {len(holders)} samplers: keep one CanaryFlipper, or audit each model "
            "on its own."
        )
    if any(hasattr(step, "observations_") for step in chain):
        raise ValueError(f"{name} is an audit of many models: pass one of its observations_.")
    if any(getattr(step, "_forgotten", False) for step in chain):
        raise ValueError(f"{name} has dropped its canaries by forget(): fit it again to audit it.")
    raise ValueError(
        f"{name} holds no canaries: plant some, as in make_label_pipeline(CanaryFlipper(), classifier), fit that, "
        "and pass the fitted pipeline, or a search or Pipeline that ends in it. Canaries inside the members of an "
        "ensemble or a calibrator belong to the members: plant them around the whole instead."
    )


def refuse_cached_samplers(pipeline):
    """Raise ValueError if a pipeline keeps fitted samplers on disk: old noise for fresh, and natural labels left there.

    Parameters
    ----------
    pipeline : estimator
        Fitted or not, a pipeline or not.
    """
    pipeline = getattr(pipeline, "best_estimator_", pipeline)
    steps = [step for _, step in getattr(pipeline, "steps", None) or [] if not is_passthrough(step)]
    if getattr(pipeline, "memory", None) is not None and any(hasattr(step, "_secrets") for step in steps):
        raise ValueError(
            f"{type(pipeline).__name__} has memory={pipeline.memory!r} and label samplers inside: their noise would be "
            "taken from the disk instead of drawn, and natural labels stay there. Set memory=None and empty the folder."
        )
    for step in steps:
        refuse_cached_samplers(step)
