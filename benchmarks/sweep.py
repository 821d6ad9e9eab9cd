"""What a sweep over privacy budgets costs: LabelAudit beside a grid search, and beside what the arithmetic alone takes.

Data of the size of the Census (34,730 rows of 108 columns, a quarter held out), seven budgets, five repeats, a
perceptron of 128 and 64 hidden units, ten epochs, batches of 128, two jobs; once with columns that are all full
(normal), once as one-hot encoding leaves them (twelve columns of nine categories), as the Census's are. The grid search
is what scikit-learn and skorch offer without us: GridSearchCV over a LabelPipeline that ends in a stock skorch net,
scored by accuracy (in training and out of it, as ours) and the paper's attacks. Ours runs with either loop: compiled
(numba), and the stacked one that serves without numba.

The floor is the multiplications and additions of all forward and backward passes, as if no number were zero, at the
rate of a large matrix product on both cores. These cores' rate changes from minute to minute, so the product runs
before and after every program, and a program is held against the mean of the two. Programs run in turn in one process,
ratios are taken turn by turn, and medians reported with the smallest and the largest.

Fails where the grid search takes less than five times as long as the compiled loop on full rows, or less than six times
on one-hot ones, or the compiled loop more than 1.8 times the floor on full rows (the aim was a grid search of fifteen
times, and ten at least; but where the results were made the grid search itself takes eleven times the floor); where an
accuracy or success ratio differs by more than four standard errors of the difference (of 35 comparisons the largest
exceeds that by chance in 0.2 %); or where 35 fits take 2 GiB or more. Writes results/sweep.csv, sweep_agreement.csv
and, with the cost over members, rows and canaries, sweep_scaling.csv and sweep_scaling.png. Takes about a quarter of an
hour. With ``--device cuda`` the same programs on a GPU, where the stacked loop serves both times: sweep_cuda.csv alone.
"""

import json
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import torch
from _results import FOLDER, write
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from skorch import NeuralNetClassifier
from torch import nn

from sklearn_blia import CanaryFlipper, LabelAudit, LabelLiRAAttack, RandomizedResponse, make_label_pipeline
from sklearn_blia.attacks import named_attacks
from sklearn_blia.neural import SequentialClassifier, _together

N_ROWS, N_COLUMNS, HIDDEN, BATCH, EPOCHS = 34_730, 108, (128, 64), 128, 10
EPSILONS, N_REPEATS, N_CANARIES = (np.inf, 4, 2, 1, 0.8, 0.5, 0.3), 5, 520
TURNS = 3
DEVICE = sys.argv[sys.argv.index("--device") + 1] if "--device" in sys.argv else "cpu"


