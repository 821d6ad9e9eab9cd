"""The single fits of a sweep: what each is given, and what is kept of it."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from ..attacks import CanaryOutputs
from ..attacks._candidates import second_candidate_proba
from ..attacks._neighbors import ask_around
from ._preparation import label_samplers

ROLES = ("target", "reference", "shadow", "matched_shadow")


@dataclass(frozen=True)
class Member:
    """One fit: a privacy budget, a repeat, what it is there for, and the seeds that follow.

    Attributes
    ----------
    epsilon : float
        Label-DP parameter; ``inf`` without randomized response.
    repeat : int
        Which repeat.
    coin_seed, noise_seed, training_seed : int
        Seeds of the canaries and their coins, of the randomized response, and of the classifier.
    role : {"target", "reference", "shadow", "matched_shadow"}
        The fit that is attacked, or one to compare it with: fitted without the canary rows; or with other coins on
        the target's canaries and other noise, and, if matched, the target's training seed.
    number : int
        Which of several shadows.
    other_coins_seed : int or None
        Seed of a shadow's own coins.
    """

    epsilon: float
    repeat: int
    coin_seed: int
    noise_seed: int
    training_seed: int
    role: str = "target"
    number: int = 0
    other_coins_seed: int | None = None


@dataclass(frozen=True)
class Protocol:
    """What all fits of an audit have in common beside rows and classifier.

    Attributes
    ----------
    classes : ndarray
        All classes.
    n_canaries : int
        Canaries to plant in each.
    neighborhoods : tuple of Neighborhood
        Rows around the canaries to ask targets about.
    """

    classes: np.ndarray
    n_canaries: int
    neighborhoods: tuple = ()


@dataclass(frozen=True)
class Fit:
    """What is kept of one fit: outputs on the canaries and two accuracies, not the model.

    Attributes
    ----------
    train_accuracy : float
        On the training rows and their released labels, the paper's column.
    test_accuracy : float
        On the rows held out, with their natural labels.
    seconds : float
        Time to train and to predict.
    outputs : CanaryOutputs
        With labels as positions in the classes.
    """

    train_accuracy: float
    test_accuracy: float
    seconds: float
    outputs: CanaryOutputs


@dataclass(frozen=True)
class Failure:
    """A fit that failed.

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


def make_members(epsilons, n_repeats, entropy, companions=None):
    """List the fits of a sweep.

    The seeds of a fit follow from the sweep's entropy, its own epsilon, its own repeat and its role: another
    epsilon, repeat or attack in the sweep changes no other fit.

    Parameters
    ----------
    epsilons : sequence of float
        Privacy budgets.
    n_repeats : int
        Repeats of each.
    entropy : int
        Seed of the sweep.
    companions : dict of str to int, default=None
        How many fits of which role go with each target.

    Returns
    -------
    list of Member
        Repeats of the first epsilon first; each target is followed by its companions.
    """
    members = []
    for epsilon in map(float, epsilons):
        bits = int(np.float64(epsilon).view(np.uint64))
        for repeat in range(n_repeats):
            target = Member(epsilon, repeat, *_seeds(3, entropy, bits, repeat))
            members.append(target)
            for role, count in (companions or {}).items():
                members += [_companion(target, role, k, entropy, bits) for k in range(count)]
    return members


def companions_of(members):
    """Companions of each target: lists of Member by target.

    Parameters
    ----------
    members : list of Member
        As `make_members` lists them.

    Returns
    -------
    dict of Member to list of Member
        In order.
    """
    found: dict = {}
    for member in members:
        if member.role == "target":
            found[member] = target = []
        else:
            target.append(member)
    return found


def _companion(target, role, number, entropy, bits):
    coins, noise, training = _seeds(3, entropy, bits, target.repeat, ROLES.index(role), number)
    if role == "matched_shadow":
        training = target.training_seed
    own = None if role == "reference" else coins
    return replace(target, noise_seed=noise, training_seed=training, role=role, number=number, other_coins_seed=own)


def _seeds(count, *key):
    return map(int, np.random.SeedSequence(key).generate_state(count) >> 1)  # what RandomState takes


def with_seed(estimator, seed):
    """Clone an estimator with every ``random_state`` in it drawn from a seed, in the order of their names."""
    estimator = clone(estimator)
    rng = np.random.RandomState(seed)
    names = [name for name in sorted(estimator.get_params()) if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**{name: int(rng.randint(2**31)) for name in names})


