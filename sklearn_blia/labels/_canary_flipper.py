"""Canaries: training rows whose label is re-drawn by a fair coin."""

from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval

from ._base import BaseLabelSampler
from ._random import generator


class CanaryFlipper(BaseLabelSampler):
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
    random_state : int, RandomState instance or None, default=None
        Draws the rows, the decoys and the coins. The same seed, X and y give the same canaries; other data, such as
        another fold of cross-validation, give others.

    Attributes
    ----------
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
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.
    n_features_in_ : int
        Number of features, where X has such a thing.
    feature_names_in_ : ndarray of str
        Names of the features, where X has them.

    See Also
    --------
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

    _parameter_constraints: dict = {
        **BaseLabelSampler._parameter_constraints,
        "fraction": [Interval(Real, 0, 1, closed="right")],
        "n_canaries": [Interval(Integral, 1, None, closed="left"), None],
    }
    _secrets = (
        "canary_indices_",
        "canary_X_",
        "canary_pairs_",
        "canary_labels_",
        "canary_natural_labels_",
    )

    def __init__(self, fraction=0.02, *, n_canaries=None, classes=None, random_state=None):
        self.fraction = fraction
        self.n_canaries = n_canaries
        self.classes = classes
        self.random_state = random_state

    def _sample_labels(self, X, codes):
        n_rows, n_classes = len(codes), len(self.classes_)
        n_canaries = self._count(n_rows)
        rng = generator(self.random_state, "CanaryFlipper", X, codes)
        rows = np.sort(rng.choice(n_rows, size=n_canaries, replace=False))
        natural = codes[rows]
        decoy = (natural + rng.integers(1, n_classes, size=n_canaries)) % n_classes
        pairs = np.sort(np.column_stack([natural, decoy]), axis=1)
        # Independent coins, never "exactly half": only then are the right guesses binomial.
        private = pairs[np.arange(n_canaries), rng.integers(2, size=n_canaries)]
        self.canary_indices_ = rows
        self.canary_X_ = _take_rows(X, rows)
        self.canary_pairs_ = self.classes_[pairs]
        self.canary_labels_ = self.classes_[private]
        self.canary_natural_labels_ = self.classes_[natural]
        new = codes.copy()
        new[rows] = private
        return new

    def _count(self, n_rows):
        if self.n_canaries is not None:
            if self.n_canaries > n_rows:
                raise ValueError(f"n_canaries={self.n_canaries} is more than the {n_rows} rows there are.")
            return int(self.n_canaries)
        return count_of(self.fraction, n_rows, "fraction")


def count_of(fraction, n_rows, name):
    """Number of canaries that a share of the rows makes, rounded down; `name` is what an error calls the share."""
    count = int(fraction * n_rows + 1e-9)  # 0.29 * 100 is 28.999999999999996
    if count < 1:
        raise ValueError(
            f"{name}={fraction} of {n_rows} row(s) is fewer than one canary: "
            f"raise {name} to at least {1 / n_rows:.3g}, or set n_canaries."
        )
    return count


def _take_rows(X, rows):
    if sparse.issparse(X):
        return X.tocsr()[rows]
    if not hasattr(X, "__getitem__"):  # an array only by __array__
        X = np.asarray(X)
    return _safe_indexing(X, rows)
