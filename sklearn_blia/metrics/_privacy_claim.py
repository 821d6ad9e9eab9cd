"""What somebody promises of a training."""

from dataclasses import dataclass

from ._checks import check_delta, check_epsilon
from ._planning import attack_cap


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
