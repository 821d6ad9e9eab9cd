"""The contract of an attack: it sees evidence, never the labels that it infers."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions

from ..evidence import Evidence, Observation, evidence_of, observe
from ..metrics import TARGETS, attack_test


class BaseAttack(BaseEstimator, metaclass=ABCMeta):
    """Base of the attacks.

    A subclass implements ``score(evidence)``: signed decision values, of which those >= 0 mean the second candidate,
    and names in `requires` the sources of evidence that it looks at beside the model's outputs. One that reads the
    labels it infers sets `reads_labels`, takes them as ``score(evidence, codes)``, and is tested accordingly.

    Called as ``attack(estimator, X, y)`` an attack is a scikit-learn scorer: it finds the canaries in the
    fitted estimator, and returns its success ratio. X and y, the test fold, are not needed.

    Examples
    --------
    >>> from sklearn_blia.attacks import BaseAttack
    >>> class FirstColumn(BaseAttack):
    ...     def score(self, evidence, codes=None):
    ...         return 0.5 - evidence.proba[:, 0]
    >>> FirstColumn().infer([[0.9, 0.1], [0.3, 0.7]])
    array([0, 1])
    """

    _parameter_constraints: dict = {"target": [StrOptions(set(TARGETS))]}
    target = "private"

    @property
    def requires(self):
        """Sources of evidence that the attack looks at beside the model's outputs."""
        return ()

    @property
    def reads_labels(self):
        """Whether the attack sees the labels that it infers; False but for oracle losses."""
        return False

    # Whether the attack guesses in an order of its own and learns from the coins of canaries guessed before.
    adapts = False

    @abstractmethod
    def score(self, evidence, codes=None):
        """Compute signed decision values.

        Parameters
        ----------
        evidence : Evidence
            What may be looked at.
        codes : ndarray of int8 of shape (n_canaries,), default=None
            For an attack that reads labels alone: which candidate each label is, 0 or 1.

        Returns
        -------
        ndarray of shape (n_canaries,)
            At least 0 where the second candidate is inferred; the size says how sure the attack is.
        """

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
        estimator : estimator or Observation
            A fitted model that holds canaries, or what is known of one, from `observe`, `train_shadows` or a
            `LabelAudit`, which several attacks can share.
        alpha : float, default=0.05
            Level of the interval and of the epsilon bound.

        Returns
        -------
        MemorizationTest
            Success ratio, chance level, exact p-value, interval, epsilon bound.
        """
        self._check_parameters()
        observation = estimator if isinstance(estimator, Observation) else observe(estimator, sources=self.requires)
        codes = observation.codes_of(self.target)
        return attack_test(self.decide(observation, self.target), codes, target=self.target, alpha=alpha)

    def decide(self, observation, target):
        """Compute decision values on one model under attack, for each coin, as `sklearn_blia.metrics.judge` takes them.

        Where rows share a coin, those of the rows are added up.

        Parameters
        ----------
        observation : Observation
            What is known of the model.
        target : {"private", "released"}
            Labels that they are held against; of no account but to an attack that adapts.

        Returns
        -------
        ndarray of shape (n_units,) or (n_units, 2), or Played
            As `score_table`; `Played` of an attack that learns from coins as it guesses.
        """
        return observation.canaries.by_unit(self.score_table(observation.evidence))

    def check_canaries(self, canaries):
        """Raise ValueError if the attack cannot guess such canaries; before any training.

        Parameters
        ----------
        canaries : Canaries
            What is planted.
        """
        if self.adapts and canaries.units is not None:
            raise ValueError(
                f"{self!r} learns each coin that it has guessed, and here rows share coins: take another attack, or a "
                "planter that gives each row a coin of its own."
            )

    def score_table(self, evidence):
        """Compute decision values as the exact tests take them.

        Parameters
        ----------
        evidence : Evidence
            What may be looked at.

        Returns
        -------
        ndarray of shape (n_canaries,) or (n_canaries, 2)
            In two dimensions for an attack that reads labels: its values under either code of each label.
        """
        if not self.reads_labels:
            return self._scores(evidence)
        either = (np.full(len(evidence), code, dtype=np.int8) for code in (0, 1))
        return np.column_stack([self._scores(evidence, codes) for codes in either])

    def _scores(self, evidence, codes=None):
        """Decision values, or ValueError if what `score` returns are none."""
        scores = np.asarray(self.score(evidence) if codes is None else self.score(evidence, codes))
        if scores.dtype.kind not in "iuf" or scores.shape != (len(evidence),):
            raise ValueError(
                f"{type(self).__name__}.score must return a signed number for each of {len(evidence)} canaries, at "
                f"least 0 for the second candidate; got an array of shape {scores.shape} and type {scores.dtype}."
            )
        return scores.astype(float, copy=False)

    def decision_function(self, proba, pairs=None, classes=None, *, labels=None):
        """Signed confidence of each guess; its absolute value orders the canaries for an attack that abstains.

        Parameters
        ----------
        proba : Evidence, or array-like of shape (n_canaries, n_classes) or (n_canaries,), or DataFrame
            Evidence, or class probabilities, as in `infer`.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels, as in `infer`.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns, as in `infer`.
        labels : array-like of shape (n_canaries,), default=None
            For an attack with oracle losses alone, as in `infer`.

        Returns
        -------
        ndarray of shape (n_canaries,)
            At least 0 where the second candidate is inferred, below 0 where the first is.
        """
        self._check_parameters()
        evidence = proba if isinstance(proba, Evidence) else evidence_of(proba, pairs, classes)
        if not self.reads_labels:
            if labels is not None:
                raise ValueError(f"{self!r} never sees the labels it infers: leave labels out.")
            return self._scores(evidence)
        return self._scores(evidence, self._codes(labels, evidence.candidates.T))

    def infer(self, proba, pairs=None, classes=None, *, labels=None):
        """Infer the canaries' labels from a model's outputs.

        Parameters
        ----------
        proba : Evidence, or array-like of shape (n_canaries, n_classes) or (n_canaries,), or DataFrame
            What the model's ``predict_proba`` returns for the canaries; 1-D for the probability of the second
            of two classes. An attack that looks at more takes `Evidence`.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels (``canary_pairs_``). May be left out with two classes.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns (``model.classes_``). By default those of a frame, or the labels that occur in
            `pairs`, or ``[0, 1]`` without.
        labels : array-like of shape (n_canaries,), default=None
            The labels whose losses an attack with oracle losses reads; every other attack refuses them.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Inferred labels.

        Raises
        ------
        ValueError
            If probabilities are not in [0, 1], or shapes or names do not fit.
        """
        evidence = proba if isinstance(proba, Evidence) else evidence_of(proba, pairs, classes)
        first, second = evidence.candidates.T
        return np.where(self.decision_function(evidence, labels=labels) >= 0, second, first)

    def check_rows(self, X):
        """Raise ValueError if evidence of this attack cannot be had of such rows; before any training.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows that the model is trained on.
        """
        for source in self.requires:
            if hasattr(source, "check"):
                source.check(X)

    def _check_parameters(self):
        """Parameters of a subclass that has no `target` of its own, or no constraints, are its own affair."""
        own = self.get_params(deep=False)
        named = {name: allowed for name, allowed in self._parameter_constraints.items() if name in own}
        if named == self._parameter_constraints:
            self._validate_params()

    def _codes(self, labels, candidates):
        if labels is None:
            raise ValueError(f"{self!r} reads the labels it infers: pass them as labels=.")
        labels = np.asarray(labels)
        is_second = labels == candidates[1]
        if labels.shape != candidates[1].shape or not (is_second | (labels == candidates[0])).all():
            raise ValueError("labels must hold one of its two candidate labels for each canary.")
        return is_second.astype(np.int8)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # The input is one probability a canary, not a table of features, and there is nothing to fit.
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.target_tags.required = False
        return tags
