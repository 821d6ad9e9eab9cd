"""Download of one file: resumed, checked, and there as a whole or not at all."""

import hashlib
import os
import time
import warnings
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..files import whole_file

_CHUNK = 1 << 20
_TIMEOUT = 60  # seconds without a byte
_SLOWEST = 1024  # bytes a second, over each such time: slower ones would come to no end
_LARGEST = 1 << 30  # bytes: five times the largest file that is published, and no more of anybody's disk


class _Cut(OSError):
    """The connection ended before the file did."""


def download(url, path, checksum, *, n_retries, delay):
    """Fetch `url` into `path`.

    The bytes go to a file of another name, which takes the right one in one step when it is whole and its
    checksum is the published one. Whatever goes wrong, nothing is left behind. Two processes at once do not
    disturb each other.

    Parameters
    ----------
    url : str
        What to fetch.
    path : Path
        Where to put it.
    checksum : str
        "sha256:..." or "md5:..." of the whole.
    n_retries : int
        How often to try again after an error of the connection; what has come is kept and gone on from.
    delay : float
        Seconds between tries.

    Raises
    ------
    OSError
        If the file cannot be fetched, cannot be written, or is not the published one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        _fetch_with_retries(url, path, file, n_retries, delay)
        _check(url, path, file, checksum)


def _fetch_with_retries(url, path, file, n_retries, delay):
    for left in range(n_retries, -1, -1):
        try:
            return _fetch(url, path, file)
        except (OSError, HTTPException) as error:
            if isinstance(error, _WriteError) or _is_final(error) or left == 0:
                raise _told(url, path, error) from error
            if isinstance(error, HTTPError) and error.code == 416:
                file.truncate(0)  # it has fewer bytes than have come: another file now
            warnings.warn(f"Retrying {url} after {_words(error)}; {left} tries left.", UserWarning, stacklevel=2)
            time.sleep(delay)


class _WriteError(OSError):
    """The disk, not the connection, failed."""


class _TooLargeError(OSError):
    """What comes, or is announced, cannot be the file."""


def _fetch(url, path, file):
    """Append what is missing, or write all of it where the server cannot go on in the middle."""
    have = file.seek(0, os.SEEK_END)
    headers = {"User-Agent": "sklearn-blia"} | ({"Range": f"bytes={have}-"} if have else {})
    with urlopen(Request(url, headers=headers), timeout=_TIMEOUT) as response:
        if have and response.status != 206:
            file.seek(0)
            file.truncate()
        expected = response.length  # None where what the server announces is no number of bytes
        _check_size(file.tell(), expected or 0)
        received = 0
        begun, before = time.monotonic(), 0
        while chunk := response.read1(_CHUNK):  # what is there, and not a whole chunk that may take for ever
            received += len(chunk)
            _check_size(file.tell(), len(chunk))
            _write(file, chunk)
            elapsed = time.monotonic() - begun
            if elapsed >= _TIMEOUT:
                if received - before < _SLOWEST * elapsed:
                    raise _Cut(f"fewer than {_SLOWEST} bytes a second came for {_TIMEOUT} seconds")
                begun, before = time.monotonic(), received
    if expected is not None and received < expected:
        raise _Cut(f"the connection ended after {received} of {expected} bytes")


def _check_size(here, more):
    if here + more > _LARGEST:
        raise _TooLargeError(f"the server sends more than {_LARGEST >> 30} GiB, and no published file has that")


def _write(file, chunk):
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise _WriteError(error.errno, error.strerror) from error


def _check(url, path, file, checksum):
    algorithm = checksum.split(":")[0]
    file.seek(0)
    found = f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"
    if found != checksum:
        raise OSError(
            f"What came from {url} is not the published {path.name}: its checksum is {found}, the published one "
            f"{checksum}. Nothing was kept; try again later, or put the file into {str(path.parent)!r} by hand."
        )


def _is_final(error):
    """A refusal that will not change: not found, not allowed. A busy or broken server may come back."""
    if isinstance(error, _TooLargeError):
        return True
    return isinstance(error, HTTPError) and 400 <= error.code < 500 and error.code not in (408, 416, 429)


def _told(url, path, error):
    if isinstance(error, _WriteError):
        return OSError(
            error.errno,
            f"Cannot write {path.name} into {str(path.parent)!r}: {error.strerror}. Nothing was left there; make room, "
            "or name another folder as data_home",
        )
    return OSError(
        f"Cannot fetch {url}: {_words(error)}. Try again, or fetch the file yourself and put it into "
        f"{str(path.parent)!r}."
    )


def _words(error):
    return str(error) or type(error).__name__
