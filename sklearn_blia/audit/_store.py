"""Finished fits on disk: a sweep that is killed goes on where it was."""

import hashlib
import io
import os
import sqlite3
import warnings
from dataclasses import asdict
from pathlib import Path

import joblib
import numpy as np

from ..attacks import CanaryOutputs, SideInformation
from ._members import Fit
from ._text import versions

_FILE = "label_audit.sqlite"
_OUTPUTS = ("second_proba", "pairs", "private", "released", "indices")
_AROUND = "around"
_NUMBERS = ("train_accuracy", "test_accuracy", "seconds")


class FitStore:
    """Fits of one audit in a SQLite file: each is there as a whole or not at all, whatever kills the process.

    The file holds the coins of the canaries: it is as secret as the private labels, and only its owner may
    read it.

    Parameters
    ----------
    cache_dir : str or path-like
        Folder of the file.
    data : object
        What the fits see: rows, labels, held-out rows.
    settings : object
        What else they depend on: the estimator, the number of canaries.
    neighborhoods : tuple of Neighborhood, default=()
        About which targets are asked. Targets that were asked about others are other fits; shadows are not asked.
    """

    def __init__(self, cache_dir, data, settings, neighborhoods=()):
        folder = Path(cache_dir)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"cache_dir={str(folder)!r} is no folder and cannot be made one ({error.strerror})."
            ) from error
        self.path = folder / _FILE
        self.neighborhoods = sorted(neighborhoods, key=repr)
        self.context = {
            "data": joblib.hash(data),
            "settings": joblib.hash(settings),
            "versions": " ".join(f"{name} {number}" for name, number in versions().items()),
        }
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        try:
            self._connection.execute("PRAGMA synchronous=FULL")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise ValueError(
                f"cache_dir: {str(self.path)!r} is damaged or no file of ours ({error}): move it away, or name another "
                "folder."
            ) from error
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS fits (key TEXT PRIMARY KEY, data TEXT, settings TEXT, versions TEXT, "
            "checksum TEXT, content BLOB)"
        )
        self._say_what_is_not_used()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._connection.close()

    def get(self, member):
        """Return a stored fit, or None."""
        row = self._connection.execute(
            "SELECT checksum, content FROM fits WHERE key = ?", (self._key(member),)
        ).fetchone()
        if row is None or hashlib.sha256(row[1]).hexdigest() != row[0]:
            return None
        with np.load(io.BytesIO(row[1]), allow_pickle=False) as arrays:
            side = None
            if f"{_AROUND}0" in arrays:
                around = (arrays[f"{_AROUND}{number}"] for number in range(len(self.neighborhoods)))
                side = SideInformation(neighbors=dict(zip(self.neighborhoods, around, strict=True)))
            outputs = CanaryOutputs(**{name: arrays[name] for name in _OUTPUTS}, side=side)
            return Fit(**{name: float(arrays[name]) for name in _NUMBERS}, outputs=outputs)

    def put(self, fits):
        """Store finished fits, by member, all or none; when this returns they are on the disk."""
        rows = [(self._key(member), *self.context.values(), *self._packed(fit)) for member, fit in fits.items()]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO fits VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def _key(self, member):
        parts = [*self.context.values(), *(repr(value) for value in asdict(member).values())]
        if member.role == "target":
            parts += map(repr, self.neighborhoods)
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def _packed(self, fit):
        """Checksum and content of a fit."""
        buffer = io.BytesIO()
        arrays = {name: getattr(fit.outputs, name) for name in _OUTPUTS}
        if fit.outputs.side is not None:
            around = fit.outputs.side.neighbors
            arrays |= {f"{_AROUND}{number}": around[key] for number, key in enumerate(self.neighborhoods)}
        arrays |= {name: np.array(getattr(fit, name)) for name in _NUMBERS}
        np.savez(buffer, allow_pickle=False, **arrays)
        content = buffer.getvalue()
        return hashlib.sha256(content).hexdigest(), content

    def _say_what_is_not_used(self):
        """A folder that holds fits, none of which fits this audit, is probably not the one that was meant."""
        rows = self._connection.execute("SELECT DISTINCT data, settings, versions FROM fits").fetchall()
        if not rows or tuple(self.context.values()) in rows:
            return
        others = {name: {row[i] for row in rows} for i, name in enumerate(self.context)}
        differs = [name for name, value in self.context.items() if value not in others[name]] or ["combination"]
        warnings.warn(
            f"The fits in {str(self.path)!r} are of another audit (other {' and '.join(differs)}) and are not used; "
            "this one's are stored beside them.",
            UserWarning,
            stacklevel=3,
        )
