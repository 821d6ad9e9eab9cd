"""What an audit of any classifier costs beside its bare fits, on one core and on two.

One model under attack and 16 shadows, behind a scaler, 20,000 rows of 30 columns (of 300 for logistic regression, whose
fit would take no time): seventeen fits. The bare fits are made one after another in one thread, each with the
predictions that an audit needs: of the canaries, of the model under attack of all rows as well. An audit in one job may
take 10 % longer; in two jobs it should take little more than half the time: the efficiency is the bare time over twice
the audit's. The programs run in turn, each model in a process of its own whose libraries have one thread; ratios are
taken turn by turn, and medians reported with the smallest and the largest. Two cores that share one processor's units
can do less than two: the same is measured for a matrix product, in a process on either core. Writes
results/any_classifier.csv. Fails where the median efficiency is below .85 of what these two cores give the product, or
the overhead above .1.
"""

import json
import os
import subprocess
import sys
import time
import warnings

import numpy as np
from _results import write
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import LabelAudit, LabelLiRAAttack

N_ROWS, N_COLUMNS, N_CANARIES, N_SHADOWS, TURNS = 20_000, 30, 500, 16, 2
NAMES = ("random forest", "boosting", "logistic regression", "XGBoost", "LightGBM")


def model_of(name, n_jobs=None):
    if name == "XGBoost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=40)
    if name == "LightGBM":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(n_estimators=50, verbose=-1, n_jobs=n_jobs)
    return {
        "random forest": RandomForestClassifier(8, min_samples_leaf=5),
        "boosting": HistGradientBoostingClassifier(max_iter=50, early_stopping=False),
        "logistic regression": LogisticRegression(C=100, tol=1e-10, max_iter=1000),
    }[name]


def table(name):
    n_columns = 10 * N_COLUMNS if name == "logistic regression" else N_COLUMNS
    return make_classification(N_ROWS, n_columns, n_informative=15, flip_y=0.1, random_state=0)


def bare_fits(model, X, y):
    """Seventeen fits, and what an audit asks of each."""
    rng = np.random.RandomState(0)
    n_train = round(0.75 * N_ROWS)
    for number in range(N_SHADOWS + 1):
        labels = y[:n_train].copy()
        labels[:N_CANARIES] = rng.randint(2, size=N_CANARIES)
        fitted = clone(model).fit(X[:n_train], labels)
        fitted.predict_proba(X[:N_CANARIES])
        if not number:
            fitted.predict(X[:n_train])
            fitted.predict(X[n_train:])


def audit(model, X, y, n_jobs):
    LabelAudit(
        model,
        epsilons=[np.inf],
        n_repeats=1,
        n_canaries=N_CANARIES,
        attacks={"label-LiRA": LabelLiRAAttack(N_SHADOWS)},
        n_jobs=n_jobs,
        random_state=0,
    ).fit(X, y)


def product(seconds_long=0.5):
    """Large matrix products a second."""
    a, n, started = np.ones((1024, 1024), np.float32), 0, time.perf_counter()
    while time.perf_counter() - started < seconds_long:
        a @ a
        n += 1
    return n / (time.perf_counter() - started)


def product_efficiency():
    """Products a second of two processes, over twice those of one."""
    alone = float(in_process("--product"))
    started = [start("--product") for _ in range(2)]
    return sum(float(one.communicate()[0]) for one in started) / (2 * alone)


def start(*args):
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen([sys.executable, __file__, *args], stdout=subprocess.PIPE, env=os.environ | one)


def in_process(*args):
    process = start(*args)
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(f"{args} failed")
    return out


def seconds(work, *args):
    started = time.perf_counter()
    work(*args)
    return time.perf_counter() - started


def turns_of(name):
    """Overheads and efficiencies of one model, turn by turn."""
    warnings.simplefilter("ignore")
    X, y = table(name)
    model = make_pipeline(StandardScaler(), model_of(name))
    alone = make_pipeline(StandardScaler(), model_of(name, 1))  # LightGBM counts the cores, whatever it is told outside
    turns = []
    for _ in range(TURNS + 1):
        first, one_job, two_jobs, last = (
            seconds(bare_fits, alone, X, y),
            seconds(audit, alone, X, y, 1),
            seconds(audit, model, X, y, 2),
            seconds(bare_fits, alone, X, y),
        )
        bare = (first + last) / 2
        turns.append((one_job / bare - 1, bare / (2 * two_jobs), product_efficiency(), bare))
    return turns[1:]  # the first starts workers and warms up


def spread(name, values):
    return {f"{name}": float(np.median(values)), f"{name}_least": min(values), f"{name}_most": max(values)}


def main():
    if "--product" in sys.argv:
        print(product())
        return
    if "--model" in sys.argv:
        print(json.dumps(turns_of(sys.argv[-1])))
        return
    rows = []
    for name in NAMES:
        overheads, efficiencies, products, bare = zip(*json.loads(in_process("--model", name)), strict=True)
        rows.append({"model": name, "fit_seconds": float(np.median(bare)) / (N_SHADOWS + 1)}
                    | spread("overhead", overheads) | spread("efficiency", efficiencies)
                    | spread("product_efficiency", products))  # fmt: skip
        print(rows[-1], flush=True)
    write("any_classifier.csv", rows)
    missed = [row["model"] for row in rows
              if row["overhead"] > 0.1 or row["efficiency"] < 0.85 * min(1, row["product_efficiency"])]  # fmt: skip
    if missed:
        sys.exit(f"outside the limits: {', '.join(missed)}")


if __name__ == "__main__":
    main()
