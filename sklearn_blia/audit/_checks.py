"""What is looked at before any training: rows, labels, models, budgets, mechanism."""

from collections.abc import Mapping
from math import ceil

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _num_samples

from ..canaries import plain_labels, refuse_cached_samplers, require_predict_proba


def check_models(estimator):
    """Return classifiers by name.

    Parameters
    ----------
    estimator : classifier or dict of str to classifier
        What is to be audited; one alone is named by its class.

    Returns
    -------
    dict of str to classifier
        As given.

    Raises
    ------
    ValueError
        If there is none, or one is no classifier with ``predict_proba``.
    """
    if isinstance(estimator, type):
        raise ValueError(f"estimator is the class {estimator.__name__}: pass an instance, {estimator.__name__}().")
    models = dict(estimator) if isinstance(estimator, Mapping) else {_name_of(estimator): estimator}
    if not models or not all(isinstance(name, str) and name.strip() for name in models):
        raise ValueError(
            f"estimator must be a classifier or a dict of classifiers by name, a string; got {estimator!r}."
        )
    for name, model in models.items():
        if not hasattr(model, "fit") or not hasattr(model, "get_params") or isinstance(model, type):
            raise ValueError(f"estimator: {name!r} is {model!r}, and no scikit-learn classifier.")
        require_predict_proba(model, repr(name))
        if getattr(model, "final_estimator", "") is not None and not is_classifier(model):
            raise ValueError(f"estimator: {name!r} ({type(model).__name__}) is no classifier.")
    return models


def _name_of(estimator):
    while isinstance(estimator, Pipeline) and estimator.steps:
        estimator = estimator.steps[-1][1]
    return type(estimator).__name__


def budgets_of(models, mechanism, epsilons, sources=()):
    """Find out who spends the budgets: the audit's mechanism, or one inside a model.

    Parameters
    ----------
    models : dict of str to classifier
        Unfitted.
    mechanism : sampler or None
        The audit's.
    epsilons : list of float
        Budgets.
    sources : sequence of Source, default=()
        Whose further trainings will be done.

    Returns
    -------
    dict of str to str
        By model: name of the parameter that a budget sets; without those whose labels pass the audit's mechanism.

    Raises
    ------
    ValueError
        If there is a mechanism in both places, none for a finite budget, or one where its labels cannot be found; if
        canaries are planted inside; or if further trainings would repeat the noise of a model's own mechanism.
    """
    found = {}
    for name, model in models.items():
        refuse_cached_samplers(model)
        parts = {"": model} | model.get_params(deep=True)
        planting = [part for part in parts.values() if hasattr(part, "plant") and hasattr(part, "fit_resample")]
        if planting:
            raise ValueError(
                f"{name} holds a canary sampler ({type(planting[0]).__name__}), and LabelAudit plants canaries itself: "
                "pass the classifier alone."
            )
        spending = {key: part for key, part in sorted(parts.items()) if _spends(part)}
        if mechanism is not None:
            _refuse_second_mechanism(name, spending, mechanism)
            continue
        _refuse_hidden(name, model, spending)
        names = [f"{key}__epsilon" if key else "epsilon" for key in spending]
        if not names and any(epsilon != np.inf for epsilon in epsilons):
            names = _foreign_epsilons(parts)
            _check_foreign(name, names, epsilons)
        if len(names) > 1:
            raise ValueError(f"{name} spends epsilon in several places ({', '.join(names)}): keep one.")
        if names:
            found[name] = names[0]
    if found and any(training.same_seed for source in sources for training in source.trainings()):
        raise ValueError(
            f"Shadow models with the training seed of {next(iter(found))} would repeat the noise of its own mechanism, "
            "and what they find would bound no epsilon: use match_training_randomness=False."
        )
    return found


def _refuse_second_mechanism(name, spending, mechanism):
    if spending:
        raise ValueError(
            f"{name} holds a mechanism of its own ({type(next(iter(spending.values()))).__name__}), and the audit's "
            f"mechanism ({type(mechanism).__name__}) would change the labels before it: pass mechanism=None to "
            "audit the model's own, whose epsilon then follows epsilons; or leave it out of the model."
        )


def _refuse_hidden(name, model, spending):
    reached = _reached(model)
    for key, part in spending.items():
        if not any(part is step for step in reached):
            raise ValueError(
                f"{name} holds {type(part).__name__} as {key!r}, inside a search, an ensemble or the like: every "
                "candidate and member releases the labels once more, and nobody can tell which. Put the mechanism "
                "around the whole."
            )


