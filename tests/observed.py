"""Observations made by hand, for tests that need no model."""

import numpy as np

from sklearn_blia.canaries import Canaries
from sklearn_blia.evidence import Evidence, Observation, Outputs


def observed(second, coins, released=None, *, found=None, pairs=(0, 1)):
    """What an audit would know of a model with these probabilities of the second candidate.

    `released` are codes like the coins, and the same where they are left out.
    """
    second, coins = np.asarray(second, dtype=float), np.asarray(coins).astype(int)
    m = len(coins)
    canaries = Canaries(np.tile(pairs, (m, 1)), coins, np.arange(m), np.full(m, pairs[0]))
    evidence = Evidence(np.tile([0, 1], (m, 1)), {Outputs(): {"proba": np.column_stack([1 - second, second])}})
    if found:
        evidence.found.update(found)
    released = coins if released is None else np.asarray(released).astype(int)
    return Observation(canaries, evidence, np.asarray(pairs)[released])
