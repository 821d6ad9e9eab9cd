"""The paper's Figure 2: its accuracies and success ratios, hollow, and ours with intervals."""

from numbers import Integral

import numpy as np

from ..metrics import attack_cap
from ._benchmarks import BENCHMARKS
from ._tables import title_of

_ATTACKS = {"threshold (fixed)": "o", "delta-margin (oracle)": "D", "label-LiRA": "^"}
_READS_LABELS, _NOT_IN_THE_PAPER = "delta-margin (oracle)", "label-LiRA"


def draw_figure_2(rows, *, n_columns=2):
    """Draw the paper's Figure 2 again, a panel for each benchmark.

    Parameters
    ----------
    rows : list of dict
        Of `PaperResult.rows`, `read_results` or `rows_not_run`, of one benchmark or several.
    n_columns : int, default=2
        Panels side by side; 1 for a narrow screen.

    Returns
    -------
    matplotlib.figure.Figure
        Accuracies and success ratios over epsilon.

    Raises
    ------
    ImportError
        Without matplotlib (extra ``plot``).
    ValueError
        If there are no rows, or no column.
    """
    if not isinstance(n_columns, Integral) or n_columns < 1:
        raise ValueError(f"n_columns must be a whole number of at least 1, got {n_columns!r}.")
    names = [name for name in BENCHMARKS if any(row["benchmark"] == name for row in rows)]
    if not names:
        raise ValueError("rows holds no row of a benchmark of the paper.")
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need matplotlib: pip install 'sklearn-blia[plot]'.") from error
    n_columns = min(n_columns, len(names))
    n_rows = -(-len(names) // n_columns)
    size = (5.5 * n_columns, 3.2 * n_rows + 1)
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, layout="constrained", squeeze=False)
    for ax, name in zip(axes.flat, names, strict=False):
        _draw_panel(ax, [row for row in rows if row["benchmark"] == name])
    for ax in axes.flat[len(names) :]:
        ax.axis("off")
    handles = {label: handle for ax in axes.flat for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    where = "outside lower center"
    figure.legend(handles.values(), handles, loc=where, ncols=n_columns + 1, fontsize="small", frameon=False)
    return figure


def _draw_panel(ax, rows):
    from matplotlib.ticker import PercentFormatter

    order = sorted({row["epsilon"] for row in rows})
    caps, places = [attack_cap(e) if np.isfinite(e) else 1.0 for e in order], np.arange(len(order))
    ax.hlines(caps, places - 0.35, places + 0.35, ls="--", color="0.4", lw=1, label="cap of label-blind attacks")
    ax.axhline(0.5, color="0.7", lw=1, ls=":", label="chance of label-blind attacks")
    for number, (attack, marker) in enumerate(_ATTACKS.items()):
        of = {row["epsilon"]: row for row in rows if row["attack"] == attack}
        at = [order.index(e) + 0.15 * number - 0.15 for e in of]
        _draw_attack(ax, attack, at, list(of.values()), {"color": f"C{number}"}, marker)
    _draw_accuracy(ax, order, {row["epsilon"]: row for row in rows})
    ax.set_xticks(places, ["∞" if np.isinf(e) else f"{e:g}" for e in order])
    ax.set_title(title_of(rows[0]), fontsize="small")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set(xlabel="epsilon", ylim=(0.4, 1.03))


def _draw_attack(ax, attack, at, rows, color, marker):
    if attack != _NOT_IN_THE_PAPER:
        paper = [row["paper_success_ratio"] for row in rows]
        ax.plot(at, paper, marker, mfc="none", label=f"{attack}: paper", **color)
    if not rows or rows[0]["status"] != "run":
        return
    ratio, low, high = (_numbers(rows, f"private_{name}") for name in ("success_ratio", "low", "high"))
    ends = [ratio - low, high - ratio]
    ax.errorbar(at, ratio, ends, fmt=marker, ms=4, capsize=2, label=f"{attack}: ours, private labels", **color)
    if attack == _READS_LABELS:
        ax.plot(at, _numbers(rows, "private_chance"), "_", ms=10, label="its exact chance level", **color)


def _draw_accuracy(ax, order, rows):
    at = [order.index(epsilon) for epsilon in rows]
    paper = [row["paper_train_accuracy"] for row in rows.values()]
    ax.plot(at, paper, "s", mfc="none", color="black", label="train accuracy: paper")
    if next(iter(rows.values()))["status"] == "run":
        ours = _numbers(rows.values(), "train_accuracy")
        ax.plot(at, ours, "s-", ms=4, color="black", label="train accuracy: ours")


def _numbers(rows, name):
    """Numbers of rows; NaN where all fits failed."""
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=float)
