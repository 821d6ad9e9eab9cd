"""A random stream of one's own out of torch's, which belong to the process."""

import threading
from contextlib import contextmanager

import torch

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def own_random_stream(device, start):
    """Let torch draw from a stream of one's own; afterwards the caller's goes on as if nothing had happened.

    Threads take turns in the block, for the streams of torch belong to the process.

    Parameters
    ----------
    device : torch.device
        Device that draws beside the CPU.
    start : int or list of Tensor
        A seed, or where an earlier block left its stream.

    Yields
    ------
    list of Tensor
        Filled when the block ends, by an error too: states to go on from.
    """
    on_gpu = device.type == "cuda"
    left: list = []
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[device] if on_gpu else []):
        if isinstance(start, int):
            # Not torch.manual_seed, which seeds every device there is.
            torch.default_generator.manual_seed(start)
            if on_gpu:
                with torch.cuda.device(device):
                    torch.cuda.manual_seed(start)
        else:
            torch.set_rng_state(start[0])
            if on_gpu and len(start) > 1:
                torch.cuda.set_rng_state(start[1], device)
        try:
            yield left
        finally:
            left += [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if on_gpu else [])
