"""A weighted count of right guesses, and its exact tail."""

import numpy as np
from scipy import fft, special

# Weights are whole numbers up to this, fewer where so many canaries would make the sum too long.
_N_LEVELS = 32
_LONGEST = 2**19
# What a Fourier transform leaves of an exact zero.
_ROUNDING = 1e-12


class WeightedCount:
    """Right guesses weighed by what the attack says of them, against those of a given epsilon.

    The most powerful test of right guesses with probabilities p_i against independent ones with probability
    q = e^eps / (1 + e^eps) weighs them with ``log(p_i / q) - log((1 - p_i) / (1 - q)) = logit p_i - eps`` (Neyman and
    Pearson), and leaves out those of which the attack is less sure than epsilon itself. The p_i come from the outputs,
    so weights are fixed given these, and the sum is dominated by that of independent Bernoulli(q): its tail is found
    exactly, for weights in whole numbers, by multiplying characteristic functions.

    Parameters
    ----------
    log_odds : array-like of shape (n_guesses,)
        Log odds, by the attack's word, that each guess is right.
    correct : array-like of bool of shape (n_guesses,)
        Whether it is.
    """

    def __init__(self, log_odds, correct):
        # One miss in all of them is the least that a count can tell: no guess is taken for surer.
        self.log_odds = np.minimum(log_odds, np.log(max(2, len(log_odds))))
        self.correct = np.asarray(correct, dtype=bool)
        self.n_levels = max(1, min(_N_LEVELS, _LONGEST // len(self.log_odds)))

    def weights(self, epsilon):
        """Whole weights of the guesses, made for this epsilon; all 0 where the attack is nowhere surer than it."""
        excess = np.maximum(self.log_odds - epsilon, 0.0)
        largest = excess.max()
        return np.rint(excess * (self.n_levels / largest)).astype(np.int64) if largest > 0 else excess.astype(np.int64)

    def p_value(self, made_for, epsilon):
        """Probability of so large a weighted count under epsilon; rises in epsilon.

        Parameters
        ----------
        made_for, epsilon : float
            What the weights are made for, and what is tested.

        Returns
        -------
        float
            In (0, 1].
        """
        weights = self.weights(made_for)
        n_of = np.bincount(weights)
        total = int(weights[self.correct].sum())
        if not total:
            return 1.0
        size = fft.next_fast_len(int(weights.sum()) + 1, real=True)
        turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
        q, transform = special.expit(epsilon), 1.0
        for weight in np.flatnonzero(n_of[1:]) + 1:
            transform = transform * ((1 - q) + q * turn**weight) ** n_of[weight]
        mass = fft.irfft(transform, size)
        return float(np.clip(mass[total : int(weights.sum()) + 1].sum() + _ROUNDING, _ROUNDING, 1.0))
