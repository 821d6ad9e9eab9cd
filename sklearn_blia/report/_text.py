"""How reports show numbers and tables, and what they write down of the software."""

import platform
import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from textwrap import shorten

import numpy

from .._version import __version__

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def align_table(header, blocks, left):
    """Lay out a table in columns, with a rule above each block of rows.

    Parameters
    ----------
    header : list of str
        Names of the columns.
    blocks : list of list of list of str
        Rows of cells, block by block.
    left : set of int
        Columns of names, aligned to the left; numbers go to the right.

    Returns
    -------
    list of str
        Lines.
    """
    rows = [header, *(row for block in blocks for row in block)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(row):
        cells = (c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        return "  ".join(cells).rstrip()

    lines = [line(header)]
    for block in blocks:
        lines.append("-" * (sum(widths) + 2 * (len(widths) - 1)))
        lines += map(line, block)
    return lines


def p_value_text(p):
    """Write a p-value with three digits, or the order of magnitude of a small one; a dash for none.

    Parameters
    ----------
    p : float
        The p-value.

    Returns
    -------
    str
        Digits.
    """
    if p != p:
        return "-"
    if p >= 0.001:
        return f"{p:.3f}"
    return f"{p:.0e}" if p > 0 else "<1e-300"


def ratio_text(ratio):
    """Three digits of a ratio, without the zero in front."""
    return f"{ratio:.3f}".removeprefix("0")


def fitted(text, width):
    """A text cut to a width, at least ten characters of it."""
    width = max(width, 10)
    return text if len(text) <= width else text[: width - 3] + "..."


def estimator_text(text):
    """What an estimator prints, on one line and not too long, without where in memory its parts lie."""
    return shorten(_ADDRESS.sub("", text), 400)


def finite(value):
    """Plain data that JSON can hold: NumPy's numbers and arrays as Python's, infinity and NaN as None."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, numpy.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, (numpy.integer, numpy.floating)):
        value = value.item()
    return None if isinstance(value, float) and not numpy.isfinite(value) else value


def versions():
    """Return versions of what the numbers of an audit rest on.

    Returns
    -------
    dict of str to str
        By name; of the packages that are installed.
    """
    found = {"sklearn_blia": __version__, "python": platform.python_version()}
    for name in ("joblib", "numba", "numpy", "scipy", "sklearn", "skorch", "torch"):
        with suppress(PackageNotFoundError):
            found[name] = version("scikit-learn" if name == "sklearn" else name)
    return found
