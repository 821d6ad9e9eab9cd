"""How the studies draw: one panel a data set, one line a model, intervals of other trainings."""

import matplotlib.pyplot as plt
from matplotlib.ticker import PercentFormatter

MARKERS = "osD^vPX*"
# Each model has one colour in all studies.
MODELS = ("logistic regression", "random forest", "gradient boosting", "neural network", "5 nearest neighbors")


def panels(titles, *, sharey=True, n_rows=1):
    """A figure with a panel for each title; axes by row where there are several rows."""
    width = max(5.0, 4.3 * len(titles))
    figure, axes = plt.subplots(n_rows, len(titles), figsize=(width, 3.6), sharey=sharey, squeeze=False,
                                layout="constrained")  # fmt: skip
    for ax in axes.flat:
        ax.grid(axis="y", color="0.9")
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize="medium")
    return figure, axes[0] if n_rows == 1 else axes


def turn_names(ax):
    """Names below the axis at a slant."""
    ax.tick_params(axis="x", rotation=60)
    for label in ax.get_xticklabels():
        label.set_ha("right")
        label.set_rotation_mode("anchor")


def lines(ax, frame, x, by="model", *, names=None, log=False, y="memorization"):
    """One line for each model, with its interval."""
    for place, name in enumerate(names or MODELS):
        one = frame[frame[by] == name].sort_values(x)
        if not len(one):
            continue
        ax.plot(one[x], one[y], marker=MARKERS[place % 8], ms=4, lw=1.4, color=f"C{place}", label=name)
        if y == "memorization":
            low, high = one["low"].clip(-0.05, 1), one["high"].clip(-0.05, 1)
            ax.fill_between(one[x], low, high, color=f"C{place}", alpha=0.12, lw=0)
    if log:
        ax.set_xscale("log")
    if y == "memorization":
        scores(ax)


def points(ax, x, frame, place, label):
    """One mark for each row, with its interval."""
    y, low, high = frame["memorization"], frame["low"].clip(-0.05, 1), frame["high"].clip(-0.05, 1)
    ax.errorbar(
        x, y, yerr=[y - low, high - y], fmt=MARKERS[place], color=f"C{place}", ms=5, elinewidth=0.8, label=label
    )


def trade_off(ax, frame, accuracy):
    """Accuracy over memorization, one mark for each remedy; black is the model without one."""
    for place, row in enumerate(frame.itertuples()):
        ends = [[row.memorization - max(-0.05, row.low)], [min(1, row.high) - row.memorization]]
        color, marker = "black" if place == 0 else f"C{place}", MARKERS[place % 8]
        height = 100 * getattr(row, accuracy)
        ax.errorbar(row.memorization, height, xerr=ends, fmt=marker, color=color, ms=6, elinewidth=0.8,
                    label=row.remedy)  # fmt: skip
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel("labels inferred beyond chance")


def scores(ax):
    ax.axhline(0, color="0.4", lw=1, ls=":")
    ax.set_ylim(-0.06, 1.04)
    ax.yaxis.set_major_formatter(PercentFormatter(1))


def two_rows(frame, x, names, path, *, label, log=True, ticks=None, titles=None):
    """A panel for each data set: above by the attack that compares with shadows, below by outputs alone."""
    figure, axes = panels(titles or list(names), n_rows=2)
    figure.set_size_inches(max(6.0, 4.6 * len(names)), 6.2)
    for row, measure in zip(axes, ("memorization", "by_threshold"), strict=True):
        for ax, name in zip(row, names, strict=True):
            one = frame[frame["data"] == name]
            lines(ax, one, x, log=log, y=measure)
            scores(ax)
            if ticks is not None:
                shown = {value: text for value, text in ticks.items() if value in set(one[x])}
                ax.set_xticks(list(shown), list(shown.values()))
                ax.minorticks_off()
            ax.set_xlabel(label if measure == "by_threshold" else "")
    axes[1][0].set_ylabel("the same by outputs alone")
    finish(figure, path, legend_of=axes[0][0], n_columns=5)


def finish(figure, path, *, legend_of=None, n_columns=3, label="labels inferred beyond chance"):
    figure.axes[0].set_ylabel(label)
    if legend_of is not None:
        handles, names = legend_of.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=n_columns, frameon=False, fontsize="small")
    figure.savefig(path, dpi=110)
    plt.close(figure)
