"""(a) How many rows: the same kinds of model on 500 to 100,000 rows."""

from . import data, pictures, tables
from .audits import audit, repeats_for, rows_of, usual_models

SIZES = {"simulated": (500, 2000, 10_000, 40_000, 100_000), "Census": (500, 2000, 10_000, 36_000)}


def run():
    for name, sizes in SIZES.items():
        for n_train in sizes:
            n_rows = -(-n_train * 4 // 3)
            X, y = data.simulated(n_rows) if name == "simulated" else data.census(n_rows)
            n_canaries = min(500, n_train // 20)
            models = usual_models()
            if n_train > 50_000:
                models.pop("5 nearest neighbors")  # every prediction looks at all rows
            repeats = repeats_for(n_canaries)
            found = audit(models, X, y, n_canaries=n_canaries, n_repeats=repeats)
            yield from rows_of({"data": name, "n": n_train}, found)


def draw(frame, path):
    pictures.two_rows(frame, "n", SIZES, path, label="training rows")


def table(frame):
    frame = frame.assign(key=frame["data"] + ", " + frame["n"].map("{:,}".format))
    return tables.pivot(frame, "key", "model", titles="data, training rows", cell=tables.with_outputs)
