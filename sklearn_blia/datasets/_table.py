"""The user's own table, from a file to X and y."""

import difflib
import tarfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from ..files import check_packed
from ._number_texts import numbers_of_plain_texts, warn_of_number_texts

# What scikit-learn takes for classes, as pandas calls it.
_LABELS = {"string", "boolean", "integer", "floating", "mixed-integer-float"}


def read_table(path, target):
    """Read a CSV file (UTF-8, commas, a header line) or a Parquet file into features and labels.

    Parameters
    ----------
    path : str or path-like
        The file; Parquet where its name ends in .parquet or .pq, CSV else, which may be compressed (.gz, .bz2, .xz
        or .zip).
    target : str
        Name of the column that holds the labels.

    Returns
    -------
    X : DataFrame of shape (n_samples, n_features)
        Every other column. Of a CSV file those are numeric whose values all are, and missing values NaN; columns
        of a Parquet file keep their types, and missing values may be None, NaT or pandas.NA.
    y : Series of shape (n_samples,)
        The labels: of a CSV file as text, of a Parquet file in their own type, but whole decimals as integers.

    Raises
    ------
    ImportError
        If pandas is not installed, or pyarrow, which reads Parquet.
    ValueError
        If the file is missing, damaged or not in its format, has no such column, no other column, two columns of
        one name, no row, missing labels, labels that are no text, numbers or booleans, columns that are no plain
        values, or infinite numbers.

    Warns
    -----
    TextColumnsWarning
        If columns look like numbers but are text, because of thousands separators, percent or currency signs, or
        decimal commas: in more than ten different values and nothing else.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "Reading tables needs pandas: pip install pandas, or the extra that has it, 'sklearn-blia[plot]'."
        ) from error
    if not isinstance(target, str):
        raise ValueError(f"target must be the name of a column, got {target!r}.")
    path = Path(path).expanduser()
    if not path.is_file():
        raise ValueError(f"{str(path)!r} is a folder." if path.is_dir() else f"There is no file {str(path)!r}.")
    check_packed(path)
    is_parquet = path.suffix.lower() in {".parquet", ".pq"}
    X, y = (_read_parquet if is_parquet else _read_csv)(pd, path, target)
    if not len(X):
        raise ValueError(f"{str(path)!r} has columns but no rows.")
    _check_values(path, target, X, y)
    y = _plain_labels(pd, path, y)
    warn_of_number_texts(path, X)
    return X, y


def _read_csv(pd, path, target):
    try:
        header = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, skipinitialspace=True)
        columns = [str(name).strip() for name in header.iloc[0]]
        _check_columns(path, columns, target)
        layout = {"skipinitialspace": True, "header": 0, "names": columns, "index_col": False}
        with warnings.catch_warnings():
            # pandas would drop the fields of a row that is longer than the header, and warn
            warnings.simplefilter("error", pd.errors.ParserWarning)
            # Read in pieces, a column whose later pieces hold text would keep numbers from its first ones.
            table = pd.read_csv(path, **layout, low_memory=False)
        # Labels stay the text they are: "001" is not "1", and "NA" may be a class.
        text = pd.read_csv(path, **layout, usecols=[target], dtype=str, keep_default_na=False)
    except UnicodeDecodeError as error:
        raise ValueError(f"{str(path)!r} is not encoded in UTF-8: {error}") from error
    except pd.errors.ParserWarning as error:
        raise ValueError(f"{str(path)!r} has rows with more fields than its header has columns.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{str(path)!r} is no CSV file with a header line: {error}") from error
    except (tarfile.TarError, OSError) as error:
        raise ValueError(f"{str(path)!r} cannot be read: {error}. Fetch or write it anew.") from error
    return numbers_of_plain_texts(table.drop(columns=target)), text[target].str.strip().replace("", None)


def _read_parquet(pd, path, target):
    try:
        # Some writers add checksums; without them damage inside of a page shows only by chance.
        table = pd.read_parquet(path, engine="pyarrow", page_checksum_verification=True)
    except ImportError as error:
        raise ImportError("Reading Parquet needs pyarrow: pip install pyarrow.") from error
    except Exception as error:  # damage shows as eight types at least, KeyError and TypeError among them
        raise ValueError(f"{str(path)!r} is no Parquet file, or a damaged one ({error}): write it anew.") from error
    table.columns = [str(name) for name in table.columns]
    _check_columns(path, list(table.columns), target)
    for name in [name for name in table if table[name].dtype.kind == "O"]:
        if table[name].map(lambda value: isinstance(value, (list, dict, np.ndarray))).any():
            raise ValueError(f"Column {name!r} of {str(path)!r} holds lists or records: flatten it or leave it out.")
    return table.drop(columns=target), table[target]


def _check_columns(path, columns, target):
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise ValueError(f"{str(path)!r} has two columns named {twice[0]!r}: rename one of them.")
    if target not in columns:
        close = difflib.get_close_matches(target, columns, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(columns[:20])}."
        if len(columns) == 1 and any(separator in columns[0] for separator in ";\t|"):
            hint = f"; its columns ({columns[0]!r}) are not separated by commas: save it with commas."
        raise ValueError(f"{str(path)!r} has no column {target!r}{hint}")
    if len(columns) == 1:
        raise ValueError(f"{str(path)!r} has no column besides {target!r}: there is nothing to train on.")


def _check_values(path, target, X, y):
    empty = y.isna().to_numpy()
    if empty.any():
        raise ValueError(
            f"Column {target!r} of {str(path)!r} misses the label in {int(empty.sum())} row(s), the first in data row "
            f"{int(empty.argmax()) + 1}: drop those rows."
        )
    numbers = X.select_dtypes("number")
    endless = [str(name) for name in numbers if np.isinf(numbers[name].to_numpy(dtype=float, na_value=np.nan)).any()]
    if endless:
        raise ValueError(f"Column {endless[0]!r} of {str(path)!r} holds infinity: replace it or leave it empty.")


def _plain_labels(pd, path, y):
    kind = pd.api.types.infer_dtype(y.astype(object))
    if kind in _LABELS:
        return y
    if kind == "decimal" and all(value == int(value) and abs(value) < 2**63 for value in y):
        return y.map(int).astype("int64")  # databases hand whole numbers out so
    how = "decode them, as by .str.decode('utf-8')" if kind == "bytes" else "write them as text or whole numbers"
    raise ValueError(f"Column {y.name!r} of {str(path)!r} holds labels of type {kind}: {how}.")
