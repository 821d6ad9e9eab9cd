"""What every mechanism shares: it changes all labels, and promises an epsilon for it."""

from abc import abstractmethod
from itertools import count
from numbers import Real

import numpy as np

from ..canaries import BaseLabelSampler, PlainInterval, uniforms
from ..metrics import PrivacyClaim
from ._releases import RELEASES


class BaseMechanism(BaseLabelSampler):
    """Base of the mechanisms: label samplers that promise epsilon-label-DP.

    A subclass implements ``_randomize(codes, draw)``: labels come as positions in ``classes_``, ``draw(shape)`` gives
    uniform numbers in [0, 1), and it returns the new positions. Each label has to be changed by itself, and nothing
    else may depend on the labels. It sets ``symmetric = True`` if every label is changed with the same probability,
    and into each other label with the same one: only then are released labels fair coins, as private ones are, and
    only then can audits tell what a model stored of them.

    Parameters
    ----------
    epsilon : float, default=1.0
        What is promised, at least 0.
    classes : array-like, default=None
        All class labels. By default those found in y.
    random_state : int, RandomState instance or None, default=None
        None takes the noise from the operating system's entropy. With a seed it follows the seed, the
        mechanism's parameters, the number of classes and the labels, and no features.

    Attributes
    ----------
    released_labels_ : ndarray of shape (n_samples,)
        The labels after the noise, all that training ever sees.
    privacy_claim_ : PrivacyClaim
        What is promised.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    A mechanism that does not do what it says: it redraws a label, from all of them, as often as it should change it.

    >>> import numpy as np
    >>> from sklearn_blia.labels import BaseMechanism
    >>> class HalfRate(BaseMechanism):
    ...     symmetric = True
    ...     def _randomize(self, codes, draw):
    ...         redraw, which = draw((2, len(codes)))
    ...         k = len(self.classes_)
    ...         return np.where(redraw < (k - 1) / (np.exp(self.epsilon) + k - 1), (which * k).astype(int), codes)
    >>> HalfRate(1.0, random_state=0).fit(np.zeros((10, 1)), np.arange(10) % 2).privacy_claim_
    PrivacyClaim(epsilon=1.0, delta=0.0)
    """

    _parameter_constraints: dict = {
        **BaseLabelSampler._parameter_constraints,
        "epsilon": [PlainInterval(Real, 0, np.inf, closed="both")],
    }
    _secrets = ("released_labels_",)
    symmetric = False

    def __init__(self, epsilon=1.0, *, classes=None, random_state=None):
        self.epsilon = epsilon
        self.classes = classes
        self.random_state = random_state

    def success_caps(self, canaries):
        """Return what no attack on a canary's private label exceeds on average, if the mechanism is what it says.

        Parameters
        ----------
        canaries : Canaries
            The canaries.

        Returns
        -------
        ndarray of shape (n_canaries,)
            By default what the claim alone allows.
        """
        return np.full(len(canaries), self.privacy_claim_.cap())

    def _sample_labels(self, X, codes):
        released = np.asarray(self._randomize(codes, self._draws(codes)))
        n_classes = len(self.classes_)
        if (
            released.shape != codes.shape
            or released.dtype.kind not in "iu"
            or not ((released >= 0) & (released < n_classes)).all()
        ):
            raise ValueError(
                f"{type(self).__name__}._randomize must return a whole number from 0 to {n_classes - 1} for each of "
                f"{len(codes)} labels, got an array of shape {released.shape} and type {released.dtype}."
            )
        self.released_labels_ = self.classes_[released]
        self.privacy_claim_ = PrivacyClaim(self.epsilon)
        RELEASES.add(X, codes, released, self.epsilon, seeded=self.random_state is not None)
        return released

    def _draws(self, codes):
        """Function that draws uniform numbers, fresh ones at each call; with a seed always the same in the same order.

        All that decides how numbers become labels is a part of the stream: were two budgets, two sets of classes or two
        mechanisms to share one, the labels on which their releases differ would be known for certain.
        """
        stream = f"{type(self).__module__}.{type(self).__qualname__} {sorted(self._stream().items())!r}"
        calls = count()
        return lambda shape: uniforms(self.random_state, f"{stream} {next(calls)}", codes, shape)

    def _stream(self):
        """Everything beside the labels that decides how numbers become labels, as a dict of plain values."""
        own = {name: value for name, value in self.get_params(deep=False).items() if name != "random_state"}
        return own | {"classes": len(self.classes_)}  # their names decide nothing

    @abstractmethod
    def _randomize(self, codes, draw):
        """Return new codes for the given ones."""
