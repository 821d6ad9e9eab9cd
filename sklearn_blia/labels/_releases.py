"""How often labels were released: every release of the same labels with fresh noise spends its epsilon once more."""

import hashlib
import os
import threading
import warnings
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from scipy import sparse

from ..exceptions import RepeatedReleaseWarning

_COUNTED: ContextVar = ContextVar("whether releases are counted", default=True)
# More rows than these are no longer told apart; whole sets of labels still are.
_MOST_ROWS = 5_000_000


@contextmanager
def uncounted_releases():
    """Let labels be released without counting: for audits, whose models are thrown away.

    Yields
    ------
    None
        While the block runs.
    """
    token = _COUNTED.set(False)
    try:
        yield
    finally:
        _COUNTED.reset(token)


class Releases:
    """Counts releases of the same labels in one process, by the whole set of labels and by rows of features.

    Labels themselves are not kept: sets of them as keyed hashes whose key dies with the process, rows as hashes of
    their features alone.
    """

    def __init__(self):
        self._key = os.urandom(32)
        self._weights = np.frombuffer(os.urandom(8 * 4096), dtype=np.uint64) | np.uint64(1)
        self._sets: dict = {}
        self._rows = np.empty(0, dtype=np.uint64)
        self._counts = np.empty(0, dtype=np.int64)
        self._epsilons = np.empty(0)
        self._lock = threading.Lock()

    def add(self, X, codes, released, epsilon):
        """Note a release, and warn where it is not the first.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.
        codes, released : ndarray of int of shape (n_samples,)
            Labels before and after the noise.
        epsilon : float
            What it spends.

        Warns
        -----
        RepeatedReleaseWarning
            At the second, fourth, eighth, ... release.
        """
        if not _COUNTED.get() or not 0 < epsilon < np.inf:
            return
        with self._lock:
            seen = self._sets.setdefault(self._digest(codes), {})
            noise = self._digest(released)
            if noise in seen:
                return  # the very same release: nobody learns anything new
            seen[noise] = epsilon
            by_set = len(seen), sum(seen.values())
            by_row = self._add_rows(X, epsilon)
        count, spent = max(by_set, by_row)
        if count >= 2 and count & (count - 1) == 0:
            warnings.warn(
                f"The same labels were released {count} times with fresh noise in this process, and the epsilons of "
                f"all releases add up: {spent:.3g} so far. Release them once, by fit_resample of the mechanism, and "
                "fit everything on the result; what is fitted to be thrown away is no release.",
                RepeatedReleaseWarning,
                stacklevel=4,
            )

    def _digest(self, codes):
        return hashlib.blake2b(np.ascontiguousarray(codes, dtype=np.int64).tobytes(), key=self._key).digest()

    def _add_rows(self, X, epsilon):
        """How often most of these rows were released, and what that spent; 1 where rows cannot be told apart."""
        hashes = self._hashes(X)
        if hashes is None:
            return 1, epsilon
        hashes = np.unique(hashes)  # rows that are alike count once
        place = np.searchsorted(self._rows, hashes)
        known = np.zeros(len(hashes), dtype=bool)
        inside = place < len(self._rows)
        known[inside] = self._rows[place[inside]] == hashes[inside]
        at = place[known]
        self._counts[at] += 1
        self._epsilons[at] += epsilon
        new = hashes[~known]
        if len(self._rows) + len(new) <= _MOST_ROWS:
            where = np.searchsorted(self._rows, new)
            self._rows = np.insert(self._rows, where, new)
            self._counts = np.insert(self._counts, where, 1)
            self._epsilons = np.insert(self._epsilons, where, epsilon)
        if 2 * known.sum() < len(hashes):
            return 1, epsilon
        at = np.searchsorted(self._rows, hashes[known])
        return int(np.median(self._counts[at])), float(np.median(self._epsilons[at]))

    def _hashes(self, X):
        """Hashes of the rows; None for rows of a kind that takes long, or whose columns are too many."""
        if sparse.issparse(X) or isinstance(X, (list, tuple)):
            return None
        if hasattr(X, "iloc"):
            from pandas.util import hash_pandas_object  # X is pandas', so it is there

            try:
                return hash_pandas_object(X, index=False).to_numpy()
            except TypeError:  # cells that cannot be hashed
                return None
        values = np.asarray(X)
        if values.ndim < 2 or values.dtype.kind not in "biuf" or not values.size:
            return None
        values = values.reshape(len(values), -1)
        if values.shape[1] > len(self._weights):
            return None
        words = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
        return (words * self._weights[: words.shape[1]]).sum(axis=1, dtype=np.uint64)


RELEASES = Releases()
