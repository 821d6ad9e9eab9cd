"""Where the time of a whole audit goes: the Census, seven budgets, five repeats, strong attacks, two jobs.

Every model under attack has 16 shadows and a reference: 630 fits of the perceptron (128 and 64 hidden units, ten
epochs, batches of 128) behind the usual preprocessing. Parts of the audit are timed by wrapping the functions that do
them; parts that run in two threads count half. "Waiting" is what the two threads wait for the slower one. The same once
with the paper's attacks alone, which need 35 fits. Needs the Census files in the folder that SKLEARN_BLIA_DATA names.
Writes results/where_time_goes.csv. Fails where a part of the audit with strong attacks that is not training takes a
tenth of its time or more.
"""

import collections
import functools
import os
import sys
import threading
import time
import warnings

import numpy as np
from _results import write
from sklearn.pipeline import make_pipeline

import sklearn_blia.audit._batched as batched
import sklearn_blia.audit._label_audit as label_audit
import sklearn_blia.audit._observations as observations
import sklearn_blia.audit._run as run
from sklearn_blia import LabelAudit
from sklearn_blia.datasets import fetch_census, make_census_preprocessor
from sklearn_blia.neural import SequentialClassifier

# Innermost first: what one of them takes is not counted again in one that calls it.
PARTS = {
    "labels: coins and mechanism": [(batched, "draw_labels")],
    "training": [(batched, "_train")],
    "outputs and accuracies": [(batched, "keep")],
    "preprocessing": [(run, "_shared_fronts")],
    "evidence put together": [(label_audit, "observe_trials")],
    "statistics": [(observations, "judge")],
    "attacks": [(label_audit, "make_cells")],
    "splitting, canaries, checks": [(label_audit.LabelAudit, "_plan"), (label_audit, "choose_engines")],
}
N_JOBS = 2


class Clock:
    """Seconds by part, each thread's own; a part inside another is taken out of that."""

    def __init__(self):
        self.spent = collections.Counter()
        self.inside = threading.local()
        self.main = threading.get_ident()

    def wrap(self, part, function):
        @functools.wraps(function)
        def timed(*args, **kwargs):
            outer = getattr(self.inside, "others", 0.0)
            self.inside.others = 0.0
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.perf_counter() - started
                share = 1 if threading.get_ident() == self.main else 1 / N_JOBS
                self.spent[part] += (whole - self.inside.others) * share
                self.inside.others = outer + whole

        return timed


def audit(X, y, attacks):
    network = SequentialClassifier((128, 64), max_epochs=10, batch_size=128, device="cpu")
    return LabelAudit(
        make_pipeline(make_census_preprocessor(), network), attacks=attacks, n_jobs=N_JOBS, random_state=0
    ).fit(X, y)


def rows_of(attacks, X, y):
    clock, usual = Clock(), []
    for part, places in PARTS.items():
        for module, name in places:
            usual.append((module, name, getattr(module, name)))
            setattr(module, name, clock.wrap(part, getattr(module, name)))
    started = time.perf_counter()
    try:
        found = audit(X, y, attacks)
    finally:
        for module, name, function in usual:
            setattr(module, name, function)
    whole = time.perf_counter() - started
    clock.spent["waiting, and all else"] = whole - sum(clock.spent.values())
    print(found.report_, flush=True)
    return [
        {"attacks": attacks, "part": part, "seconds": seconds, "share": seconds / whole}
        for part, seconds in clock.spent.items()
    ]


def main():
    if "SKLEARN_BLIA_DATA" not in os.environ:
        sys.exit("SKLEARN_BLIA_DATA is not set: no Census, nothing written")
    warnings.simplefilter("ignore")
    X, y = fetch_census(data_home=os.environ["SKLEARN_BLIA_DATA"], return_X_y=True)
    audit(X[:2000], np.asarray(y)[:2000], "quick")  # compiles
    rows = rows_of("quick", X, y) + rows_of("strong", X, y)
    write("where_time_goes.csv", rows)
    missed = [f"{row['part']} ({row['attacks']}): {row['share']:.0%}" for row in rows
              if row["attacks"] == "strong" and row["part"] != "training" and row["share"] >= 0.1]  # fmt: skip
    if missed:
        sys.exit("; ".join(missed))


if __name__ == "__main__":
    main()
