"""Random streams of the label samplers."""

import os
import zlib

import numpy as np
from sklearn.utils import check_random_state


def generator(random_state, owner):
    """A generator that follows `random_state`, in a stream of its own for each `owner`.

    A user gives the same ``random_state=0`` to a canary flipper, a randomized response and a classifier.
    Were they all to read the same stream, the noise of one could follow the coins of the other.
    """
    seeds = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    return np.random.default_rng([*map(int, seeds), zlib.crc32(owner.encode())])


def uniforms(random_state, owner, shape):
    """Uniform numbers in [0, 1), multiples of 2^-53; from the operating system if `random_state` is None.

    Label-DP rests on this noise. NumPy's global generator is predictable once someone seeds it, so without
    a seed of the user's the bits come straight from the system's entropy.
    """
    if random_state is not None:
        return generator(random_state, owner).random(shape)
    bits = np.frombuffer(os.urandom(8 * int(np.prod(shape))), dtype=np.uint64)
    return (bits >> np.uint64(11)).reshape(shape) * 2.0**-53
