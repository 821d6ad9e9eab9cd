"""(d) The share of canaries, .5 to 50 %: does planting change what is found, and the model?"""

from sklearn_blia import CanaryFlipper

from . import data, pictures, tables
from .audits import audit, repeats_for, rows_of, unplanted, usual_models

SHARES = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5)


def run():
    for name, (X, y) in {"simulated": data.simulated(8000), "Census": data.census(8000)}.items():
        clean = None
        for share in SHARES:
            n_canaries = int(6000 * share)
            n_repeats = min(20, repeats_for(n_canaries, 600))
            found = audit(usual_models(), X, y, planter=CanaryFlipper(share), n_repeats=n_repeats)
            if clean is None:
                clean = {model: unplanted(one, X, y, found) for model, one in usual_models().items()}
            for row in rows_of({"data": name, "share": share}, found):
                accuracy, error = clean[row["model"]]
                yield row | {"clean_accuracy_unplanted": accuracy, "unplanted_error": error}


def draw(frame, path):
    names = ["simulated", "Census"]
    lost = frame.assign(lost=100 * (frame["clean_accuracy_unplanted"] - frame["clean_accuracy"]))
    figure, axes = pictures.panels(names, n_rows=2, sharey="row")
    figure.set_size_inches(9.2, 6.4)
    for ax, name in zip(axes[0], names, strict=True):
        pictures.lines(ax, frame[frame["data"] == name], "share", log=True)
    for ax, name in zip(axes[1], names, strict=True):
        pictures.lines(ax, lost[lost["data"] == name], "share", log=True, y="lost")
        ax.axhline(0, color="0.4", lw=1, ls=":")
        ax.set_xlabel("share of canaries")
    for ax in axes.flat:
        ax.set_xticks(SHARES, [f"{100 * share:g} %" for share in SHARES])
        ax.minorticks_off()
    axes[1][0].set_ylabel("accuracy lost, percentage points")
    pictures.finish(figure, path, legend_of=axes[0][0], n_columns=5)


def table(frame):
    frame = frame.assign(key=frame["data"] + ", " + frame["share"].map("{:.1%}".format))

    def cell(row):
        lost = 100 * (row["clean_accuracy_unplanted"] - row["clean_accuracy"])
        return f"{tables.with_interval(row)}; {tables.change(lost)}"

    return tables.pivot(frame, "key", "model", titles="data, share of canaries", cell=cell)
