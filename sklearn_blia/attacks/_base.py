"""The contract of an attack: it sees outputs, never the labels that it infers."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions

from ..metrics import TARGETS
from ._candidates import second_candidate_proba
from ._outputs import CanaryOutputs, canary_outputs
from ._scored import ScoredCanaries


class BaseAttack(BaseEstimator, metaclass=ABCMeta):
    """Base of the attacks.

    A subclass implements ``_decide(second)``: from the probabilities of the canaries' second candidates to
    signed decision values, of which those >= 0 mean the second candidate. An attack that compares with other
    models names them in `needs` and takes them as ``_decide(second, side)``; one that reads the labels it infers
    overrides `reads_labels`, takes them as ``_decide(second, coins)``, and is tested accordingly.

    Called as ``attack(estimator, X, y)`` an attack is a scikit-learn scorer: it finds the canaries in the
    fitted estimator, and returns its success ratio. X and y, the test fold, are not needed.
    """

    _parameter_constraints: dict = {"target": [StrOptions(set(TARGETS))]}

    @property
    def reads_labels(self):
        """Whether the attack sees the labels that it infers; False but for oracle losses."""
        return False

    @property
    def needs(self):
        """Side information that the attack uses, a name in `SideInformation`; None for outputs alone."""
        return None

    @property
    def neighborhood(self):
        """How rows are made around the canaries, about which the attack wants the model to be asked; None for none."""
        return None

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
        outputs = estimator
        if not isinstance(estimator, CanaryOutputs):
            outputs = canary_outputs(estimator, neighborhoods=neighborhoods_of([self]))
        return self.score_canaries(outputs).test(alpha)

    def score_canaries(self, outputs):
        """Attack the canaries of a model, and put the labels of `target` beside.

        Parameters
        ----------
        outputs : CanaryOutputs
            From `canary_outputs`, or of a `LabelAudit`.

        Returns
        -------
        ScoredCanaries
            Decision values and coins.
        """
        self._validate_params()
        coins, kept = outputs.coins(self.target)
        if not len(coins):
            raise ValueError("No canary has a released label among its candidates: plant more canaries.")
        second = outputs.second_proba if kept.all() else outputs.second_proba[kept]
        side = outputs.side if kept.all() or outputs.side is None else outputs.side.of(kept)
        return ScoredCanaries(self._values(second, side), coins, kept, self.reads_labels, self.target)

    def guess_table(self, proba, pairs=None, classes=None, *, side=None):
        """Guesses under either value of each label, as the exact tests take them.

        Parameters
        ----------
        proba : array-like of shape (n_canaries, n_classes) or (n_canaries,)
            Class probabilities, as in `infer`.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels, as in `infer`.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns, as in `infer`.
        side : SideInformation, default=None
            For an attack with `needs`.

        Returns
        -------
        ndarray of bool of shape (n_canaries, 2)
            Column s holds the guess (False: first candidate, True: second) made if the label is candidate s.
            The columns are equal unless the attack reads labels.
        """
        self._validate_params()
        return self._values(second_candidate_proba(proba, pairs, classes), side) >= 0

    def _values(self, second, side=None):
        """Decision values under either value of each label."""
        if not self.reads_labels:
            return np.broadcast_to(self._blind(second, side)[:, None], (len(second), 2))
        return np.column_stack([self._decide(second, np.full(len(second), coin)) for coin in (False, True)])

    def decision_function(self, proba, pairs=None, classes=None, *, labels=None, side=None):
        """Signed confidence of each guess; its absolute value orders the canaries for an attack that abstains.

        Parameters
        ----------
        proba : array-like of shape (n_canaries, n_classes) or (n_canaries,)
            Class probabilities, as in `infer`.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels, as in `infer`.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns, as in `infer`.
        labels : array-like of shape (n_canaries,), default=None
            For an attack with oracle losses alone, as in `infer`.
        side : SideInformation, default=None
            For an attack with `needs`, as in `infer`.

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
            return self._blind(second, side)
        return self._decide(second, self._label_coins(labels, second, pairs, classes))

    def infer(self, proba, pairs=None, classes=None, *, labels=None, side=None):
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
        side : SideInformation, default=None
            What an attack with `needs` compares the outputs with.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Inferred labels.

        Raises
        ------
        ValueError
            If probabilities are not in [0, 1] or shapes do not fit.
        """
        first, second = _candidates(pairs, classes)
        return np.where(self.decision_function(proba, pairs, classes, labels=labels, side=side) >= 0, second, first)

    def _blind(self, second, side):
        """Decision values of an attack that gets no labels."""
        if self.needs is None:
            return self._decide(second)
        if side is None or self._find(side) is None:
            raise ValueError(f"{self!r} {self._missing()}")
        return self._decide(second, side)

    def _find(self, side):
        """What the attack needs, or None."""
        return getattr(side, self.needs)

    def _missing(self):
        return (
            f"compares with other models (its needs: {self.needs!r}), and there are none: let LabelAudit train them, "
            "or audit.train_shadows(model, X, y) for a fitted model, or pass side=SideInformation(...)."
        )

    def _label_coins(self, labels, second, pairs, classes):
        if labels is None:
            raise ValueError(f"{self!r} reads the labels it infers: pass them as labels=.")
        labels, candidates = np.asarray(labels), _candidates(pairs, classes)
        is_second = labels == candidates[1]
        if labels.shape != second.shape or not (is_second | (labels == candidates[0])).all():
            raise ValueError("labels must hold one of its two candidate labels for each canary.")
        return is_second

    @abstractmethod
    def _decide(self, second, *given):
        """Signed decision values from the probabilities of the second candidates."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # The input is one probability a canary, not a table of features, and there is nothing to fit.
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.target_tags.required = False
        return tags


def neighborhoods_of(attacks):
    """Neighborhoods that attacks want the model to be asked about, each once.

    Parameters
    ----------
    attacks : iterable of attack
        The attacks.

    Returns
    -------
    tuple of Neighborhood
        Empty where none does.
    """
    return tuple(dict.fromkeys(a.neighborhood for a in attacks if a.neighborhood is not None))


def _candidates(pairs, classes):
    """First and second candidates: one of each for all canaries without `pairs`, else one for each canary."""
    if pairs is not None:
        return np.asarray(pairs).T
    classes = np.array([0, 1]) if classes is None else np.asarray(classes)
    if classes.shape != (2,):
        raise ValueError(f"classes must hold the two labels of proba's columns, got {classes!r}.")
    return classes
