"""(e) Capacity and length of training: one dial of each kind of model, turned from end to end."""

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from . import data, pictures, tables
from .audits import audit, network, rows_of, scaled

DIALS = {
    "tree: depth": ((1, 2, 4, 8, 16, 32), lambda v: DecisionTreeClassifier(max_depth=v)),
    "forest: rows in a leaf": ((1, 2, 5, 10, 50, 200), lambda v: RandomForestClassifier(100, min_samples_leaf=v)),
    "boosting: iterations": (
        (10, 30, 100, 300),
        lambda v: HistGradientBoostingClassifier(max_iter=v, early_stopping=False),
    ),
    "neighbors: k": ((1, 3, 10, 30, 100, 300), lambda v: scaled(KNeighborsClassifier(v))),
    "network: epochs": ((1, 3, 10, 30, 100), lambda v: network(max_epochs=v)),
    "network: width": ((4, 16, 64, 256), lambda v: network((v, v))),
    "logistic regression: C": (
        (1e-4, 1e-2, 1.0, 1e2, 1e4),
        lambda v: scaled(LogisticRegression(C=v, max_iter=300)),
    ),
}


def run():
    for name, (X, y) in {"simulated": data.simulated(4000), "Census": data.census(6000)}.items():
        for dial, (values, make) in DIALS.items():
            models = {f"{dial} = {value:g}": make(value) for value in values}
            for row, value in zip(rows_of({"data": name, "dial": dial}, audit(models, X, y)), values, strict=True):
                yield row | {"value": value}


def draw(frame, path):
    figure, axes = pictures.panels([""] * 4, n_rows=2)
    figure.set_size_inches(11, 5.8)
    for ax, dial in zip(axes.flat, DIALS, strict=False):
        ax.set_title(dial, fontsize="medium")
        one = frame[frame["dial"] == dial]
        pictures.lines(ax, one, "value", by="data", names=["simulated", "Census"], log=True)
        for name, color in (("simulated", "C0"), ("Census", "C1")):
            of = one[one["data"] == name].sort_values("value")
            ax.plot(of["value"], of["clean_accuracy"], color=color, lw=1, ls="--", label=f"{name}: clean accuracy")
    axes.flat[-1].axis("off")
    axes[1][0].set_ylabel("labels inferred beyond chance")
    pictures.finish(figure, path, legend_of=axes[0][0], n_columns=4)


def table(frame):
    def cell(row):
        return f"{tables.with_interval(row)}; {100 * row['clean_accuracy']:.1f}"

    return tables.pivot(frame, "model", "data", titles="dial", cell=cell)
