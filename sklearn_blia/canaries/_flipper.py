"""Canaries: training rows whose label is re-drawn by a fair coin."""

import numpy as np

from ._base_flipper import BaseFlipper


class CanaryFlipper(BaseFlipper):
    """Plant canaries: re-draw the label of a few random rows by independent fair coins.

    The coin is between two candidate labels: the row's natural one and a random other class, the decoy.
    With two classes that is the procedure of the BLIA paper (arXiv 2503.12801, Section 4): half of the
    canaries, give or take the luck of the coins, end up with a flipped label. A coin has nothing to do with
    the features, so whoever guesses it better than half the time from a model's outputs has found a trace
    of the label in the model.

    Parameters
    ----------
    fraction : float, default=0.02
        Share of the rows to turn into canaries, in (0, 1]; rounded down to whole rows.
    n_canaries : int, default=None
        Number of canaries; overrides `fraction`.
    classes : array-like, default=None
        All class labels, for data in which one might be missing. By default those found in y.
    keep_bystanders : bool, default=False
        Whether to keep other training rows too, at most 10,000, with their labels, for scorers that learn from them
        (`ResidualAttack`).
    random_state : int, RandomState instance or None, default=None
        Draws the rows, the decoys and the coins. The same seed, X and y give the same canaries; other data, such as
        another fold of cross-validation, give others.

    Attributes
    ----------
    canaries_ : Canaries
        The secret, in one object; the attributes that begin with ``canary_`` are its parts.
    canary_indices_ : ndarray of shape (n_canaries,)
        Rows that are canaries, in rising order.
    canary_X_ : same kind as X, of n_canaries rows
        Their features, kept because cross-validation hands a scorer only the test fold.
    canary_pairs_ : ndarray of shape (n_canaries, 2)
        The two candidate labels of each, in sorted order.
    canary_labels_ : ndarray of shape (n_canaries,)
        The *private* labels: what the coins came up with. **Secret.**
    canary_natural_labels_ : ndarray of shape (n_canaries,)
        The labels in the data. **Secret.**
    bystanders_ : Bystanders or None
        Other training rows, where they are kept, with the labels in the data.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.
    n_features_in_ : int
        Number of features, where X has such a thing.
    feature_names_in_ : ndarray of str
        Names of the features, where X has them.

    See Also
    --------
    StratifiedFlipper, HardRowFlipper, SharedCoinFlipper, OneSidedFlipper : Choose other rows, or let rows share coins.
    RandomizedResponse : Protects all labels, canaries included.
    sklearn_blia.make_label_pipeline : Puts samplers in front of a classifier.

    Notes
    -----
    A fitted flipper holds the secret of its audit; so does every pickle of it and of a model around it.
    Call `forget` before a model leaves your hands.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import CanaryFlipper
    >>> X, y = np.arange(100).reshape(50, 2), np.repeat(["ham", "spam"], 25)
    >>> flipper = CanaryFlipper(fraction=0.2, random_state=0)
    >>> X_same, y_new = flipper.fit_resample(X, y)
    >>> X_same is X, len(flipper.canary_indices_)
    (True, 10)
    >>> bool(np.all(y_new[flipper.canary_indices_] == flipper.canary_labels_))
    True
    """

    def __init__(self, fraction=0.02, *, n_canaries=None, classes=None, keep_bystanders=False, random_state=None):
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes
        self.keep_bystanders = keep_bystanders
        self.random_state = random_state

    def _choose(self, X, codes, classes, rng):
        n_rows = len(codes)
        return np.sort(rng.choice(n_rows, size=self._count(n_rows), replace=False)), None
