"""Rows that many fits share, kept from a fit that writes into what it is given."""

import sys

from ..canaries import own_rows


def untouched(function, X):
    """Call a function on rows that others will be given too: where it writes into them, on a copy of its own.

    Parameters
    ----------
    function : callable
        Of rows.
    X : array-like
        Rows, read-only where they can be.

    Returns
    -------
    object
        What the function returns.
    """
    if isinstance(X, list):
        return function([list(row) if isinstance(row, list) else row for row in X])
    if hasattr(X, "iloc"):
        # pandas 3 copies on write; before, a copy has to be made.
        return function(X.copy(deep=int(sys.modules["pandas"].__version__.split(".")[0]) < 3))
    try:
        return function(X)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        return function(own_rows(X))
