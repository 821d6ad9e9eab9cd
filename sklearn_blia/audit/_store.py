"""Finished trainings on disk: an audit that is killed goes on where it was."""

import hashlib
import io
import os
import sqlite3
import warnings
from contextlib import suppress
from pathlib import Path

import joblib
import numpy as np

from ..evidence import Outputs
from ..exceptions import NotStoredWarning, OtherFitsWarning
from ..report import versions
from ._code_key import code_key
from ._trials import Failure, Outcome

_FILE = "label_audit.sqlite"
_FORMAT = 4
_NUMBERS = ("train_accuracy", "test_accuracy", "seconds")


class StoredTrainer:
    """Runs through another trainer what is not stored yet, and stores what comes of it.

    Parameters
    ----------
    inner : Trainer
        Trains.
    store : FitStore
        Keeps.
    """

    def __init__(self, inner, store):
        self.inner = inner
        self.store = store

    def run(self, trials, done=frozenset()):
        """Run what is not done.

        Parameters
        ----------
        trials : sequence of Trial
            What to train.
        done : collection of Trial, default=frozenset()
            Those among them whose outcomes are there already.

        Yields
        ------
        dict of Trial to Outcome or Failure
            Those that were finished together, when they are on the disk.
        """
        for results in self.inner.run(trials, done):
            self.store.put({trial: o for trial, o in results.items() if not isinstance(o, Failure)})
            yield results


class FitStore:
    """Outcomes of one audit in a SQLite file: each is there as a whole or not at all, whatever kills the process.

    The file holds what gives the canaries' coins away: it is as secret as the private labels, and only its owner may
    read it.

    Parameters
    ----------
    cache_dir : str or path-like
        Folder of the file.
    data_key : str
        Hash of what the trainings see: rows, labels, held-out rows.
    common : Common
        What else they depend on.
    engine_of : dict of str to str
        By model: how it is trained.
    """

    def __init__(self, cache_dir, data_key, common, engine_of):
        self.sources = sorted(common.sources, key=repr)
        self.asked = [code_key(source) for source in self.sources]
        shared = code_key((common.mechanism, common.classes))
        self.settings = {
            name: hashlib.sha256(f"{code_key(model)} {shared} {common.budget_of.get(name)} {engine_of[name]}".encode())
            .hexdigest() for name, model in common.models.items()
        }  # fmt: skip
        self.data = data_key
        self.versions = " ".join([f"format {_FORMAT}", *(f"{name} {number}" for name, number in versions().items())])
        self.path = _make_folder(cache_dir) / _FILE
        self._connection = _open(self.path)
        self._say_what_is_not_used()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._connection.close()

    def get(self, trial):
        """Return a stored outcome, or None."""
        try:
            row = self._connection.execute(
                "SELECT checksum, content FROM fits WHERE key = ?", (self._key(trial),)
            ).fetchone()
        except sqlite3.Error as error:
            raise ValueError(f"cache_dir: {_why(self.path, error)}") from error
        if row is None or hashlib.sha256(row[1]).hexdigest() != row[0]:
            return None
        with np.load(io.BytesIO(row[1]), allow_pickle=False) as arrays:
            found: dict = {}
            for name in (name for name in arrays if name.startswith("found/")):
                _, number, part = name.split("/", 2)
                found.setdefault(self._asked(trial)[int(number)], {})[part] = arrays[name]
            return Outcome(
                second=arrays["second"],
                released=arrays.get("released"),
                fair=bool(arrays["fair"]),
                claim=tuple(arrays["claim"].tolist()),
                caps=arrays["caps"],
                left_out=arrays.get("left_out"),
                found=found,
                **{name: float(arrays[name]) for name in _NUMBERS},
            )

    def put(self, outcomes):
        """Store outcomes, by trial, all or none; when this returns they are on the disk."""
        rows = [
            (self._key(trial), self.data, self.settings[trial.key.model], self.versions, *self._packed(trial, outcome))
            for trial, outcome in outcomes.items()
        ]
        try:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO fits VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:  # results are worth more than their copy
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            warnings.warn(
                f"cache_dir: {_why(self.path, error)} These fits are not stored.", NotStoredWarning, stacklevel=2
            )

    def _asked(self, trial):
        return [Outputs(), *self.sources] if trial.is_target else []

    def _key(self, trial):
        canaries = trial.canaries
        shared = () if canaries.units is None else (canaries.units,)
        planted = joblib.hash((canaries.pairs, canaries.coins, canaries.rows, trial.X, trial.y, *shared))
        parts = [self.data, self.settings[trial.key.model], self.versions, planted]
        parts += map(repr, (trial.key[1:], trial.noise_seed, trial.training_seed, trial.coins_seed))
        parts += self.asked if trial.is_target else []
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def _packed(self, trial, outcome):
        """Checksum and content of an outcome."""
        arrays = {
            "second": outcome.second,
            "claim": np.array(outcome.claim),
            "fair": np.array(outcome.fair),
            "caps": outcome.caps,
        }
        arrays |= {name: np.array(getattr(outcome, name)) for name in _NUMBERS}
        optional = {name: getattr(outcome, name) for name in ("released", "left_out")}
        arrays |= {name: array for name, array in optional.items() if array is not None}
        for number, source in enumerate(self._asked(trial)):
            arrays |= {f"found/{number}/{part}": array for part, array in outcome.found[source].items()}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        content = buffer.getvalue()
        return hashlib.sha256(content).hexdigest(), content

    def _say_what_is_not_used(self):
        """A folder that holds fits, none of which fits this audit, is probably not the one that was meant."""
        rows = self._connection.execute("SELECT DISTINCT data, settings, versions FROM fits").fetchall()
        if not rows or any((self.data, settings, self.versions) in rows for settings in self.settings.values()):
            return
        data, settings, numbers = (set(column) for column in zip(*rows, strict=True))
        differs = [] if self.data in data else ["data"]
        differs += [] if settings & set(self.settings.values()) else ["settings"]
        differs += [] if self.versions in numbers else ["versions"]
        warnings.warn(
            f"The fits in {str(self.path)!r} are of another audit (other {' and '.join(differs or ['combination'])}) "
            "and are not used; this one's are stored beside them.",
            OtherFitsWarning,
            stacklevel=4,
        )


