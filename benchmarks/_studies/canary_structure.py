"""(h) Structured against random canaries, at equal numbers of coins: which reveal most?"""

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from sklearn_blia import CanaryFlipper
from sklearn_blia.canaries import (
    CanaryInserter,
    CanaryRepeater,
    HardRowFlipper,
    OneSidedFlipper,
    SharedCoinFlipper,
    StratifiedFlipper,
)

from . import data, pictures, tables
from .audits import audit, rows_of, usual_models

M = 200


def triples(X):
    """Rows by threes, which have nothing in common but a coin."""
    return np.arange(len(X)) // 3


PLANTERS = {
    "random": CanaryFlipper(n_canaries=M),
    "equal shares of classes": StratifiedFlipper(n_canaries=M),
    "one-sided": OneSidedFlipper(1, 0, n_canaries=M),
    "hard (isolation forest)": HardRowFlipper(n_canaries=M),
    "hard (neighbors)": HardRowFlipper("neighbors", n_canaries=M),
    "inserted": CanaryInserter(n_canaries=M),
    "three rows share a coin": SharedCoinFlipper(triples, n_canaries=M),
    "repeated three times": CanaryRepeater(3, n_canaries=M),
}


def some_models():
    return usual_models() | {"random forest": RandomForestClassifier(100, min_samples_leaf=5)}


def run():
    sets = {"simulated": data.simulated(6000), "Census": data.census(6000), "IMDB": data.imdb(6000),
            "Devign": data.devign(6000)}  # fmt: skip
    for name, (X, y) in sets.items():
        for title, planter in PLANTERS.items():
            models = some_models()
            if name in ("IMDB", "Devign"):
                models = {key: models[key] for key in ("logistic regression", "gradient boosting", "neural network")}
            found = audit(models, X, np.asarray(y, dtype=int), planter=planter)
            bounds = {cell.model: (cell.bound, cell.unit_size) for cell in found.report_.cells}
            for row in rows_of({"data": name, "planter": title}, found):
                bound, size = bounds[row["model"]]
                yield row | {"epsilon_bound_of_a_coin": bound, "labels_of_a_coin": size}


def draw(frame, path):
    """Above by the attack that compares with shadows, below by the model's outputs alone."""
    names = list(dict.fromkeys(frame["data"]))
    figure, axes = pictures.panels(names, n_rows=2)
    figure.set_size_inches(13, 6.6)
    for ax, name in zip(axes[0], names, strict=True):
        draw_one(ax, frame[frame["data"] == name], "memorization")
        ax.set_xticks([])
    for ax, name in zip(axes[1], names, strict=True):
        draw_one(ax, frame[frame["data"] == name], "by_threshold")
        pictures.turn_names(ax)
    axes[1][0].set_ylabel("the same by outputs alone")
    pictures.finish(figure, path, legend_of=axes[0][0], n_columns=5)


def draw_one(ax, frame, measure):
    for place, model in enumerate(usual_models()):
        one = frame[frame["model"] == model]
        if len(one) and measure == "memorization":
            pictures.points(ax, one["planter"], one, place, model)
        elif len(one):
            ax.plot(one["planter"], one[measure], pictures.MARKERS[place], color=f"C{place}", ms=5)
    pictures.scores(ax)


def table(frame):
    frame = frame.assign(key=frame["data"] + ", " + frame["planter"])

    return tables.pivot(frame, "key", "model", titles="data, canaries", cell=tables.with_outputs)
