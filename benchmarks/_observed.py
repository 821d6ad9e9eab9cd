"""Observations of simulated models, for benchmarks that train none."""

import numpy as np

from sklearn_blia.canaries import Canaries
from sklearn_blia.evidence import Observation, evidence_of


def observed(proba, coins, released=None, *, pairs=None, found=None):
    """What an audit would know of a model that gives the canaries these probabilities.

    `proba` is of the second candidate of 0 and 1, or of all classes with `pairs`; `released` are labels, those of the
    coins unless given.
    """
    m = len(coins)
    pairs = np.tile([0, 1], (m, 1)) if pairs is None else pairs
    canaries = Canaries(pairs, coins, np.arange(m), pairs[:, 0])
    classes = None if np.ndim(proba) == 1 else np.arange(np.shape(proba)[1])
    evidence = evidence_of(proba, pairs, classes, found=found)
    return Observation(canaries, evidence, canaries.private if released is None else released)