def _make_folder(cache_dir):
    if not str(cache_dir):
        raise ValueError("cache_dir is empty: name a folder.")
    folder = Path(cache_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"cache_dir={str(folder)!r} is no folder and cannot be made one ({error.strerror})."
        ) from error
    return folder


def _open(path):
    """Open the file and write to it once: what is wrong with it is told before any training."""
    if path.is_symlink():
        raise ValueError(
            f"cache_dir: {str(path)!r} is a link to {str(path.resolve())!r}, and what is stored is a secret: remove "
            "the link, or name the folder that it leads to."
        )
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))
        elif path.is_file() and path.stat().st_uid == getattr(os, "geteuid", lambda: 0)():
            with suppress(PermissionError):  # some file systems know no modes
                path.chmod(0o600)  # whatever it was made with, it is for its owner alone
    except OSError as error:
        raise ValueError(
            f"cache_dir: {str(path)!r} cannot be written ({error.strerror}): name another folder."
        ) from error
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS fits (key TEXT PRIMARY KEY, data TEXT, settings TEXT, versions TEXT, "
            "checksum TEXT, content BLOB)"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS room (content BLOB)")
        connection.execute("INSERT INTO room VALUES (zeroblob(65536))")  # on the disk when this returns
        connection.execute("DELETE FROM room")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise ValueError(f"cache_dir: {_why(path, error)}") from error
    return connection


def _why(path, error):
    """What is wrong with the file, and what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{str(path)!r} has been in use by another process for a minute ({error}): wait for it and start again."
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return f"{str(path)!r} cannot be written ({error}): make room, or name another folder."
    return f"{str(path)!r} is damaged or no file of ours ({error}): move it away, or name another folder."
