"""(c) How many classes: 2 to 100 of the same simulated kind, and images with coarser and finer labels."""

from . import data, pictures, tables
from .audits import audit, rows_of, usual_models

NUMBERS = (2, 5, 10, 20, 50, 100)


def some_models():
    models = usual_models()
    models.pop("gradient boosting")  # a tree for every class and round: hours for a hundred classes
    return models


def run():
    for n_classes in NUMBERS:
        X, y = data.simulated(8000, n_classes, n_clusters_per_class=1, class_sep=1.5)
        found = audit(some_models(), X, y, n_canaries=400)
        yield from rows_of({"data": "simulated", "n_classes": n_classes}, found)
    X, y = data.fashion(6000)
    for n_classes, labels in ((2, y % 2), (5, y // 2), (10, y)):
        yield from rows_of(
            {"data": "Fashion-MNIST", "n_classes": n_classes}, audit(some_models(), X, labels, n_canaries=400)
        )


def draw(frame, path):
    titles = ["simulated", "Fashion-MNIST, labels put together"]
    ticks = {number: str(number) for number in NUMBERS}
    names = ("simulated", "Fashion-MNIST")
    pictures.two_rows(frame, "n_classes", names, path, label="classes", ticks=ticks, titles=titles)


def table(frame):
    frame = frame.assign(key=frame["data"] + ", " + frame["n_classes"].astype(str))
    return tables.pivot(frame, "key", "model", titles="data, classes", cell=tables.with_outputs)
