"""A file that is there as a whole or not at all."""

import os
import secrets
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path, *, private=False):
    """Open a file for writing under another name, which becomes the right one in one step at the end.

    Whatever is raised in the block, nothing is left behind; two processes at once do not disturb each other.

    Parameters
    ----------
    path : str or path-like
        The file; its folder exists.
    private : bool, default=False
        Whether its owner alone may read it.

    Yields
    ------
    file
        Binary, for reading and writing.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    # Not tempfile, whose files are always for their owner alone: a data home may be shared.
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    handle = os.open(part, flags, 0o600 if private else 0o666)
    try:
        with os.fdopen(handle, "r+b") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path, text, *, private=False):
    """Write a text to a file, as a whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file; its folder exists.
    text : str
        Written in UTF-8.
    private : bool, default=False
        Whether its owner alone may read it.
    """
    with whole_file(path, private=private) as file:
        file.write(text.encode("utf-8"))
