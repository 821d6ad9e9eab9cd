"""The tables that go to whoever trains."""

import secrets
import shutil
from pathlib import Path

import numpy as np

from ..files import arrow, table_writer, write_whole
from ._answer_columns import PLAN_COLUMN, RESERVED, refuse_class_columns, refuse_names
from ._instructions import instructions

INSTRUCTIONS = "HOW_TO_TRAIN.txt"


def check_folder(folder):
    """Return the path of a folder that can be made, or is empty; ValueError for any other.

    Parameters
    ----------
    folder : str or path-like
        Where.

    Returns
    -------
    Path
        The folder, which need not be there yet.
    """
    folder = Path(folder).expanduser()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise ValueError(f"folder: {str(folder)!r} cannot be made: {str(existing)!r} is a file.")
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"folder: {str(folder)!r} is not empty: name a new one, which holds nothing but the tables.")
    return folder


def places_in_piece(asked, start, n_rows):
    """Where the rows that are asked about stand in one piece of the table.

    Parameters
    ----------
    asked : ndarray of int
        Rows that are asked about, in rising order.
    start : int
        Number of the piece's first row.
    n_rows : int
        Rows in the piece.

    Returns
    -------
    ndarray of int
        Places in the piece.
    """
    first, last = np.searchsorted(asked, [start, start + n_rows])
    return asked[first:last] - start


class TableExport:
    """Writes tables piece by piece: one to train on, and one of the rows to ask about.

    A context manager: the folder is there as a whole, when the block ends, or not at all.

    Parameters
    ----------
    folder : Path
        Where, from `check_folder`.
    settings : PlanSettings
        Of the plan.
    classes : ndarray of shape (n_classes,)
        Class labels.
    names : list of str
        Names of the label columns, the model's first.
    asked : ndarray of int
        Rows to ask about, in rising order.
    suffix : {"csv", "parquet"}
        Format.
    patch : bool
        Whether ids and labels alone are written, to be joined to a table that stays where it is.
    only_asked : bool
        Whether a patch names the rows that are asked about alone, for no other label has changed.
    """

    def __init__(self, folder, settings, classes, names, asked, suffix, patch=False, only_asked=False):
        self.folder = folder
        self.part = folder.absolute().with_name(f".{folder.absolute().name}.{secrets.token_hex(8)}.part")
        self.settings = settings
        self.classes = classes
        self.names = names
        self.asked = asked
        self.patch = patch
        self.only_asked = only_asked
        self.train_file = f"{'labels' if patch else 'train'}.{suffix}"
        self.ask_file = f"ask.{suffix}"

    def write(self, pieces):
        """Write the tables.

        Parameters
        ----------
        pieces : iterable of tuple of (int, pyarrow.Table, dict of str to ndarray of int)
            Number of the first row, the rows with all columns of the user, labels by name of the column, -1 for none.
        """
        with table_writer(self.part / self.train_file) as train, table_writer(self.part / self.ask_file) as ask:
            for start, table, columns in pieces:
                here = places_in_piece(self.asked, start, len(table))
                table = self._with_ids(table, start)
                ask(self._questions(table.take(here)))
                labelled = self._labelled(table, columns)
                if self.patch:
                    labelled = labelled.select([self.settings.id_column, *self.names])
                train(labelled.take(here) if self.only_asked else labelled)

    def __enter__(self):
        self.part.mkdir(parents=True)
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                write_whole(self.part / INSTRUCTIONS, instructions(self))
                if self.folder.exists():
                    self.folder.rmdir()  # it is empty, and Windows replaces none
                self.part.rename(self.folder)
        finally:
            shutil.rmtree(self.part, ignore_errors=True)

    def _with_ids(self, table, start):
        if not self.settings.has_own_ids:
            return table
        pa = arrow()
        numbers = pa.array(np.arange(start, start + len(table))).cast(pa.string())
        ids = pa.compute.binary_join_element_wise(pa.scalar(self.settings.name), numbers, "-")
        return table.append_column(self.settings.id_column, ids)

    def _questions(self, table):
        if self.patch:
            table = table.select([self.settings.id_column])
        elif self.settings.target in table.column_names:
            table = table.drop_columns([self.settings.target])
        if self.settings.has_own_ids:
            return table
        pa = arrow()
        return table.append_column(PLAN_COLUMN, pa.array([self.settings.name] * len(table), pa.string()))

    def _labelled(self, table, columns):
        pa = arrow()
        at = table.column_names.index(self.settings.target)
        field = table.schema.field(at)
        if pa.types.is_dictionary(field.type):
            field = field.with_type(field.type.value_type)
        for number, (name, codes) in enumerate(columns.items()):
            values = pa.array(self.classes[codes], mask=codes < 0).cast(field.type)
            # Every label is written anew: spaces or an encoding that only old ones have would tell which are new.
            table = table.append_column(name, values) if number else table.set_column(at, field, values)
        return table


def export_plan(plan, data, folder, suffix):
    """Write the tables of a plan whose rows are in memory.

    Parameters
    ----------
    plan : AuditPlan
        The plan.
    data : PlanData
        Its rows and labels.
    folder : str or path-like
        Where.
    suffix : {"csv", "parquet"}
        Format.
    """
    if suffix not in ("csv", "parquet"):
        raise ValueError(f"format must be 'csv' or 'parquet', got {suffix!r}.")
    table = _as_table(data.X)
    added = [plan.settings.target, plan.settings.id_column, *plan.columns, *RESERVED]
    refuse_names(table.column_names, added, "X")
    refuse_class_columns(table.column_names, plan.classes, "X")
    table = table.append_column(plan.settings.target, arrow().array(data.natural))
    folder = check_folder(folder)
    export = TableExport(folder, plan.settings, plan.classes, list(plan.columns), plan.asked, suffix)
    with export:
        export.write([(0, table, data.columns)])


def _as_table(X):
    """Rows as a table of columns with names; ValueError for what is none."""
    pa = arrow()
    if hasattr(X, "to_arrow"):  # polars
        return X.to_arrow()
    if hasattr(X, "iloc"):
        table = pa.Table.from_pandas(X, preserve_index=False)
        return table.rename_columns([str(name) for name in X.columns]).replace_schema_metadata(None)
    if isinstance(X, (list, tuple)) and X and isinstance(X[0], str):
        return pa.table({"text": list(X)})
    array = np.asarray(X) if not hasattr(X, "toarray") else X
    if getattr(array, "ndim", 0) == 1 and array.dtype.kind in "OU":
        return pa.table({"text": [str(text) for text in array]})
    if getattr(array, "ndim", 0) != 2 or array.dtype == object or hasattr(array, "toarray"):
        raise ValueError(
            f"X ({type(X).__name__}) is no table that a file could hold: export takes frames, arrays of numbers in two "
            "dimensions and texts. Send the rows your own way, with plan.labels, and answer by plan.ids."
        )
    return pa.table({f"x{place}": pa.array(array[:, place], from_pandas=True) for place in range(array.shape[1])})
