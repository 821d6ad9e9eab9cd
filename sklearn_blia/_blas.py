"""The threads of BLAS, which belong to the process, limited for a while."""

import threading
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()
_inside: list[int] = []  # one for every block that is running


@contextmanager
def limited_blas(n_threads):
    """Let each product of NumPy and SciPy take so many threads at most.

    Of blocks that overlap only the first limits, and sets back what it found: were each to set back what it found, the
    limit would outlive them all. An inner block, or one in another thread meanwhile, changes nothing.

    Parameters
    ----------
    n_threads : int
        Threads; never more than there were.

    Yields
    ------
    None
        While the block runs.
    """
    with _LOCK:
        is_first = not _inside
        _inside.append(n_threads)
    try:
        if not is_first:
            yield
            return
        libraries = ThreadpoolController().select(user_api="blas")
        present = min((library["num_threads"] for library in libraries.info()), default=n_threads)
        with libraries.limit(limits=min(n_threads, present)):
            yield
    finally:
        with _LOCK:
            _inside.pop()
