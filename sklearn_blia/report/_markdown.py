"""A page as Markdown."""

import re


def markdown_of(page):
    """Write a page as Markdown.

    Parameters
    ----------
    page : dict
        What `render` takes.

    Returns
    -------
    str
        Plain words first, then tables.
    """
    lines = [f"# {page['question']}", "", _safe(page["title"]), ""]
    for cell in page["cells"]:
        lines += [f"**{cell['status_text']}.** {_safe(cell['headline'])} {_safe(' '.join(cell['details']))}", ""]
    lines += [line for note in page["notes"] for line in (_safe(note), "")]
    lines += ["## Side by side", "", *_table(page["comparison"]), ""] if page["comparison"] else []
    lines += ["## What was measured", ""]
    for cell in page["cells"]:
        lines += [f"### {_safe(cell['model'])}, {_safe(cell['privacy'])}", ""]
        lines += [line for error in cell["errors"] for line in (f"A fit failed: {_safe(error)}", "")]
        lines += [_safe(cell["accuracy"]), ""] if cell["accuracy"] else []
        for part in cell["sections"]:
            lines += [f"#### {_safe(part['heading'])}", ""] if part["heading"] else []
            lines += [*_table(part["table"]), ""]
            lines += [line for note in part["notes"] for line in (_safe(note), "")]
    lines += ["## What was done", "", *_table({"header": ["", ""], "rows": page["facts"]}), ""]
    lines += ["## What to do next", "", *(f"- {_safe(one)}" for one in page["advice"])]
    return "\n".join(lines) + "\n"


def _table(table):
    rows = [table["header"], ["---"] * len(table["header"]), *table["rows"]]
    return ["| " + " | ".join(cell if row is rows[1] else _safe(cell) for cell in row) + " |" for row in rows]


def _safe(text):
    """Text in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>|#&~])", r"\\\1", " ".join(str(text).split()))
