"""Randomized response that spends its noise on the labels that a prior thinks possible."""

import hashlib

import numpy as np
from sklearn.utils import check_array

from ..canaries import align_proba, ask, positions_of
from ..metrics import flip_probability
from ._mechanism import BaseMechanism


class RRWithPrior(BaseMechanism):
    """Protect every label by randomized response among the labels that a prior thinks most probable.

    For each row the k most probable labels are found, with the k that keeps the label most often if the prior is
    right. A label among them is kept with probability ``e^eps / (e^eps + k - 1)`` and otherwise becomes one of the
    others; one that is not among them becomes any of the k. Where the prior is sure, k is 1: the row tells nothing.
    Among all epsilon-label-DP mechanisms this keeps most labels of those that follow the prior (Ghazi et al. 2021,
    "Deep Learning with Label Differential Privacy", Algorithms 1 and 2, Theorem 3).

    The prior may come from anywhere but the labels of these very rows: a prior that has seen a row's label carries it
    past the noise, and the promise is void; where it was fitted before an audit plants its canaries, no audit can see
    that. `sklearn_blia.defences.MultiStageClassifier` makes one that keeps it.

    Parameters
    ----------
    epsilon : float, default=1.0
        Label-DP parameter, at least 0. ``inf`` keeps every label.
    prior : array-like of shape (n_classes,) or (n_samples, n_classes), classifier or None, default=None
        Probabilities of the classes, for all rows or for each, a Series or a frame by name; or a fitted classifier with
        ``predict_proba``, trained on other rows than these: wrap it in `sklearn.frozen.FrozenEstimator`, or `clone`
        would take the fit away. None is uniform, which is `RandomizedResponse`.
    classes : array-like, default=None
        All class labels, in sorted order the columns of `prior`. By default those found in y, and then the set of
        labels that occur is not itself protected.
    random_state : int, RandomState instance or None, default=None
        None takes the noise from the operating system's entropy. With a seed it follows the seed, the parameters, which
        labels can come out at each row, and the labels: for experiments only.

    Attributes
    ----------
    possible_ : ndarray of bool of shape (n_samples, n_classes)
        Labels that could come out at each row. They follow from the prior alone, and are no secret.
    privacy_claim_ : PrivacyClaim
        What is promised: epsilon, and delta = 0.
    released_labels_ : ndarray of shape (n_samples,)
        The labels after the noise.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import RRWithPrior
    >>> y = np.repeat(["a", "b", "c"], 1000)
    >>> mechanism = RRWithPrior(1.0, prior=[0.45, 0.45, 0.1], random_state=0)
    >>> _, released = mechanism.fit_resample(np.zeros((3000, 1)), y)
    >>> np.unique(released).tolist()     # "c" is too rare to be worth its noise
    ['a', 'b']
    """

    _parameter_constraints: dict = {**BaseMechanism._parameter_constraints, "prior": "no_validation"}

    def __init__(self, epsilon=1.0, *, prior=None, classes=None, random_state=None):
        self.epsilon = epsilon
        self.prior = prior
        self.classes = classes
        self.random_state = random_state

    def success_caps(self, canaries):
        """Return what no attack on a canary's private label exceeds on average.

        Parameters
        ----------
        canaries : Canaries
            The canaries, whose rows are those of the last fit.

        Returns
        -------
        ndarray of shape (n_canaries,)
            By how many of the two candidates could come out, and among how many labels: `success_cap_of_top_k`.
        """
        return caps_of_possible(canaries, self.classes_, self.possible_, self.epsilon)

    def _sample_labels(self, X, codes):
        self.possible_ = most_probable(self._prior_of(X, len(codes)), self.epsilon)
        return super()._sample_labels(X, codes)

    def _prior_of(self, X, n_rows):
        shape = (n_rows, len(self.classes_))
        if self.prior is None:
            return np.full(shape, 1 / shape[1])
        if hasattr(self.prior, "predict_proba"):
            self._check_names(getattr(self.prior, "classes_", self.classes_))
            return ask(self.prior, X, self.classes_)
        names = getattr(self.prior, "columns", getattr(self.prior, "index", None))
        if names is not None and not callable(names):  # a list has a method of that name
            self._check_names(names)
            proba = np.atleast_2d(np.asarray(self.prior, dtype=float))
            return np.broadcast_to(align_proba(proba, names, self.classes_, trained_on=self.classes_), shape)
        prior = check_array(self.prior, ensure_2d=False, dtype=float, input_name="prior")
        if prior.shape not in (shape, shape[1:]):
            raise ValueError(
                f"prior must hold {shape[1]} probabilities, for the classes {self.classes_.tolist()[:6]}, or so many "
                f"for each of {n_rows} rows; got shape {prior.shape}."
            )
        if not ((prior >= 0).all() and np.allclose(prior.sum(axis=-1), 1, atol=1e-4)):
            raise ValueError("prior must hold probabilities: none negative, and a sum of 1 for each row.")
        return np.broadcast_to(prior, shape)

    def _check_names(self, names):
        known = self.classes_.tolist()
        unknown = [name for name in np.asarray(names).tolist() if name not in known]
        if unknown:
            raise ValueError(
                f"prior knows the label {unknown[0]!r}, and the classes are {self.classes_.tolist()[:6]}: they must "
                "match by name."
            )

    def _stream(self):
        own = {name: value for name, value in super()._stream().items() if name != "prior"}
        return own | {"possible": hashlib.sha256(np.packbits(self.possible_).tobytes()).hexdigest()}

    def _randomize(self, codes, draw):
        k, rows = self.possible_.sum(axis=1), np.arange(len(codes))
        # By the order of the classes and not of the prior: where the same labels can come out, noise is the same.
        rank = np.cumsum(self.possible_, axis=1)[rows, codes] - 1
        change, which = draw((2, len(codes)))
        flips = np.array([0.0, *(flip_probability(self.epsilon, size) for size in range(2, k.max() + 1))])[k - 1]
        step = 1 + np.minimum((which * (k - 1)).astype(np.intp), np.maximum(k - 2, 0))
        among = np.where(change < flips, (rank + step) % k, rank)
        anywhere = np.minimum((which * k).astype(np.intp), k - 1)
        place = np.where(self.possible_[rows, codes], among, anywhere)
        return np.argsort(~self.possible_, axis=1, kind="stable")[rows, place]


