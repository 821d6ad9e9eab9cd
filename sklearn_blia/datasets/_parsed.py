"""Parsed copies of data sets, so that a second load need not read the published form again."""

import hashlib
import os
import stat
import warnings
import zipfile
import zlib

import numpy as np

from ..files import whole_file

_VERSION = 1  # of what the parsers return; another number makes every copy anew
_ADMINISTRATOR = 0
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def parsed_copy(folder, name, checksums, parse):
    """Return the arrays that `parse` makes, from the copy that an earlier call kept where there is one.

    Parameters
    ----------
    folder : Path
        The data set's folder; copies go to its subfolder ``parsed``.
    name : str
        Which part of the data set.
    checksums : list of str
        Checksums of the files that `parse` reads: other files make another copy.
    parse : callable
        Called without arguments, returns a dict of arrays (no objects).

    Returns
    -------
    dict of str to ndarray
        The arrays.
    """
    key = hashlib.sha256("|".join([str(_VERSION), *checksums]).encode()).hexdigest()[:16]
    path = folder / "parsed" / f"{name}-{key}.npz"
    try:
        with open(path, "rb") as file:
            if _is_trusted(file):
                with np.load(file, allow_pickle=False) as arrays:
                    return dict(arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass  # there is none yet, or one that the disk has spoiled
    # Nor is one read that somebody else may have put there: its name alone says what it was made of.
    arrays = parse()
    try:
        path.parent.mkdir(exist_ok=True)
        with whole_file(path) as file:
            np.savez_compressed(file, **arrays)
            if hasattr(os, "fchmod"):  # or a lax umask would have it parsed again each time
                os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~_OTHERS)
    except OSError as error:  # the data is there; that the copy is not costs time alone
        warnings.warn(f"No parsed copy was kept in {str(path.parent)!r}: {error}", UserWarning, stacklevel=2)
    return arrays


def _is_trusted(file):
    """Whether nobody but this user and the administrator can have written it."""
    if not hasattr(os, "getuid"):
        return True
    status = os.fstat(file.fileno())
    return status.st_uid in (os.getuid(), _ADMINISTRATOR) and not status.st_mode & _OTHERS