def fit_member(estimator, X_train, y_train, X_test, y_test, protocol, member):
    """Plant canaries, protect the labels, train and predict.

    Parameters
    ----------
    estimator : classifier
        Unfitted; a clone is trained.
    X_train, X_test : array-likes
        Rows to train on, and rows held out.
    y_train, y_test : array-likes
        Natural labels.
    protocol : Protocol
        Canaries to plant, and what to ask.
    member : Member
        Which fit.

    Returns
    -------
    Fit
        What is kept of it.
    """
    started = time.perf_counter()
    flipper, released = labels_of(member, X_train, y_train, protocol)
    model, X, y = with_seed(estimator, member.training_seed), X_train, released
    if member.role == "reference":
        X, y = without_canaries(flipper, X_train, released)
    model.fit(X, y)
    fit = keep_fit(model, flipper, released, X_train, X_test, y_test, asked_about(member, protocol))
    return replace(fit, seconds=time.perf_counter() - started)


def labels_of(member, X, y, protocol):
    """Draw the labels of one fit: the fitted canary flipper, and the released labels.

    A shadow has the canaries and the candidates of its target, with coins of its own.
    """
    of_all = protocol.n_canaries, protocol.classes
    (_, flipper), *others = label_samplers(member.epsilon, *of_all, member.coin_seed, member.noise_seed)
    _, planted = flipper.fit_resample(X, y)
    if member.other_coins_seed is not None:
        flipper.canary_labels_, planted = relabelled(flipper, planted, member.other_coins_seed)
    for _, sampler in others:
        _, planted = sampler.fit_resample(X, planted)
    return flipper, planted


def relabelled(flipper, y, seed):
    """Draw fresh coins for the canaries of a fitted flipper: their labels, and all labels with these among them."""
    pairs = flipper.canary_pairs_
    fresh = pairs[np.arange(len(pairs)), np.random.default_rng(seed).integers(2, size=len(pairs))]
    labels: Any = y.copy() if hasattr(y, "iloc") else np.array(y)
    (labels.iloc if hasattr(y, "iloc") else labels)[flipper.canary_indices_] = fresh
    return fresh, labels


def without_canaries(flipper, X, y):
    """Rows and labels that a reference model is trained on: all but the canaries of a fitted flipper."""
    others = np.delete(np.arange(len(y)), flipper.canary_indices_)
    return _safe_indexing(X, others), _safe_indexing(y, others)


def asked_about(member, protocol):
    """Neighborhoods about which a fit is asked: targets alone are attacked."""
    return protocol.neighborhoods if member.role == "target" else ()


def keep_fit(model, flipper, released, X_train, X_test, y_test, neighborhoods=(), prepare=lambda X: X):
    """Ask a trained model for what is kept of it; its time is yet to be filled in.

    Parameters
    ----------
    model : classifier
        Fitted.
    flipper : CanaryFlipper
        Fitted; holds the canaries.
    released : array-like
        Labels that the model was trained on.
    X_train, X_test : array-likes
        Rows as the model takes them.
    y_test : array-like
        Natural labels of the rows held out.
    neighborhoods : sequence of Neighborhood, default=()
        Rows around the canaries to ask about.
    prepare : callable, default=identity
        Makes of canaries, and of rows around them, what the model takes.

    Returns
    -------
    Fit
        With NaN seconds.
    """
    released, flipped = np.asarray(released), flipper.canary_indices_
    X, pairs, classes = flipper.canary_X_, flipper.canary_pairs_, model.classes_

    def predict_proba(rows):
        return model.predict_proba(prepare(rows))

    second = second_candidate_proba(predict_proba(X), pairs, classes)
    return Fit(
        train_accuracy=float(np.mean(np.asarray(model.predict(X_train)) == released)),
        test_accuracy=float(np.mean(np.asarray(model.predict(X_test)) == np.asarray(y_test))),
        seconds=np.nan,
        outputs=CanaryOutputs(  # with every label as its position in the classes: numbers can be stored
            second_proba=np.asarray(second, dtype=float),
            pairs=np.searchsorted(flipper.classes_, pairs),
            private=np.searchsorted(flipper.classes_, flipper.canary_labels_),
            released=np.searchsorted(flipper.classes_, released[flipped]),
            indices=np.asarray(flipped),
            side=ask_around(predict_proba, X, pairs, classes, neighborhoods),
        ),
    )
