"""Defences of labels side by side: what they promise, what an audit finds, how accurate they leave a model, how long.

Census (8,000 rows, logistic regression), scikit-learn's digits (ten classes, 1,347 rows, logistic regression) and
Fashion-MNIST (ten classes, 6,000 rows, 50 principal components, logistic regression); DP-SGD trains a perceptron, and
randomized response under the same perceptron stands beside it. Each defence at five budgets, five repeats with the same
splits, canaries and coins. Attacks: the paper's, around each canary, reference, and label-LiRA with four shadows. Needs
the Census and Fashion-MNIST files in the folder that SKLEARN_BLIA_DATA names; an argument names a folder to go on from.

Fails if with ten classes LP-2ST is less accurate than randomized response (LP-1ST) at epsilon 1 and 2, if ALIBI is less
accurate at epsilon .5 and 1 with ten classes, each beyond three standard errors of the paired difference, if a claim is
refuted (there are 90; reports correct for their own), or if a success ratio is above its cap by more than four standard
errors. Writes results/defences.csv and defences.png. Takes about twenty minutes on two cores.
"""

import sys

import numpy as np
from _results import FOLDER, write
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklearn_blia import (
    DeltaMarginAttack,
    LabelAudit,
    LabelLiRAAttack,
    NeighborhoodAttack,
    RandomizedResponse,
    ReferenceAttack,
    ThresholdAttack,
    make_label_pipeline,
)
from sklearn_blia.datasets import fetch_census, fetch_fashion_mnist, make_census_preprocessor
from sklearn_blia.defences import DPSGDClassifier, PATEClassifier, defend
from sklearn_blia.neural import SequentialClassifier
from sklearn_blia.report import ComparisonDisplay

EPSILONS = [0.5, 1, 2, 4, 8]
ATTACKS = {
    "threshold": ThresholdAttack(),
    "delta-margin": DeltaMarginAttack(),
    "neighborhood": NeighborhoodAttack(8),
    "reference": ReferenceAttack(),
    "label-LiRA (4 shadows)": LabelLiRAAttack(4),
}


def some(X, y, n):
    rows = np.random.RandomState(0).permutation(len(y))[:n]
    return (X.iloc[rows] if hasattr(X, "iloc") else X[rows]), np.asarray(y)[rows]


def data_sets():
    """Rows, labels, what comes before a classifier, and the logistic regression that is defended."""
    frame, y = fetch_census(return_X_y=True, as_frame=True)
    yield "census", *some(frame, y, 10_667), make_census_preprocessor(), LogisticRegression(C=0.1, max_iter=200)
    X, y = load_digits(return_X_y=True)
    yield "digits", X, y, MinMaxScaler(), LogisticRegression(C=0.1, max_iter=200)
    images = fetch_fashion_mnist(binary=None)
    X, y = some(images.images.reshape(len(images.target), -1) / 255.0, images.target, 8000)
    front = make_pipeline(PCA(50, random_state=0), StandardScaler())
    yield "fashion-mnist", front.fit_transform(X).astype(np.float32), y, None, LogisticRegression(C=0.01, max_iter=100)


