"""Audits with and without canaries of the same models, on real rows.

Digits (is it 5 or more?) and, with SKLEARN_BLIA_DATA, 8,000 rows of Census without repeated ones. A half is trained on,
a quarter of it canaries; of each model the canary audit with the threshold and the residual attack, and the
observational audit of the training rows that are no canaries beside the other half, with the default proxy. Three
plants of each: means of ratios, medians of bounds, and how many of three verdicts are memorization. Fails if the
forest is not found by both on all plants. Writes results/observational_real.csv. Takes about ten minutes:

    SKLEARN_BLIA_DATA=... python benchmarks/observational_real.py
"""

import os
import sys

import numpy as np
from _results import write
from shadow_attacks import MODELS
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from sklearn_blia import ObservationalAudit, ResidualAttack, ThresholdAttack, plant_canaries
from sklearn_blia.datasets import fetch_census, make_census_preprocessor

N_PLANTS = 3
ATTACKS = {"threshold": ThresholdAttack(), "residual": ResidualAttack()}


def one_plant(model, X, y, seed):
    """Both audits of one model."""
    order = np.random.RandomState(seed).permutation(len(y))
    rows, out = np.split(order, [len(y) // 2])
    X_train, y_train = _safe_indexing(X, rows), y[rows]
    plan = plant_canaries(X_train, y_train, attacks=ATTACKS, n_canaries=len(rows) // 4, random_state=seed)
    fitted = clone(model).fit(X_train, plan.labels)
    cell = plan.score(fitted).cells[0]
    others = np.setdiff1d(np.arange(len(rows)), plan.canaries.rows)
    report = ObservationalAudit(random_state=seed).fit(
        fitted, _safe_indexing(X_train, others), y_train[others], _safe_indexing(X, out), y[out]
    ).report_  # fmt: skip
    found = {name: one.private for name, one in cell.attacks.items()}
    return {
        "n_canaries": len(plan.canaries),
        "threshold_success_ratio": found["threshold"].success_ratio,
        "residual_success_ratio": found["residual"].success_ratio,
        "canary_epsilon_bound": cell.bound,
        "canary_found": min(one.joint_p_values["private"] for one in cell.attacks.values()) < 0.05,
        "n_rows": report.training.n_rows,
        "named": report.training.n_hits / report.training.n_rows,
        "expected": report.training.expected_hits / report.training.n_rows,
        "epsilon_plus_gamma": report.training.epsilon_plus_gamma,
        "gamma_held_out": report.gamma.estimate,
        "bound_held_out": report.held_out.epsilon_plus_gamma,
        "observational_found": report.memorized is True,
        "auc": report.auc,
    }


def row_of(data, name, model, X, y):
    found = [one_plant(model, X, y, seed) for seed in range(N_PLANTS)]
    row = {"data": data, "model": name}
    for key in found[0]:
        values = [one[key] for one in found]
        if key.endswith("found"):
            row[key] = f"{sum(values)} of {N_PLANTS}"
        else:
            row[key] = float(np.median(values)) if "bound" in key or "gamma" in key else float(np.mean(values))
    print(row, flush=True)
    return row


def main():
    names = [name for name in MODELS if "neighbours" not in name]
    X, y = load_digits(return_X_y=True)
    rows = [row_of("digits", name, make_pipeline(StandardScaler(), MODELS[name]), X, (y >= 5) * 1) for name in names]
    if "SKLEARN_BLIA_DATA" not in os.environ:
        sys.exit("SKLEARN_BLIA_DATA is not set: no Census, nothing written")
    X, y = fetch_census(data_home=os.environ["SKLEARN_BLIA_DATA"], return_X_y=True, as_frame=True)
    X = X.drop_duplicates()
    some = np.random.RandomState(0).permutation(len(X))[:8000]
    X, y = X.iloc[some], np.asarray(y.loc[X.index])[some]
    for name in names:
        rows.append(row_of("census", name, make_pipeline(make_census_preprocessor(), MODELS[name]), X, y))
    write("observational_real.csv", rows)
    forests = [row for row in rows if row["model"] == "random forest"]
    if any(row["canary_found"] != "3 of 3" or row["observational_found"] != "3 of 3" for row in forests):
        sys.exit("a forest was not found")


if __name__ == "__main__":
    main()
