"""How often labels were released: every release of the same labels with fresh noise spends its epsilon once more."""

import hashlib
import os
import threading
import warnings
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from ..exceptions import RepeatedReleaseWarning

_COUNTED: ContextVar = ContextVar("whether releases are counted", default=True)
# More rows than these are no longer told apart; whole sets of labels still are.
_MOST_ROWS = 5_000_000
# Values that are hashed at a time, which bounds the memory, and at most, which bounds the time.
_BLOCK, _MOST_VALUES = 2**20, 2**28


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
    """Counts releases of the same labels in one process, by the whole set of labels and by rows with their labels.

    Neither labels nor features are kept: sets and rows are hashes with a key that dies with the process. A count is
    a courtesy, and never costs a fit.
    """

    def __init__(self):
        self._key = os.urandom(32)
        self._salt = np.frombuffer(os.urandom(16), dtype=np.uint64)
        self._sets: dict = {}
        self._rows = np.empty(0, dtype=np.uint64)
        self._counts = np.empty(0, dtype=np.int64)
        self._epsilons = np.empty(0)
        self.renew_lock()

    def renew_lock(self):
        """Take a lock of its own: one that another thread held while the process was forked is never given back."""
        self._lock = threading.Lock()

    def add(self, X, codes, released, epsilon, *, seeded):
        """Note a release, and warn where it is not the first.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.
        codes, released : ndarray of int of shape (n_samples,)
            Labels before and after the noise.
        epsilon : float
            What it spends.
        seeded : bool
            Whether the noise follows a seed, so that equal labels are the very same release.

        Warns
        -----
        RepeatedReleaseWarning
            When the count reaches 2, 4, 8, ...
        """
        if not _COUNTED.get() or not 0 < epsilon < np.inf:
            return
        labels, noise = self._digest(codes), self._digest(released)
        rows = self._hashes(X, codes)
        with self._lock:
            seen = self._sets.setdefault(labels, {})
            if seeded and noise in seen:
                return  # nobody learns anything new
            seen[noise if seeded else os.urandom(16)] = epsilon
            by_set = len(seen), sum(seen.values())
            by_row = (1, epsilon) if rows is None else self._add_rows(rows, epsilon)
            count, spent = max(by_set, by_row)
            due = count >= 2 and count & (count - 1) == 0
        if due:
            warnings.warn(
                f"The same labels were released {count} times with fresh noise in this process, and the epsilons of "
                f"all releases add up: {spent:.3g} so far. Release them once, by fit_resample of the mechanism, and "
                "fit everything on the result; what is fitted to be thrown away is no release.",
                RepeatedReleaseWarning,
                stacklevel=5,
            )

    def _digest(self, codes):
        return hashlib.blake2b(np.ascontiguousarray(codes, dtype=np.int64).tobytes(), key=self._key).digest()

    def _add_rows(self, hashes, epsilon):
        """How often most of these rows were released, and what that spent."""
        place = np.searchsorted(self._rows, hashes)
        known = np.zeros(len(hashes), dtype=bool)
        inside = place < len(self._rows)
        known[inside] = self._rows[place[inside]] == hashes[inside]
        at = place[known]
        self._counts[at] += 1
        self._epsilons[at] += epsilon
        count, spent = 1, epsilon
        if 2 * known.sum() >= len(hashes):
            count, spent = int(np.median(self._counts[at])), float(np.median(self._epsilons[at]))
        new = hashes[~known]
        if len(self._rows) + len(new) <= _MOST_ROWS:
            where = np.searchsorted(self._rows, new)
            self._rows = np.insert(self._rows, where, new)
            self._counts = np.insert(self._counts, where, 1)
            self._epsilons = np.insert(self._epsilons, where, epsilon)
        return count, spent

    def _hashes(self, X, codes):
        """Sorted hashes of rows with their labels, each once; None for all but arrays of numbers and pandas frames."""
        try:
            if hasattr(X, "iloc") and type(X).__module__.startswith("pandas"):
                from pandas.util import hash_pandas_object

                if X.size > _MOST_VALUES // 16:
                    return None
                rows = hash_pandas_object(X, index=False).to_numpy()
            elif isinstance(X, np.ndarray) and X.ndim >= 2 and X.dtype.kind in "biuf" and 0 < X.size <= _MOST_VALUES:
                rows = self._row_hashes(X.reshape(len(X), -1))
            else:
                return None
            # Rows that are alike count once.
            return np.unique(_mixed(rows ^ _mixed(codes.astype(np.uint64) + self._salt[0])))
        except Exception:
            return None

    def _row_hashes(self, values):
        weights = _mixed(np.arange(values.shape[1], dtype=np.uint64) + self._salt[1]) | np.uint64(1)
        rows = np.empty(len(values), dtype=np.uint64)
        step = max(1, _BLOCK // values.shape[1])
        for start in range(0, len(values), step):
            words = np.ascontiguousarray(values[start : start + step], dtype=np.float64).view(np.uint64)
            rows[start : start + step] = (_mixed(words) * weights).sum(axis=1, dtype=np.uint64)
        return rows


def _mixed(words):
    """Words in which every bit depends on every other (the finaliser of splitmix64)."""
    words = words ^ (words >> np.uint64(30))
    words = words * np.uint64(0xBF58476D1CE4E5B9)
    words = words ^ (words >> np.uint64(27))
    words = words * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


RELEASES = Releases()


def count_release(X, codes, released, epsilon, *, seeded):
    """Note that labels were released, and warn where it is not the first time: `Releases.add` of this process.

    Parameters
    ----------
    X : array-like of n_samples rows
        Features.
    codes : ndarray of int of shape (n_samples,)
        Labels before the noise.
    released : ndarray of int
        What came out.
    epsilon : float
        What it spends.
    seeded : bool
        Whether the noise follows a seed, so that equal labels and results are the very same release.
    """
    RELEASES.add(X, codes, released, epsilon, seeded=seeded)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=RELEASES.renew_lock)
