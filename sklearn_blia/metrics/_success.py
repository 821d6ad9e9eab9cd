"""The paper's success ratio and the score that puts it on a scale from chance to every label."""

import numpy as np

from ._checks import real_numbers


def success_ratio(y_true, y_inferred):
    """Share of canaries whose label an attack infers.

    Eq. 1 of the BLIA paper (arXiv 2503.12801). Whether it speaks of privacy or of memorization depends on
    the labels it is held against: the *private* ones (before randomized response) or the *released* ones.

    Parameters
    ----------
    y_true : array-like of shape (n_canaries,)
        The canaries' private or released labels.
    y_inferred : array-like of shape (n_canaries,)
        The labels that the attack inferred.

    Returns
    -------
    float
        Between 0 and 1; one half is chance for an attack that sees no labels.

    Raises
    ------
    ValueError
        If the two differ in shape, or hold no canary.

    Examples
    --------
    >>> from sklearn_blia.metrics import success_ratio
    >>> success_ratio([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    y_true, y_inferred = np.asarray(y_true), np.asarray(y_inferred)
    if y_true.ndim != 1 or y_true.shape != y_inferred.shape:
        raise ValueError(
            f"y_true and y_inferred must be 1-D and of one length, got shapes {y_true.shape} and {y_inferred.shape}."
        )
    texts = [labels.dtype.kind in "US" for labels in (y_true, y_inferred)]
    if y_true.size and texts[0] != texts[1] and "O" not in (y_true.dtype.kind, y_inferred.dtype.kind):
        raise ValueError("y_true and y_inferred must hold labels of one type, and one of them holds texts.")
    if any(labels.dtype.kind == "f" and np.isnan(labels).any() for labels in (y_true, y_inferred)):
        raise ValueError("y_true and y_inferred must not hold NaN.")
    if not y_true.size:
        raise ValueError("y_true holds no canary: a success ratio needs at least one.")
    return float(np.mean(y_true == y_inferred))


def memorization_score(success_ratio, chance_level=0.5):
    """Success ratio rescaled so that 0 is chance and 1 is every label.

    ``(SR - SR0) / (1 - SR0)``, not clipped: a score below 0 is an attack that did worse than chance. An
    attack whose chance level is 1 can show nothing; its score is 0.

    Parameters
    ----------
    success_ratio : float or ndarray
        Success ratio SR, between 0 and 1.
    chance_level : float or ndarray, default=0.5
        What the attack scores with no memorization at all, SR0, between 0 and 1. One half for an attack
        that sees no labels.

    Returns
    -------
    float or ndarray
        The memorization score, at most 1.

    Raises
    ------
    ValueError
        If an argument lies outside [0, 1].

    Examples
    --------
    >>> from sklearn_blia.metrics import memorization_score
    >>> memorization_score(0.75)
    0.5
    """
    ratio = _unit_interval("success_ratio", success_ratio)
    chance = _unit_interval("chance_level", chance_level)
    room = 1.0 - chance
    score = np.divide(ratio - chance, room, out=np.zeros(np.broadcast(ratio, room).shape), where=room > 0)
    return score if score.ndim else float(score)


def _unit_interval(name, value):
    array = real_numbers(name, value)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name} must lie in [0, 1], got {value!r}.")
    return array
