"""What an audit costs at scale: peak memory at a million rows, and time over rows, canaries and classes.

Memory: a million rows of 50 columns in double precision, behind a scaler, one budget, two repeats, two jobs. Each audit
runs in a process of its own; what is counted is the proportional set size of that process and all that it starts, every
tenth of a second, above what it was before X was made, over the size of X. One copy is the user's own. Fails at three.

Time: one fit of a naive Bayes classifier, which is linear in everything, over rows from 10^4 to 10^6, canaries from 100
to 10^6, classes from 2 to 1,000. Fails where ten times as much takes more than twenty times as long.

Writes results/scale_memory.csv, scale.csv and scale.png.
"""

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
from _results import FOLDER, write
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import CanaryFlipper, LabelAudit

N_ROWS, N_COLUMNS = 1_000_000, 50
MODELS = {
    "logistic regression": LogisticRegression(),
    # Stopping early, its default for so many rows, copies the rows in each fit.
    "boosting": HistGradientBoostingClassifier(max_iter=30, early_stopping=False),
}


def memory_of(pid):
    """Bytes of a process and of those that it started, shared pages divided among who shares them."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (OSError, ProcessLookupError):
        return 0
    own = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(memory_of(int(child)) for child in children)


def peak(work):
    """The largest memory while something runs."""
    most, ended = [0], threading.Event()

    def watch():
        while not ended.wait(0.1):
            most[0] = max(most[0], memory_of(os.getpid()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    ended.set()
    watcher.join()
    return most[0]


def audit_of_a_million(name):
    warnings.simplefilter("ignore")
    before = memory_of(os.getpid())
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_ROWS, N_COLUMNS))
    y = (X[:, 0] + rng.standard_normal(N_ROWS) > 0).astype(int)
    model = make_pipeline(StandardScaler(), MODELS[name])
    audit = LabelAudit(model, epsilons=[1], n_repeats=2, n_jobs=2, random_state=0)
    started = time.perf_counter()
    most = peak(lambda: audit.fit(X, y))
    return {"model": name, "seconds": time.perf_counter() - started, "peak_MiB": (most - before) / 2**20,
            "X_MiB": X.nbytes / 2**20, "copies_of_X": (most - before) / X.nbytes}  # fmt: skip


def seconds_of(n_rows, n_canaries, n_classes):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, 10)).astype(np.float32)
    y = np.arange(n_rows) % n_classes
    audit = LabelAudit(GaussianNB(), epsilons=[1], n_repeats=1, planter=CanaryFlipper(n_canaries=n_canaries),
                       test_size=0.1, random_state=0)  # fmt: skip
    started = time.perf_counter()
    audit.fit(X, y)
    return time.perf_counter() - started


def over_sizes():
    sizes = {
        "rows": [(n, 500, 2) for n in (10_000, 100_000, 1_000_000)],
        "canaries": [(1_200_000, n, 2) for n in (100, 1_000, 10_000, 100_000, 1_000_000)],
        "classes": [(20_000, 500, n) for n in (2, 10, 100, 1_000)],
    }
    rows = []
    for varied, cases in sizes.items():
        seconds_of(*cases[0])
        for case in cases:
            value = dict(zip(("rows", "canaries", "classes"), case, strict=True))[varied]
            rows.append({"varied": varied, "value": value, "seconds": min(seconds_of(*case) for _ in range(2))})
            print(rows[-1], flush=True)
    return rows


def plot(rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained", sharey=True)
    for ax, varied in zip(axes, ("rows", "canaries", "classes"), strict=True):
        x, t = np.array([(row["value"], row["seconds"]) for row in rows if row["varied"] == varied]).T
        ax.loglog(x, t, "o-", color="C0", label="one fit, quick attacks")
        ax.loglog(x, t[-1] * x / x[-1], ":", color="0.5", label="proportional")
        ax.set(xlabel=varied, ylabel="seconds" if varied == "rows" else "")
    spent = [row["seconds"] for row in rows]
    axes[0].set_ylim(min(spent) / 2, max(spent) * 1.5)
    axes[0].legend()
    figure.savefig(FOLDER / "scale.png", dpi=110)


def steepest(rows):
    """By what, and how much longer ten times as much takes at most."""
    found = []
    for first, second in zip(rows, rows[1:], strict=False):
        if first["varied"] == second["varied"]:
            tens = np.log10(second["value"] / first["value"])
            found.append(((second["seconds"] / first["seconds"]) ** (1 / tens), second["varied"]))
    return max(found)


def main():
    if "--memory" in sys.argv:
        print(json.dumps(audit_of_a_million(sys.argv[-1])))
        return
    warnings.simplefilter("ignore")
    memory = []
    for name in MODELS:
        run = subprocess.run([sys.executable, __file__, "--memory", name], capture_output=True, check=True)
        memory.append(json.loads(run.stdout))
        print(memory[-1], flush=True)
    write("scale_memory.csv", memory)
    rows = over_sizes()
    write("scale.csv", rows)
    plot(rows)
    times, varied = steepest(rows)
    most = max(row["copies_of_X"] for row in memory)
    print(f"ten times the {varied} takes {times:.1f} times as long; {most:.2f} copies of X")
    if times > 20 or most >= 3:
        sys.exit("outside the limits")


if __name__ == "__main__":
    main()
