"""What an attack says of the canaries of one model, beside what their labels are."""

from dataclasses import dataclass

import numpy as np

from ..metrics import guess_counts, memorization_test


@dataclass(frozen=True, eq=False)
class ScoredCanaries:
    """Decision values of one attack on one model, and the coins that they are held against. It holds the secret.

    Attributes
    ----------
    values : ndarray of shape (n_canaries, 2)
        Decision values, made under either value of each label; the columns are the same unless the attack reads
        labels.
    coins : ndarray of bool of shape (n_canaries,)
        Which candidate each label is: False the first, True the second.
    kept : ndarray of bool of shape (n_planted,)
        Canaries that these are: those whose label is one of their candidates.
    reads_labels : bool
        Whether the attack does.
    target : {"private", "released"}
        Which labels.
    """

    values: np.ndarray
    coins: np.ndarray
    kept: np.ndarray
    reads_labels: bool
    target: str

    @property
    def guess_table(self):
        """Guesses (True: second candidate) under either value of each label."""
        return self.values >= 0

    @property
    def own(self):
        """Decision values as the attack makes them."""
        if not self.reads_labels:
            return self.values[:, 0]
        return np.where(self.coins, self.values[:, 1], self.values[:, 0])

    @property
    def correct(self):
        """Whether each guess is right."""
        return (self.own >= 0) == self.coins

    def test(self, alpha):
        """Test the right guesses against chance.

        Parameters
        ----------
        alpha : float
            Level of the interval and of the epsilon bound.

        Returns
        -------
        MemorizationTest
            Success ratio, chance level, exact p-value, interval, epsilon bound.
        """
        m, how = len(self.coins), {"target": self.target, "alpha": alpha}
        if not self.reads_labels:
            return memorization_test(np.count_nonzero(self.correct), m, **how)
        v, a, b = guess_counts(self.guess_table, self.coins)
        return memorization_test(v, m, n_certain=a, n_undecided=b, **how)
