"""The single trainings of an audit: what each is given, and what is kept of it."""

import sys
import time
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from ..canaries import (
    Canaries,
    ask,
    fitted_steps,
    own_rows,
    positions_of,
    predicted_labels,
    released_labels,
    shared_rows,
    take_rows,
)
from ..evidence import Outputs, Training, collect
from ..metrics import PrivacyClaim


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
    """

    models: dict
    mechanism: Any
    budget_of: dict
    classes: np.ndarray
    sources: tuple = ()


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What is kept of one training: answers on the canaries and two accuracies, not the model. It holds the secret.

    Attributes
    ----------
    train_accuracy : float
        On the training rows and the labels that the model was trained on, the paper's column.
    test_accuracy : float
        On the rows held out, with their natural labels.
    second : ndarray of shape (n_canaries,)
        Probability of each canary's second candidate, renormalised over the two.
    released : ndarray of intp of shape (n_canaries,) or None
        Labels that the model was trained on, as positions in the classes; None if nobody tells.
    claim : tuple of float
        Epsilon and delta that were promised.
    cap : float
        What no attack on private labels exceeds on average, if the mechanism is what it says.
    found : dict of Source to dict of str to ndarray
        Of a model under attack: the evidence that it was asked for.
    seconds : float
        Time to train and to predict.
    """

    train_accuracy: float
    test_accuracy: float
    second: np.ndarray
    released: np.ndarray | None
    claim: tuple
    cap: float
    found: dict = field(default_factory=dict)
    seconds: float = float("nan")


@dataclass(frozen=True)
class Failure:
    """A training that failed.

    Attributes
    ----------
    error : str
        Type and text of the exception.
    """

    error: str

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
        return cls(f"{type(error).__name__}: {error}")


def with_seed(estimator, seed):
    """Clone an estimator with every ``random_state`` in it drawn from a seed, in the order of their names."""
    estimator = clone(estimator)
    rng = np.random.RandomState(seed)
    names = [name for name in sorted(estimator.get_params()) if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**{name: int(rng.randint(2**31)) for name in names})


def train(common, X_train, y_train, X_test, y_test, trial):
    """Put in the coins, pass the labels through the mechanism, train and ask.

    Parameters
    ----------
    common : Common
        What all trainings share.
    X_train, X_test : array-likes
        Rows to train on, and rows held out.
    y_train, y_test : ndarray
        Natural labels.
    trial : Trial
        Which training.

    Returns
    -------
    Outcome
        What is kept of it.
    """
    started = time.perf_counter()
    drawn = draw_labels(common, X_train, y_train, trial)
    classifier = make_classifier(common, trial)
    model = untouched(lambda X: clone(classifier).fit(X, drawn.labels), drawn.X)
    outcome = keep(common, model, drawn, X_test, y_test, trial)
    return replace(outcome, seconds=time.perf_counter() - started)


def make_classifier(common, trial):
    """Return the unfitted classifier of a trial: with its seed, and its budget where it spends that itself."""
    classifier = with_seed(common.models[trial.key.model], trial.training_seed)
    budget = common.budget_of.get(trial.key.model)
    return classifier.set_params(**{budget: trial.key.epsilon}) if budget else classifier


@dataclass(frozen=True, eq=False, repr=False)
class Drawn:
    """Labels of one training. It holds the secret.

    Attributes
    ----------
    X : array-like
        Rows to train on.
    labels : ndarray
        Labels to train on.
    all_X : array-like
        Rows, those that are left out among them.
    all_labels : ndarray
        Labels of these.
    canaries : Canaries
        With the coins of this training.
    claim : tuple of float
        Epsilon and delta that the mechanism promised.
    cap : float
        What no attack exceeds on average if the mechanism is what it says.
    """

    X: Any
    labels: np.ndarray
    all_X: Any
    all_labels: np.ndarray
    canaries: Canaries
    claim: tuple
    cap: float


