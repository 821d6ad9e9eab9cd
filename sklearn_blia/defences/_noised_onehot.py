"""One-hot labels with Laplace noise, on a grid and no further than anybody has to look."""

import numpy as np

_STEPS = 256  # of the grid between 0 and 1


class NoisedOneHot:
    """Release of a label as K numbers: one-hot plus Laplace noise of scale 2 / epsilon on each.

    Replacing a label moves two of the K numbers by one: the L1 sensitivity is 2, and the classic mistake is a scale of
    1 / epsilon. The noise is discrete Laplace on a grid of 1/256, so that no float gives the label away, and numbers
    below 0 and above 1 are moved to these: beyond them the likelihood ratio of any two labels is constant, so nothing
    is lost. What remains are 257 values, whose probabilities are written down and drawn from.

    Parameters
    ----------
    epsilon : float
        Label-DP parameter; ``inf`` releases the label.
    """

    def __init__(self, epsilon):
        self.epsilon = epsilon
        self.values = np.arange(_STEPS + 1) / _STEPS
        self.hit = _clipped_laplace(epsilon / (2 * _STEPS), _STEPS)  # at the label's own place
        self.miss = self.hit[::-1]  # at any other, by symmetry of the noise

    def draw(self, codes, n_classes, draw):
        """Release labels.

        Parameters
        ----------
        codes : ndarray of int of shape (n_samples,)
            Labels as positions in the classes.
        n_classes : int
            Number of classes.
        draw : callable
            From a shape to uniform numbers in [0, 1).

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Multiples of 1/256 in [0, 1].
        """
        uniform = draw((len(codes), n_classes))
        is_label = np.arange(n_classes) == codes[:, None]
        at = [np.searchsorted(np.cumsum(mass)[:-1], uniform, side="right") for mass in (self.miss, self.hit)]
        return self.values[np.where(is_label, at[1], at[0])]

    def posterior(self, released, prior):
        """Probability of each label, given what was released of it.

        Parameters
        ----------
        released : ndarray of shape (n_samples, n_classes)
            As `draw` returns it.
        prior : ndarray of shape (n_samples, n_classes)
            Probabilities before.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Proportional to prior x exp(epsilon x released): the Laplace likelihood, without what all labels share.
        """
        if self.epsilon == np.inf:
            return released.copy()
        with np.errstate(divide="ignore"):
            log = np.log(prior) + self.epsilon * released
        weights = np.exp(log - log.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def cap(self):
        """Success ratio that no attack between two labels exceeds, whatever the number of classes.

        Returns
        -------
        float
            Exactly, of the two numbers that tell the labels apart; on a grid without end it would be
            1 - exp(-epsilon/2) (1 + epsilon/4) / 2.
        """
        first, second = np.outer(self.hit, self.miss), np.outer(self.miss, self.hit)
        return float(np.maximum(first, second).sum() / 2)


def _clipped_laplace(rate, steps):
    """Probabilities of min(max(steps + z, 0), steps), for z with probabilities proportional to exp(-rate |z|)."""
    mass = np.zeros(steps + 1)
    if rate == np.inf:
        mass[steps] = 1
        return mass
    # P(z >= k) = exp(-rate k) / (1 + exp(-rate)) for k >= 0
    mass[steps] = 1 / (1 + np.exp(-rate))
    mass[0] = np.exp(-rate * steps) / (1 + np.exp(-rate))
    inside = np.arange(1, steps)
    mass[inside] = np.exp(-rate * (steps - inside)) * np.tanh(rate / 2)
    return mass
