"""The single trainings of an audit: what each is given, and what is kept of it."""

import traceback
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import joblib
import numpy as np

from ..canaries import Canaries, all_rows
from ..evidence import Training
from ._fronts import Front

# Where scikit-learn refuses what it is given.
_VALIDATING = {"check_array", "check_X_y", "validate_data", "validate_parameter_constraints"}


class Key(NamedTuple):
    """Which training.

    Attributes
    ----------
    model : str
        Name of the model.
    epsilon : float
        The budget.
    repeat : int
        Which repeat.
    training : Training or None
        None for the model under attack; else what the training is there for.
    """

    model: str
    epsilon: float
    repeat: int
    training: Training | None = None

    @property
    def target(self):
        """The training under attack that this one belongs to."""
        return self._replace(training=None)


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """One training to be done. It holds the secret.

    Attributes
    ----------
    key : Key
        Which.
    canaries : Canaries
        Those of the model under attack.
    noise_seed, training_seed : int
        Seeds of the mechanism and of the classifier.
    coins_seed : int or None
        Seed of a shadow's own coins.
    X, y : array-like or None
        Rows and labels, where the planter changed more than the canaries' labels.
    """

    key: Key
    canaries: Canaries
    noise_seed: int
    training_seed: int
    coins_seed: int | None = None
    X: Any = None
    y: np.ndarray | None = None

    @property
    def is_target(self):
        """Whether this is a model under attack."""
        return self.key.training is None

    @property
    def leaves_out(self):
        """Whether the canaries' rows are left out."""
        return self.key.training is not None and self.key.training.canaries == "left out"


@dataclass(frozen=True, eq=False, repr=False)
class Common:
    """What all trainings of an audit have in common beside the rows.

    Attributes
    ----------
    models : dict of str to classifier
        Unfitted, by name.
    mechanism : sampler or None
        What the labels pass through; not at an infinite budget.
    budget_of : dict of str to str
        By model: name of the parameter that a budget sets, where the model spends it itself.
    classes : ndarray
        All classes.
    sources : tuple of Source
        What is asked of the models under attack.
    n_threads : int or None
        Threads that each training may take, where several run at a time on one machine.
    """

    models: dict
    mechanism: Any
    budget_of: dict
    classes: np.ndarray
    sources: tuple = ()
    n_threads: int | None = None


class Data(NamedTuple):
    """What every training of a model is given.

    It is handed on part by part, and not as one: a distributed backend then sends each part once to a worker, and not
    once for every training.

    Attributes
    ----------
    common : Common
        What all trainings share.
    X_train, y_train : array-like or TakenRows, ndarray
        Rows to train on, and their natural labels. Taken one by one where only what transformers make of them is needed
        as a whole.
    X_test, y_test : array-like or TakenRows, ndarray
        Rows held out, and their natural labels.
    steps : list of Pipeline or None
        Transformers in front of the model, fitted, where they do not look at labels; None where there are none, or
        each training has to fit them.
    ready_train, ready_test : array-like or None
        What they make of the rows; None where these are what they are.
    """

    common: Common
    X_train: Any
    y_train: np.ndarray
    X_test: Any
    y_test: np.ndarray
    steps: list | None = None
    ready_train: Any = None
    ready_test: Any = None

    def fits_front(self, trial):
        """Tell whether the transformers in front, as they are fitted, are those of a training."""
        return self.steps is not None and not trial.leaves_out and trial.X is None

    @property
    def front(self):
        """The transformers in front, and what they make of the rows."""
        # Copies, for a transformer may write into itself, and others transform in other threads.
        return Front(deepcopy(self.steps or []), self.ready_train, self.ready_test)

    def with_rows(self):
        """Return the same with the rows themselves where they are `TakenRows`, read-only where they can be."""
        return self._replace(X_train=all_rows(self.X_train), X_test=all_rows(self.X_test))

    def with_front(self, front):
        """Return the same with transformers that were fitted once for all; None leaves them to each training."""
        if front is None:
            return self
        return self._replace(steps=front.steps, ready_train=front.train, ready_test=front.test)

    def key(self):
        """Return a hash of rows and labels."""
        rows = self.with_rows()
        return joblib.hash((rows.X_train, rows.y_train, rows.X_test, rows.y_test))


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What is kept of one training: answers on the canaries and two accuracies, not the model. It holds the secret.

    Attributes
    ----------
    train_accuracy : float
        Of a model under attack, on the training rows and the labels that it was trained on, the paper's column.
    test_accuracy : float
        Of a model under attack, on the rows held out, with their natural labels.
    second : ndarray of shape (n_canaries,)
        Probability of each canary's second candidate, renormalised over the two.
    released : ndarray of intp of shape (n_canaries,) or None
        Labels that the model was trained on, as positions in the classes; None if nobody tells.
    fair : bool
        Whether a label that is one of its candidates came out of the mechanism as either with probability one half.
    claim : tuple of float
        Epsilon and delta that were promised.
    caps : ndarray of shape (n_canaries,) or None
        What no attack on private labels exceeds on average at each canary, if the mechanism is what it says; None where
        nobody says what it is.
    found : dict of Source to dict of str to ndarray
        Of a model under attack: the evidence that it was asked for.
    left_out : ndarray of shape (n_left_out, n_classes) or None
        Of a training that leaves a part of the other rows out: its probabilities of the bystanders among them.
    seconds : float
        Time to train and to predict.
    """

    train_accuracy: float
    test_accuracy: float
    second: np.ndarray
    released: np.ndarray | None
    fair: bool
    claim: tuple
    caps: np.ndarray | None
    found: dict = field(default_factory=dict)
    left_out: np.ndarray | None = None
    seconds: float = float("nan")


@dataclass(frozen=True)
class Failure:
    """A training that failed.

    Attributes
    ----------
    error : str
        Type and text of the exception.
    of_input : bool
        Whether scikit-learn refused rows, labels or parameters: no other seed will help.
    """

    error: str
    of_input: bool = False

    @classmethod
    def of(cls, error):
        """Make one of an exception.

        Parameters
        ----------
        error : Exception
            What was raised.

        Returns
        -------
        Failure
            With its type and text.
        """
        frames = {frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)}
        return cls(f"{type(error).__name__}: {error}", of_input=not frames.isdisjoint(_VALIDATING))
