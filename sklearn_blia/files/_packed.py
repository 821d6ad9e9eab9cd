"""Compressed files, read through once before anything of them is parsed."""

import importlib
import zipfile
from contextlib import contextmanager

_CHUNK = 2**20
# Tables and images shrink to a tenth or a fiftieth; what unpacks to more, and to so much, was made to fill the memory.
_MOST_TIMES, _MUCH = 200, 2**30
_PACKED = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma", ".zip": "zipfile"}  # modules that open them


def check_packed(path):
    """Raise one ValueError if a file cannot be read, or is compressed and not whole.

    Decompressors compare checksums only when they reach the end. A parser that stops before, or stumbles over what
    is damaged, would tell of its own trouble with the text instead.

    Parameters
    ----------
    path : Path
        The file; compressed where its name ends in .gz, .bz2, .xz or .zip, as pandas has it.

    Raises
    ------
    ValueError
        If the file cannot be opened, is cut or damaged, is a zip archive of more or less than one file, or ends in
        .zst: a file of that kind that was cut cannot be told from a whole one.
    """
    kind = path.suffix.lower()
    if kind == ".zst":
        raise ValueError(f"{str(path)!r} is compressed by zstd, which is not supported: unpack it, or use gzip.")
    try:
        with open_packed(path) as file:
            size = 0
            while kind in _PACKED and (chunk := file.read(_CHUNK)):
                size += len(chunk)
                if is_bomb(size, path.stat().st_size):
                    raise _NotOneFileError(
                        f"{str(path)!r} unpacks to more than {_MOST_TIMES} times its size, as no table does: if it is "
                        "one, unpack it yourself."
                    )
    except _NotOneFileError as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # nothing but reading happened, and the formats have a dozen types of error
        if isinstance(error, OSError) and error.errno is not None:
            raise ValueError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
        raise ValueError(
            f"{str(path)!r} is cut, damaged or no {kind} file ({error}): fetch or write it anew."
        ) from error


class _NotOneFileError(Exception):
    """A file that is there, and no table."""


def is_bomb(unpacked, packed):
    """Whether so many bytes out of so many are more than honest data give.

    Parameters
    ----------
    unpacked, packed : int
        Bytes.

    Returns
    -------
    bool
        For a gibibyte and more of which hardly anything is there.
    """
    return unpacked > _MUCH and unpacked > _MOST_TIMES * max(1, packed)


def open_packed(path):
    """Open a file that may be compressed.

    Parameters
    ----------
    path : Path
        The file; compressed where its name ends in .gz, .bz2, .xz or .zip.

    Returns
    -------
    context manager of a binary file
        What is in it.
    """
    kind = path.suffix.lower()
    if kind == ".zip":
        return _open_zip(path)
    # Python can be built without some of these modules.
    return importlib.import_module(_PACKED[kind]).open(path) if kind in _PACKED else open(path, "rb")


@contextmanager
def _open_zip(path):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise _NotOneFileError(f"{str(path)!r} holds {len(names)} files: pack the table alone.")
        with archive.open(names[0]) as file:
            yield file
