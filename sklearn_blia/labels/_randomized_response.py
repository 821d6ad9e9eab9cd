"""K-ary randomized response: label differential privacy by noise on the labels."""

import numpy as np

from ..metrics import flip_probability, keep_probability
from ._mechanism import BaseMechanism


class RandomizedResponse(BaseMechanism):
    """Protect every label by K-ary randomized response.

    A label is kept with probability ``e^eps / (e^eps + K - 1)`` and otherwise becomes one of the *other*
    K - 1 labels, uniformly. Whatever is trained on the result is epsilon-label-DP, by post-processing
    (Warner 1965; Ghazi et al. 2021, "Deep Learning with Label Differential Privacy").

    Parameters
    ----------
    epsilon : float, default=1.0
        Label-DP parameter, at least 0. ``inf`` keeps every label; 0 makes all of them pure noise.
    classes : array-like, default=None
        All class labels. By default those found in y, and then the set of labels that occur is not itself
        protected; name them for a guarantee without that gap.
    random_state : int, RandomState instance or None, default=None
        None takes the noise from the operating system's entropy, fresh at every fit. (Inside an ensemble such as
        BaggingClassifier there is no None: scikit-learn gives every member a seed. Put the samplers around the
        ensemble, where each label is released once.) With a seed the noise is repeatable, at one epsilon and on the
        same labels, whatever the features, and whoever knows the seed can undo it: for experiments only. Every fit with
        fresh noise on the same labels is a release of its own, and the epsilons of all releases add up, which a
        `RepeatedReleaseWarning` tells.

    Attributes
    ----------
    keep_probability_ : float
        Probability with which each label was kept.
    privacy_claim_ : PrivacyClaim
        What is promised: epsilon, and delta = 0.
    released_labels_ : ndarray of shape (n_samples,)
        The labels after the noise, all that training ever sees. Which of them were changed is not kept.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.
    n_features_in_ : int
        Number of features, where X has such a thing.
    feature_names_in_ : ndarray of str
        Names of the features, where X has them.

    See Also
    --------
    sklearn_blia.metrics.epsilon_from_keep_probability : The epsilon of a mechanism built differently.

    Notes
    -----
    The label of *every* row has to pass through the mechanism, and nothing may look at the labels before it:
    `LabelPipeline` sees to both. The noise is compared with the flip probability on a grid of 2^-53, rounded
    so that a label is changed slightly more often than asked, never less.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import RandomizedResponse
    >>> y = np.zeros(10_000, dtype=int)
    >>> mechanism = RandomizedResponse(epsilon=1.0, classes=[0, 1], random_state=0)
    >>> _, released = mechanism.fit_resample(np.zeros((10_000, 1)), y)
    >>> round(mechanism.keep_probability_, 3), bool(abs(np.mean(released == y) - 0.731) < 0.02)
    (0.731, True)
    """

    symmetric = True

    def __init__(self, epsilon=1.0, *, classes=None, random_state=None):
        self.epsilon = epsilon
        self.classes = classes
        self.random_state = random_state

    def success_caps(self, canaries):
        """Return what no attack on a canary's private label exceeds on average.

        Parameters
        ----------
        canaries : Canaries
            The canaries; with K-ary randomized response all are alike.

        Returns
        -------
        ndarray of shape (n_canaries,)
            `attack_cap` of epsilon and the number of classes.
        """
        return np.full(len(canaries), self.privacy_claim_.cap(n_classes=len(self.classes_)))

    def _randomize(self, codes, draw):
        n_classes = len(self.classes_)
        self.keep_probability_ = keep_probability(self.epsilon, n_classes)
        change, which = draw((2, len(codes)))
        # Steps 1 .. K-1 around the circle of classes reach each other label once.
        step = 1 + np.minimum((which * (n_classes - 1)).astype(np.intp), n_classes - 2)
        changed = change < flip_probability(self.epsilon, n_classes)
        return np.where(changed, (codes + step) % n_classes, codes)
