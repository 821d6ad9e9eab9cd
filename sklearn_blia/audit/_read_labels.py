"""The first pass over a table in a file: its labels, and which rows are asked about."""

from typing import Any

import numpy as np

from ..files import arrow
from ._row_sample import RowSample

# A target with so many different values is no class.
_MOST_CLASSES = 10_000


def read_labels(table, target, id_column, groups, n_asked, rng, patch):
    """Read the labels of a table, and choose the rows to ask about.

    Parameters
    ----------
    table : TableFile
        The table.
    target : str
        Column of labels.
    id_column, groups : str or None
        Columns of ids and groups.
    n_asked : int
        Rows to ask about at most.
    rng : numpy.random.Generator
        Draws them.
    patch : bool
        Whether the table stays where it is, and old labels as they are written there.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        In sorted order.
    n_rows : int
        Rows of the table.
    rows : ndarray of int of shape (n_asked,)
        To ask about, in rising order.
    kept : dict of str to ndarray of shape (n_asked,)
        Of these: "label", as position in the classes, and "id" and "group" where there are such columns.

    Raises
    ------
    ValueError
        If labels or ids are missing or of a type that cannot be told by name, or there are fewer than two classes.
    """
    pa = arrow()
    wanted = {"label": target} | ({"id": id_column} if id_column else {}) | ({"group": groups} if groups else {})
    sample = RowSample(n_asked, rng)
    known: Any = None
    for piece in table.pieces(list(dict.fromkeys(wanted.values()))):
        labels = plain_column(piece.column(target))
        _check_labels(pa, table, target, labels, sample.n_seen)
        if patch:
            _refuse_spaces(pa, target, piece.column(target), labels)
        known = pa.compute.unique(labels if known is None else pa.chunked_array([known, *labels.chunks]))
        if len(known) > _MOST_CLASSES:
            raise ValueError(
                f"target: {target!r} has more than {_MOST_CLASSES:,} different values: it is no class, but a number or "
                "a name."
            )
        columns = {"label": pa.compute.index_in(labels, value_set=known).to_numpy().astype(np.int32)}
        if id_column:
            columns["id"] = id_texts(piece.column(id_column), id_column).to_numpy()
        if groups:
            columns["group"] = plain_column(piece.column(groups)).cast(pa.string()).to_numpy()
        sample.add(columns)
    if not sample.n_seen:
        raise ValueError(f"{str(table.path)!r} has columns but no rows.")
    found = known.to_numpy(zero_copy_only=False)
    classes, place = np.unique(np.array(found.tolist()) if found.dtype == object else found, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"target: {target!r} has only one class ({classes[0]}): there is nothing to memorize.")
    rows, kept = sample.finish()
    if id_column:
        _refuse_twice(pa, id_column, kept["id"])
    return classes, sample.n_seen, rows, kept | {"label": place[kept["label"]]}


def plain_column(column):
    """A column without dictionary, texts without spaces around them."""
    pa = arrow()
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return pa.compute.utf8_trim_whitespace(column) if pa.types.is_string(column.type) else column


def id_texts(column, name):
    """Ids as texts; ValueError where one is missing, or other tools would write them otherwise."""
    pa = arrow()
    plain = plain_column(column)
    if not (pa.types.is_string(plain.type) or pa.types.is_integer(plain.type)):
        raise ValueError(
            f"id_column: {name!r} holds {plain.type}, which is written in more than one way: take a column of texts or "
            "whole numbers, or leave it out."
        )
    texts = plain.cast(pa.string())
    if texts.null_count or pa.compute.any(pa.compute.equal(texts, "")).as_py():
        raise ValueError(f"id_column: {name!r} has rows without an id: name every row, or leave it out.")
    return texts


def _check_labels(pa, table, target, labels, start):
    kind = labels.type
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise ValueError(
            f"target: {target!r} of {str(table.path)!r} holds labels of type {kind}: write them as texts, whole "
            "numbers or booleans."
        )
    missing = labels.is_null()
    if pa.types.is_string(kind):
        missing = pa.compute.or_(missing, pa.compute.equal(labels, "").fill_null(True))
    if pa.compute.any(missing).as_py():
        row = start + int(np.argmax(missing.to_numpy())) + 1
        raise ValueError(f"target: {target!r} misses the label in data row {row:,}: drop such rows.")


def _refuse_spaces(pa, target, column, labels):
    if pa.types.is_string(labels.type) and not column.cast(pa.string()).equals(labels):
        raise ValueError(
            f"target: {target!r} has labels with spaces around them, and the patch has none: after joining, each class "
            "would be two. Strip them in the table first."
        )


def _refuse_twice(pa, id_column, ids):
    counts = pa.array(ids, pa.string()).value_counts()
    if len(counts) < len(ids):
        twice = next(one["values"].as_py() for one in counts if one["counts"].as_py() > 1)
        raise ValueError(f"id_column: {id_column!r} holds {twice!r} twice: ids must name one row each.")