def _check_foreign(name, names, epsilons):
    if not names:
        raise ValueError(
            f"mechanism=None, and {name} has no epsilon of its own that the budgets {epsilons} could set: give a "
            "mechanism, or epsilons=[float('inf')]."
        )
    if np.inf in epsilons:
        raise ValueError(f"epsilons holds inf, which {names[0]} of {name} is not known to take: leave it out.")


def _spends(part):
    """Whether something spends an epsilon on labels: a mechanism or a defence of ours, or one made in their image."""
    return hasattr(part, "get_params") and not isinstance(part, type) and "epsilon" in part.get_params(deep=False) and (
        hasattr(part, "success_caps") or hasattr(part, "fit_resample")
    )  # fmt: skip


def _reached(model):
    """Parts that the labels pass through, and whose fitted selves can be found again."""
    if isinstance(getattr(model, "steps", None), (list, tuple)):
        return [part for _, step in model.steps for part in _reached(step)]
    return [model]


def _foreign_epsilons(parts):
    """Names of parameters called epsilon, but for those of scikit-learn's classes, which mean something else."""
    names = []
    for key in parts:
        path, _, last = key.rpartition("__")
        if last == "epsilon" and not any(
            cls.__module__.startswith("sklearn.") and "epsilon" in cls._get_param_names()
            for cls in type(parts.get(path)).__mro__
            if hasattr(cls, "_get_param_names")
        ):
            names.append(key)
    return names


def check_sampler(mechanism):
    """Return an unfitted mechanism or None.

    Parameters
    ----------
    mechanism : sampler with ``epsilon``, or None
        What the labels should pass through.

    Returns
    -------
    sampler or None
        A clone.

    Raises
    ------
    ValueError
        If it is no label sampler with an ``epsilon``.
    """
    if mechanism is None:
        return None
    if not (
        hasattr(mechanism, "fit_resample") and hasattr(mechanism, "get_params") and not isinstance(mechanism, type)
    ):
        raise ValueError(f"mechanism must be a label sampler such as RandomizedResponse(), or None; got {mechanism!r}.")
    if "epsilon" not in mechanism.get_params(deep=False):
        raise ValueError(f"mechanism {type(mechanism).__name__} has no parameter epsilon, which the budgets could set.")
    return clone(mechanism)


def split_rows(X, y, test_size, rng):
    """Check the labels and split the rows, every class alike.

    Parameters
    ----------
    X : array-like of n_samples rows
        Features.
    y : array-like of shape (n_samples,) or (n_samples, 1)
        Labels.
    test_size : float
        Share to hold out.
    rng : RandomState
        Draws the split.

    Returns
    -------
    y_train, y_test : ndarray
        Labels.
    train_rows, test_rows : ndarray of int
        Their rows.
    """
    labels = plain_labels(y)
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"y has only one class ({classes[0]}): there is nothing to memorize.")
    if counts.min() < 2:
        rare = classes[counts < 2]
        raise ValueError(
            f"{len(rare)} class(es) have a single row, such as {rare[0]}: drop those rows, or check that the "
            f"target is a class and not a number to predict ({len(classes)} different values)."
        )
    check_classification_targets(labels)
    _check_rows(X, len(labels))
    n_test = ceil(test_size * counts.sum())
    if min(n_test, counts.sum() - n_test) < len(classes):
        raise ValueError(
            f"test_size={test_size} of {counts.sum()} rows cannot hold every one of {len(classes)} classes on both "
            "sides: take more rows, another test_size, or fewer classes."
        )
    rows = np.arange(len(labels))
    return train_test_split(labels, rows, test_size=test_size, stratify=labels, random_state=rng)


def _check_rows(X, n_rows):
    if _num_samples(X) != n_rows:
        raise ValueError(f"X has {_num_samples(X)} rows and y {n_rows} labels (inconsistent numbers of samples).")
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) > 1 and 0 in shape[1:]:
        raise ValueError(f"X has no columns (0 feature(s), shape {shape}) while a minimum of 1 is required.")
    if isinstance(X, np.ma.MaskedArray) and np.ma.getmaskarray(X).any():
        raise ValueError("X has masked entries, which a classifier would not see: fill or drop them.")