def table(n_rows=N_ROWS):
    """Rows whose label follows a plane, one in five at random: Census accuracies, about."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((n_rows, N_COLUMNS)).astype(np.float32)
    y = (X[:, :20].sum(axis=1) > 0).astype(int)
    return X, np.where(rng.random_sample(n_rows) < 0.2, rng.randint(2, size=n_rows), y)


def one_hot_table():
    """The same labels, on rows that say in which ninth of its column each of twelve numbers is."""
    X, y = table()
    ninth = np.argsort(np.argsort(X[:, :12], axis=0), axis=0) * 9 // len(X)
    return np.eye(9, dtype=np.float32)[ninth].reshape(len(X), N_COLUMNS), y


def audit(X, y, **params):
    settings = {"epsilons": EPSILONS, "n_repeats": N_REPEATS, "n_canaries": N_CANARIES, "n_jobs": 2, "random_state": 0}
    model = SequentialClassifier(HIDDEN, max_epochs=params.pop("max_epochs", EPOCHS), batch_size=BATCH, device=DEVICE)
    return LabelAudit(model, **settings | params).fit(X, y)


class Perceptron(nn.Sequential):
    def __init__(self):
        sizes = (N_COLUMNS, *HIDDEN)
        layers = [part for n in zip(sizes, HIDDEN, strict=False) for part in (nn.Linear(*n), nn.ReLU())]
        super().__init__(*layers, nn.Linear(HIDDEN[-1], 2))


def grid_search(X, y):
    net = NeuralNetClassifier(
        Perceptron, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=1e-3, max_epochs=EPOCHS,
        batch_size=BATCH, iterator_train__shuffle=True, train_split=None, verbose=0, device=DEVICE,
    )  # fmt: skip
    model = make_label_pipeline(
        CanaryFlipper(n_canaries=N_CANARIES, random_state=1), RandomizedResponse(random_state=2), net
    )
    return GridSearchCV(
        model,
        {"randomizedresponse__epsilon": EPSILONS},
        cv=StratifiedShuffleSplit(N_REPEATS, test_size=0.25, random_state=0),
        scoring={"accuracy": "accuracy"} | blind_attacks(),
        refit=False,
        return_train_score=True,
        n_jobs=2,
    ).fit(X, y)


def blind_attacks():
    return {name: attack for name, attack in named_attacks().items() if not attack.reads_labels}


def seconds(work, *args):
    started = time.perf_counter()
    out = work(*args)
    return time.perf_counter() - started, out


def arithmetic():
    """Multiplications and additions of one fit."""
    (h1, h2), n_train = HIDDEN, round(0.75 * N_ROWS)
    # The first layer needs no gradient for its input: two products; the others three.
    return 2 * (2 * N_COLUMNS * h1 + 3 * h1 * h2 + 3 * h2 * 2) * n_train * EPOCHS


def product_rate(long=2.0):
    """Operations a second of a large matrix product on both cores, or the device: the median over some seconds."""
    a, spent, started = torch.randn(2048, 2048, device=DEVICE), [], time.perf_counter()

    def product():
        torch.mm(a, a)
        if DEVICE != "cpu":
            torch.cuda.synchronize()

    while time.perf_counter() - started < long:
        spent.append(seconds(product)[0])
    return 2 * 2048**3 / np.median(spent)


def strong_audit(X, y):
    return audit(X, y, epsilons=[np.inf], n_repeats=1, attacks={"label-LiRA": LabelLiRAAttack(16)})


def stacked_audit(X, y):
    usual, _together.is_compilable = _together.is_compilable, lambda nets: False
    try:
        return audit(X, y)
    finally:
        _together.is_compilable = usual


def turn(X, y):
    """Seconds of each program, the floor's at its time, and what was found."""
    rate, spent, found = product_rate(), {}, {}
    for name, program, n_fits in (("compiled", audit, 35), ("grid_search", grid_search, 35),
                                  ("stacked", stacked_audit, 35), ("strong", strong_audit, 1)):  # fmt: skip
        spent[name], found[name] = seconds(program, X, y)
        before, rate = rate, product_rate()
        spent[f"{name}_floor"] = n_fits * arithmetic() / ((before + rate) / 2)
        print(name, spent[name], spent[f"{name}_floor"], flush=True)
    return spent, found


def ratios_of(turns):
    ratios = {
        "grid search / compiled": ("grid_search", "compiled"),
        "grid search / stacked": ("grid_search", "stacked"),
        "compiled / floor": ("compiled", "compiled_floor"),
        "stacked / floor": ("stacked", "stacked_floor"),
        "target and 16 shadows / floor of one fit": ("strong", "strong_floor"),
    }
    for name, (over, under) in ratios.items():
        values = [one[over] / one[under] for one in turns]
        yield {"ratio": name, "median": float(np.median(values)), "smallest": min(values), "largest": max(values),
               "seconds": float(np.median([one[over] for one in turns]))}  # fmt: skip


def agreement(ours, grid):
    """Mean over the repeats of accuracies and success ratios, and their difference in standard errors."""
    columns = {"accuracy": ([f"repeat{r}_test_accuracy" for r in range(N_REPEATS)], "accuracy")}
    rows = []
    for i, epsilon in enumerate(EPSILONS):
        mine = np.array([ours.results_[name][i] for name in columns["accuracy"][0]])
        theirs = np.array([grid.cv_results_[f"split{r}_test_accuracy"][i] for r in range(N_REPEATS)])
        spread = np.sqrt((mine.var(ddof=1) + theirs.var(ddof=1)) / N_REPEATS)
        rows.append(compared(epsilon, "accuracy", mine.mean(), theirs.mean(), spread))
        for name in blind_attacks():
            a = float(ours.results_[f"private_success_ratio_{name}"][i])
            b = float(np.mean([grid.cv_results_[f"split{r}_test_{name}"][i] for r in range(N_REPEATS)]))
            spread = np.sqrt((a * (1 - a) + b * (1 - b)) / (N_REPEATS * N_CANARIES))
            rows.append(compared(epsilon, name, a, b, spread))
    return rows


