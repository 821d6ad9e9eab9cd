"""Logits of canaries over shadow models, and what they say of the target's."""

from dataclasses import dataclass

import numpy as np

_PRIOR_WEIGHT = 8  # observations for which the variance over all canaries counts in that of a single one


def logit(proba, clip):
    """Logit of probabilities brought into [clip, 1 - clip]."""
    proba = np.clip(proba, clip, 1 - clip)
    return np.log(proba) - np.log1p(-proba)


@dataclass(frozen=True)
class LabelEffects:
    """How the label on which a model is trained moves its logit at each canary, estimated from shadows.

    The logit of a shadow is ``middle + gap * (coin - 1/2)`` plus noise. With few shadows a canary's own gap is
    mostly noise, and where all coins fell the same way there is none: it is shrunk towards the mean gap over the
    canaries, by how much gaps differ beyond their noise (the random effects of DerSimonian and Laird 1986). Its
    variance is shrunk towards that over all canaries.

    Attributes
    ----------
    middle, gap, variance : ndarray of shape (n_canaries,)
        Estimates.
    """

    middle: np.ndarray
    gap: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, logits, coins):
        """Estimate them.

        Parameters
        ----------
        logits : ndarray of shape (n_shadows, n_canaries)
            Logits of the shadows.
        coins : ndarray of shape (n_shadows, n_canaries)
            0, 1, or -1 where the shadow saw neither candidate.

        Returns
        -------
        LabelEffects
            Estimates.
        """
        ones, zeros = (coins == 1), (coins == 0)
        n1, n0 = ones.sum(axis=0), zeros.sum(axis=0)
        mean1 = (logits * ones).sum(axis=0) / np.maximum(n1, 1)
        mean0 = (logits * zeros).sum(axis=0) / np.maximum(n0, 1)
        squares = (ones * (logits - mean1) ** 2 + zeros * (logits - mean0) ** 2).sum(axis=0)
        freedom = np.maximum(n1 - 1, 0) + np.maximum(n0 - 1, 0)
        shared = max(squares.sum() / max(freedom.sum(), 1), 1e-12)
        both = (n1 > 0) & (n0 > 0)
        noise = shared * (1 / np.maximum(n1, 1) + 1 / np.maximum(n0, 1))
        gap = _shrunk(mean1 - mean0, noise, both)
        known = np.maximum(n1 + n0, 1)
        middle = (n1 * (mean1 - gap / 2) + n0 * (mean0 + gap / 2)) / known
        middle = np.where(n1 + n0 > 0, middle, logits.mean(axis=0))
        return cls(middle, gap, (squares + _PRIOR_WEIGHT * shared) / (freedom + _PRIOR_WEIGHT))

    def log_likelihood_ratio(self, logits):
        """Log-likelihood ratio of label 1 against label 0 for a model with these logits, Gaussian."""
        return self.gap * (logits - self.middle) / self.variance


def _shrunk(gap, noise, measured):
    """Gaps shrunk towards their mean; the mean itself where there is no measurement."""
    if not measured.any():
        return np.zeros_like(gap)
    weights = measured / noise
    mean = np.sum(weights * gap) / weights.sum()
    spread = max(0.0, float(np.mean((gap[measured] - mean) ** 2 - noise[measured])))
    share = np.where(measured, spread / (spread + noise), 0.0)
    return mean + share * (gap - mean)
