"""The user's own table, from a file to X and y."""

import difflib
from pathlib import Path


def read_table(path, target):
    """Read a CSV file with a header line into features and labels.

    Parameters
    ----------
    path : str or path-like
        The file.
    target : str
        Name of the column that holds the labels.

    Returns
    -------
    X : DataFrame of shape (n_samples, n_features)
        Every other column, numeric where all its values are, missing values as NaN.
    y : Series of shape (n_samples,)
        The labels.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ValueError
        If the file is missing or no CSV, has no such column, no other column, no row, or missing labels.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "Reading tables needs pandas: pip install pandas, or the extra that has it, 'sklearn-blia[plot]'."
        ) from error
    if not Path(path).is_file():
        raise ValueError(f"There is no file {str(path)!r}.")
    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (ValueError, UnicodeDecodeError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(f"{str(path)!r} is no CSV file with a header line: {error}") from error
    if target not in table.columns:
        columns = [str(column) for column in table.columns]
        close = difflib.get_close_matches(target, columns, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(columns[:20])}."
        raise ValueError(f"{str(path)!r} has no column {target!r}{hint}")
    X, y = table.drop(columns=target), table[target]
    if not X.shape[1]:
        raise ValueError(f"{str(path)!r} has no column besides {target!r}: there is nothing to train on.")
    if not len(X):
        raise ValueError(f"{str(path)!r} has a header but no rows.")
    if y.isna().any():
        raise ValueError(
            f"Column {target!r} of {str(path)!r} misses the label in {int(y.isna().sum())} row(s), the first in data "
            f"row {int(y.isna().to_numpy().argmax()) + 1}: drop those rows."
        )
    return X, y
