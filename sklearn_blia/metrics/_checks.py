"""Checks of counts and levels that the public functions share."""

import numpy as np
from sklearn.utils import check_random_state


def check_counts(**counts):
    """Return the named counts as broadcast int64 arrays, in the order given.

    Every count must be whole, finite and at least 0, and none may exceed the one named after it: call it
    as ``check_counts(n_correct=v, n_guesses=r, n_canaries=m)``.
    """
    arrays = {name: _whole(name, value) for name, value in counts.items()}
    try:
        broadcast = np.broadcast_arrays(*arrays.values())
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"The counts do not broadcast against each other: {shapes}.") from error
    named = list(zip(arrays, broadcast, strict=True))
    for (name, small), (limit, large) in zip(named[:-1], named[1:], strict=True):
        if (small > large).any():
            at = np.argmax(small > large)
            raise ValueError(f"{name}={small.flat[at]} is larger than {limit}={large.flat[at]}.")
    return tuple(broadcast)


def _whole(name, value):
    refuse_masked(name, value)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be a whole number below 2^63 or an array of them, got {value!r}.")
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.floor(array))).all():
        raise ValueError(f"{name} must be whole and finite, got {value!r}.")
    if (array >= 2.0**63).any():
        raise ValueError(f"{name} must be a whole number below 2^63 or an array of them, got {value!r}.")
    if (array < 0).any():
        raise ValueError(f"{name} must be at least 0, got {array.min()}.")
    return array.astype(np.int64)


def check_level(name, value):
    """Return `value` as a float strictly between 0 and 1, and not below what beta quantiles can resolve."""
    if not _is_number(value) or not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value!r}.")
    if value < 1e-12:
        raise ValueError(f"{name} must be at least 1e-12, got {value!r}.")
    return float(value)


def check_delta(delta):
    """Return `delta` as a float in [0, 1)."""
    if not _is_number(delta) or not 0 <= delta < 1:
        raise ValueError(f"delta must lie in [0, 1), got {delta!r}.")
    return float(delta)


def check_epsilon(epsilon, finite=False):
    """Return `epsilon` as a float array of values in [0, inf], or [0, inf) if `finite`."""
    refuse_masked("epsilon", epsilon)
    array = np.asarray(epsilon)
    valid = array.dtype.kind in "iuf" and bool((array >= 0).all())  # NaN fails the comparison as well
    if not valid or (finite and np.isinf(array).any()):
        allowed = "finite and at least 0" if finite else "at least 0 (inf means no label privacy)"
        raise ValueError(f"epsilon must be {allowed}, got {epsilon!r}.")
    return array.astype(float)


def check_scalar_epsilon(epsilon):
    """Return `epsilon` as a float in [0, inf)."""
    array = check_epsilon(epsilon, finite=True)
    if array.ndim:
        raise ValueError(f"epsilon must be one number, got {epsilon!r}.")
    return float(array)


def check_n_classes(n_classes):
    """Return `n_classes` as an int of at least 2."""
    if not _is_number(n_classes) or not 2 <= n_classes < np.inf or n_classes != np.floor(n_classes):
        raise ValueError(f"n_classes must be a whole number of at least 2, got {n_classes!r}.")
    return int(n_classes)


def one_count(name, value):
    """Return `value`, the count called `name`, as an int; refuse arrays."""
    if np.ndim(value):
        raise ValueError(f"{name} must be one whole number, got {value!r}.")
    return int(_whole(name, value))


def real_numbers(name, value):
    """Return `value` as a float array; refuse truth values, texts, complex numbers, masked entries and objects."""
    refuse_masked(name, value)
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold real numbers, got {value!r}.")
    return array.astype(float, copy=False)


def refuse_masked(name, value):
    """Raise ValueError where an entry is masked: NumPy would take what lies below."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise ValueError(f"{name} has masked entries: leave them out.")


def check_random(name, value):
    """Return a RandomState, as scikit-learn makes it.

    Parameters
    ----------
    name : str
        What an error calls the argument.
    value : int, RandomState instance or None
        The seed.

    Returns
    -------
    RandomState
        The generator.

    Raises
    ------
    ValueError
        If it is no seed; True and False are none.
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise ValueError
        return check_random_state(value)
    except ValueError:
        raise ValueError(
            f"{name} must be None, a whole number from 0 to 2^32 - 1 or a RandomState, got {value!r}."
        ) from None


def _is_number(value):
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
