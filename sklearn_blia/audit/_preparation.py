"""What comes before any training: rows held out, samplers, and the checks of both."""

from math import ceil

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import check_classification_targets

from ..labels import CanaryFlipper, RandomizedResponse
from ..labels._base import plain_labels


def default_n_canaries(n_train):
    """Canaries that an audit plants unless told: 2 % of the rows, but 500 at least, and a quarter at most.

    Parameters
    ----------
    n_train : int
        Training rows.

    Returns
    -------
    int
        At least 1.
    """
    return max(1, min(max(n_train // 50, 500), n_train // 4))


def check_epsilons(epsilons):
    """Return privacy budgets as floats; ValueError unless they are different numbers from 0 to inf, one at least."""
    try:
        found = [float(epsilon) for epsilon in epsilons]
    except TypeError:
        found = []
    if not found or not all(epsilon >= 0 for epsilon in found) or len(set(found)) < len(found):
        raise ValueError(f"epsilons must hold different numbers from 0 to inf, one at least; got {epsilons!r}.")
    return found


def split_rows(X, y, test_size, rng):
    """Check the labels and split the rows, every class alike.

    Returns X_train, X_test, y_train, y_test, and which rows of X those of X_train are.
    """
    if np.ndim(y) == 2 and np.shape(y)[1] == 1:  # a column of a table
        y = np.asarray(y).ravel()
    classes, counts = np.unique(plain_labels(y), return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"y has only one class ({classes[0]}): there is nothing to memorize.")
    if counts.min() < 2:
        rare = classes[counts < 2]
        raise ValueError(
            f"{len(rare)} class(es) have a single row, such as {rare[0]}: drop those rows, or check that the "
            f"target is a class and not a number to predict ({len(classes)} different values)."
        )
    check_classification_targets(y)
    n_test = ceil(test_size * counts.sum()) if 0 < test_size < 1 else len(classes)
    if min(n_test, counts.sum() - n_test) < len(classes):
        raise ValueError(
            f"test_size={test_size} of {counts.sum()} rows cannot hold every one of {len(classes)} classes on both "
            "sides: take more rows, another test_size, or fewer classes."
        )
    rows = np.arange(counts.sum())
    return train_test_split(X, y, rows, test_size=test_size, stratify=y, random_state=rng)[:5]


def label_samplers(epsilon, n_canaries, classes, coin_seed, noise_seed):
    """Return the named, unfitted samplers of one fit, the canary flipper first; no response for an infinite epsilon."""
    samplers = [("canaries", CanaryFlipper(n_canaries=n_canaries, classes=classes, random_state=coin_seed))]
    if epsilon != np.inf:
        samplers.append(("response", RandomizedResponse(epsilon, classes=classes, random_state=noise_seed)))
    return samplers


def check_samplers(samplers, X, y):
    """Run the samplers once, so that whatever is wrong with them is told before any training."""
    samplers = [clone(sampler) for _, sampler in samplers]
    for sampler in samplers:
        _, y = sampler.fit_resample(X, y)
    flipper = samplers[0]
    released = np.asarray(y)[flipper.canary_indices_]
    if not (released[:, None] == flipper.canary_pairs_).any():
        raise ValueError(
            f"n_canaries={len(released)} is too few: no canary's released label is one of its two candidates, so "
            "nothing can be said of memorization. Plant more, or raise epsilon."
        )
