"""Guesses that were made one after another, each with the coins of those before it known."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Played:
    """What an attack guessed that sees the coin of each canary after guessing it.

    Under label privacy each guess is right with the probability that the claim allows at most, whatever the outputs and
    the coins of canaries guessed before (Keinan, Shenfeld and Ligett, The Hidden Cost of Auditing One Run,
    arXiv 2503.07199, Proposition E.5), so counts along the order of the guesses keep their laws: one half without
    memorization, e^eps / (1 + e^eps) under a claim. Weights and orders that look ahead do not.

    Attributes
    ----------
    scores : ndarray of shape (n_canaries,)
        Decision values as they were when the canary was guessed, at least 0 for the second candidate.
    order : ndarray of int or float of shape (n_canaries,)
        When it was guessed: the smallest first.
    """

    scores: np.ndarray
    order: np.ndarray

    @classmethod
    def joined(cls, plays):
        """Put plays of several trainings together, all at the same share of their way at a time.

        Parameters
        ----------
        plays : sequence of Played
            One for each training.

        Returns
        -------
        Played
            Of all canaries, one training after another.
        """
        order = [play.order / max(1, len(play.order)) for play in plays]
        return cls(np.concatenate([play.scores for play in plays]), np.concatenate(order))


def values_of(scores):
    """Decision values, of guesses that were made one after another or all at once."""
    return scores.scores if isinstance(scores, Played) else scores


def is_blind(scores):
    """Whether these are guesses of an attack that does not see the label that it infers."""
    return values_of(scores).ndim == 1
