"""What whoever trains has to know, in plain words."""

import csv
import io
from textwrap import fill

from ._answer_columns import LABEL_COLUMN, PLAN_COLUMN, PREDICTION


def instructions(export):
    """Say how to train, and how to answer.

    Parameters
    ----------
    export : TableExport
        What was written.

    Returns
    -------
    str
        A page of text. It says nothing that the tables do not show.
    """
    s = export.settings
    further = export.names[1:]
    names = [str(label) for label in export.classes.tolist()]
    train = f"Train on the column {s.target} of {export.train_file}, as you would on any data. "
    if export.patch:
        train = (
            f"Join {export.train_file} to your table by {s.id_column}: rows that it names get the label that stands "
            "there. Then train as you would on any data. "
        )
    train += f"The column {s.id_column} names the rows: it is no feature."
    parts = [train]
    if further:
        left_out = "Leave out rows where the column is empty."
        if export.patch:
            left_out = "Rows that the file does not name keep their label; leave out rows that it names without one."
        parts.append(
            f"Then train {len(further)} more, in the same way, each on one of the columns {', '.join(further[:3])}"
            f"{', ...' if len(further) > 3 else ''} in place of {s.target}. {left_out} "
            "No label column is a feature of another training."
        )
    parts.append(
        f"Ask {'each' if further else 'the'} model for class probabilities of every row of {export.ask_file}"
        f"{' (of your table, by its ids)' if export.patch else ''}, and send back a CSV file with a header line, or a "
        f"Parquet file: one line for each row, in any order, also in several files."
    )
    columns = [f"{s.id_column}: as in {export.ask_file}"]
    if not s.has_own_ids:
        columns.append(f"{PLAN_COLUMN}: as in {export.ask_file}, {s.name}")
    if further:
        columns.append(
            f"{LABEL_COLUMN}: name of the column that the model was trained on ({s.target}, {further[0]}, ...)"
        )
    columns.append("one for each class, named exactly as the class is (below): its probability, from 0 to 1")
    tail = [
        f"A model without probabilities may send the predicted label instead, in a column named {PREDICTION}; the "
        "audit then sees less.",
        "In R, data.frame(..., check.names = FALSE) keeps the names of classes.",
    ]
    body = "\n\n".join(fill(part, 80) for part in parts)
    table = "\n".join(fill(f"- {column}", 80, subsequent_indent="  ") for column in columns)
    listed = "\n".join(f"    {name}" for name in names)
    example = _example(s, names, bool(further))
    ending = "\n\n".join(fill(part, 80) for part in tail)
    return f"{body}\n\n{table}\n\nThe classes, one a line:\n\n{listed}\n\nFor instance:\n\n{example}\n{ending}\n"


def _example(settings, names, has_further):
    """The first lines of a file of answers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = [settings.id_column, *([] if settings.has_own_ids else [PLAN_COLUMN]), *[LABEL_COLUMN] * has_further]
    row = [f"{settings.name}-0"] if settings.has_own_ids else ["(an id)", settings.name]
    shown = names[:3]
    shares = [f"{share:.2f}" for share in (0.5, 0.3, 0.2)] if len(names) > 2 else ["0.70", "0.30"]
    writer.writerow([*head, *shown, *["..."] * (len(names) > 3)])
    writer.writerow([*row, *[settings.target] * has_further, *shares, *["..."] * (len(names) > 3)])
    return "".join(f"    {line}\n" for line in text.getvalue().splitlines())
