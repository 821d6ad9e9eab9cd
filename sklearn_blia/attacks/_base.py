"""The contract of an attack: it sees outputs, never the labels that it infers."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions

from ..metrics import guess_counts, memorization_test
from ._candidates import second_candidate_proba
from ._outputs import CanaryOutputs, canary_outputs


class BaseAttack(BaseEstimator, metaclass=ABCMeta):
    """Base of the attacks.

    A subclass implements ``_decide(second)``: from the probabilities of the canaries' second candidates to
    signed decision values, of which those >= 0 mean the second candidate. An attack that reads the labels
    it infers overrides `reads_labels`, takes them as ``_decide(second, coins)``, and is tested accordingly.

    Called as ``attack(estimator, X, y)`` an attack is a scikit-learn scorer: it finds the canaries in the
    fitted estimator, and returns its success ratio. X and y, the test fold, are not needed.
    """

    _parameter_constraints: dict = {"target": [StrOptions({"private", "released"})]}

    @property
    def reads_labels(self):
        """Whether the attack sees the labels that it infers; False but for oracle losses."""
        return False

    def __call__(self, estimator, X=None, y=None):
        """Score a fitted model: the success ratio on its canaries.

        Parameters
        ----------
        estimator : estimator
            A fitted model that holds canaries.
        X, y : ignored
            Present because scikit-learn passes scorers the test fold.

        Returns
        -------
        float
            Success ratio against `target`; the larger, the more the model tells of its labels.
        """
        return self.evaluate(estimator).success_ratio

    def evaluate(self, estimator, *, alpha=0.05):
        """Attack a fitted model and test the result.

        Parameters
        ----------
        estimator : estimator or CanaryOutputs
            A fitted model that holds canaries, or its outputs from `canary_outputs`, which several attacks
            can share.
        alpha : float, default=0.05
            Level of the interval and of the epsilon bound.

        Returns
        -------
        MemorizationTest
            Success ratio, chance level, exact p-value, interval, epsilon bound.
        """
        self._validate_params()
        outputs = estimator if isinstance(estimator, CanaryOutputs) else canary_outputs(estimator)
        coins, kept = outputs.coins(self.target)
        if not len(coins):
            raise ValueError("No canary has a released label among its candidates: plant more canaries.")
        v, a, b = guess_counts(self._guess_table(outputs.second_proba[kept]), coins)
        undecided = {"n_certain": a, "n_undecided": b} if self.reads_labels else {}
        return memorization_test(v, len(coins), **undecided, target=self.target, alpha=alpha)

    def guess_table(self, proba, pairs=None, classes=None):
        """Guesses under either value of each label, as the exact tests take them.

        Parameters
        ----------
        proba, pairs, classes
            As in `infer`.

        Returns
        -------
        ndarray of shape (n_canaries, 2), of 0 and 1
            Column s holds the guess (0: first candidate, 1: second) made if the label is candidate s. The
            columns are equal unless the attack reads labels.
        """
        self._validate_params()
        return self._guess_table(second_candidate_proba(proba, pairs, classes))

    def _guess_table(self, second):
        if not self.reads_labels:
            guess = self._decide(second) >= 0
            return np.column_stack([guess, guess]).astype(np.intp)
        under = [self._decide(second, np.full(len(second), coin)) >= 0 for coin in (0, 1)]
        return np.column_stack(under).astype(np.intp)

    def decision_function(self, proba, pairs=None, classes=None, *, labels=None):
        """Signed confidence of each guess; its absolute value orders the canaries for an attack that abstains.

        Parameters
        ----------
        proba, pairs, classes, labels
            As in `infer`.

        Returns
        -------
        ndarray of shape (n_canaries,)
            At least 0 where the second candidate is inferred, below 0 where the first is.
        """
        self._validate_params()
        second = second_candidate_proba(proba, pairs, classes)
        if not self.reads_labels:
            if labels is not None:
                raise ValueError(f"{self!r} never sees the labels it infers: leave labels out.")
            return self._decide(second)
        return self._decide(second, self._label_coins(labels, second, pairs, classes))

    def infer(self, proba, pairs=None, classes=None, *, labels=None):
        """Infer the canaries' labels from a model's outputs.

        Parameters
        ----------
        proba : array-like of shape (n_canaries, n_classes) or (n_canaries,)
            What the model's ``predict_proba`` returns for the canaries; 1-D for the probability of the second
            of two classes.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels (``canary_pairs_``). May be left out with two classes.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns (``model.classes_``). By default the labels that occur in `pairs`, or
            ``[0, 1]`` without.
        labels : array-like of shape (n_canaries,), default=None
            The labels whose losses an attack with oracle losses reads; every other attack refuses them.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Inferred labels.

        Raises
        ------
        ValueError
            If probabilities are not in [0, 1] or shapes do not fit.
        """
        second_inferred = self.decision_function(proba, pairs, classes, labels=labels) >= 0
        candidates = _candidates(pairs, classes, len(second_inferred))
        return candidates[np.arange(len(candidates)), second_inferred.astype(np.intp)]

    def _label_coins(self, labels, second, pairs, classes):
        if labels is None:
            raise ValueError(f"{self!r} reads the labels it infers: pass them as labels=.")
        labels, candidates = np.asarray(labels), _candidates(pairs, classes, len(second))
        if labels.shape != (len(second),) or not (labels[:, None] == candidates).any(axis=1).all():
            raise ValueError("labels must hold one of its two candidate labels for each canary.")
        return (labels == candidates[:, 1]).astype(np.intp)

    @abstractmethod
    def _decide(self, second, coins=None):
        """Signed decision values from the probabilities of the second candidates."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # The input is one probability a canary, not a table of features, and there is nothing to fit.
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.target_tags.required = False
        return tags


def _candidates(pairs, classes, n_canaries):
    if pairs is not None:
        return np.asarray(pairs)
    classes = np.array([0, 1]) if classes is None else np.asarray(classes)
    if classes.shape != (2,):
        raise ValueError(f"classes must hold the two labels of proba's columns, got {classes!r}.")
    return np.tile(classes, (n_canaries, 1))