def compared(epsilon, what, ours, theirs, spread):
    return {"epsilon": epsilon, "what": what, "ours": float(ours), "grid_search": float(theirs),
            "standard_errors": float((ours - theirs) / spread)}  # fmt: skip


def scaling():
    """Seconds of small audits (one epoch) over members, rows and canaries."""
    rows = []
    X, y = table(1_000_000)
    for varied, values in (("members", (1, 7, 35, 105)), ("rows", (10_000, 30_000, 100_000, 300_000, 1_000_000)),
                           ("canaries", (100, 1000, 5000, 20_000))):  # fmt: skip
        for value in values:
            n_rows = value if varied == "rows" else N_ROWS
            n_canaries = value if varied == "canaries" else N_CANARIES
            epsilons, repeats = {1: ((1,), 1), 7: ((1,), 7), 35: (EPSILONS, 5), 105: (EPSILONS, 15)}[
                value if varied == "members" else 7
            ]
            params = {"epsilons": epsilons, "n_repeats": repeats, "n_canaries": n_canaries, "max_epochs": 1}
            spent = min(seconds(lambda p=params, n=n_rows: audit(X[:n], y[:n], **p))[0] for _ in range(2))
            rows.append({"varied": varied, "value": value, "seconds": spent})
            print(rows[-1], flush=True)
    return rows


def plot(rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained", sharey=True)
    for ax, varied in zip(axes, ("members", "rows", "canaries"), strict=True):
        part = [row for row in rows if row["varied"] == varied]
        x, t = np.array([row["value"] for row in part]), np.array([row["seconds"] for row in part])
        ax.loglog(x, t, "o-", color="C0", label="one epoch")
        ax.loglog(x, t[-1] * x / x[-1], ":", color="0.5", label="proportional")
        ax.set(xlabel=varied, ylabel="seconds" if varied == "members" else "")
    spent = [row["seconds"] for row in rows]
    axes[0].set_ylim(min(spent) / 2, max(spent) * 1.5)
    axes[0].legend()
    figure.savefig(FOLDER / "sweep_scaling.png", dpi=110)


def peak_of_35():
    """Peak memory in MiB of a process that runs the 35 fits and nothing else."""
    run = subprocess.run([sys.executable, __file__, "--peak"], capture_output=True, check=True)
    return json.loads(run.stdout)


def main():
    if "--peak" in sys.argv:
        audit(*table())
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    warnings.simplefilter("ignore")
    name_of = "sweep.csv" if DEVICE == "cpu" else f"sweep_{DEVICE.partition(':')[0]}.csv"
    rows, compared_rows, found_ratio = [], [], {}
    for name, (X, y) in {"full": table(), "one-hot": one_hot_table()}.items():
        audit(X, y, max_epochs=1)  # compiles
        turns = [turn(X, y) for _ in range(TURNS)]
        for row in ratios_of([spent for spent, _ in turns]):
            rows.append({"rows": name, **row, "torch": torch.__version__})
            found_ratio[name, row["ratio"]] = row["median"]
        found = turns[-1][1]
        compared_rows += [{"rows": name, **row} for row in agreement(found["compiled"], found["grid_search"])]
        write(name_of, rows)
    if DEVICE != "cpu":
        return
    peak = peak_of_35()
    rows.append({"rows": "full", "ratio": "peak MiB of 35 fits", "median": peak, "smallest": peak, "largest": peak,
                 "seconds": np.nan, "torch": torch.__version__})  # fmt: skip
    write("sweep.csv", rows)
    write("sweep_agreement.csv", compared_rows)
    costs = scaling()
    write("sweep_scaling.csv", costs)
    plot(costs)
    worst = max(abs(row["standard_errors"]) for row in compared_rows)
    missed = [
        (found_ratio["one-hot", "grid search / compiled"] < 6, "grid search / compiled below 6, one-hot"),
        (found_ratio["full", "grid search / compiled"] < 5, "grid search / compiled below 5, full"),
        (found_ratio["full", "compiled / floor"] > 1.8, "compiled / floor above 1.8"),
        (worst > 4, f"{worst:.1f} standard errors apart"),
        (peak >= 2048, f"{peak:.0f} MiB"),
    ]
    if any(is_missed for is_missed, _ in missed):
        sys.exit("; ".join(what for is_missed, what in missed if is_missed))


if __name__ == "__main__":
    main()
