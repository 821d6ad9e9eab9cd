"""Attacks that learn from the coins of canaries that they have guessed already."""

from abc import abstractmethod

import numpy as np

from ..metrics import Played
from ._base import BaseAttack


class Game:
    """Tells the coin of each canary once it has been guessed, and nothing before.

    Parameters
    ----------
    codes : ndarray of int of shape (n_canaries,)
        Which candidate each label is: 0, 1, or -1 for neither.
    """

    def __init__(self, codes):
        codes = np.array(codes)
        guessed = np.zeros(len(codes), dtype=bool)
        scores, order = np.zeros(len(codes)), np.full(len(codes), np.inf)

        # The codes live in this function alone: an attack that holds the game cannot ask it for more.
        def guess(canaries, values):
            canaries, values = np.atleast_1d(canaries), np.asarray(values, dtype=float).reshape(-1)
            if canaries.dtype.kind not in "iu" or canaries.shape != values.shape or not np.isfinite(values).all():
                raise ValueError("guess() takes positions of canaries and a finite decision value for each.")
            if ((canaries < 0) | (canaries >= len(codes))).any():
                raise ValueError(f"guess() takes positions of canaries, from 0 to {len(codes) - 1}.")
            if guessed[canaries].any() or len(np.unique(canaries)) < len(canaries):
                raise ValueError("Each canary is guessed once.")
            order[canaries] = np.count_nonzero(guessed) + np.arange(len(canaries))
            guessed[canaries] = True
            scores[canaries] = values
            return codes[canaries]

        def played():
            last = np.count_nonzero(guessed) + np.arange(np.count_nonzero(~guessed))
            finished = order.copy()
            finished[~guessed] = last
            return Played(scores.copy(), finished)

        self.guess = guess
        self.played = played


class AdaptiveAttack(BaseAttack):
    """Base of attacks that guess in an order of their own and learn from the coins of the canaries guessed before.

    A subclass implements ``play(evidence, game)`` and calls ``game.guess(canaries, scores)``, which takes positions of
    canaries and their decision values, the surest first, and returns which candidate their labels were: 0, 1, or -1 for
    neither. Canaries that are never guessed count as guessed last, for the second candidate.

    The count of right guesses and bounds on epsilon keep their laws (Keinan, Shenfeld and Ligett, arXiv 2503.07199,
    Proposition E.5); an attack that knew the coins of canaries yet to be guessed would not. Max-T and averages over
    coverages take guesses that are fixed, so a report corrects adaptive attacks by Bonferroni.
    """

    adapts = True

    @abstractmethod
    def play(self, evidence, game):
        """Guess the canaries.

        Parameters
        ----------
        evidence : Evidence
            What may be looked at.
        game : Game
            ``guess(canaries, scores)`` returns the codes of the canaries guessed.
        """

    def score(self, evidence, codes=None):
        """Raise ValueError: there are no decision values without the coins of earlier guesses.

        Parameters
        ----------
        evidence : Evidence
            Not used.
        codes : None
            Not used.

        Raises
        ------
        ValueError
            Always.
        """
        name = type(self).__name__
        raise ValueError(f"{name} learns from coins as it guesses: use evaluate(model) or LabelAudit, which know them.")

    def decide(self, observation, target):
        """Play against the labels of one model under attack.

        Parameters
        ----------
        observation : Observation
            What is known of the model.
        target : {"private", "released"}
            Whose coins are told after each guess.

        Returns
        -------
        Played
            Decision values, and the order of the guesses.
        """
        self.check_canaries(observation.canaries)
        game = Game(observation.codes_of(target))
        self.play(observation.evidence, game)
        return game.played()
