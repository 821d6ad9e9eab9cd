"""One million canaries attacked and tested: array code against the published pseudo-code as a Python loop.

The loop is Algorithms 1 and 2 of the BLIA paper line by line, with Eq. 1 counted in the same pass. Both see the same
outputs, in one run, and have to infer the same labels. The array code also tests the result (p-value, interval,
bound), the loop does not. Writes results/attack_speed.csv: medians of five runs, and the loop over the array code.
"""

import time

import numpy as np
from _results import write

from sklearn_blia import DeltaMarginAttack, ThresholdAttack
from sklearn_blia.attacks import CanaryOutputs

N_CANARIES = 1_000_000


def algorithm_1(p, labels, threshold):
    n_correct = 0
    for value, label in zip(p, labels, strict=True):
        inferred = 1 if value >= threshold else 0
        n_correct += inferred == label
    return n_correct


def algorithm_2(p, labels, alpha=1.0, beta=1.0):
    n_correct = 0
    for value, label in zip(p, labels, strict=True):
        margin = value - (1 - value)
        log_loss = -np.log(value) if label == 1 else -np.log(1 - value)
        inferred = 1 if alpha * margin >= beta * log_loss else 0
        n_correct += inferred == label
    return n_correct


def seconds(work):
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        out = work()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken)), out


def main():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.01, 0.99, N_CANARIES)
    labels = rng.integers(2, size=N_CANARIES)
    outputs = CanaryOutputs(p, np.tile([0, 1], (N_CANARIES, 1)), labels, labels, np.arange(N_CANARIES))
    cases = {
        "threshold (fixed)": (ThresholdAttack(), lambda: algorithm_1(p, labels, 0.5)),
        "threshold (mean)": (ThresholdAttack("mean"), lambda: algorithm_1(p, labels, p.mean())),
        "threshold (median)": (ThresholdAttack("median"), lambda: algorithm_1(p, labels, np.median(p))),
        "delta-margin (oracle)": (DeltaMarginAttack(loss="oracle"), lambda: algorithm_2(p, labels)),
    }
    rows = []
    for name, (attack, loop) in cases.items():
        ours, test = seconds(lambda attack=attack: attack.evaluate(outputs))
        published, n_correct = seconds(loop)
        assert test.n_correct == n_correct
        rows.append(
            {
                "attack": name,
                "n_canaries": N_CANARIES,
                "scored_and_tested_s": ours,
                "published_loop_s": published,
                "ratio": published / ours,
            }
        )
    write("attack_speed.csv", rows)


if __name__ == "__main__":
    main()
