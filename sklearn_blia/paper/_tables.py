"""The paper's tables, its figures and ours side by side, as Markdown."""

from ..report import p_value_text
from ._benchmarks import BENCHMARKS, EPSILONS
from ._run import LIRA, figures_of, n_canaries

THRESHOLD, ORACLE = "threshold (fixed)", "delta-margin (oracle)"
# The paper's numbering; Devign stands where Big-Vul does.
TABLES = {"cifar100": 3, "census": 4, "imdb": 5, "fashion_mnist": 6, "cifar10": 7, "big_vul": 8, "devign": 8}
_HEAD = ["epsilon", "train: paper", "train: ours", "clean", "cap"]
_HEAD += ["threshold: paper", "threshold: ours, private", "threshold: ours, released"]
_HEAD += ["delta-margin: paper", "delta-margin: ours", "its chance", "its p", "LiRA, private"]

_LEGEND = """train: accuracy on the released labels that the network was trained on; clean: on held-out rows with
natural labels. Our success ratios are against private labels (before randomized response; the paper's y') or released
ones (behind it), with 95 % intervals. cap: no attack on private labels that does not read labels exceeds it on average.
delta-margin: the published one, on oracle losses, which reads the label that it infers; against private labels, with
its exact chance level and p-value. LiRA: the likelihood-ratio attack with shadow models, which the paper does not
have."""


def rows_not_run(name, size="reduced"):
    """Return rows for a benchmark that was not run: the paper's figures alone, marked so.

    Parameters
    ----------
    name : str
        In `BENCHMARKS`.
    size : {"full", "reduced"}, default="reduced"
        The size that was not run.

    Returns
    -------
    list of dict
        Two rows for each budget, with "status" "not run".
    """
    benchmark = BENCHMARKS[name]
    head = {"benchmark": name, "size": size, "note": "", "status": "not run", "network": benchmark.network}
    return [
        head | {"epsilon": epsilon, "attack": attack} | figures_of(benchmark.figures, epsilon, attack)
        for epsilon in EPSILONS
        for attack in (THRESHOLD, ORACLE)
    ]


def format_tables(rows):
    """Lay out Tables 1 to 8 of the paper, with our figures beside its own.

    Parameters
    ----------
    rows : list of dict
        Of `PaperResult.rows` and `rows_not_run`, of any benchmarks.

    Returns
    -------
    str
        Markdown. Ratios are fractions, ours with 95 % intervals; a dash where the paper has no figure, or we have
        none.
    """
    names = [name for name in BENCHMARKS if any(row["benchmark"] == name for row in rows)]
    of = {name: _by_cell([row for row in rows if row["benchmark"] == name]) for name in names}
    parts = [_table_1(of), _table_2(of)]
    for name in sorted(names, key=TABLES.__getitem__):
        lines = [[f"{epsilon:g}", *_cell(attacks)] for epsilon, attacks in of[name].items()]
        parts.append(markdown_table(f"Table {TABLES[name]}: {title_of(_any(of[name]))}", _HEAD, lines))
    return "\n\n".join([*parts, _LEGEND]) + "\n"


def title_of(row):
    """Name a benchmark, with what has to be known of its data and size.

    Parameters
    ----------
    row : dict
        One of its rows.

    Returns
    -------
    str
        The data, in brackets the note and the size or "not run".
    """
    said = row["size"] + " size" if row["status"] == "run" else row["status"]
    note = " ".join(row["note"].replace("|", "/").split())
    return f"{BENCHMARKS[row['benchmark']].data} ({note + ', ' if note else ''}{said})"


def _table_1(of):
    head = ["benchmark", "task", "network", "training rows", "canaries of a fit", "repeats", "failed fits"]
    head += ["parameters"]
    lines = []
    for name, cells in of.items():
        row, benchmark = _any(cells), BENCHMARKS[name]
        ran = row["status"] == "run"
        sizes = ["-"] * 5
        if ran:
            failed = sum(next(iter(attacks.values()))["n_failed"] for attacks in cells.values())
            sizes = [row["n_train"], n_canaries(row["n_train"]), row["n_repeats"], failed, row["parameters"]]
        lines.append([title_of(row), benchmark.task, benchmark.network, *map(str, sizes)])
    return markdown_table("Table 1: benchmarks as run here", head, lines)


def _table_2(of):
    lines = [[title_of(_any(cells)), *_cell(cells[float("inf")])] for cells in of.values() if float("inf") in cells]
    return markdown_table("Table 2: without label privacy", ["benchmark", *_HEAD[1:]], lines)


def _by_cell(rows):
    """Rows by budget, in the paper's order, and by attack."""
    found: dict = {}
    for row in sorted(rows, key=lambda row: -row["epsilon"]):
        found.setdefault(row["epsilon"], {})[row["attack"]] = row
    return found


def _any(cells):
    return next(iter(next(iter(cells.values())).values()))


def _cell(attacks):
    threshold, oracle, lira = (attacks.get(name, {}) for name in (THRESHOLD, ORACLE, LIRA))
    return [
        number_text(threshold, "paper_train_accuracy"),
        number_text(threshold, "train_accuracy"),
        number_text(threshold, "test_accuracy"),
        number_text(threshold, "cap"),
        number_text(threshold, "paper_success_ratio"),
        interval_text(threshold, "private"),
        interval_text(threshold, "released"),
        number_text(oracle, "paper_success_ratio"),
        interval_text(oracle, "private"),
        number_text(oracle, "private_chance"),
        "-" if is_missing(oracle.get("private_p_value")) else p_value_text(oracle["private_p_value"]),
        interval_text(lira, "private"),
    ]


def is_missing(value):
    """Whether there is no figure: the paper has none, or all fits failed."""
    return value is None or value != value


def number_text(row, name):
    """Three digits, or a dash.

    Parameters
    ----------
    row : dict
        One of `PaperResult.rows`.
    name : str
        Of the column.

    Returns
    -------
    str
        The number.
    """
    value = row.get(name)
    return "-" if is_missing(value) else f"{value:.3f}"


def interval_text(row, target):
    """A success ratio with its interval, or a dash.

    Parameters
    ----------
    row : dict
        One of `PaperResult.rows`.
    target : {"private", "released"}
        Labels that it is against.

    Returns
    -------
    str
        The ratio and its interval.
    """
    if is_missing(row.get(f"{target}_success_ratio")):
        return "-"
    ratio, low, high = (row[f"{target}_{name}"] for name in ("success_ratio", "low", "high"))
    return f"{ratio:.3f} [{low:.3f}, {high:.3f}]"


def markdown_table(title, head, lines):
    """Lay out a table, its title above.

    Parameters
    ----------
    title : str or None
        The title, if there is to be one.
    head : list of str
        Names of the columns.
    lines : list of list of str
        Cells.

    Returns
    -------
    str
        Markdown.
    """
    rows = ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *lines]]
    return "\n".join([f"### {title}", "", *rows] if title else rows)
