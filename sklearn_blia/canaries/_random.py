"""Random streams of the label samplers."""

import hashlib
import os
from contextlib import contextmanager
from contextvars import ContextVar

import joblib
import numpy as np
from scipy import sparse

from ..metrics import check_random

_KNOWN: ContextVar = ContextVar("rows whose values are known, and their fingerprint", default=(None, None))


def generator(random_state, owner, X, labels):
    """Return a generator that follows `random_state`, in a stream of its own for each `owner` and each data set.

    A user gives the same ``random_state=0`` to a canary flipper, a randomized response and a classifier.
    Were they all to read the same stream, the noise of one could follow the coins of the other. And a search
    or cross-validation fits clones with one seed on every fold: were the data not part of the seed, all folds
    would draw the same coins, and their results could not be pooled.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        The seed.
    owner : str
        Who draws.
    X : array-like or None
        Rows; None where the stream must not depend on them.
    labels : array-like of shape (n_samples,)
        Labels.

    Returns
    -------
    numpy.random.Generator
        The generator.
    """
    seeds = check_random("random_state", random_state).randint(2**32, size=4, dtype=np.uint32)
    digest = hashlib.blake2b(owner.encode(), digest_size=16)
    digest.update(b"" if X is None else _fingerprint(X).encode())
    digest.update(np.ascontiguousarray(labels).tobytes())
    return np.random.default_rng([*map(int, seeds), int.from_bytes(digest.digest())])


def uniforms(random_state, owner, labels, shape):
    """Draw uniform numbers in [0, 1), multiples of 2^-53; from the operating system if `random_state` is None.

    With a seed they follow the seed, who draws and the labels, and not the rows: were these a part of the seed, one
    more column would draw fresh noise on the same labels, and several such fits together would give them away.

    Label-DP rests on this noise. NumPy's global generator is predictable once someone seeds it, so without
    a seed of the user's the bits come straight from the system's entropy.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        The seed.
    owner : str
        Who draws.
    labels : array-like of shape (n_samples,)
        Labels.
    shape : tuple of int
        Of the result.

    Returns
    -------
    ndarray of float
        Numbers.
    """
    if random_state is not None:
        return generator(random_state, owner, None, labels).random(shape)
    bits = np.frombuffer(os.urandom(8 * int(np.prod(shape))), dtype=np.uint64)
    return (bits >> np.uint64(11)).reshape(shape) * 2.0**-53


@contextmanager
def fingerprinted(X):
    """Look at the values of X once for all samplers in the block, which promises not to change them.

    Parameters
    ----------
    X : array-like
        Rows, the object itself that the samplers will get.

    Yields
    ------
    None
        While the block runs.
    """
    token = _KNOWN.set((X, _fingerprint(X)))
    try:
        yield
    finally:
        _KNOWN.reset(token)


def _fingerprint(X):
    """Hash of the values in X, however they are held: a worker gets a memory map, a user passes list or frame."""
    known, fingerprint = _KNOWN.get()
    if known is X:
        return fingerprint
    if sparse.issparse(X):
        X = X.tocsr()
        return joblib.hash([X.shape, *(np.asarray(part) for part in (X.indptr, X.indices, X.data))])
    if isinstance(X, (list, tuple)) and isinstance(X[0], str):  # an array would pad all texts to the longest
        return joblib.hash(X)
    try:
        values = np.asarray(X)
        if values.dtype != object:
            return joblib.hash(np.ascontiguousarray(values))
        if hasattr(X, "iloc"):
            from pandas.util import hash_pandas_object  # X is pandas', so it is there

            return joblib.hash(hash_pandas_object(X, index=False).to_numpy())
    except (TypeError, ValueError):  # ragged, such as lists of token ids, or cells that pandas cannot hash
        pass
    return joblib.hash(X, coerce_mmap=True)
