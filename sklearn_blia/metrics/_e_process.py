"""Evidence that may be looked at after every repeat: wealth won by betting on right guesses."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from ._methods import EpsilonBound

# Bets are made on these shares of the guesses of each repeat, the surest, and at log odds so far above epsilon.
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_SURPLUS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class EProcess:
    """Wealth of a gambler who bets against "the trainings spend at most epsilon", over all repeats so far.

    Under epsilon-label-DP each guess is right with a probability of at most q = e^eps / (1 + e^eps), whatever the
    outputs and the guesses before it (Steinke, Nasr and Jagielski 2023), so ``prod(1 + lambda (right - q))`` with
    ``0 <= lambda <= 1 / q`` is on average at most 1, at any time at which one stops. Several bets are averaged: on the
    surest 2, 5, 10, 20, 50 and 100 % of the guesses of each repeat, each with the lambda that grows fastest if the log
    odds of a right guess are eps + 0.25, 0.5, 1, 2 or 4. By Ville's inequality the wealth ever reaches 1 / alpha with
    probability alpha at most (Ramdas et al. 2023, Game-theoretic statistics and safe anytime-valid inference).

    Attributes
    ----------
    n_right, n_guesses : ndarray of shape (n_shares,)
        Right guesses and guesses among the surest of all repeats, by share.
    """

    n_right: np.ndarray
    n_guesses: np.ndarray

    @classmethod
    def of(cls, confidence, correct, repeats, shares=_SHARES):
        """Count right guesses among the surest of each repeat.

        Parameters
        ----------
        confidence : ndarray of shape (n_guesses,)
            How sure the attack is of each guess, by outputs alone.
        correct : ndarray of bool of shape (n_guesses,)
            Whether it is right.
        repeats : ndarray of int of shape (n_guesses,)
            Which repeat each is of.
        shares : sequence of float
            Shares of the guesses of a repeat.

        Returns
        -------
        EProcess
            For any epsilon.
        """
        right, total = np.zeros(len(shares), dtype=np.int64), np.zeros(len(shares), dtype=np.int64)
        for repeat in np.unique(repeats):
            here = repeats == repeat
            ranked = np.cumsum(correct[here][np.argsort(-confidence[here], kind="stable")])
            n_guesses = np.maximum(1, np.rint(np.array(shares) * len(ranked)).astype(np.int64))
            right += ranked[n_guesses - 1]
            total += n_guesses
        return cls(right, total)

    def log_wealth(self, epsilon):
        """Compute the logarithm of the mean wealth over all bets against `epsilon`.

        Parameters
        ----------
        epsilon : float
            What the trainings are said to spend.

        Returns
        -------
        float
            At least ``log(1 / alpha)``, at any time, with probability at most alpha if that is true.
        """
        surplus = np.array(_SURPLUS)[:, None]
        won = special.log_expit(epsilon + surplus) - special.log_expit(epsilon)
        lost = special.log_expit(-epsilon - surplus) - special.log_expit(-epsilon)
        each = self.n_right * won + (self.n_guesses - self.n_right) * lost
        return float(special.logsumexp(each) - np.log(each.size))

    def p_value(self, epsilon):
        """One over the wealth, at most 1: valid at any time at which one stops."""
        return float(np.exp(min(0.0, -self.log_wealth(epsilon))))

    def bound(self, alpha):
        """Compute the first epsilon against which the wealth has not reached 1 / alpha.

        Parameters
        ----------
        alpha : float
            One minus the confidence, at any time at which one stops.

        Returns
        -------
        EpsilonBound
            With the counts of the share of guesses that has won most.
        """
        n_canaries = int(self.n_guesses.max(initial=0))

        def excess(epsilon):
            return self.log_wealth(epsilon) + np.log(alpha)

        if not n_canaries or excess(0.0) < 0:
            return EpsilonBound(0.0, n_canaries, int(self.n_right[-1]), n_canaries, alpha)
        # Wealth falls as epsilon grows: a bet wins less and loses more.
        top = np.log(n_canaries) + max(_SURPLUS) + np.log(1 / alpha)
        found = float(optimize.brentq(excess, 0.0, top, xtol=1e-9))
        share = self.n_right / self.n_guesses
        divergence = special.rel_entr(share, special.expit(found)) + special.rel_entr(1 - share, special.expit(-found))
        best = int(np.argmax(np.where(share > special.expit(found), self.n_guesses * divergence, -1.0)))
        return EpsilonBound(found, int(self.n_guesses[best]), int(self.n_right[best]), n_canaries, alpha)
