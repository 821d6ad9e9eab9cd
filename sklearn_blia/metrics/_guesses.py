"""What label-blind attacks guessed on the same canaries, as bounds on epsilon take it."""

from dataclasses import dataclass

import numpy as np

from ._e_process import EProcess
from ._epsilon import epsilon_lower_bound
from ._methods import Bonferroni
from ._planning import epsilon_ceiling

# With a delta the numbers of guesses must be fixed before: all at half of the level, the surest at an eighth each.
WITH_DELTA = Bonferroni((0.05, 0.1, 0.2, 0.5, 1.0), (0.125, 0.125, 0.125, 0.125, 0.5))


def refutes(bounds, claim):
    """Whether any of these bounds, by the attacks' names, exceeds the claim."""
    return any(bound.epsilon_lower_bound > claim.epsilon for bound in bounds.values())


@dataclass(frozen=True)
class Guesses:
    """What label-blind attacks guessed, as bounds take it."""

    names: tuple
    confidence: np.ndarray
    correct: np.ndarray
    repeats: np.ndarray
    delta: float

    @classmethod
    def of(cls, scores, codes, guessed, repeats, delta):
        names = tuple(name for name, score in scores.items() if score.ndim == 1)
        # With a delta the number of guesses must be fixed before; only their order may follow from the outputs.
        counted = codes >= 0 if delta else guessed
        table = np.array([scores[name] for name in names]).reshape(len(names), len(codes))
        confidence = np.where(guessed, np.abs(table), -np.inf)[:, counted]
        return cls(names, confidence, ((table >= 0) == codes)[:, counted], repeats[counted], delta)

    def bounds(self, method, alpha, random_state):
        """By the attacks' names."""
        if not self.names:
            return {}
        found = method.bounds(self.confidence, self.correct, delta=self.delta, alpha=alpha, rng=random_state)
        return dict(zip(self.names, found, strict=True))

    def anytime_bounds(self, alpha):
        """By the attacks' names, bounds that hold whenever one stops."""
        each = zip(self.names, self.confidence, self.correct, strict=True)
        share = alpha / max(1, len(self.names))
        return {name: EProcess.of(c, right, self.repeats).bound(share) for name, c, right in each}

    @property
    def n_guessed(self):
        return self.correct.shape[1] if self.names else None

    def ceiling(self, alpha, anytime=False):
        """What no bound can exceed: of one attack that is always right, with which all others agree."""
        m = self.n_guessed
        if m is None:
            return None
        if anytime:
            return EProcess.of(np.zeros(m), np.ones(m, bool), self.repeats).bound(alpha).epsilon_lower_bound
        return (
            epsilon_lower_bound(m, m, delta=self.delta, alpha=alpha) if self.delta else epsilon_ceiling(m, alpha=alpha)
        )
