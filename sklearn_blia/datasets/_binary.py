"""Binary tasks out of many classes."""

import difflib

import numpy as np


def binary_task(codes, names, binary, splits, groups=None):
    """Turn classes into a binary task.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,)
        Classes, as positions in `names`.
    names : sequence of str
        Names of the classes.
    binary : str, list of str or None
        A named split, a class or group on the positive side, a list of these, or None for all classes.
    splits : dict
        Named splits: (names on the positive side, name of the negative side, name of the positive side).
    groups : dict, default=None
        Groups of classes: their codes by the group's name.

    Returns
    -------
    target : ndarray of shape (n_samples,), int64
        0 and 1, or the codes themselves.
    target_names : list of str
        Names of the targets.

    Raises
    ------
    ValueError
        If a name is unknown, or the positive side holds no class or all.
    """
    if codes.max() >= len(names):
        raise ValueError(f"The labels go up to {codes.max()}, but there are only {len(names)} classes: a damaged file.")
    if binary is None:
        return codes.astype(np.int64), list(names)
    groups = groups or {}
    if isinstance(binary, str) and binary in splits:
        positive, *target_names = splits[binary]
    else:
        positive = [binary] if isinstance(binary, str) else list(binary)
        label = " or ".join(map(str, positive))
        target_names = [f"not {label}", label]
    wanted = set()
    for name in positive:
        if name in splits:
            inside = binary_task(np.arange(len(names)), names, name, splits, groups)[0]
            wanted |= set(inside.nonzero()[0].tolist())
        elif name in groups:
            wanted |= set(groups[name])
        elif name in names:
            wanted.add(list(names).index(name))
        else:
            raise ValueError(_unknown(name, [*splits, *groups, *names]))
    if not 0 < len(wanted) < len(names):
        raise ValueError(f"binary={binary!r} leaves one side without a class: name some of {', '.join(names)}.")
    return np.isin(codes, sorted(wanted)).astype(np.int64), target_names


def _unknown(name, known):
    close = difflib.get_close_matches(str(name), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}."
    return f"binary={name!r} is neither a named split nor a class; {hint}"
