"""(g) Label noise that is there already: natural labels are wrong before any canary is planted."""

import numpy as np

from . import data, pictures, tables
from .audits import audit, rows_of, usual_models

RATES = (0.0, 0.05, 0.1, 0.2, 0.4)


def noisy(y, rate, seed=0):
    """Labels, so many of which are exchanged for a random other class."""
    rng, classes = np.random.default_rng(seed), np.unique(y)
    codes = np.searchsorted(classes, y)
    wrong = rng.random(len(y)) < rate
    return classes[np.where(wrong, (codes + rng.integers(1, len(classes), len(y))) % len(classes), codes)]


def run():
    tables_ = {
        "simulated, classes far apart": data.simulated(6000, flip_y=0.0, class_sep=2.0),
        "digits, ten classes": data.digits(),
    }
    for name, (X, y) in tables_.items():
        models = usual_models()
        if "digits" in name:
            models.pop("gradient boosting")
        for rate in RATES:
            found = audit(models, X, noisy(y, rate), n_canaries=300)
            yield from rows_of({"data": name, "noise": rate}, found)


def draw(frame, path):
    names = list(dict.fromkeys(frame["data"]))
    ticks = {rate: f"{100 * rate:g} %" for rate in RATES}
    pictures.two_rows(frame, "noise", names, path, label="natural labels that are wrong", log=False, ticks=ticks)


def table(frame):
    frame = frame.assign(key=frame["data"] + ", " + frame["noise"].map("{:.0%}".format))
    return tables.pivot(frame, "key", "model", titles="data, wrong natural labels", cell=tables.with_outputs)
