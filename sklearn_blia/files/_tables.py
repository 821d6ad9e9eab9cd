"""Tables in files, read and written piece by piece: any number of rows in bounded memory."""

import csv
import io
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._atomic import whole_file
from ._packed import check_packed, open_packed

_PARQUET = {".parquet", ".pq"}
_ROWS = 2**16
_BYTES = 2**23


def arrow():
    """Return pyarrow, or ImportError with what to install.

    Returns
    -------
    module
        With ``compute``, ``csv`` and ``parquet`` imported.
    """
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Tables in files need pyarrow: pip install pyarrow, or the extra that has it, 'sklearn-blia[tables]'."
        ) from error
    return pyarrow


@dataclass(frozen=True)
class TableFile:
    """A table in a CSV file, whose values are all the text they are, or in a Parquet file.

    Attributes
    ----------
    path : Path
        The file.
    columns : list of str
        Names of the columns, no two alike.
    is_parquet : bool
        Whether it is Parquet; else CSV.
    """

    path: Path
    columns: list
    is_parquet: bool

    def pieces(self, columns=None):
        """Read the table.

        Parameters
        ----------
        columns : sequence of str, default=None
            Which columns; None for all.

        Yields
        ------
        pyarrow.Table
            Some rows, in the order of the file.

        Raises
        ------
        ValueError
            If the file is damaged or no such table.
        """
        pa = arrow()
        names = self.columns if columns is None else list(columns)
        try:
            if self.is_parquet:
                with open(self.path, "rb") as file:
                    table = pa.parquet.ParquetFile(file, page_checksum_verification=True)
                    for batch in table.iter_batches(_ROWS, columns=names):
                        yield pa.Table.from_batches([batch]).select(names)
            else:
                yield from self._csv_pieces(pa, names)
        except pa.ArrowException as error:
            raise ValueError(f"{str(self.path)!r} is damaged, or no table in its format: {error}") from error

    def _csv_pieces(self, pa, names):
        with open_packed(self.path) as file:
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(block_size=_BYTES, column_names=self.columns, skip_rows=1),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.string()),
                    strings_can_be_null=False,
                    include_columns=names,
                ),
            )
            for batch in reader:
                yield pa.Table.from_batches([batch])


def open_table(path):
    """Look at the head of a table in a file.

    Parameters
    ----------
    path : str or path-like
        Parquet where its name ends in .parquet or .pq, CSV (UTF-8, commas, a header line) else, which may be compressed
        (.gz, .bz2, .xz or .zip).

    Returns
    -------
    TableFile
        The table.

    Raises
    ------
    ValueError
        If the file is missing, damaged or no table, or two columns have one name.
    ImportError
        If pyarrow is not installed.
    """
    pa = arrow()
    path = Path(path).expanduser()
    if not path.is_file():
        raise ValueError(f"{str(path)!r} is a folder." if path.is_dir() else f"There is no file {str(path)!r}.")
    check_packed(path)
    is_parquet = path.suffix.lower() in _PARQUET
    try:
        columns = [str(name) for name in pa.parquet.read_schema(path).names] if is_parquet else _csv_header(path)
    except (pa.ArrowException, UnicodeDecodeError, csv.Error, StopIteration, OSError) as error:
        kind = "Parquet file" if is_parquet else "CSV file in UTF-8 with a header line"
        raise ValueError(f"{str(path)!r} is no {kind}, or a damaged one: {error or 'it is empty'}") from error
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise ValueError(f"{str(path)!r} has two columns named {twice[0]!r}: rename one of them.")
    return TableFile(path, columns, is_parquet)


def _csv_header(path):
    with open_packed(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        names = [name.strip() for name in next(csv.reader(text))]
    if any("\n" in name or "\r" in name for name in names):
        raise csv.Error("a name of a column has a line break: rename it")
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|{"):
        raise csv.Error(f"its columns ({names[0][:60]!r}) are not separated by commas: save it with commas")
    return names


@contextmanager
def table_writer(path):
    """Write a table piece by piece; the file is there as a whole or not at all.

    Parameters
    ----------
    path : Path
        Parquet where its name ends in .parquet, CSV else.

    Yields
    ------
    callable
        Takes pyarrow.Table after pyarrow.Table, all with the same columns.
    """
    with whole_file(path) as file:
        writer = (_ParquetWriter if Path(path).suffix in _PARQUET else _CsvWriter)(file)
        yield writer.write
        writer.close()


class _ParquetWriter:
    def __init__(self, file):
        self.file = file
        self.writer: Any = None

    def write(self, piece):
        if self.writer is None:
            self.writer = arrow().parquet.ParquetWriter(self.file, piece.schema)
        self.writer.write_table(piece)

    def close(self):
        if self.writer is not None:
            self.writer.close()


class _CsvWriter:
    """Quotes what needs it and nothing else, so that values stay what they were; pyarrow would quote every text."""

    def __init__(self, file):
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self.csv = csv.writer(self.text, lineterminator="\n")
        self.begun = False

    def write(self, piece):
        if not self.begun:
            self.csv.writerow(piece.column_names)
            self.begun = True
        self.csv.writerows(zip(*(column.to_pylist() for column in piece.columns), strict=True))

    def close(self):
        self.text.flush()
        self.text.detach()  # whoever opened the file closes it
