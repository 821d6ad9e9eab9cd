"""The labels of one training: coins, mechanism, and which rows are left out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..canaries import Canaries, shared_rows, take_rows
from ..labels import uncounted_releases
from ..metrics import PrivacyClaim
from ._seeds import with_seed


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
    caps : ndarray of shape (n_canaries,)
        What no attack exceeds on average at each canary, if the mechanism is what it says.
    fair : bool
        Whether the mechanism treats all labels alike, so that released candidates are fair coins like private ones.
    """

    X: Any
    labels: np.ndarray
    all_X: Any
    all_labels: np.ndarray
    canaries: Canaries
    claim: tuple
    caps: np.ndarray
    fair: bool


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
    claim, caps, fair = (np.inf, 0.0), np.ones(len(canaries)), True
    if common.mechanism is not None and trial.key.epsilon != np.inf:
        mechanism = mechanism_at(common, trial.key.epsilon, trial.noise_seed)
        with uncounted_releases():
            _, labels = mechanism.fit_resample(X, labels)
        labels = np.asarray(labels)
        claim, caps = promised(mechanism, canaries, PrivacyClaim(trial.key.epsilon))
        fair = getattr(mechanism, "symmetric", False)
    rows = np.arange(len(labels))
    kept = rows[trial.key.training.keeps(rows, canaries.rows)] if trial.leaves_out else None
    some_X, some = (X, labels) if kept is None else (take_rows(X, kept), labels[kept])
    return Drawn(some_X, some, X, labels, canaries, claim, caps, fair)


def mechanism_at(common, epsilon, seed):
    """Return the unfitted mechanism at a budget."""
    mechanism = with_seed(common.mechanism, seed).set_params(epsilon=epsilon)
    if mechanism.get_params().get("classes", 0) is None:
        mechanism.set_params(classes=common.classes)
    return mechanism


def promised(part, canaries, otherwise):
    """Claim of a fitted mechanism or defence, and its caps on these canaries."""
    claim = getattr(part, "privacy_claim_", otherwise)
    caps = part.success_caps(canaries) if hasattr(part, "success_caps") else claim.cap()
    caps = np.broadcast_to(np.asarray(caps, dtype=float), len(canaries))
    if not ((caps >= 0.5) & (caps <= 1)).all():
        raise ValueError(f"{type(part).__name__}.success_caps must give each canary a number from 1/2 to 1.")
    return (claim.epsilon, claim.delta), caps
