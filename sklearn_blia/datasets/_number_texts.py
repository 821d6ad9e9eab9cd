"""Text columns that hold plain numbers become numbers."""

import math
import re

_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def numbers_of_plain_texts(X):
    """Turn text columns whose every value is a plain number into numbers.

    Of a CSV file pandas leaves whole numbers as text, or as Python's integers in a column of objects, where they do
    not fit into 64 bits.

    Parameters
    ----------
    X : DataFrame
        Features of a CSV file.

    Returns
    -------
    DataFrame
        The same, or a copy where a column changed.
    """
    changed = {}
    for name in _object_columns(X):
        values = X[name].dropna()
        if len(values) and all(type(value) in (str, int) and _is_plain(str(value)) for value in values):
            changed[name] = X[name].map(_float).astype(float)
    return X.assign(**changed)


def _is_plain(text):
    return not text or _PLAIN.fullmatch(text.strip())


def _float(value):
    # Beyond 64 bits pandas leaves missing values empty. By way of text, integers too large for floats are infinite.
    return float(str(value)) if value != "" else math.nan


def _object_columns(X):
    """Names of the columns that may hold text; categories are kind O as well."""
    return [name for name in X if X[name].dtype.kind in "OU"]
