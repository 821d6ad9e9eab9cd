"""From a dictionary of plain values to HTML: the one page that every kind of report is shown on."""

from functools import cache


def render(page, *, whole):
    """Render a page as HTML.

    Parameters
    ----------
    page : dict
        What is shown: ``question``, ``title``, ``cells`` with a verdict and ``sections`` each, ``facts``, ``method``,
        ``reading``, ``limits``, ``advice`` and what is optional: ``summary``, ``notes``, ``overview``, ``comparison``,
        ``secrets``.
    whole : bool
        A page by itself; else a part of one, for notebooks.

    Returns
    -------
    str
        HTML without outside assets; everything that comes from the user is escaped.
    """
    name = "page.html.jinja" if whole else "report.html.jinja"
    return _environment().get_template(name).render(**page)


@cache
def _environment():
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sklearn_blia.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def section(chart, table, heading=None, notes=()):
    """Gather what belongs together under one heading."""
    return {"chart": chart, "table": table, "heading": heading, "notes": list(notes)}


def bar(name, ratio, interval, chance, cap=None):
    """Gather what one bar of a chart shows."""
    return {"name": name, "ratio": ratio, "low": interval[0], "high": interval[1], "chance": chance, "cap": cap}


def draw(rows, first, title, cap=None, *, expected="chance"):
    """Draw bars on an axis from `first` to 1, in hundredths of its length.

    Parameters
    ----------
    rows : list of dict
        Of `bar`.
    first : float
        Where the axis begins.
    title : str
        What is shown.
    cap : float, default=None
        One cap for all bars.
    expected : str, default="chance"
        What the dotted line is.

    Returns
    -------
    dict
        For the macro ``chart``.
    """
    ticks = [first + step * (1 - first) / 4 for step in range(5)]

    def at(value):
        return None if value is None else round(100 * (value - first) / (1 - first), 2)

    places = ("ratio", "low", "high", "chance", "cap")
    return {
        "title": title,
        "expected": expected,
        "ticks": [f"{100 * tick:.0f} %" for tick in ticks],
        "has_caps": cap is not None or any(row["cap"] is not None for row in rows),
        "rows": [
            row
            | {"text": percent(row["ratio"]), "interval": f"{percent(row['low'])} to {percent(row['high'])}"}
            | {f"x_{place}": at(cap if place == "cap" and cap is not None else row[place]) for place in places}
            for row in rows
        ],
    }


def percent(ratio):
    """Write a share as a percentage with one decimal."""
    return f"{100 * ratio:.1f} %"
