"""A file that is there as a whole or not at all."""

import os
import secrets
from contextlib import contextmanager


@contextmanager
def whole_file(path):
    """Open a file for writing under another name, which becomes the right one in one step at the end.

    Whatever is raised in the block, nothing is left behind; two processes at once do not disturb each other.

    Parameters
    ----------
    path : Path
        The file; its folder exists.

    Yields
    ------
    file
        Binary, for reading and writing.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    # Not tempfile, whose files are for their owner alone: a data home may be shared.
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "r+b") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
