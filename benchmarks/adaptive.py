"""What coins of canaries guessed before are worth: NeighborCoinsAttack beside the threshold attack.

Handwritten digits (odd or even) and the same rows written twice, with a tenth, half and all of the training rows
planted; five repeats. Success ratios against private labels, whose standard error is that between repeats. Writes
results/adaptive.csv; fails where the adaptive attack is more than three standard errors worse. Takes a minute.
"""

import sys

import numpy as np
from _results import write
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import CanaryFlipper, LabelAudit, NeighborCoinsAttack, ThresholdAttack

MODELS = {
    "5 nearest neighbours": KNeighborsClassifier(),
    "forest, 5 rows a leaf": RandomForestClassifier(min_samples_leaf=5),
    "tree": DecisionTreeClassifier(),
}
ATTACKS = {"threshold": ThresholdAttack(), "neighbour coins": NeighborCoinsAttack()}


def rows_of(data, X, y, share):
    audit = LabelAudit(MODELS, epsilons=[np.inf], n_repeats=5, planter=CanaryFlipper(share), attacks=ATTACKS,
                       random_state=0, n_jobs=2).fit(X, y)  # fmt: skip
    for cell in audit.report_.cells:
        ratios = {name: np.array(cell.attacks[name].between["private"].success_ratios) for name in ATTACKS}
        gain = ratios["neighbour coins"] - ratios["threshold"]
        row = {"data": data, "model": cell.model, "share_planted": share}
        row |= {name: float(ratio.mean()) for name, ratio in ratios.items()}
        yield row | {"gain": float(gain.mean()), "standard_error": float(gain.std(ddof=1) / np.sqrt(len(gain)))}


def main():
    X, y = load_digits(return_X_y=True)
    y = y % 2
    twice = np.repeat(np.arange(len(y)), 2)
    rows = [
        row
        for data, some in (("digits", np.arange(len(y))), ("digits, every row twice", twice))
        for share in (0.1, 0.5, 1.0)
        for row in rows_of(data, X[some], y[some], share)
    ]
    write("adaptive.csv", rows)
    if any(row["gain"] < -3 * row["standard_error"] for row in rows):
        sys.exit("the adaptive attack is worse somewhere")


if __name__ == "__main__":
    main()
