"""An audit on a Dask cluster of two and four workers: the same numbers, how it scales, and what it sends.

Boosting on 20,000 rows of 30 columns, one model under attack and 16 shadows. Workers are processes with one thread each
on this machine, so that with two cores no more than two of them work at a time. What is sent follows from the pickles
of what a fit is given and gives back; rows go once to each worker. The efficiency is the time of a serial run in one
thread over twice that of the cluster. Writes results/cluster.csv. Fails where any number differs from the serial run,
or two workers have an efficiency below .6: the scheduler shares their cores.
"""

import sys
import time
import warnings

import cloudpickle
import joblib
import numpy as np
from _results import write
from distributed import Client, LocalCluster
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

import sklearn_blia.audit._trainers as trainers
from sklearn_blia import LabelAudit, LabelLiRAAttack

TURNS, N_SHADOWS = 2, 16
X, Y = make_classification(20_000, 30, n_informative=15, flip_y=0.1, random_state=0)


def audit():
    model = HistGradientBoostingClassifier(max_iter=100, early_stopping=False)
    started = time.perf_counter()
    found = LabelAudit(model, epsilons=[np.inf], n_repeats=1, n_canaries=500, random_state=0,
                       attacks={"label-LiRA": LabelLiRAAttack(N_SHADOWS)}, n_jobs=None).fit(X, Y)  # fmt: skip
    return time.perf_counter() - started, found


def on_workers(n_workers):
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask", n_jobs=n_workers),
    ):
        audit()  # imports, and the rows
        return min((audit() for _ in range(TURNS)), key=lambda one: one[0])


def bytes_sent():
    """Of one fit there and back, and of the rows once."""
    kept = {}
    usual = trainers.try_job

    def told(*args):
        answer = usual(*args)
        kept["fit"] = len(cloudpickle.dumps(args[8:10]))  # the job, which follows the parts of Data
        kept["answer"] = len(cloudpickle.dumps(answer))
        kept["rows"] = sum(len(cloudpickle.dumps(part)) for part in args[1:8])
        return answer

    trainers.try_job = told
    try:
        audit()
    finally:
        trainers.try_job = usual
    return kept


def numbers(found):
    return {name: np.asarray(values) for name, values in found.results_.items() if np.asarray(values).dtype.kind == "f"}


def main():
    warnings.simplefilter("ignore")
    with joblib.parallel_config(backend="threading", n_jobs=1), threadpool_limits(1):
        alone, serial = min((audit() for _ in range(TURNS)), key=lambda one: one[0])
    expected, sent, rows, differs = numbers(serial), bytes_sent(), [], []
    for n_workers in (2, 4):
        seconds, found = on_workers(n_workers)
        given = numbers(found)
        same = all(np.array_equal(given[name], values, equal_nan=True) for name, values in expected.items()
                   if "seconds" not in name and "time" not in name)  # fmt: skip
        differs += [] if same else [n_workers]
        rows.append({"workers": n_workers, "seconds": seconds, "same_numbers": same,
                     "bytes_a_fit": sent["fit"] + sent["answer"], "bytes_a_worker": sent["rows"]})  # fmt: skip
        rows[-1] |= {"serial_seconds": alone, "efficiency": alone / (2 * seconds)}
        print(rows[-1], flush=True)
    write("cluster.csv", rows)
    if differs or rows[0]["efficiency"] < 0.6:
        sys.exit(f"other numbers with {differs} workers, or an efficiency of {rows[0]['efficiency']:.2f}")


if __name__ == "__main__":
    main()
