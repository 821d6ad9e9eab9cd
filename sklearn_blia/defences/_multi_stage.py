"""Multi-stage training: what earlier stages learnt from noised labels is the prior of the next stage's noise."""

import hashlib
from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import _num_samples

from ..canaries import PlainInterval, ask, positions_of, take_rows, uniforms
from ..labels import RRWithPrior, caps_of_possible, uncounted_releases
from ._base import BaseDefence, train_on
from ._clusters import cluster_prior


class MultiStageClassifier(BaseDefence):
    """Label-DP training in stages (LP-MST): labels are noised among those that the last stage's model thinks likely.

    Rows are divided at random, without a look at the labels. Labels of the first part pass randomized response; a
    model trained on them is the prior of `RRWithPrior` for the second part; a model trained on all that has been
    released so far is the prior of the third, and so on. Every label passes one response, so epsilon is what all of it
    spends (parallel composition). Of earlier labels those that the latest model finds most improbable are left out,
    which is post-processing, as are the models. Ghazi et al. 2021, "Deep Learning with Label Differential Privacy",
    Algorithm 3 (LP-MST), Theorem 6; stages, temperature and the labels left out as in the code they published.

    Parameters
    ----------
    estimator : classifier
        Unfitted, with ``predict_proba``. It must not be given class weights or anything else that was computed from
        the natural labels.
    epsilon : float, default=1.0
        What is promised. ``inf`` keeps every label.
    stage_fractions : sequence of float, default=(0.65, 0.35)
        Share of the rows in each stage, with a sum of 1. ``(1.0,)`` is randomized response (LP-1ST).
    temperature : float, default=0.5
        A prior p is sharpened to p^(1 / temperature), for models trained on noised labels are less sure than they
        should be. Published are .6 to .5, for networks.
    prior : {"uniform", "clusters"}, default="uniform"
        Of the first stage: nothing is known, or how often labels occur among rows that look alike (Algorithm 4), of
        which the noised histograms spend ``prior_share`` of epsilon, on the labels of all rows.
    prior_share : float, default=0.05
        Share of epsilon for ``prior="clusters"``.
    clusterer : clusterer, default=None
        Finds rows that look alike, from the features alone; None takes `MiniBatchKMeans` with a cluster for every 100
        rows, and 100 at most, for which features have to be numbers on comparable scales.
    classes : array-like, default=None
        All class labels. By default those found in y, and then the set of labels that occur is not itself
        protected.
    random_state : int, RandomState instance or None, default=None
        Seeds the stages and the noise; None takes the noise from the operating system's entropy. For experiments only.

    Attributes
    ----------
    estimator_ : classifier
        Trained on what was released.
    stages_ : ndarray of int of shape (n_samples,)
        Stage of each row.
    possible_ : ndarray of bool of shape (n_samples, n_classes)
        Labels that could come out at each row, which its stage's prior decided.
    privacy_claim_ : PrivacyClaim
        What is promised.
    released_labels_ : ndarray of shape (n_samples,)
        The labels after the noise.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia.defences import MultiStageClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = MultiStageClassifier(LogisticRegression(max_iter=1000), epsilon=2.0, random_state=0).fit(X / 16, y)
    >>> model.privacy_claim_, bool(model.score(X / 16, y) > 0.5)
    (PrivacyClaim(epsilon=2.0, delta=0.0), True)
    """

    _parameter_constraints: dict = {
        **BaseDefence._parameter_constraints,
        "stage_fractions": ["array-like"],
        "temperature": [PlainInterval(Real, 0, None, closed="neither")],
        "prior": [StrOptions({"uniform", "clusters"})],
        "prior_share": [PlainInterval(Real, 0, 1, closed="neither")],
        "clusterer": [HasMethods(["fit_predict"]), None],
    }

    def __init__(
        self,
        estimator,
        epsilon=1.0,
        *,
        stage_fractions=(0.65, 0.35),
        temperature=0.5,
        prior="uniform",
        prior_share=0.05,
        clusterer=None,
        classes=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.epsilon = epsilon
        self.stage_fractions = stage_fractions
        self.temperature = temperature
        self.prior = prior
        self.prior_share = prior_share
        self.clusterer = clusterer
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
        return caps_of_possible(canaries, self.classes_, self.possible_, self._of_response(), self._of_prior())

    def _train(self, X, codes):
        rng = check_random_state(self.random_state)
        self.stages_ = _divide(_num_samples(X), check_fractions(self.stage_fractions), rng)
        self.possible_ = np.zeros((len(codes), len(self.classes_)), dtype=bool)
        released = np.full(len(codes), -1)
        prior, model = self._first_prior(X, codes, rng), None
        for stage in range(self.stages_.max() + 1):
            rows = np.flatnonzero(self.stages_ == stage)
            stage_X = take_rows(X, rows)
            if model is not None:
                prior[rows] = sharpened(ask(model, stage_X, self.classes_), self.temperature)
            released[rows], self.possible_[rows] = self._respond(stage_X, codes[rows], prior[rows], rng)
            kept = self._kept(model, X, released, rows)
            model = train_on(self.estimator, take_rows(X, kept), self.classes_[released[kept]])
        self.released_labels_ = self.classes_[released]
        self._promise()
        self._count(X, codes, released)
        return model

    def _of_prior(self):
        """The epsilon of the prior; without a limit nothing has to be shared."""
        return 0.0 if self.prior == "uniform" or self.epsilon == np.inf else self.epsilon * self.prior_share

    def _of_response(self):
        return self.epsilon - self._of_prior()

    def _first_prior(self, X, codes, rng):
        n_classes = len(self.classes_)
        if self.prior == "uniform":
            return np.full((len(codes), n_classes), 1 / n_classes)
        if self.epsilon == 0:
            raise ValueError("prior='clusters' needs an epsilon above 0, of which it spends a share.")
        n_clusters = int(np.clip(len(codes) // 100, 1, 100))
        default = MiniBatchKMeans(n_clusters, n_init=3, random_state=rng.randint(2**31))
        clusterer = default if self.clusterer is None else clone(self.clusterer)
        cluster = np.asarray(clusterer.fit_predict(X))
        # Other clusters, other noise: were it the same, two fits together would tell what a cluster lost.
        owner = f"cluster prior {self._of_prior()!r} {n_classes} {hashlib.sha256(cluster.tobytes()).hexdigest()}"
        seed = self._seed(rng)
        epsilon = np.inf if self.epsilon == np.inf else self._of_prior()
        return cluster_prior(cluster, codes, n_classes, epsilon, lambda shape: uniforms(seed, owner, codes, shape))

    def _respond(self, X, codes, prior, rng):
        """New labels of a stage, and those that were possible; each stage has noise of its own."""
        response = RRWithPrior(self._of_response(), prior=prior, classes=self.classes_, random_state=self._seed(rng))
        with uncounted_releases():  # all stages together are counted as one
            response.fit(X, self.classes_[codes])
        return positions_of(response.released_labels_, self.classes_), response.possible_

    def _seed(self, rng):
        return None if self.random_state is None else int(rng.randint(2**31))

    def _kept(self, model, X, released, rows):
        """Rows to train on: those of the latest stage, and earlier ones whose label the last model finds probable."""
        earlier = np.flatnonzero((released >= 0) & (self.stages_ != self.stages_[rows[0]]))
        if not len(earlier):
            return rows
        proba = ask(model, take_rows(X, earlier), self.classes_)
        k = max(1, int(self.possible_[rows].sum(axis=1).mean()))
        own = np.take_along_axis(proba, released[earlier][:, None], axis=1)
        return np.concatenate([earlier[(proba > own).sum(axis=1) < k], rows])


def check_fractions(fractions):
    """Return the shares of the stages as an array; ValueError unless they are positive with a sum of 1."""
    shares = np.asarray(fractions, dtype=float)
    if shares.ndim != 1 or not len(shares) or not (shares > 0).all() or not np.isclose(shares.sum(), 1):
        raise ValueError(f"stage_fractions must be positive numbers with a sum of 1, got {fractions!r}.")
    return shares


def _divide(n_rows, shares, rng):
    """Stage of each row, by chance alone: a look at the labels would spend what no account knows of."""
    ends = np.round(np.cumsum(shares / shares.sum()) * n_rows).astype(int)
    if (np.diff(ends, prepend=0) < 1).any():
        raise ValueError(f"stage_fractions give a stage of {n_rows} rows none: take fewer stages, or more rows.")
    stages = np.searchsorted(ends, np.arange(n_rows), side="right")
    return stages[rng.permutation(n_rows)]


def sharpened(prior, temperature):
    """Return p^(1 / temperature), brought to a sum of 1.

    Parameters
    ----------
    prior : ndarray of shape (n_rows, n_classes)
        Probabilities.
    temperature : float
        Below 1 makes them surer.

    Returns
    -------
    ndarray
        Of the same shape.
    """
    powers = (prior / prior.max(axis=1, keepdims=True)) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
