"""The threshold attack on private labels by either mechanism, beside the paper's, for each benchmark."""

import matplotlib.pyplot as plt
import numpy as np
from _against_the_paper import ATTACKS, cell_of, has_figure
from matplotlib.ticker import PercentFormatter

from sklearn_blia.paper import EPSILONS, title_of

KINDS = {"correct": ("C0", "o", -0.12), "half-rate": ("C1", "s", 0.12)}
ORDER = sorted(epsilon for epsilon in EPSILONS if np.isfinite(epsilon))


def draw_mechanisms(rows, mistaken, names):
    """A panel for each benchmark: ours with 95 % intervals, and what a network that stores every label would show."""
    figure, axes = plt.subplots(len(names), 1, figsize=(5.5, 3 * len(names) + 0.8), layout="constrained", squeeze=False)
    for ax, name in zip(axes.flat, names, strict=True):
        paper = [row for row in rows if cell_of(row)[:2] == (name, ATTACKS["threshold"])]
        for (kind, look), group in zip(KINDS.items(), (rows, mistaken), strict=True):
            cells = [row for row in group if cell_of(row)[:2] == (name, ATTACKS["threshold"]) and has_figure(row)]
            draw_kind(ax, kind, look, [cell for cell in cells if cell["epsilon"] in ORDER])
        at = {row["epsilon"]: row["paper_success_ratio"] for row in paper}
        ax.plot(range(len(ORDER)), [at[e] for e in ORDER], "D", mfc="none", color="black", label="the paper")
        ax.axhline(0.5, color="0.7", lw=1, ls=":")
        ax.set_xticks(range(len(ORDER)), [f"{epsilon:g}" for epsilon in ORDER])
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_title(title_of(paper[0]), fontsize="small")
        ax.set(xlabel="epsilon claimed", ylabel="private labels inferred", ylim=(0.45, 1.03))
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small", frameon=False)
    return figure


def draw_kind(ax, kind, look, cells):
    color, marker, shift = look
    places = np.array([ORDER.index(cell["epsilon"]) for cell in cells])
    caps = [cell["cap"] for cell in cells]
    ax.hlines(
        caps, places - 0.35, places + 0.35, ls="--", lw=1, color=color, label=f"labels that {kind} response keeps"
    )
    ratio, low, high = (
        np.array([cell[f"private_{name}"] for cell in cells]) for name in ("success_ratio", "low", "high")
    )
    ax.errorbar(places + shift, ratio, [ratio - low, high - ratio], fmt=marker, ms=4, capsize=2, color=color,
                label=f"ours, {kind} response")  # fmt: skip
