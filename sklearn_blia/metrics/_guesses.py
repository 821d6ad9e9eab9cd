"""What label-blind attacks guessed on the same canaries, as bounds on epsilon take it."""

from dataclasses import dataclass

import numpy as np

from ._e_process import EProcess
from ._methods import Bonferroni, Prefixes
from ._planning import epsilon_ceiling
from ._played import Played, is_blind, values_of

# With a delta the numbers of guesses must be fixed before: all at half of the level, the surest at an eighth each.
WITH_DELTA = Bonferroni((0.05, 0.1, 0.2, 0.5, 1.0), (0.125, 0.125, 0.125, 0.125, 0.5))


def refutes(bounds, claim):
    """Whether any of these bounds, by the attacks' names, exceeds the claim."""
    return any(bound.epsilon_lower_bound > claim.epsilon for bound in bounds.values())


@dataclass(frozen=True)
class Guesses:
    """What label-blind attacks guessed, as bounds take it.

    Attributes
    ----------
    fixed : tuple of str
        Names of the attacks whose guesses follow from outputs alone.
    adaptive : tuple of str
        Names of those that learn from the coins of canaries guessed before; without bounds where there is a delta.
    confidence : ndarray of shape (n_attacks, n_guesses)
        How sure each attack is, fixed ones first; of an adaptive one how early it guessed.
    correct : ndarray of bool of shape (n_attacks, n_guesses)
        Whether the guess is right.
    repeats : ndarray of int of shape (n_guesses,)
        Which training each canary is of.
    delta : float
        Of the claim.
    """

    fixed: tuple
    adaptive: tuple
    confidence: np.ndarray
    correct: np.ndarray
    repeats: np.ndarray
    delta: float

    @classmethod
    def of(cls, scores, codes, guessed, repeats, delta):
        adaptive = () if delta else tuple(name for name, score in scores.items() if isinstance(score, Played))
        fixed = tuple(name for name, s in scores.items() if not isinstance(s, Played) and is_blind(s))
        # With a delta the number of guesses must be fixed before; only their order may follow from the outputs.
        counted = codes >= 0 if delta else guessed
        sureness = [np.where(guessed, np.abs(scores[name]), -np.inf) for name in fixed]
        sureness += [-np.asarray(scores[name].order, dtype=float) for name in adaptive]
        right = [(values_of(scores[name]) >= 0) == codes for name in (*fixed, *adaptive)]
        shape = (len(right), len(codes))
        confidence = np.array(sureness, dtype=float).reshape(shape)[:, counted]
        correct = np.array(right, dtype=bool).reshape(shape)[:, counted]
        return cls(fixed, adaptive, confidence, correct, repeats[counted], delta)

    @property
    def names(self):
        """All attacks that have a bound."""
        return (*self.fixed, *self.adaptive)

    def bounds(self, method, alpha, random_state):
        """By the attacks' names. What learns from coins has a share of the level of its own, and the order it took."""
        n, k = len(self.names), len(self.fixed)
        found = []
        if k:
            found += method.bounds(self.confidence[:k], self.correct[:k], delta=self.delta, alpha=alpha * k / n,
                                   rng=random_state)  # fmt: skip
        for confidence, correct in zip(self.confidence[k:], self.correct[k:], strict=True):
            found += Prefixes().bounds(confidence[None], correct[None], alpha=alpha / n)
        return dict(zip(self.names, found, strict=True))

    def anytime_bounds(self, alpha, n_tried=None):
        """By the attacks' names, bounds that hold whenever one stops."""
        each = zip(self.names, self.confidence, self.correct, strict=True)
        share = alpha / max(1, n_tried or len(self.names))
        return {name: EProcess.of(c, right, self.repeats).bound(share) for name, c, right in each}

    @property
    def n_guessed(self):
        """Guesses that count; None where there is no attack to bound by."""
        return self.correct.shape[1] if self.names else None

    def ceiling(self, method, alpha, n_tried=None):
        """What no bound can exceed, as if one attack were always right; without a method, of bounds at any time."""
        if not self.n_guessed:
            return None
        if method is None:
            everything = EProcess.of(np.zeros(self.n_guessed), np.ones(self.n_guessed, bool), self.repeats)
            return everything.bound(alpha / (n_tried or len(self.names))).epsilon_lower_bound
        n, k = len(self.names), len(self.fixed)
        found = [epsilon_ceiling(self.n_guessed, alpha=alpha / n)] if self.adaptive else []
        if k:
            found.append(method.ceiling(self.confidence[:k], self.correct[:k], delta=self.delta, alpha=alpha * k / n))
        return float(max(found))
