"""Threads of torch and BLAS, divided among trainings that run at the same time."""

import threading
from contextlib import contextmanager

import torch

from .._blas import limited_blas

_LOCK = threading.Lock()
_inside: list[int] = []  # torch's own number, once for every block that is running


@contextmanager
def divided_threads(n_workers):
    """Let the threads that are started in the block have an equal share each of the threads of torch and BLAS.

    Without it each of them would take all of the machine's cores for every product. The numbers belong to the
    process: of blocks that overlap the first sets them, and the last sets that of torch back.

    Parameters
    ----------
    n_workers : int
        Trainings at a time.

    Yields
    ------
    None
        While the block runs.
    """
    with _LOCK:
        before = _inside[0] if _inside else torch.get_num_threads()
        if not _inside:
            torch.set_num_threads(max(1, before // n_workers))
        _inside.append(before)
    try:
        with limited_blas(max(1, before // n_workers)):
            yield
    finally:
        with _LOCK:
            _inside.pop()
            if not _inside:
                torch.set_num_threads(before)
