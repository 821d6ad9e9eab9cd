"""What whoever trains has to know, in plain words."""

from textwrap import fill


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
    classes = ", ".join(map(str, export.classes[:20].tolist())) + (", ..." if len(export.classes) > 20 else "")
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
        columns.append(f"blia_plan: as in {export.ask_file}, {s.name}")
    if further:
        columns.append(
            f"label_column: name of the column that the model was trained on ({s.target}, {further[0]}, ...)"
        )
    columns.append(f"one for each class, named exactly as the class is ({classes}): its probability, from 0 to 1")
    tail = [
        "A model without probabilities may send the predicted label instead, in a column named prediction; the audit "
        "then sees less.",
        "In R, data.frame(..., check.names = FALSE) keeps the names of classes.",
    ]
    body = "\n\n".join(fill(part, 80) for part in parts)
    table = "\n".join(fill(f"- {column}", 80, subsequent_indent="  ") for column in columns)
    return f"{body}\n\n{table}\n\n" + "\n\n".join(fill(part, 80) for part in tail) + "\n"
