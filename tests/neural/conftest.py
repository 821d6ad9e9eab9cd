"""Trainings that decide a test: several of them, and thresholds that leave room for the last digits of a CPU.

Where one training ends hangs on its seed and on how the processor rounds: another instruction set sums in another
order, and some hundred steps make a different network of that. So what a network learns and stores is asked of three
networks together, each with a seed and rows of its own, and trained until it has stored its labels.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_blia import CanaryFlipper, ThresholdAttack, make_label_pipeline

torch.set_num_threads(1)


def with_seed(model, seed):
    names = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
    return clone(model).set_params(**dict.fromkeys(names, seed))


@pytest.fixture
def surely_above():
    """The share of n guesses from which on the true share is surely above the one given: by four standard errors.

    Guesses are right independently of each other, so that of n with the share p the right ones have the standard error
    sqrt(p (1 - p) / n). Where three networks differ in p, it is smaller.
    """
    return lambda share, n: share + 4 * np.sqrt(share * (1 - share) / n)


@pytest.fixture
def three_audits():
    """Return what three networks, each on a third of the rows, make of held-out rows and of canaries."""

    def audit(model, X, y, n_train, canaries):
        found = []
        for seed, rows in enumerate(np.array_split(np.random.RandomState(0).permutation(len(y)), 3)):
            train, test = rows[:n_train], rows[n_train:]
            flipper = CanaryFlipper(n_canaries=canaries, random_state=seed)
            fitted = make_label_pipeline(flipper, with_seed(model, seed)).fit(X[train], y[train])
            right = np.count_nonzero(fitted.predict(X[test]) == y[test]) if len(test) else 0
            attack = ThresholdAttack(target="released").evaluate(fitted)
            found.append((right, len(test), attack.n_correct, attack.n_canaries))
        right, n_test, stored, n_canaries = np.sum(found, axis=0)
        return SimpleNamespace(
            accuracy=right / max(n_test, 1), n_test=n_test, success_ratio=stored / n_canaries, n_canaries=n_canaries
        )

    return audit
