"""What somebody promises of a training."""

from dataclasses import dataclass

import numpy as np

from ._checks import check_delta, check_epsilon, one_count
from ._planning import attack_cap

_BELOW_ONE = float(np.nextafter(1, 0))


@dataclass(frozen=True)
class PrivacyClaim:
    """The promise that a training is (epsilon, delta)-label-DP.

    Two data sets are neighbours if they differ in the label of one row (replace-label adjacency). DP-SGD that was
    accounted for adding or removing a row promises about twice as much as its account says, read this way.

    Attributes
    ----------
    epsilon : float
        At least 0; ``inf`` promises nothing.
    delta : float
        In [0, 1).

    Examples
    --------
    >>> from sklearn_blia import PrivacyClaim
    >>> print(PrivacyClaim(1.0, 1e-5), round(PrivacyClaim(1.0).cap(), 3))
    epsilon = 1, delta = 1e-05 0.731
    """

    epsilon: float
    delta: float = 0.0

    def __post_init__(self):
        epsilon = check_epsilon(self.epsilon)
        if epsilon.ndim:
            raise ValueError(f"epsilon must be one number, got {self.epsilon!r}.")
        object.__setattr__(self, "epsilon", float(epsilon))
        object.__setattr__(self, "delta", check_delta(self.delta))

    def __str__(self):
        return f"epsilon = {self.epsilon:g}" + (f", delta = {self.delta:g}" if self.delta else "")

    def of_group(self, size):
        """Return what follows for the labels of several rows at once (group privacy).

        Parameters
        ----------
        size : int
            Number of rows, at least 1.

        Returns
        -------
        PrivacyClaim
            ``size * epsilon``, and ``delta * (1 + e^epsilon + ... + e^((size - 1) epsilon))``, but below 1: with next
            to 1 it promises nothing, and nothing refutes it.

        References
        ----------
        Vadhan, "The Complexity of Differential Privacy", 2017, Lemma 2.2.

        Examples
        --------
        >>> from sklearn_blia import PrivacyClaim
        >>> print(PrivacyClaim(0.5).of_group(4), "and", PrivacyClaim(0.0, 1e-6).of_group(3))
        epsilon = 2 and epsilon = 0, delta = 3e-06
        """
        size = one_count("size", size)
        if size < 1:
            raise ValueError(f"size must be at least 1, got {size}.")
        epsilon = self.epsilon * size
        if not self.delta or np.isinf(epsilon):
            return PrivacyClaim(epsilon, self.delta if size == 1 else 0.0)
        with np.errstate(over="ignore"):
            delta = self.delta * float(np.sum(np.exp(self.epsilon * np.arange(size))))
        return PrivacyClaim(epsilon, min(delta, _BELOW_ONE))

    def cap(self, n_classes=2):
        """Return the success ratio that no attack on private labels exceeds on average.

        Parameters
        ----------
        n_classes : int, default=2
            Give K > 2 only for K-ary randomized response; see `attack_cap`.

        Returns
        -------
        float
            Between one half and 1.
        """
        return attack_cap(self.epsilon, self.delta, n_classes=n_classes)
