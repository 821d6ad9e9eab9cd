"""The files of a data set: where they lie, what they should hold, and how they get there."""

import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from sklearn.datasets import get_data_home

from ..exceptions import OtherFilesWarning
from ._download import download

ENVIRONMENT = "SKLEARN_BLIA_DATA"


@dataclass(frozen=True)
class DataFile:
    """A file as it was published.

    Attributes
    ----------
    name : str
        Its path below the data set's folder.
    checksum : str
        "sha256:..." or "md5:..." as published.
    url : str or None
        Where it can be fetched; None for a part of an archive.
    """

    name: str
    checksum: str
    url: str | None = None


@dataclass(frozen=True)
class Fetching:
    """How a data set's files are found: the options that every fetcher takes.

    Attributes
    ----------
    data_home : str, path-like or None
        Folder of all data sets.
    download_if_missing : bool
        Whether to fetch what is not there.
    n_retries : int
        How often to try again.
    delay : float
        Seconds between tries.
    """

    data_home: str | os.PathLike | None
    download_if_missing: bool
    n_retries: int
    delay: float

    def folder(self, name):
        """Folder of the data set `name`."""
        home = self.data_home or os.environ.get(ENVIRONMENT) or Path(get_data_home()) / "sklearn_blia"
        return Path(home).expanduser() / name

    def find(self, name, *forms):
        """Return the paths of the first form of a data set that is there, and their checksums; else fetch the last.

        Parameters
        ----------
        name : str
            The data set, and its folder below the data home.
        *forms : list of DataFile
            The files that make up each form: extracted ones, or the archive. The last can be fetched.

        Returns
        -------
        list of tuple of (Path, str)
            Each file, and the checksum of what it holds.

        Raises
        ------
        OSError
            If no form is there and nothing may or can be fetched.
        """
        folder = self.folder(name)
        for form in forms:
            if all((folder / file.name).is_file() for file in form):
                return _checked(folder, form)
        missing = [file for file in forms[-1] if not (folder / file.name).is_file()]
        if not self.download_if_missing:
            raise OSError(
                f"{', '.join(file.name for file in missing)} not found in {str(folder)!r}: download_if_missing=True "
                f"fetches {missing[0].url}, or put the files there."
            )
        for file in missing:
            download(file.url, folder / file.name, file.checksum, n_retries=self.n_retries, delay=self.delay)
        return _checked(folder, forms[-1])

    def find_local(self, name, forms, hint):
        """Return the path of the first of several files that is there; none can be fetched.

        Parameters
        ----------
        name : str
            The data set, and its folder below the data home.
        forms : sequence of str
            Names to look for, the first that is there is taken.
        hint : str
            Where a person gets the file.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OSError
            If none is there.
        """
        folder = self.folder(name)
        for form in forms:
            if (folder / form).is_file():
                return folder / form
        raise OSError(f"This data set cannot be fetched automatically: {hint}, and put it into {str(folder)!r}.")


def checksum_of(path, algorithm="sha256"):
    """Return "algorithm:hexdigest" of a file's content.

    Parameters
    ----------
    path : Path
        The file.
    algorithm : {"sha256", "md5"}
        Which hash.

    Returns
    -------
    str
        The checksum.
    """
    with open(path, "rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


def _checked(folder, files):
    found = []
    for file in files:
        algorithm = file.checksum.split(":")[0]
        found.append((folder / file.name, checksum_of(folder / file.name, algorithm)))
    others = [f"{file.name} ({mark})" for file, (_, mark) in zip(files, found, strict=True) if mark != file.checksum]
    if others:
        warnings.warn(
            f"These files in {str(folder)!r} are not the published ones, by their checksums: {', '.join(others)}. They "
            "are read as they are; remove them to have the published ones fetched.",
            OtherFilesWarning,
            stacklevel=2,
        )
    return found
