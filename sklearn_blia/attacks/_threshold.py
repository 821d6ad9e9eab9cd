"""The paper's threshold attack."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..canaries import PlainInterval
from ._base import BaseAttack


class ThresholdAttack(BaseAttack):
    """Infer the second candidate where the model gives it at least a threshold's probability.

    Algorithm 1 of the BLIA paper (arXiv 2503.12801). The attack sees the model's outputs alone, so its
    chance level is one half exactly, whichever threshold: the mean and the median are those of the outputs.

    Parameters
    ----------
    strategy : {"fixed", "mean", "median"}, default="fixed"
        "fixed" compares with `threshold`; "mean" and "median" with that of the outputs on the canaries.
    threshold : float, default=0.5
        Threshold of the "fixed" strategy, in [0, 1].
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against: private for privacy, released for memorization.

    See Also
    --------
    DeltaMarginAttack : The paper's second attack.

    Examples
    --------
    >>> from sklearn_blia import ThresholdAttack
    >>> attack = ThresholdAttack("median")
    >>> attack.infer([0.1, 0.2, 0.3, 0.9])
    array([0, 0, 1, 1])
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "strategy": [StrOptions({"fixed", "mean", "median"})],
        "threshold": [PlainInterval(Real, 0, 1, closed="both")],
    }

    def __init__(self, strategy="fixed", *, threshold=0.5, target="private"):
        self.strategy = strategy
        self.threshold = threshold
        self.target = target

    def score(self, evidence, codes=None):
        """Compute the distance from the threshold.

        Parameters
        ----------
        evidence : Evidence
            The model's outputs.
        codes : None
            Not used.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Probability of the second candidate less the threshold.
        """
        second = evidence.second
        thresholds = {
            "fixed": lambda: self.threshold,
            "mean": second.mean,
            "median": lambda: np.median(second),
        }
        return second - thresholds[self.strategy]()
