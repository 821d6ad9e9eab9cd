"""One clear error when the memory of the device does not suffice."""

from contextlib import contextmanager

import torch


@contextmanager
def memory_errors_told(device, advice):
    """Turn torch's two kinds of out-of-memory errors into a MemoryError that tells the fix.

    Parameters
    ----------
    device : str or torch.device
        Where the work is done.
    advice : str
        What to do about it.
    """
    try:
        yield
    except RuntimeError as error:
        # On the CPU torch raises a plain RuntimeError, known by its text alone.
        if isinstance(error, torch.cuda.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise MemoryError(f"The memory of device {str(device)!r} does not suffice: {advice}.") from error
        raise
