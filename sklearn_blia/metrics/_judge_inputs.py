"""What `judge` is given, checked before anything is made of it."""

from collections.abc import Mapping

import numpy as np

from ._checks import real_numbers, refuse_masked
from ._memorization_test import TARGETS
from ._played import Played, values_of


def check_observed(codes, scores, needed=("private",)):
    """Codes by target, and by target the scores of each attack, as arrays of one length."""
    if not isinstance(codes, Mapping) or not isinstance(scores, Mapping):
        raise ValueError("codes must be a dict by target, and scores a dict by attack.")
    codes = {target: np.asanyarray(code) for target, code in codes.items() if code is not None}
    if not set(needed) <= set(codes) <= set(TARGETS):
        raise ValueError(f"codes must be a dict by target, of {TARGETS}, the private ones at least; got {list(codes)}.")
    if not scores:
        raise ValueError("scores must hold the decision values of at least one attack.")
    m = np.size(next(iter(codes.values()), ()))
    for target, code in codes.items():
        refuse_masked(f"codes[{target!r}]", code)
        if code.shape != (m,) or not m or not np.isin(code, (-1, 0, 1)).all():
            raise ValueError(f"codes[{target!r}] must hold 0, 1 or -1 for each canary, one at least.")
    return codes, {t: {name: check_scores(name, score, t, m) for name, score in scores.items()} for t in codes}


def check_scores(name, scores, target, m):
    """Decision values of one attack against one target, for each of m canaries, as an array or `Played`."""
    if isinstance(scores, dict):
        if target not in scores:
            raise ValueError(f"scores[{name!r}] must hold what was guessed of the {target} labels.")
        scores = scores[target]
    played = scores if isinstance(scores, Played) else None
    given = values_of(scores)
    if isinstance(given, np.ndarray) and given.dtype.kind == "b":  # hard guesses, the first candidate below 0
        given = given - 0.5 if played is None else given.astype(float)
    values = real_numbers(f"scores[{name!r}]", given)
    if values.shape not in ((m,), (m, 2)):
        raise ValueError(f"scores[{name!r}] must have shape ({m},) or ({m}, 2), got {values.shape}.")
    if np.isnan(values).any():
        raise ValueError(f"scores[{name!r}] holds NaN: an attack has to give every canary a number.")
    if played is None:
        return values
    order = np.asarray(played.order, dtype=float)
    if values.ndim > 1 or order.shape != (m,) or np.isnan(order).any():
        raise ValueError(f"scores[{name!r}] must say of each of {m} canaries what was guessed, and when.")
    return Played(values, order)


def check_guessed(guessed, codes, anytime):
    """The canaries that bounds guess: those asked for whose label is a candidate, or all of these.

    Not all of them where later repeats may yet ask for some: what was counted once stays counted.
    """
    kept = codes >= 0
    if guessed is None:
        return kept
    guessed = np.asarray(guessed)
    if guessed.shape != codes.shape or guessed.dtype != bool:
        raise ValueError(f"guessed must hold True or False for each of {len(codes)} canaries.")
    return guessed & kept if anytime or (guessed & kept).any() else kept


def check_repeats(repeats, codes):
    """Which training each canary is of, numbered from 0."""
    repeats = np.asarray(repeats)
    if repeats.shape != codes["private"].shape or repeats.dtype.kind not in "iu":
        raise ValueError(f"repeats must hold a whole number for each of {len(codes['private'])} canaries.")
    return np.unique(repeats, return_inverse=True)[1]


def check_groups(groups, codes):
    """Groups as texts; ValueError unless there is one for each canary."""
    groups = np.asarray(groups)
    if groups.shape != codes.shape:
        raise ValueError(f"groups must have shape ({len(codes)},), one for each canary, got {groups.shape}.")
    return groups.astype(str)
