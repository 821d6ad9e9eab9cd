"""DP-SGD as a defence of labels."""

from functools import partial
from numbers import Real

import numpy as np
from sklearn.utils.validation import _num_samples

from ..canaries import PlainInterval, take_rows
from ._base import BaseDefence
from ._pipelines import final_step, fit_final
from ._replace_one import noise_multiplier_for


class DPSGDClassifier(BaseDefence):
    """Label-DP by DP-SGD: gradients of single rows are clipped, and noise is added to their sum.

    Gradients hold features as well, and the noise pays for both; what is promised here is of labels alone, for what
    stands in front of the network (a scaler, the means of channels) looks at features as they are. Rows are sampled by
    Poisson sampling; the noise is what replace-label adjacency needs, about twice that of accounts for adding or
    removing a row. Abadi et al. 2016, "Deep
    Learning with Differential Privacy"; the training is Opacus', the account dp-accounting's (extra ``dp``).

    Parameters
    ----------
    estimator : neural classifier
        `SequentialClassifier` or an image network of `sklearn_blia.neural`, unfitted, or a pipeline that ends in one
        (recurrent networks and transformers have layers of which Opacus knows no gradients of single rows).
        Transformers in front are fitted without labels. A step takes ``batch_size`` rows on average, and there are as
        many as ``max_epochs`` make.
    epsilon : float, default=1.0
        What is promised, above 0. ``inf`` adds no noise, and clips still.
    delta : float, default=1e-5
        What is promised with it.
    max_grad_norm : float, default=1.0
        L2 norm to which the gradient of each row is clipped.
    group_norm : bool, default=False
        Whether to train group normalisation in place of batch normalisation, which is refused, for it mixes rows.
    classes : array-like, default=None
        All class labels. By default those found in y, and then the set of labels that occur is not itself
        protected.
    random_state : int, RandomState instance or None, default=None
        Seeds which rows a step takes and the noise; None takes the operating system's entropy. For experiments only.
        First weights follow the network's own.

    Attributes
    ----------
    estimator_ : classifier
        The trained network, or the pipeline.
    noise_multiplier_ : float
        Standard deviation of the noise, in units of `max_grad_norm`.
    sample_rate_ : float
        Probability with which a step took a row.
    n_steps_ : int
        Number of steps.
    privacy_claim_ : PrivacyClaim
        What is promised.
    released_labels_ : None
        No label is released.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.
    """

    _parameter_constraints: dict = {
        **BaseDefence._parameter_constraints,
        "epsilon": [PlainInterval(Real, 0, np.inf, closed="right")],
        "delta": [PlainInterval(Real, 0, 0.5, closed="right")],
        "max_grad_norm": [PlainInterval(Real, 0, None, closed="neither")],
        "group_norm": ["boolean"],
    }

    def __init__(
        self,
        estimator,
        epsilon=1.0,
        delta=1e-5,
        *,
        max_grad_norm=1.0,
        group_norm=False,
        classes=None,
        random_state=None,
    ):
        self.estimator = estimator
        self.epsilon = epsilon
        self.delta = delta
        self.max_grad_norm = max_grad_norm
        self.group_norm = group_norm
        self.classes = classes
        self.random_state = random_state

    def _train(self, X, codes):
        final = final_step(self.estimator)
        if not hasattr(final, "fit_private"):
            raise ValueError(
                f"estimator: {type(final).__name__} cannot be trained by DP-SGD, which needs the gradient of each row: "
                "take a classifier of sklearn_blia.neural, or a pipeline that ends in one."
            )
        self.sample_rate_, self.n_steps_ = final.private_steps(_num_samples(X))
        self.noise_multiplier_ = self._noise_multiplier()
        model = fit_final(self.estimator, X, partial(self._fit_private, self.classes_[codes]))
        self._promise(self.delta)
        some = take_rows(X, np.arange(min(100, len(codes))))
        self._count(X, codes, np.rint(np.nan_to_num(model.predict_proba(some)) * 2**20))
        return model

    def _noise_multiplier(self):
        return noise_multiplier_for(self.epsilon, self.delta, self.sample_rate_, self.n_steps_)

    def _fit_private(self, labels, final, X):
        final.fit_private(
            X,
            labels,
            noise_multiplier=self.noise_multiplier_,
            max_grad_norm=self.max_grad_norm,
            group_norm=self.group_norm,
            classes=self.classes_,
            noise_random_state=self.random_state,
        )
