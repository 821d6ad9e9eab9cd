"""Where the arithmetic is done, and in which precision."""

import torch


def find_device(device):
    """Return a torch device that is there.

    Parameters
    ----------
    device : str
        A torch device, or "auto": the current GPU where there is one, else the CPU.

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    ValueError
        If torch knows no such device, or this machine has none.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return torch.device("cuda", torch.cuda.current_device()) if n_gpus else torch.device("cpu")
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is no device of torch, such as 'cpu' or 'cuda:0'.") from error
    if found.type == "cuda" and (found.index or 0) >= n_gpus:
        raise ValueError(
            f"device={device!r} is not to be had here: torch can use {n_gpus} GPUs. With device='auto' the CPU takes "
            "the place of a missing one."
        )
    return found


def find_precision(precision, device):
    """Return the precision that "auto" stands for on a device; any other as it is.

    Parameters
    ----------
    precision : {"auto", "float32", "float64", "bfloat16"}
        What was asked for.
    device : torch.device
        Where.

    Returns
    -------
    str
        Not "auto".
    """
    if precision != "auto":
        return precision
    # Older devices emulate it, slowly.
    has_it = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)
    return "bfloat16" if has_it else "float32"
