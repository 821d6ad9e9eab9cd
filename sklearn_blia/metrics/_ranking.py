"""Epsilon bounds from an attack that may abstain: how many guesses to make, paid for honestly."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from ._checks import check_level
from ._epsilon import epsilon_lower_bound

DEFAULT_GRID = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class EpsilonBound:
    """A lower bound on epsilon, and the guesses that it rests on.

    Attributes
    ----------
    epsilon_lower_bound : float
        The bound, valid at confidence ``1 - alpha`` although the number of guesses was chosen.
    n_guesses, n_correct, n_canaries : int
        The guesses that the bound rests on, the right ones among them, and the canaries that they were
        chosen from (half of all with ``selection="split"``).
    alpha : float
        Level left for that one bound after the correction.
    """

    epsilon_lower_bound: float
    n_guesses: int
    n_correct: int
    n_canaries: int
    alpha: float


def epsilon_from_ranking(
    confidence,
    correct,
    *,
    guess_fractions=DEFAULT_GRID,
    selection="bonferroni",
    delta=0.0,
    alpha=0.05,
    method="steinke",
    random_state=None,
):
    """Lower bound on epsilon that guesses only the canaries an attack is most confident about.

    A bound at the best number of guesses, picked after seeing which are right, is no bound. Two ways to
    pick are offered: every number of a grid declared beforehand is tried at level ``alpha / len(grid)``
    (Bonferroni), or the number is picked on a random half of the canaries and the bound taken on the other.

    Parameters
    ----------
    confidence : array-like of shape (n_canaries,)
        How sure the attack is of each guess; only the order counts, and equals keep the order of the rows. Neither
        may depend on the coins; the absolute ``decision_function`` of a label-blind attack does not.
    correct : array-like of bool of shape (n_canaries,)
        Whether each guess is right.
    guess_fractions : sequence of float, default=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
        Shares of the canaries to guess, each in (0, 1].
    selection : {"bonferroni", "split"}, default="bonferroni"
        How the choice is paid for.
    delta : float, default=0.0
        Delta of the guarantee in question, in [0, 1).
    alpha : float, default=0.05
        One minus the confidence of the bound, the choice included.
    method : {"steinke", "f-dp"}, default="steinke"
        As in `epsilon_lower_bound`.
    random_state : int, RandomState instance or None, default=None
        Draws the halves of ``selection="split"``.

    Returns
    -------
    EpsilonBound
        The bound and the counts it rests on.

    Raises
    ------
    ValueError
        If the arrays differ in shape, hold NaN, or fewer than two canaries for a split; if the grid is
        empty or leaves (0, 1]; or a level is out of range.

    References
    ----------
    Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import epsilon_from_ranking, epsilon_lower_bound
    >>> confidence = np.arange(1000.0)
    >>> correct = (confidence >= 900) | (np.arange(1000) % 2 == 0)     # the surest 100 are all right
    >>> round(epsilon_lower_bound(correct.sum(), 1000), 2), epsilon_from_ranking(confidence, correct).n_guesses
    (0.09, 100)
    """
    confidence, correct = _check_ranking(confidence, correct)
    fractions = _check_fractions(guess_fractions)
    alpha = check_level("alpha", alpha)
    if selection not in ("bonferroni", "split"):
        raise ValueError(f"selection must be 'bonferroni' or 'split', got {selection!r}.")
    bound = {"delta": delta, "method": method}
    shared = alpha / len(fractions)
    if selection == "bonferroni":
        return _best(_bounds(confidence, correct, fractions, alpha=shared, **bound))
    if len(correct) < 2:
        raise ValueError("selection='split' needs at least two canaries.")
    order = check_random_state(random_state).permutation(len(correct))
    choose, hold = order[: len(order) // 2], order[len(order) // 2 :]
    # The choice is free, but judged at the shared level it falls less often for a short list that was lucky.
    candidates = _bounds(confidence[choose], correct[choose], fractions, alpha=shared, **bound)
    chosen = fractions[candidates.index(_best(candidates))]
    return _bounds(confidence[hold], correct[hold], [chosen], alpha=alpha, **bound)[0]


def _bounds(confidence, correct, fractions, *, alpha, delta, method):
    m = len(correct)
    n_guesses = [max(1, round(fraction * m)) for fraction in fractions]
    least = np.partition(-confidence, [r - 1 for r in n_guesses])
    n_correct = [_right_among(confidence, correct, r, -least[r - 1]) for r in n_guesses]
    bounds = epsilon_lower_bound(n_correct, m, n_guesses=n_guesses, delta=delta, alpha=alpha, method=method)
    return [EpsilonBound(float(e), r, v, m, alpha) for e, r, v in zip(bounds, n_guesses, n_correct, strict=True)]


def _right_among(confidence, correct, r, least):
    """Right ones of the r surest guesses, of which the last has the confidence `least`; equals in the order of rows."""
    surer = confidence > least
    equal = correct[confidence == least]
    return int(np.count_nonzero(correct[surer]) + np.count_nonzero(equal[: r - np.count_nonzero(surer)]))


def _best(candidates):
    return max(candidates, key=lambda candidate: candidate.epsilon_lower_bound)


def _check_ranking(confidence, correct):
    confidence, correct = np.asarray(confidence, dtype=float), np.asarray(correct)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not confidence.size:
        raise ValueError(
            "confidence and correct must be 1-D, of one length and not empty, "
            f"got shapes {confidence.shape} and {correct.shape}."
        )
    if np.isnan(confidence).any():
        raise ValueError("confidence contains NaN: give every canary a number.")
    if not np.isin(correct, (0, 1)).all():
        raise ValueError("correct must hold only True and False.")
    return confidence, correct.astype(bool)


def _check_fractions(guess_fractions):
    fractions = np.asarray(guess_fractions)
    if fractions.ndim != 1 or fractions.dtype.kind not in "iuf":
        raise ValueError(f"guess_fractions must hold numbers in (0, 1], got {guess_fractions!r}.")
    fractions = fractions.tolist()
    if not fractions or not all(0 < fraction <= 1 for fraction in fractions):
        raise ValueError(f"guess_fractions must hold numbers in (0, 1], got {guess_fractions!r}.")
    return fractions
