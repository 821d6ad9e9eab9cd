"""Torch's threads, divided among trainings that run at the same time."""

from contextlib import contextmanager

import torch


@contextmanager
def divided_threads(n_workers):
    """Let the threads that are started in the block have an equal share each of torch's own.

    Without it each of them would take all of the machine's cores for every product.

    Parameters
    ----------
    n_workers : int
        Trainings at a time.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, before // n_workers))
    try:
        yield
    finally:
        torch.set_num_threads(before)
