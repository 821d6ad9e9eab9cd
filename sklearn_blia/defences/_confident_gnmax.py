"""Confident-GNMax: noised votes, answered only where the teachers agree, until the budget is spent."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from ..metrics import mu_of_epsilon


@dataclass(frozen=True)
class ConfidentGNMax:
    """How votes are counted, and what a question and an answer cost.

    One label is in one shard, so replacing it moves one vote at most: the largest count by 1, the counts by sqrt(2) in
    L2. A question (is the largest count, plus N(0, sigma_question^2), above the threshold?) is 1/sigma_question-GDP, an
    answer (the largest count plus N(0, sigma_answer^2)) sqrt(2)/sigma_answer-GDP, and mu^2 add up, also where what is
    asked next depends on what came before (Papernot et al. 2018, "Scalable Private Learning with PATE", Algorithm 1;
    accounts as Gaussian mechanisms, which holds for all votes). The account that depends on the votes is smaller, and
    would itself have to be protected.

    Attributes
    ----------
    mu : float
        The whole budget.
    sigma_question, sigma_answer : float
        Standard deviations of the noise, in votes.
    threshold : float
        In votes.
    """

    mu: float
    sigma_question: float
    sigma_answer: float
    threshold: float

    @classmethod
    def planned(cls, epsilon, delta, n_answers, n_teachers, threshold):
        """Spend half of the budget on so many answers, the other half on twice as many questions."""
        mu = mu_of_epsilon(epsilon, delta)
        sigma = 2 * np.sqrt(n_answers) / mu
        return cls(mu, sigma, sigma, threshold * n_teachers)

    def label(self, votes, draw):
        """Label rows one after another, as long as both what a question and what an answer costs is left.

        Parameters
        ----------
        votes : ndarray of int of shape (n_questions, n_classes)
            Votes of the teachers on each row, in the order in which they are asked.
        draw : callable
            From a shape to uniform numbers in [0, 1).

        Returns
        -------
        labels : ndarray of int of shape (n_questions,)
            Positions in the classes; -1 for rows that were not asked about or not answered.
        n_asked : int
            How many were.
        """
        labels = np.full(len(votes), -1)
        noise = _normal(draw((len(votes), 1 + votes.shape[1])))
        left, question, answer = self._budget()
        for number, count in enumerate(votes):
            if left < question + answer:
                return labels, number
            left -= question
            if count.max() + self.sigma_question * noise[number, 0] > self.threshold:
                left -= answer
                labels[number] = np.argmax(count + self.sigma_answer * noise[number, 1:])
        return labels, len(votes)

    def _budget(self):
        """The whole, and what a question and an answer cost, as squares of mu."""
        if self.mu == np.inf:
            return np.inf, 0.0, 0.0
        whole = self.mu**2 * (1 + 1e-9)  # rounding is no question
        return whole, 1 / self.sigma_question**2, 2 / self.sigma_answer**2


def _normal(uniform):
    """Standard normal numbers by inversion; a uniform number of 0 would be minus infinity."""
    return special.ndtri(np.maximum(uniform, 2.0**-54))
