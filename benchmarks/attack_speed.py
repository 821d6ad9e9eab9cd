"""One million canaries attacked and tested: array code against the published pseudo-code as a Python loop.

The loop is Algorithms 1 and 2 of the BLIA paper line by line, with Eq. 1 counted in the same pass. Both see the same
outputs, in one run, and have to infer the same labels. The array code also tests the result (p-value, interval,
bound), the loop does not. The last row starts from predict_proba's table of ten classes and the candidate pairs.
Writes results/attack_speed.csv: medians of five runs, and the loop over the array code. Fails above LIMIT seconds.
"""

import sys
import time

import numpy as np
from _observed import observed
from _results import write

from sklearn_blia import DeltaMarginAttack, ThresholdAttack
from sklearn_blia.metrics import memorization_test

N_CANARIES, LIMIT = 1_000_000, 0.3


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


def row(name, ours, published):
    if ours > LIMIT:
        sys.exit(f"{name} took {ours:.2f} s, more than {LIMIT}")
    return {
        "attack": name,
        "n_canaries": N_CANARIES,
        "scored_and_tested_s": ours,
        "published_loop_s": published,
        "ratio": published / ours,
    }


def ten_classes(rng):
    """From class probabilities and pairs to the test, against the loop on the renormalised probabilities."""
    proba = rng.dirichlet(np.ones(10), size=N_CANARIES)
    first = rng.integers(9, size=N_CANARIES)
    pairs = np.column_stack([first, first + 1])
    labels = pairs[np.arange(N_CANARIES), rng.integers(2, size=N_CANARIES)]
    two = np.take_along_axis(proba, pairs, axis=1)

    def score_and_test():
        inferred = ThresholdAttack().infer(proba, pairs, np.arange(10))
        return memorization_test(np.count_nonzero(inferred == labels), N_CANARIES)

    ours, test = seconds(score_and_test)
    second = two[:, 1] / two.sum(axis=1)
    published, n_correct = seconds(lambda: algorithm_1(second, (labels == pairs[:, 1]).astype(int), 0.5))
    assert test.n_correct == n_correct
    return row("threshold (fixed), ten classes", ours, published)


def main():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.01, 0.99, N_CANARIES)
    labels = rng.integers(2, size=N_CANARIES)
    outputs = observed(p, labels)
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
        rows.append(row(name, ours, published))
    rows.append(ten_classes(rng))
    write("attack_speed.csv", rows)


if __name__ == "__main__":
    main()
