"""
A sweep on a cluster
====================

Everything that a LabelAudit fits goes through joblib, so Dask spreads it over machines: the rows travel once to each
worker, and the numbers are those of a serial run. Here the cluster is two processes on this machine; on a real one
``Client("scheduler:8786")`` takes the place of ``Client(LocalCluster(...))``. Needs the extra ``distributed``.
"""

import joblib
import numpy as np
from distributed import Client, LocalCluster
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from sklearn_blia import LabelAudit

if __name__ == "__main__":  # worker processes import this file
    X, y = load_digits(return_X_y=True)
    audit = LabelAudit(RandomForestClassifier(50), epsilons=[np.inf, 4, 1], n_repeats=2, random_state=0)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        audit.fit(X, y >= 5)
    print(audit.report_)
