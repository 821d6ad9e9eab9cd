"""Defences that promise more than they keep, each by a mistake that somebody has made."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold

from sklearn_blia import PrivacyClaim, RandomizedResponse
from sklearn_blia.defences import ALIBIClassifier, DPSGDClassifier, PATEClassifier
from sklearn_blia.defences._noised_onehot import NoisedOneHot
from sklearn_blia.labels import BaseMechanism, RRWithPrior


class HalfRateResponse(BaseMechanism):
    """Redraws a label from all of them as often as it should change it: half of the changes change nothing."""

    symmetric = True

    def success_caps(self, canaries):
        return np.full(len(canaries), self.privacy_claim_.cap(n_classes=len(self.classes_)))

    def _randomize(self, codes, draw):
        redraw, which = draw((2, len(codes)))
        k = len(self.classes_)
        return np.where(redraw < (k - 1) / (np.exp(self.epsilon) + k - 1), (which * k).astype(int), codes)


class HalfScaleALIBI(ALIBIClassifier):
    """Noise of scale 1 / epsilon, as if a replaced label moved one number by one and not two."""

    def _mechanism(self):
        return NoisedOneHot(2 * self.epsilon)

    def success_caps(self, canaries):
        return np.full(len(canaries), NoisedOneHot(self.epsilon).cap())


class PriorThatPeeks(RRWithPrior):
    """A prior that has seen the labels of the very rows, as a classifier fitted on them has."""

    def _sample_labels(self, X, codes):
        self._seen = codes
        return super()._sample_labels(X, codes)

    def _prior_of(self, X, n_rows):
        return np.eye(len(self.classes_))[self._seen]


class StratifiedPATE(PATEClassifier):
    """Shards with equal shares of the classes: which shard a row is in depends on all labels."""

    def _votes(self, X, codes, shards, asked, rng):
        folds = StratifiedKFold(len(shards), shuffle=True, random_state=0).split(np.empty(len(codes)), codes)
        return super()._votes(X, codes, [fold for _, fold in folds], asked, rng)


class EightBitResponse(RandomizedResponse):
    """Noise from a seed of 8 bits, as published code has it: whoever tries all 256 of them can undo it."""

    def _randomize(self, codes, draw):
        seed = int(draw((1,))[0] * 256)
        return super()._randomize(codes, np.random.default_rng(seed).random)

    @staticmethod
    def undone(released, seed, epsilon=1.0):
        """Binary labels before noise of this seed."""
        change, _ = np.random.default_rng(seed).random((2, len(released)))
        return np.where(change < 1 / (1 + np.exp(epsilon)), 1 - released, released)


class NoisedTwice(ClassifierMixin, BaseEstimator):
    """Fresh noise at two fits on the same labels, and both are kept: twice the epsilon."""

    def __init__(self, estimator, epsilon=1.0, random_state=None):
        self.estimator = estimator
        self.epsilon = epsilon
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_, self.released_labels_ = np.unique(y), None
        seeds = np.random.RandomState(self.random_state).randint(2**31, size=2)
        responses = [RandomizedResponse(self.epsilon, classes=self.classes_, random_state=int(seed)) for seed in seeds]
        self.models_ = [clone(self.estimator).fit(X, response.fit_resample(X, y)[1]) for response in responses]
        self.privacy_claim_ = PrivacyClaim(self.epsilon)
        return self

    def success_caps(self, canaries):
        return np.full(len(canaries), self.privacy_claim_.cap())

    def predict_proba(self, X):
        return np.mean([model.predict_proba(X) for model in self.models_], axis=0)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class AddOrRemoveDPSGD(DPSGDClassifier):
    """Noise from an account for adding or removing a row, half of what a replaced label needs."""

    def _noise_multiplier(self):
        import dp_accounting
        from dp_accounting import pld

        return dp_accounting.calibrate_dp_mechanism(
            lambda: pld.PLDAccountant(dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE),
            lambda sigma: dp_accounting.SelfComposedDpEvent(
                dp_accounting.PoissonSampledDpEvent(self.sample_rate_, dp_accounting.GaussianDpEvent(sigma)),
                self.n_steps_,
            ),
            self.epsilon,
            self.delta,
            dp_accounting.LowerEndpointAndGuess(0.0, 1.0),
            tol=1e-3,
        )
