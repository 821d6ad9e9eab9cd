"""ALIBI: labels released as noised one-hot vectors, from which Bayes makes probabilities to train on."""

from numbers import Integral

import numpy as np
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _num_samples

from ..canaries import PlainInterval, ask, take_rows, uniforms
from ._base import BaseDefence
from ._noised_onehot import NoisedOneHot
from ._soft_labels import check_weights, fit_soft

# Of uniform probability in every prior: a model that is wrongly sure would rule a label out for good.
_DOUBT = 0.01


class ALIBIClassifier(BaseDefence):
    """Label-DP training on what Bayes makes of noised labels (ALIBI).

    Each label is released once, as its one-hot vector with Laplace noise of scale 2 / epsilon. Everything else is
    post-processing: the posterior of each label given what was released and a prior, which is what the model thinks of
    the row; a model trained on these probabilities; the next posterior. Malek et al. 2021, "Antipodes of Label
    Differential Privacy: PATE and ALIBI", Section 4, with rounds of whole trainings in place of steps of one.

    Parameters
    ----------
    estimator : classifier
        Unfitted, with ``predict_proba`` and ``sample_weight``: probabilities are trained on by a row for each label.
    epsilon : float, default=1.0
        What is promised. ``inf`` trains on the labels.
    n_rounds : int, default=2
        How often the prior is made anew; 0 trains on posteriors of the uniform prior.
    prior : {"cross-fitting", "previous"}, default="cross-fitting"
        Models of the prior see other rows than those that they speak of, or one sees them all: a model that
        memorizes would then take its own noise for knowledge.
    cv : int, default=3
        Folds of cross-fitting.
    classes : array-like, default=None
        All class labels. By default those found in y, and then the set of labels that occur is not itself
        protected.
    random_state : int, RandomState instance or None, default=None
        Seeds folds and noise; None takes the noise from the operating system's entropy. For experiments only.

    Attributes
    ----------
    estimator_ : classifier
        Trained on the last posteriors.
    released_scores_ : ndarray of shape (n_samples, n_classes)
        What was released: the noised one-hot vectors, on a grid of 1/256, moved into [0, 1].
    posterior_ : ndarray of shape (n_samples, n_classes)
        What `estimator_` was trained on.
    privacy_claim_ : PrivacyClaim
        What is promised.
    released_labels_ : None
        What is released are no labels.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia.defences import ALIBIClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = ALIBIClassifier(LogisticRegression(max_iter=1000), epsilon=2.0, random_state=0).fit(X / 16, y)
    >>> model.privacy_claim_, bool(model.score(X / 16, y) > 0.5)
    (PrivacyClaim(epsilon=2.0, delta=0.0), True)
    """

    _parameter_constraints: dict = {
        **BaseDefence._parameter_constraints,
        "n_rounds": [PlainInterval(Integral, 0, None, closed="left")],
        "prior": [StrOptions({"cross-fitting", "previous"})],
        "cv": [PlainInterval(Integral, 2, None, closed="left")],
    }
    _secrets = ("released_labels_", "released_scores_", "posterior_")

    def __init__(
        self,
        estimator,
        epsilon=1.0,
        *,
        n_rounds=2,
        prior="cross-fitting",
        cv=3,
        classes=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.epsilon = epsilon
        self.n_rounds = n_rounds
        self.prior = prior
        self.cv = cv
        self.classes = classes
        self.random_state = random_state

    def success_caps(self, canaries):
        """Return what no attack on a canary's private label exceeds on average.

        Parameters
        ----------
        canaries : Canaries
            The canaries; all are alike.

        Returns
        -------
        ndarray of shape (n_canaries,)
            About 1 - exp(-epsilon/2) (1 + epsilon/4) / 2, and exactly what the grid makes of it.
        """
        return np.full(len(canaries), self._mechanism().cap())

    def _mechanism(self):
        return NoisedOneHot(self.epsilon)

    def _train(self, X, codes):
        check_weights(self.estimator)
        mechanism, n_classes = self._mechanism(), len(self.classes_)
        owner = f"{type(self).__qualname__} {self.epsilon!r} {n_classes}"
        seed = None if self.random_state is None else int(check_random_state(self.random_state).randint(2**31))
        self.released_scores_ = mechanism.draw(codes, n_classes, lambda shape: uniforms(seed, owner, codes, shape))
        self._count(X, codes, np.rint(self.released_scores_ / np.diff(mechanism.values)[0]))
        targets = mechanism.posterior(self.released_scores_, np.full((len(codes), n_classes), 1 / n_classes))
        for _ in range(self.n_rounds if self.epsilon != np.inf else 0):
            prior = (1 - _DOUBT) * self._prior_of(X, targets) + _DOUBT / n_classes
            targets = mechanism.posterior(self.released_scores_, prior)
        self.posterior_ = targets
        self._promise()
        return fit_soft(self.estimator, X, targets, self.classes_)

    def _prior_of(self, X, targets):
        if self.prior == "previous":
            return ask(fit_soft(self.estimator, X, targets, self.classes_), X, self.classes_)
        prior = np.empty(targets.shape)
        folds = KFold(min(self.cv, _num_samples(X)), shuffle=True, random_state=self.random_state)  # no look at labels
        for seen, unseen in folds.split(np.empty(len(targets))):
            model = fit_soft(self.estimator, take_rows(X, seen), targets[seen], self.classes_)
            prior[unseen] = ask(model, take_rows(X, unseen), self.classes_)
        return prior
