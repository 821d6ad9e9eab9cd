"""Text columns that hold numbers: what is plain becomes numbers, of the rest the user is told."""

import math
import re
import warnings

from ..exceptions import TextColumnsWarning

# Columns of so few different values may well be meant as categories: "10%", "20%", "30%".
_HANDFUL = 10
_NAMED = 10  # columns that the warning names

_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

_SIGN = r"[-+\u2212]?"
_CURRENCY = r"([A-Z]{0,3}[$¢£¤¥฿₠-⃀]|EUR|USD|GBP|CHF|JPY|CNY|INR)"
# Groups of three, set off by one and the same character; a fraction is set off by another.
_GROUPED = r"[0-9]{1,3}(?P<mark>[,.'\u2019\s])[0-9]{3}((?P=mark)[0-9]{3})*((?!(?P=mark))[.,][0-9]*)?"
_INDIAN = r"[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}(\.[0-9]*)?"
_SIMPLE = r"([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]+)?"
# Bookkeepers put losses into parentheses.
_MARKED = re.compile(
    rf"\(?({_SIGN}\s*{_CURRENCY}?|{_CURRENCY}\s*{_SIGN})\s*({_GROUPED}|{_INDIAN}|{_SIMPLE})\s*({_CURRENCY}|[%‰])?\)?"
)


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


def warn_of_number_texts(path, X):
    """Warn once of the text columns that would hold numbers but for separators and signs.

    A column is meant if it has more than a handful of different values and every one of them is such a number.

    Parameters
    ----------
    path : Path
        The file, for the message.
    X : DataFrame
        Its features.

    Warns
    -----
    TextColumnsWarning
        Names the columns.
    """
    examples = {name: _marked_number(X[name]) for name in _object_columns(X)}
    named = [f"{name!r} ({example!r})" for name, example in examples.items() if example is not None]
    if not named:
        return
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    warnings.warn(
        f"Columns of {str(path)!r} look like numbers but are read as text because of separators or signs in them: "
        f"{', '.join(named[:_NAMED])}{more}. They will be one-hot encoded: write them as plain numbers, as in 1234.5.",
        TextColumnsWarning,
        stacklevel=3,
    )


def _object_columns(X):
    """Names of the columns that may hold text; categories are kind O as well."""
    return [name for name in X if X[name].dtype.kind in "OU"]


def _marked_number(column):
    """The first number with a separator or sign in a column of such numbers; None if it is no such column."""
    values = column.dropna().unique()
    if len(values) <= _HANDFUL:
        return None
    if not all(isinstance(value, str) and _MARKED.fullmatch(value.strip()) for value in values):
        return None
    # Without any mark these are digits that a Parquet file calls text, such as postal codes.
    return next((value for value in values if not _PLAIN.fullmatch(value.strip())), None)
