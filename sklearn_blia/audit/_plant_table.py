"""Canaries in a table in a file, which may be larger than the memory."""

from collections import defaultdict
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np

from ..canaries import CanaryFlipper, default_n_canaries
from ..evidence import BystanderOutputs, Outputs
from ..files import arrow, open_table
from ._answer_columns import RESERVED, class_names, refuse_class_columns, refuse_classes, refuse_names
from ._audit_plan import AuditPlan
from ._checks import check_sampler
from ._export import TableExport, check_folder, places_in_piece
from ._groups import groups_of
from ._label_columns import LabelColumns, column_names
from ._plan_attacks import check_trainings
from ._plan_file import check_secret, save_plan
from ._plan_settings import PlanSettings, new_name
from ._plant_canaries import MOST_ASKED, free_name, randomness
from ._read_labels import id_texts, plain_column, read_labels


def plant_table(
    path,
    target,
    folder,
    secret,
    *,
    id_column=None,
    groups=None,
    n_canaries=None,
    mechanism=None,
    attacks="quick",
    patch=False,
    n_asked=MOST_ASKED,
    random_state=None,
):
    """Plant canaries in a table in a file, and write the tables for whoever trains.

    The file is read twice, piece by piece: memory is bounded by `n_asked`, whatever the number of rows.

    Parameters
    ----------
    path : str or path-like
        CSV file (UTF-8, commas, a header line; .gz, .bz2, .xz, .zip) or Parquet file.
    target : str
        Name of the column that holds the labels.
    folder : str or path-like
        Where the tables go, new or empty: ``train``, the same table in the same format with new labels and, at its
        end, the columns that are added; ``ask``, the rows to ask the model about; ``HOW_TO_TRAIN.txt``.
    secret : str or path-like
        Where the plan is saved, outside of the folder.
    id_column : str, default=None
        Column that names the rows, no two alike; None adds one.
    groups : str, default=None
        Column of groups, for findings in each.
    n_canaries : int, default=None
        Canaries; None takes 2 % of the rows that are asked about, but at least 500 and at most a quarter.
    mechanism : label sampler with ``epsilon``, default=None
        What protects all labels before they leave. It sees the number of each row and no features.
    attacks : {"quick"}, attack, list of attack, or dict of str to attack, default="quick"
        As in `plant_canaries`.
    patch : bool, default=False
        Write ids and labels alone, to be joined to a table that is too large to be written again; needs `id_column`.
    n_asked : int, default=1000000
        Rows to ask about: all, or of more a random set of so many, among which the canaries are drawn.
    random_state : int, RandomState instance or None, default=None
        As in `plant_canaries`; None is what to use when the table leaves the house.

    Returns
    -------
    AuditPlan
        The plan, without rows.

    Raises
    ------
    ValueError
        If the file, its columns or a parameter are unfit; before anything is written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_blia.audit import plant_table
    >>> home = Path(tempfile.mkdtemp())
    >>> _ = (home / "mail.csv").write_text("length,kind\\n" + "1,ham\\n2,spam\\n" * 50)
    >>> plan = plant_table(home / "mail.csv", "kind", home / "out", home / "secret", random_state=0)
    >>> plan, sorted(file.name for file in (home / "out").iterdir())
    (AuditPlan(25 canaries in 100 rows, secret), ['HOW_TO_TRAIN.txt', 'ask.csv', 'train.csv'])
    """
    table = open_table(path)
    mechanism = check_sampler(mechanism)
    attacks, trainings = check_trainings(attacks)
    names = column_names(target, trainings)
    _check_columns(table, target, id_column, groups, patch, list(names.values())[1:])
    _check_attacks(attacks)
    secret = check_secret(secret, folder)
    folder = check_folder(folder)
    if isinstance(n_asked, bool) or not isinstance(n_asked, Integral) or n_asked < 2:
        raise ValueError(f"n_asked must be a whole number of at least 2, got {n_asked!r}.")
    rng, _ = randomness(random_state, [str(name) for name in table.columns], np.zeros(1))
    classes, n_rows, asked, kept = read_labels(table, target, id_column, groups, n_asked, rng, patch)
    refuse_classes(classes)
    refuse_class_columns(table.columns, classes, repr(str(table.path)))
    # Coins and noise follow the data: two tables with one seed share none.
    rng, seeded = randomness(random_state, asked, kept["label"])
    ids = kept.get("id")
    n_canaries = default_n_canaries(len(asked)) if n_canaries is None else n_canaries
    planter = CanaryFlipper(n_canaries=n_canaries, classes=classes)
    canaries = planter.plant(asked, classes[kept["label"]], rng).canaries
    canaries = replace(canaries, rows=asked[canaries.rows])
    of_asked: Any = None if groups is None else groups_of(kept["group"], len(asked), "groups")
    drawing = LabelColumns(canaries, trainings, classes, mechanism, rng, seeded)
    settings = PlanSettings(
        name=new_name(),
        target=target,
        id_column=free_name([*table.columns, *class_names(classes)]) if id_column is None else id_column,
        has_own_ids=id_column is None,
        n_rows=n_rows,
        title=f"{table.path.name}, target {target}",
        planter=repr(CanaryFlipper(n_canaries=n_canaries)),
        mechanism=repr(mechanism),
        seeded=seeded,
    )
    suffix = "parquet" if table.is_parquet else "csv"
    only_asked = patch and mechanism is None
    export = TableExport(folder, settings, classes, [*names.values()], asked, suffix, patch, only_asked)
    columns: defaultdict = defaultdict(list)
    with export:
        export.write(_labelled_pieces(table, settings, drawing, names, asked, ids, columns))
        plan = AuditPlan(
            settings=settings,
            canaries=canaries,
            classes=classes,
            asked=asked,
            user_ids=ids,
            columns={name: np.concatenate(parts) for name, parts in columns.items()},
            trainings={name: training for training, name in names.items()},
            claim=drawing.claim,
            caps=drawing.caps,
            fair=drawing.fair,
            attacks=attacks,
            groups=None if groups is None else of_asked[np.searchsorted(asked, canaries.rows)],
        )
        save_plan(plan, secret)
    return plan