def caps_of_possible(canaries, classes, possible, epsilon, epsilon_prior=0.0):
    """Return the cap of each canary, from the labels that could come out at its row.

    Parameters
    ----------
    canaries : Canaries
        The canaries.
    classes : ndarray of shape (n_classes,)
        Class labels that the mechanism knows.
    possible : ndarray of bool of shape (n_samples, n_classes)
        Labels that could come out at each row.
    epsilon, epsilon_prior : float
        As in `success_cap_of_top_k`.

    Returns
    -------
    ndarray of shape (n_canaries,)
        Between one half and 1.

    Raises
    ------
    ValueError
        If the mechanism does not know a candidate.
    """
    at = positions_of(canaries.pairs, classes)
    if (at < 0).any():
        raise ValueError(
            f"A canary's candidate is {canaries.pairs[at < 0][0]!r}, and the mechanism knows only "
            f"{classes.tolist()[:6]}: name all classes in its classes=."
        )
    own = possible[canaries.rows]
    n_in = np.take_along_axis(own, at, axis=1).sum(axis=1)
    return success_cap_of_top_k(epsilon, own.sum(axis=1), n_in, epsilon_prior)


def most_probable(prior, epsilon):
    """Find the labels among which randomized response keeps most of those that follow a prior.

    Parameters
    ----------
    prior : ndarray of shape (n_rows, n_classes)
        Probabilities.
    epsilon : float
        Label-DP parameter.

    Returns
    -------
    ndarray of bool of shape (n_rows, n_classes)
        The k most probable labels of each row, of equally probable ones the first; with the k that maximises
        ``e^eps / (e^eps + k - 1)`` times their probability together, of equally good ones the largest.
    """
    n_classes = prior.shape[1]
    order = np.argsort(-prior, axis=1, kind="stable")
    kept = np.cumsum(np.take_along_axis(prior, order, axis=1), axis=1)
    kept = kept / (1 + np.arange(n_classes) * np.exp(-epsilon))
    best = kept >= kept.max(axis=1, keepdims=True) * (1 - 1e-12)
    k = n_classes - np.argmax(best[:, ::-1], axis=1)
    possible = np.zeros(prior.shape, dtype=bool)
    np.put_along_axis(possible, order, np.arange(n_classes) < k[:, None], axis=1)
    return possible


def success_cap_of_top_k(epsilon, k, n_candidates, epsilon_prior=0.0):
    """Success ratio that no attack exceeds at a canary whose label passed randomized response among k labels.

    With both candidates among the k labels it is ``(e^eps + (k - 2) / 2) / (e^eps + k - 1)``, with one
    ``1/2 + (e^eps / (e^eps + k - 1) - 1/k) / 2``, with none one half: the mean over outputs of the more probable
    candidate's posterior.

    Parameters
    ----------
    epsilon : float
        Of the response.
    k : array-like of int
        Labels that could come out.
    n_candidates : array-like of int
        How many of the two candidates are among them: 0, 1 or 2.
    epsilon_prior : float, default=0.0
        What the prior itself spent on the canary's label: before the response one candidate may be ``e^epsilon_prior``
        times as probable as the other.

    Returns
    -------
    ndarray
        Between one half and 1.
    """
    k, n_candidates = np.asarray(k), np.asarray(n_candidates)
    kept = 1 / (1 + (k - 1) * np.exp(-epsilon))
    other = np.divide(1 - kept, k - 1, out=np.zeros(kept.shape), where=k > 1)
    more = 1 / (1 + np.exp(-epsilon_prior))
    less = 1 - more

    def right(first, second, times=1):
        """Mass of outputs that the candidates give with these probabilities, on the more probable one."""
        return times * np.maximum(more * first, less * second)

    both = right(kept, other) + right(other, kept) + right(other, other, np.maximum(k - 2, 0))
    one = np.maximum(
        right(kept, 1 / k) + right(other, 1 / k, k - 1),
        right(1 / k, kept) + right(1 / k, other, k - 1),
    )
    return np.choose(n_candidates, [np.full(k.shape, more), one, both])
