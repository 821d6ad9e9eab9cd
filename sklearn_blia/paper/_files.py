"""Rows of results in files: one CSV and one JSON for each benchmark."""

import csv
import io
import json
import math
from pathlib import Path

from ..files import write_whole
from ._benchmarks import BENCHMARKS


def write_results(folder, name, rows, details=None):
    """Write the rows of one benchmark.

    Parameters
    ----------
    folder : str or path-like
        Where; it is made.
    name : str
        Of the files.
    rows : list of dict
        Of `PaperResult.rows`.
    details : dict, default=None
        Of `PaperResult.to_dict`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = io.StringIO()
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _text(value) for column, value in row.items()} for row in rows)
    write_whole(folder / f"{name}.csv", table.getvalue())
    if details is not None:
        write_whole(folder / f"{name}.json", json.dumps(details, indent=1) + "\n")


def read_results(folder):
    """Read the rows of all benchmarks in a folder.

    Parameters
    ----------
    folder : str or path-like
        Where `write_results` wrote.

    Returns
    -------
    list of dict
        Rows; numbers as numbers, and nothing (None) where there was none.
    """
    rows = []
    for path in (Path(folder, f"{name}.csv") for name in BENCHMARKS):
        if path.exists():
            with open(path, newline="") as file:
                rows += [{column: _value(column, text) for column, text in row.items()} for row in csv.DictReader(file)]
    return rows


_TEXTS = ("benchmark", "size", "note", "status", "network", "parameters", "attack")


def _text(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else value  # to the last digit, so that tables agree


def _value(column, text):
    if column in _TEXTS:
        return text
    if text == "":
        return None
    if text in ("True", "False"):
        return text == "True"
    return int(text) if text.isdigit() else float(text)
