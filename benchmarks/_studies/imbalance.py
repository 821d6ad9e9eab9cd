"""(b) Imbalance: the rare class is 50 to 1 % of the rows; canaries in equal numbers from both."""

from sklearn_blia.canaries import StratifiedFlipper
from sklearn_blia.metrics import memorization_test

from . import data, pictures, tables
from .audits import audit, by_natural_label, usual_models

SHARES = (0.5, 0.2, 0.05, 0.01)
N_ROWS, N_CANARIES, N_REPEATS = 10_667, 40, 15


def run():
    for share in SHARES:
        X, y = data.simulated(N_ROWS, weights=[1 - share, share], flip_y=0.0)
        found = audit(usual_models(), X, y, planter=StratifiedFlipper(n_canaries=N_CANARIES), n_repeats=N_REPEATS)
        for model in found.report_.settings.models:
            cell = next(cell for cell in found.report_.cells if cell.model == model)
            weak = by_natural_label(found, model, "threshold")
            for label, (right, n) in by_natural_label(found, model).iterrows():
                low, high = memorization_test(int(right), int(n)).confidence_interval
                yield {
                    "rare_share": share,
                    "natural_label": "rare" if label == 1 else "common",
                    "model": model,
                    "n_train": found.report_.settings.n_train,
                    "n_repeats": N_REPEATS,
                    "n_coins": int(n),
                    "memorization": 2 * right / n - 1,
                    "low": 2 * low - 1,
                    "high": 2 * high - 1,
                    "by_threshold": 2 * weak.loc[label, "sum"] / n - 1,
                    "clean_accuracy": cell.mean("test_accuracies"),
                    "train_accuracy": cell.mean("train_accuracies"),
                }


def draw(frame, path):
    titles = {
        ("rare", "memorization"): "rare class",
        ("common", "memorization"): "common class",
        ("rare", "by_threshold"): "rare class, by outputs alone",
        ("common", "by_threshold"): "common class, by outputs alone",
    }
    figure, axes = pictures.panels(list(titles.values()))
    figure.set_size_inches(13, 3.8)
    for ax, (label, measure) in zip(axes, titles, strict=True):
        pictures.lines(ax, frame[frame["natural_label"] == label], "rare_share", log=True, y=measure)
        pictures.scores(ax)
        ax.set_xticks(SHARES, [f"{100 * share:g} %" for share in SHARES])
        ax.minorticks_off()
        ax.set_xlabel("share of the rare class")
    pictures.finish(figure, path, legend_of=axes[0], n_columns=5)


def table(frame):
    frame = frame.assign(key=frame["rare_share"].map("{:.0%}".format) + ", " + frame["natural_label"])

    return tables.pivot(frame, "key", "model", titles="rare share, canaries of the class", cell=tables.with_outputs)
