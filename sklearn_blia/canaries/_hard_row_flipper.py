"""Canaries in the rows that look least like the others."""

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import HasMethods, StrOptions

from ._base_flipper import BaseFlipper
from ._numbers import as_numbers

_N_NEIGHBORS = 5


class HardRowFlipper(BaseFlipper):
    """Plant canaries in the rows that look least like the others: those whose labels a model has to learn by heart.

    How hard a row is follows from the features alone, so chance stays one half. What is found in such rows holds for
    them: typical ones are memorized less.

    Parameters
    ----------
    detector : {"isolation-forest", "neighbors"} or outlier detector, default="isolation-forest"
        What tells hard rows: `sklearn.ensemble.IsolationForest`; the mean distance to the five nearest rows; or an
        unfitted estimator with ``fit`` and ``score_samples``, low for outliers. Columns are numbers of one scale,
        categories as 0 and 1.
    fraction : float, default=0.02
        Share of the rows to turn into canaries, in (0, 1]; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing.
    keep_bystanders : bool, default=False
        Whether to keep other training rows too, for scorers that learn from them.
    random_state : int, RandomState instance or None, default=None
        Draws decoys, coins and the detector's seed, as in `CanaryFlipper`.

    Attributes
    ----------
    canaries_ : Canaries
        The secret, as in `CanaryFlipper`.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Notes
    -----
    The same rows are the hardest in every repeat of an audit: repeats have fresh coins, and not fresh rows.

    References
    ----------
    Carlini et al., "Membership Inference Attacks From First Principles", 2022, Section VII, on how much more is
    learned of outliers; Liu, Ting and Zhou, "Isolation Forest", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import HardRowFlipper
    >>> X = np.r_[np.random.default_rng(0).normal(size=(200, 2)), [[9, 9], [-9, 9]]]
    >>> HardRowFlipper(n_canaries=2, random_state=0).fit(X, np.arange(202) % 2).canary_indices_
    array([200, 201])
    """

    _parameter_constraints: dict = {
        **BaseFlipper._parameter_constraints,
        "detector": [StrOptions({"isolation-forest", "neighbors"}), HasMethods(["fit", "score_samples", "get_params"])],
    }

    def __init__(
        self,
        detector="isolation-forest",
        *,
        fraction=0.02,
        n_canaries=None,
        classes=None,
        keep_bystanders=False,
        random_state=None,
    ):
        self.detector = detector
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes
        self.keep_bystanders = keep_bystanders
        self.random_state = random_state

    def _choose(self, X, codes, classes, rng):
        n_canaries = self._count(len(codes))
        typical = self._typical(as_numbers(X), int(rng.integers(2**31)))
        # Rows that are as typical as each other are taken at random.
        order = np.lexsort((rng.random(len(codes)), typical))
        return np.sort(order[:n_canaries]), None

    def _typical(self, numbers, seed):
        """How much each row looks like the others."""
        if self.detector == "neighbors":
            from sklearn.neighbors import NearestNeighbors

            n_neighbors = min(_N_NEIGHBORS, numbers.shape[0] - 1)
            if n_neighbors < 1:
                return np.zeros(numbers.shape[0])
            return -NearestNeighbors(n_neighbors=n_neighbors).fit(numbers).kneighbors()[0].mean(axis=1)
        if self.detector == "isolation-forest":
            from sklearn.ensemble import IsolationForest

            detector = IsolationForest(random_state=seed)
        else:
            detector = clone(self.detector)
            unseeded = [key for key, value in detector.get_params().items() if value is None]
            seeds = {key: seed for key in unseeded if key.split("__")[-1] == "random_state"}
            detector.set_params(**seeds)
        return detector.fit(numbers).score_samples(numbers)
