"""Make a model drop the secrets of every label sampler that it holds, wherever it holds it."""

from collections import deque
from contextlib import suppress
from functools import partial
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType

import numpy as np
from sklearn.semi_supervised import SelfTrainingClassifier

# Objects of these packages hold numbers, not estimators.
_OPAQUE = {"builtins", "numpy", "pandas", "scipy", "torch"}


def forget(estimator):
    """Make every label sampler inside a model, and every audit, drop its secrets and its seed.

    Call it before a model is stored or shared. It reaches fitted and unfitted samplers alike, wherever the
    model holds them: in pipelines, searches and their grids, ensembles, calibrators, in attributes and slots, lists,
    deques, dicts and sets, partial functions, methods and closures, object arrays and object columns of pandas. A
    sampler object that another model shares loses its seed there too. Not touched are a seed that is no sampler's (of
    an ensemble that seeds its members, or in a grid of seeds), with which whoever has the data could draw the coins
    again, and what the classifier itself keeps of its training labels (a nearest neighbour keeps them all). A
    self-training classifier around a model keeps them as they were before its samplers, and needs them no more: every
    one loses its ``transduction_``. Not looked into, for no estimator keeps others there: keys of dicts, attributes of
    functions, ``DataFrame.attrs``.

    Parameters
    ----------
    estimator : estimator
        A model with label samplers inside, or a fitted `LabelAudit`.

    Returns
    -------
    estimator
        The same object. It predicts as before and can no longer be audited.

    Raises
    ------
    ValueError
        If the model holds no label sampler.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import CanaryFlipper, forget, make_label_pipeline
    >>> X, y = make_classification(random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), DecisionTreeClassifier())
    >>> search = GridSearchCV(model, {"decisiontreeclassifier__max_depth": [1, 2]}).fit(X, y)
    >>> forget(search).best_estimator_.named_steps_.canaryflipper
    CanaryFlipper(fraction=0.1)
    """
    parts = list(_parts(estimator))
    holders = [part for part in parts if _has(part, "_secrets") and _has(part, "forget")]
    if not holders:
        raise ValueError(f"{type(estimator).__name__} holds no label sampler and no audit: there is nothing to forget.")
    for holder in holders:
        holder.forget()
    for part in parts:
        if isinstance(part, SelfTrainingClassifier):
            vars(part).pop("transduction_", None)
    return estimator


def _parts(root):
    """Every object that `root` holds, in attributes, lists, dicts and object arrays, each once."""
    seen, found, waiting = set(), [], [root]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        found.append(part)
        waiting.extend(_held_by(part))
    return found


def _held_by(part):
    if isinstance(part, dict):
        return part.values()
    if isinstance(part, (list, tuple, set, frozenset, deque)):
        return part
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype == object else ()
    if isinstance(part, partial):
        return (part.func, part.args, part.keywords)
    if isinstance(part, MethodType):
        return (part.__self__, part.__func__)
    if isinstance(part, FunctionType):
        return [*_cells(part), *(part.__defaults__ or ()), *(part.__kwdefaults__ or {}).values()]
    if type(part).__module__.split(".")[0] == "pandas":
        return list(_object_columns(part))
    if isinstance(part, (type, ModuleType)) or type(part).__module__.split(".")[0] in _OPAQUE:
        return ()
    return [*(part.__dict__.values() if _has(part, "__dict__") else ()), *_slotted(part)]


def _has(part, name):
    """Whether an object has an attribute; of one whose own code fails when it is asked: no."""
    try:
        return hasattr(part, name)
    except Exception:
        return False


def _cells(function):
    """What a closure holds."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty yet
            continue


def _slotted(part):
    """What stands in slots, private ones included; reading one never runs the user's code."""
    for cls in type(part).__mro__:
        for descriptor in vars(cls).values():
            if isinstance(descriptor, MemberDescriptorType):
                with suppress(AttributeError):  # it is empty yet
                    yield descriptor.__get__(part)


def _object_columns(frame):
    """Columns of pandas that may hold anything, one at a time."""

    def is_object(dtype):
        return isinstance(dtype, np.dtype) and dtype.kind == "O"

    if getattr(frame, "ndim", 0) == 2:
        for place, dtype in enumerate(frame.dtypes):
            if is_object(dtype):
                yield frame.iloc[:, place].to_numpy()
    elif is_object(getattr(frame, "dtype", None)):
        yield frame.to_numpy()
