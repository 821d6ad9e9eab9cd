"""Privacy budgets as a user gives them."""

from collections.abc import Iterable, Mapping

import numpy as np


def check_epsilons(epsilons):
    """Return privacy budgets as floats.

    Parameters
    ----------
    epsilons : sequence of float
        Budgets.

    Returns
    -------
    list of float
        In the same order.

    Raises
    ------
    ValueError
        Unless they are different numbers from 0 to inf, one at least, in an order.
    """
    ordered = isinstance(epsilons, Iterable) and not isinstance(epsilons, (str, bytes, set, frozenset, Mapping))
    given = list(epsilons) if ordered else []
    numbers = all(isinstance(e, (int, float, np.integer, np.floating)) and not isinstance(e, bool) for e in given)
    found = [float(epsilon) for epsilon in given] if numbers else []
    if not found or not all(epsilon >= 0 for epsilon in found) or len(set(found)) < len(found):
        raise ValueError(f"epsilons must hold different numbers from 0 to inf, one at least; got {epsilons!r}.")
    return found
