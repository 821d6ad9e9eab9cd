"""What a model elsewhere said of the rows that it was asked about: read, joined by id, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..canaries import bystander_rows
from ..files import arrow, open_table
from ._answer_columns import LABEL_COLUMN, PLAN_COLUMN, PREDICTION, class_names

_ROUNDING = 1e-5


@dataclass(frozen=True, eq=False, repr=False)
class Asked:
    """What somebody was asked: which rows, and how the answers name them.

    Attributes
    ----------
    ids : ndarray of str of shape (n_asked,)
        Ids of the rows.
    classes : ndarray of shape (n_classes,)
        Class labels.
    id_column : str
        Name of the column of ids.
    kept : ndarray of int of shape (n_kept,)
        Places of the rows whose probabilities are kept; of the others only the most probable class is.
    columns : tuple of str
        Label columns that models may have learned, the model's first.
    plan : str or None
        Name of the plan that the answers are to; None where there is none.
    has_own_ids : bool
        Whether ids are of the user's own table, and do not tell the plan.
    tolerates_others : bool
        Whether answers for other rows are passed over.
    """

    ids: np.ndarray
    classes: np.ndarray
    id_column: str
    kept: np.ndarray
    columns: tuple = ("the labels",)
    plan: str | None = None
    has_own_ids: bool = False
    tolerates_others: bool = False

    @classmethod
    def of(cls, plan):
        """What a plan asks.

        Parameters
        ----------
        plan : AuditPlan
            The plan.

        Returns
        -------
        Asked
            Probabilities are kept of the canaries, and of bystanders behind them.
        """
        bystanders = bystander_rows(plan.canaries.rows, plan.asked, len(plan.classes))
        kept = np.concatenate([plan.canary_places, np.searchsorted(plan.asked, bystanders)])
        s = plan.settings
        return cls(plan.ids, plan.classes, s.id_column, kept, tuple(plan.columns), s.name, s.has_own_ids)


@dataclass(frozen=True, eq=False, repr=False)
class Answers:
    """What one model said.

    Attributes
    ----------
    proba : ndarray of shape (n_kept, n_classes)
        Probabilities of the rows that are kept.
    predicted : ndarray of int of shape (n_asked,)
        Most probable class of every row that was asked about.
    are_labels : bool
        Whether these were labels, not probabilities.
    """

    proba: np.ndarray
    predicted: np.ndarray
    are_labels: bool


def read_answers(asked, answers):
    """Read all answers.

    Parameters
    ----------
    asked : Asked
        What was asked.
    answers : path, DataFrame, list of these, or dict of str to these
        What was said; by name of the label column in a dict.

    Returns
    -------
    dict of str to Answers
        By name of the label column; the model's is among them.

    Raises
    ------
    ValueError
        If something is missing, there twice, unknown, of another plan, of other classes, or no probability. No message
        tells a canary from another row.
    """
    model = asked.columns[0]
    joined = _Join(asked)
    parts = answers.items() if isinstance(answers, Mapping) else [(None, answers)]
    for column, sources in parts:
        if column is not None and column not in asked.columns:
            raise ValueError(f"answers: the plan has no label column {column!r}, only {', '.join(asked.columns)}.")
        for source in sources if isinstance(sources, (list, tuple)) else [sources]:
            _read(joined, source, column, model)
    if model not in joined.found:
        raise ValueError(
            f"answers hold no row of the model that learned {model!r}"
            + (f", only of {', '.join(joined.found)}." if joined.found else ": the table is empty.")
        )
    return {column: one.finish() for column, one in joined.found.items()}


def _read(joined, source, column, model):
    whose, columns, pieces = _opened(source)
    layout = _Layout(joined.asked, whose, columns)
    for piece in pieces:
        layout.check_plan(piece)
        if column is not None or LABEL_COLUMN not in columns:
            joined.add(column or model, layout, piece)
            continue
        pa = arrow()
        names = piece.column(LABEL_COLUMN).cast(pa.string())
        for name in names.unique().to_pylist():
            if name not in joined.asked.columns:
                raise ValueError(
                    f"{whose}: {LABEL_COLUMN} holds {name!r}: it must name the column that the model learned, of "
                    f"{', '.join(joined.asked.columns)}."
                )
            joined.add(name, layout, piece.filter(pa.compute.equal(names, name)))


def _opened(source):
    """A name for messages, the columns, and pieces of a file or a frame."""
    pa = arrow()
    if isinstance(source, (str, Path)):
        file = open_table(source)
        return Path(source).name, file.columns, file.pieces()
    if isinstance(source, pa.Table):
        table = source
    elif hasattr(source, "to_arrow"):
        table = source.to_arrow()
    elif hasattr(source, "iloc") and hasattr(source, "columns"):
        if source.index.name is not None and source.index.name not in source.columns:
            source = source.reset_index()
        source = source.copy(deep=False)
        for name in [name for name in source.columns if source[name].dtype == object]:  # which may mix types
            source[name] = [None if value is None or value != value else str(value) for value in source[name]]
        table = pa.Table.from_pandas(source, preserve_index=False)
        table = table.rename_columns([str(name) for name in source.columns])
    else:
        raise ValueError(
            f"answers must be a fitted classifier, a path, a frame, a list or a dict of these; got "
            f"{type(source).__name__}. Put an array into a frame, with the ids as a column and the classes as names."
        )
    return "the frame of answers", table.column_names, [table]


class _Layout:
    """Where in a table the ids and the classes stand."""

    def __init__(self, asked, whose, columns):
        self.asked, self.whose, self.columns = asked, whose, columns
        if asked.id_column not in columns:
            raise ValueError(
                f"{whose} has no column {asked.id_column!r}, which names the rows that were asked about: send it back "
                f"with the probabilities. Its columns are {_some(columns)}."
            )
        if asked.plan is not None and not asked.has_own_ids and PLAN_COLUMN not in columns:
            raise ValueError(
                f"{whose} has no column {PLAN_COLUMN!r}, without which nobody can tell to which plan it is an answer: "
                "copy it from the ask table."
            )
        names = class_names(asked.classes)
        self.places = {name: names[name.strip()] for name in columns if name.strip() in names}
        self.label = None
        if not self.places and PREDICTION in columns:
            self.label = PREDICTION
        self._check_classes(names)

    def _check_classes(self, names):
        known = list(self.places.values())
        if len(set(known)) < len(known):
            raise ValueError(f"{self.whose} has two columns for one class: {_some([*self.places])}.")
        if self.label is not None or len(known) == len(self.asked.classes):
            return
        named = {*self.places, self.asked.id_column, PLAN_COLUMN, LABEL_COLUMN, PREDICTION}
        others = [column for column in self.columns if column not in named]
        if len(known) == 1 and len(self.asked.classes) == 2 and not others:
            return  # the other one is what is left
        wanting = [str(label) for place, label in enumerate(self.asked.classes.tolist()) if place not in known]
        more = f" and {len(wanting) - 1} more" * (len(wanting) > 1)
        raise ValueError(
            f"{self.whose} has no column for the class {wanting[0]!r}{more}, and others that are no class: "
            f"{_some(others)}. Name each column of probabilities exactly as its class, and give a class that the model "
            "never saw a column of zeros."
        )

    def check_plan(self, piece):
        if PLAN_COLUMN not in self.columns or self.asked.plan is None:
            return
        pa = arrow()
        named = pa.compute.unique(piece.column(PLAN_COLUMN).cast(pa.string())).to_pylist()
        others = [name for name in named if name != self.asked.plan]
        if others:
            raise ValueError(
                f"{self.whose} is an answer to the plan {others[0]}, and this secret is of {self.asked.plan}: "
                "take the secret that goes with it."
            )

    def ids(self, piece):
        pa = arrow()
        ids = piece.column(self.asked.id_column)
        ids = ids.cast(pa.string()) if not pa.types.is_string(ids.type) else ids
        return pa.compute.utf8_trim_whitespace(ids)

    def proba(self, piece):
        """Probabilities of all classes, in their order."""
        if self.label is not None:
            codes = self._codes(piece.column(self.label))
            return np.eye(len(self.asked.classes))[codes]
        found = np.zeros((len(piece), len(self.asked.classes)))
        for name, place in self.places.items():
            found[:, place] = self._numbers(piece.column(name), name)
        if len(self.places) == 1:
            (place,) = self.places.values()
            found[:, 1 - place] = 1 - found[:, place]
        return found

    def _codes(self, column):
        pa = arrow()
        names = class_names(self.asked.classes)
        texts = pa.compute.utf8_trim_whitespace(column.cast(pa.string()))
        at = pa.compute.index_in(texts, value_set=pa.array(list(names)))
        if at.null_count:
            unknown = texts.filter(at.is_null())[0].as_py()
            raise ValueError(
                f"{self.whose}: the column {self.label!r} holds {unknown!r}, which is no class; the classes are "
                f"{_some(self.asked.classes.tolist())}."
            )
        return np.array(list(names.values()))[at.to_numpy()]

    def _numbers(self, column, name):
        pa = arrow()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pa.compute.utf8_trim_whitespace(column)
            column = pa.compute.if_else(pa.compute.equal(column, ""), None, column)  # told below, with its row
        try:
            return column.cast(pa.float64()).to_numpy()
        except pa.ArrowException as error:
            wrong = next((value for value in column.to_pylist() if not _is_number(value)), column[0].as_py())
            raise ValueError(
                f"{self.whose}: the column {name!r} holds {wrong!r}, which is no probability: write a number from 0 to "
                "1."
            ) from error


class _Join:
    """Answers by label column, as they come in."""

    def __init__(self, asked):
        pa = arrow()
        self.asked = asked
        self.found: dict = {}
        self.ids = pa.array(asked.ids.tolist(), pa.string())
        self.kept_at = np.full(len(asked.ids), -1)
        self.kept_at[asked.kept] = np.arange(len(asked.kept))

    def add(self, column, layout, piece):
        self.found.setdefault(column, _OneModel(self, column)).add(layout, piece)


class _OneModel:
    def __init__(self, join, column):
        n_classes = len(join.asked.classes)
        self.join, self.column = join, column
        self.seen = np.zeros(len(join.asked.ids), dtype=bool)
        self.predicted = np.zeros(len(join.asked.ids), dtype=np.int32)
        self.proba = np.zeros((len(join.asked.kept), n_classes))
        self.are_labels = False
        self.other = None  # an id that was passed over

    def add(self, layout, piece):
        pa = arrow()
        ids = layout.ids(piece)
        at = pa.compute.index_in(ids, value_set=self.join.ids)
        if at.null_count and not self.join.asked.tolerates_others:
            self._refuse_unknown(layout, ids.filter(at.is_null())[0].as_py())
        if at.null_count:
            self.other = self.other or ids.filter(at.is_null())[0].as_py()
            piece, ids, at = (one.filter(at.is_valid()) for one in (piece, ids, at))
        at = at.to_numpy()
        again = self.seen[at]
        counts = np.bincount(at, minlength=1)
        if again.any() or counts.max(initial=0) > 1:
            place = at[np.argmax(again)] if again.any() else np.argmax(counts)
            raise ValueError(
                f"{layout.whose}: the id {self.join.ids[int(place)].as_py()!r} is answered twice for "
                f"{self.column!r}: send one line for each row."
            )
        self.seen[at] = True
        proba = layout.proba(piece)
        check_numbers(proba, layout.whose, ids)
        self.are_labels |= layout.label is not None
        self.predicted[at] = proba.argmax(axis=1)
        places = self.join.kept_at[at]
        self.proba[places[places >= 0]] = proba[places >= 0].clip(0, 1)

    def _refuse_unknown(self, layout, unknown):
        asked = self.join.asked
        plan = str(unknown).rpartition("-")[0]
        if asked.plan is not None and asked.has_own_ids and plan != asked.plan and len(plan) == len(asked.plan):
            raise ValueError(
                f"{layout.whose} is an answer to the plan {plan}, and this secret is of {asked.plan}: take the secret "
                "that goes with it."
            )
        hint = "" if asked.has_own_ids else " (were ids read as numbers, and zeros in front of them lost?)"
        raise ValueError(
            f"{layout.whose}: the id {unknown!r} is none that was asked about: answer the rows that were asked, with "
            f"{asked.id_column!r} as it stands there{hint}."
        )

    def finish(self):
        missing = np.flatnonzero(~self.seen)
        if len(missing):
            shown = ", ".join(self.join.ids[int(place)].as_py() for place in missing[:3])
            whose = f" of the model that learned {self.column!r}" * (self.join.asked.plan is not None)
            hint = "" if self.other is None else (
                f" They have others, such as {self.other!r}: were ids read as numbers, and zeros in front of them lost?"
            )  # fmt: skip
            raise ValueError(
                f"answers{whose} lack {len(missing):,} of {len(self.seen):,} rows, such as {shown}: pass all parts, "
                f"with one line for each row that was asked about.{hint}"
            )
        return Answers(self.proba, self.predicted, self.are_labels)


def check_numbers(proba, whose, ids):
    """Raise ValueError unless rows are probabilities that sum to one.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
        What was given.
    whose : str
        What a message calls it.
    ids : pyarrow array of n_rows texts
        Names of the rows.
    """

    def first(bad):
        return f"the first in row {ids[int(np.argmax(bad))].as_py()!r}"

    bad = ~np.isfinite(proba).all(axis=1)
    if bad.any():
        raise ValueError(f"{whose}: {bad.sum():,} rows lack a probability, {first(bad)}: every row needs all of them.")
    total = proba.sum(axis=1)
    bad = (proba < -_ROUNDING).any(axis=1) | (proba > 1 + _ROUNDING).any(axis=1)
    if bad.any():
        if (np.abs(total - 100) < 1).all() and (proba >= 0).all():
            raise ValueError(f"{whose} holds percentages: divide them by 100.")
        if (proba > -0.05).all() and (proba < 1.05).all():
            raise ValueError(f"{whose} holds numbers a little outside of 0 to 1, {first(bad)}: bring them inside.")
        raise ValueError(
            f"{whose} holds numbers outside of 0 to 1, {first(bad)}: these are logits or other decision values. Send "
            "probabilities: softmax of the logits, or with two classes their logistic function."
        )
    bad = np.abs(total - 1) > min(0.01 + 5e-4 * proba.shape[1], 0.05)  # of figures that were rounded
    if bad.any():
        raise ValueError(
            f"{whose}: the probabilities of {bad.sum():,} rows do not sum to 1 ({total[bad][0]:.3g}), {first(bad)}: "
            "send those of all classes, divided by their sum where each class was predicted by itself."
        )


def _some(names):
    shown = ", ".join(repr(name) for name in names[:6])
    return f"[{shown}{', ...' if len(names) > 6 else ''}]"


def _is_number(value):
    try:
        float(value)
    except (TypeError, ValueError):
        return value is None
    return True