def defences(data, front, model, n):
    whole = model if front is None else make_pipeline(front, model)
    found = defend(whole, ["randomized-response", "lp-2st", "alibi"])
    # Teachers need rows and have to outnumber the noise; with ten classes they agree less.
    found["pate"] = PATEClassifier(whole, n_teachers=n // 40, n_answers=50, threshold=0.5 if data == "census" else 0.3)
    net = SequentialClassifier((64,), max_epochs=10, batch_size=256, lr=0.005, device="cpu")
    whole_net = net if front is None else make_pipeline(front, net)
    found["dp-sgd"] = DPSGDClassifier(whole_net)
    found["randomized-response (perceptron)"] = make_label_pipeline(RandomizedResponse(), whole_net)
    return found


def rows_of(data, audit):
    rows = []
    for cell in audit.report_.cells:
        tests = [one.private for one in cell.attacks.values() if not one.private.reads_labels]
        best = max(tests, key=lambda test: test.success_ratio, default=None)
        accuracy = cell.test_accuracies[np.isfinite(cell.test_accuracies)]
        error = accuracy.std(ddof=1) / np.sqrt(len(accuracy)) if len(accuracy) > 1 else np.nan
        rows.append({
            "data": data, "defence": cell.model, "epsilon": cell.epsilon, "n_repeats": len(accuracy),
            "clean_accuracy": accuracy.mean() if len(accuracy) else np.nan, "standard_error": error,
            "success_ratio": best.success_ratio if best else np.nan, "n_canaries": best.n_canaries if best else 0,
            "cap": cell.cap,
            "epsilon_lower_bound": cell.bound, "refuted": cell.refuted, "cap_kept": not cell.findings.mechanism_refuted,
            "seconds": float(np.nanmedian(cell.seconds)) if len(accuracy) else np.nan,
            "accuracies": " ".join(f"{value:.4f}" for value in cell.test_accuracies),
        })  # fmt: skip
        print(rows[-1], flush=True)
    return rows


def check(rows):
    wrong = []
    by = {(row["data"], row["defence"], row["epsilon"]): row for row in rows}
    for data in ("digits", "fashion-mnist"):
        for name, epsilons in (("lp-2st", (1, 2)), ("alibi", (0.5, 1))):
            for epsilon in epsilons:
                ours, plain = (by[data, one, epsilon]["accuracies"].split() for one in (name, "randomized-response"))
                gain = np.array(ours, float) - np.array(plain, float)
                if gain.mean() < -3 * gain.std(ddof=1) / np.sqrt(len(gain)):
                    wrong.append(f"{data}: {name} is {gain.mean():+.3f} at epsilon = {epsilon}")
    for row in rows:
        if row["n_repeats"] < 5:
            wrong.append(f"{row['data']}, {row['defence']}, {row['epsilon']}: {row['n_repeats']} fits only")
            continue
        error = np.sqrt(row["cap"] * (1 - row["cap"]) / row["n_canaries"])
        if row["refuted"] or not row["cap_kept"] or row["success_ratio"] > row["cap"] + 4 * error:
            wrong.append(f"{row['data']}, {row['defence']}, {row['epsilon']}: {row['success_ratio']:.3f} > cap?")
    return wrong


def draw(rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(row["data"] for row in rows))
    figure, axes = plt.subplots(2, len(names), figsize=(12, 7.5), layout="constrained")
    for number, name in enumerate(names):
        own = [
            {
                "model": row["defence"], "epsilon": row["epsilon"], "clean_accuracy": row["clean_accuracy"],
                "clean_accuracy_error": row["standard_error"], "epsilon_lower_bound": row["epsilon_lower_bound"],
                "claim_refuted": row["refuted"], "cap_kept": row["cap_kept"],
            }
            for row in rows if row["data"] == name
        ]  # fmt: skip
        for ax, quantity in zip(axes[:, number], ("accuracy", "bound"), strict=True):
            ComparisonDisplay(own).plot(quantity=quantity, ax=ax)
            if (quantity, number) != ("bound", 1):
                ax.get_legend().remove()
        axes[0, number].set_title(name)
    figure.savefig(FOLDER / "defences.png", dpi=110)


def main():
    rows = []
    for data, X, y, front, model in data_sets():
        audit = LabelAudit(
            defences(data, front, model, int(0.75 * len(y))), mechanism=None, epsilons=EPSILONS, n_repeats=5,
            attacks=ATTACKS, random_state=0, n_jobs=2, verbose=1, cache_dir=sys.argv[1] if sys.argv[1:] else None,
        )  # fmt: skip
        rows += rows_of(data, audit.fit(X, y))
    write("defences.csv", rows)
    draw(rows)
    sys.exit("\n".join(check(rows)) or 0)


if __name__ == "__main__":
    main()