def _check_columns(table, target, id_column, groups, patch, added):
    for name, column in (("target", target), ("id_column", id_column), ("groups", groups)):
        if column is not None and column not in table.columns:
            shown = ", ".join(map(repr, table.columns[:20]))
            raise ValueError(f"{name}: {str(table.path)!r} has no column {column!r}; it has {shown}.")
    if groups == target:
        raise ValueError(f"groups: {target!r} is the target: name another column.")
    if id_column == target:
        raise ValueError(f"id_column: {target!r} is the target: ids are sent along with every question.")
    refuse_names(table.columns, [*added, *RESERVED], repr(str(table.path)))
    if patch and id_column is None:
        raise ValueError("patch=True needs id_column, a column of the table by which the labels can be joined to it.")


def _check_attacks(attacks):
    for name, attack in attacks.items():
        answered = (Outputs, BystanderOutputs)  # which answers tell by themselves
        near = [one for one in attack.requires if not one.trainings() and not isinstance(one, answered)]
        if near:
            raise ValueError(
                f"attacks: {name!r} needs {near[0]!r}, for which the features or the model must be at hand: leave it "
                "out, or take plant_canaries(X, y) and score the fitted model."
            )


def _labelled_pieces(table, settings, drawing, names, asked, ids, columns):
    """Pieces of the table with the labels of every column; what was drawn for the rows that are asked about is kept."""
    pa = arrow()
    classes = pa.array(drawing.classes)
    asked_ids = None if ids is None else pa.array(ids, pa.string())
    start = 0
    for piece in table.pieces():
        labels = plain_column(piece.column(settings.target))
        codes = pa.compute.index_in(labels, value_set=classes.cast(labels.type)).to_numpy()
        drawn = {names[training]: codes for training, codes in drawing.draw(start, codes.astype(np.intp)).items()}
        here = places_in_piece(asked, start, len(piece))
        if ids is not None and len(asked) < settings.n_rows:
            _refuse_ids_of_others(pa, settings.id_column, piece, here, asked_ids)
        for name, values in drawn.items():
            columns[name].append(values[here].astype(np.int32))
        yield start, piece, drawn
        start += len(piece)


def _refuse_ids_of_others(pa, id_column, piece, here, asked_ids):
    """Ids of rows that are asked about must name no other row: whoever joins by them would change that, too."""
    texts = id_texts(piece.column(id_column), id_column)
    others = np.ones(len(piece), dtype=bool)
    others[here] = False
    known = pa.compute.is_in(texts, value_set=asked_ids).to_numpy() & others
    if known.any():
        twice = texts[int(np.argmax(known))].as_py()
        raise ValueError(f"id_column: {id_column!r} holds {twice!r} twice: ids must name one row each.")