def draw_labels(common, X, y, trial):
    """Put in the coins and pass the labels through the mechanism.

    Parameters
    ----------
    common : Common
        What all trainings share.
    X : array-like
        Rows to train on.
    y : ndarray
        Natural labels.
    trial : Trial
        Which training.

    Returns
    -------
    Drawn
        What to train on.
    """
    X = shared_rows(X if trial.X is None else trial.X)
    canaries = trial.canaries
    if trial.coins_seed is not None:
        canaries = canaries.redrawn(np.random.default_rng(trial.coins_seed))
    labels = canaries.apply(y if trial.y is None else trial.y)
    claim, cap = (np.inf, 0.0), 1.0
    if common.mechanism is not None and trial.key.epsilon != np.inf:
        mechanism = mechanism_at(common, trial.key.epsilon, trial.noise_seed)
        _, labels = mechanism.fit_resample(X, labels)
        labels = np.asarray(labels)
        claim, cap = _promised(mechanism, canaries, PrivacyClaim(trial.key.epsilon))
    kept = np.delete(np.arange(len(labels)), canaries.rows) if trial.leaves_out else None
    some_X, some = (X, labels) if kept is None else (take_rows(X, kept), labels[kept])
    return Drawn(some_X, some, X, labels, canaries, claim, cap)


def mechanism_at(common, epsilon, seed):
    """Return the unfitted mechanism at a budget."""
    mechanism = with_seed(common.mechanism, seed).set_params(epsilon=epsilon)
    if mechanism.get_params().get("classes", 0) is None:
        mechanism.set_params(classes=common.classes)
    return mechanism


def _promised(part, canaries, otherwise):
    """Claim of a fitted mechanism or defence, and its cap on these canaries."""
    claim = getattr(part, "privacy_claim_", otherwise)
    caps = part.success_caps(canaries) if hasattr(part, "success_caps") else claim.cap()
    return (claim.epsilon, claim.delta), float(np.mean(caps))


def keep(common, model, drawn, X_test, y_test, trial, prepare=lambda X: X):
    """Ask a trained model for what is kept of it; its time is yet to be filled in.

    Parameters
    ----------
    common : Common
        What all trainings share.
    model : classifier
        Fitted.
    drawn : Drawn
        What it was trained on.
    X_test : array-like
        Rows held out.
    y_test : ndarray
        Their natural labels.
    trial : Trial
        Which training.
    prepare : callable, default=identity
        Makes of rows what the model takes.

    Returns
    -------
    Outcome
        With NaN seconds.
    """
    classes, canaries, steps = common.classes, drawn.canaries, fitted_steps(model)
    seen = released_labels(steps, drawn.all_labels)
    told = drawn.all_labels if seen is None or len(seen) != len(drawn.all_labels) else seen
    trained_on = np.unique(drawn.labels if trial.leaves_out else told)

    def ask_about(rows):
        return untouched(lambda X: ask(model, prepare(X), classes, trained_on), rows)

    def accuracy(rows, labels):
        predicted = untouched(lambda X: predicted_labels(model, prepare(X), classes), rows)
        return float(np.mean(predicted == labels))

    public = replace(canaries.public(classes), X=take_rows(drawn.all_X, canaries.rows))
    found = {}
    if trial.is_target:
        found = collect([Outputs(), *common.sources], ask_about, {}, public)
    second = public.second(found[Outputs()]["proba"] if found else ask_about(public.X))
    claim, cap = drawn.claim, drawn.cap
    if trial.key.model in common.budget_of:
        spends = next((step for step in steps if hasattr(step, "privacy_claim_")), None)
        claim, cap = _promised(spends, canaries, PrivacyClaim(trial.key.epsilon))
    return Outcome(
        train_accuracy=accuracy(drawn.all_X, told),
        test_accuracy=accuracy(shared_rows(X_test), y_test),
        second=second,
        released=None if seen is None else positions_of(told[canaries.rows], classes),
        claim=claim,
        cap=cap,
        found=found,
    )


def untouched(function, X):
    """Call a function on rows that others will be given too: where it writes into them, on a copy of its own.

    Parameters
    ----------
    function : callable
        Of rows.
    X : array-like
        Rows, read-only where they can be.

    Returns
    -------
    object
        What the function returns.
    """
    if hasattr(X, "iloc"):
        # pandas 3 copies on write; before, a copy has to be made.
        return function(X.copy(deep=int(sys.modules["pandas"].__version__.split(".")[0]) < 3))
    try:
        return function(X)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        return function(own_rows(X))


def ask_canaries_alone(proba, public):
    """Return what a source with further trainings may ask: the model under attack is gone, its answers are kept."""

    def answer(rows, proba=proba, public=public):
        if rows is not public.X:
            raise ValueError("a source with further trainings can ask about public.X alone")
        return proba

    return answer
