"""How often is what the package prints wrong? Simulated audits of models about which the truth is known.

At epsilon = 0 the model tells nothing of the private labels: its outputs are drawn without them. At epsilon > 0 it
is a perfect memoriser behind K-ary randomized response: outputs above one half for the released label, below for
the other candidate, and one half for both where the released label is neither. In every setting the truth is known,
so each p-value below .05 at epsilon = 0, each 95 % interval that misses the true success ratio, and each 95 % bound
above the true epsilon is an error; a row holds if its share of errors is at most .05 plus three standard errors.

The f-DP bound is for Gaussian mechanisms; a perfect memoriser behind binary response is mu-Gaussian-DP with
mu = 2 Phi^-1(q), and its bound is held against the epsilon of that curve.

Writes results/false_alarms.csv, all that the package prints, and results/naive_readings.csv, what it refuses to
print: the smallest of several p-values, the published delta-margin against one half, and the largest of several
bounds. Takes about ten minutes on two cores:  python benchmarks/false_alarms.py [n_audits]
"""

import sys
from collections import defaultdict

import numpy as np
from _results import write
from joblib import Parallel, delayed
from scipy import stats

from sklearn_blia.attacks import CanaryOutputs
from sklearn_blia.audit import default_attacks
from sklearn_blia.metrics import (
    attack_cap,
    check_claim,
    epsilon_from_ranking,
    epsilon_lower_bound,
    keep_probability,
    max_t_test,
    memorization_test,
    pool,
)
from sklearn_blia.metrics._gaussian_dp import epsilon_of_mu

ALPHA, DELTA, M, N_REPEATS = 0.05, 1e-5, 1000, 5


def innocent(rng, n_classes):
    """Outputs of any shape, drawn without a look at the coins."""
    a, b = rng.uniform(0.2, 3, size=2)
    second, coins = rng.beta(a, b, size=M), rng.integers(2, size=M)
    return CanaryOutputs(second, np.tile([0, 1], (M, 1)), coins, coins, np.arange(M))


def memoriser(rng, epsilon, n_classes):
    """Outputs that show the released label, under K-ary randomized response."""
    private = rng.integers(2, size=M)
    step = rng.integers(1, n_classes, size=M)
    keep = rng.random(M) < keep_probability(epsilon, n_classes)
    released = np.where(keep, private, (private + step) % n_classes)
    sure = rng.uniform(0.5, 1, size=M)
    second = np.select([released == 1, released == 0], [sure, 1 - sure], 0.5)
    return CanaryOutputs(second, np.tile([0, 1], (M, 1)), private, released, np.arange(M))


def bounds_of_every_count():
    """The bounds at every number of right guesses, once for all audits."""
    v = np.arange(M + 1)
    return {
        "pure": epsilon_lower_bound(v, M),
        "pure, a quarter of alpha": epsilon_lower_bound(v, M, alpha=ALPHA / 4),
        "steinke": epsilon_lower_bound(v, M, delta=DELTA),
        "f-dp": epsilon_lower_bound(v, M, delta=DELTA, method="f-dp"),
    }


def one_audit(seed, epsilon, n_classes, bounds):
    """Every printed quantity of one audit: p-values, whether intervals miss, bounds."""
    rng = np.random.default_rng(seed)
    draw = innocent if epsilon == 0 else lambda rng, k: memoriser(rng, epsilon, k)
    outputs = draw(rng, n_classes)
    attacks = default_attacks()
    tests = {name: attack.evaluate(outputs) for name, attack in attacks.items()}
    blind = {name: test for name, test in tests.items() if not test.reads_labels}
    found = {}
    if epsilon == 0:
        for name, test in tests.items():
            found["p", name] = test.p_value
        tables = [attack.guess_table(outputs.second_proba) for attack in attacks.values()]
        found["p", "joint, best of five attacks (max-T)"] = max_t_test(
            tables, outputs.private, random_state=seed
        ).p_value
        first = attacks["threshold (fixed)"]
        repeats = [tests["threshold (fixed)"]] + [
            first.evaluate(innocent(rng, n_classes)) for _ in range(N_REPEATS - 1)
        ]
        found["p", f"pool of {N_REPEATS} repeats"] = pool(repeats).p_value
        found["naive p", "smallest of five attacks, uncorrected"] = min(test.p_value for test in tests.values())
        oracle = tests["delta-margin (oracle)"]
        found["naive p", "published delta-margin against one half"] = memorization_test(oracle.n_correct, M).p_value
    true_ratio = attack_cap(epsilon, n_classes=n_classes)
    fixed = tests["threshold (fixed)"]
    low, high = fixed.confidence_interval
    found["interval", "threshold (fixed)"] = not low <= true_ratio <= high
    add_bounds(found, outputs, fixed, blind, seed, epsilon, bounds)
    return found


def add_bounds(found, outputs, fixed, blind, seed, epsilon, bounds):
    v, counts = fixed.n_correct, [test.n_correct for test in blind.values()]
    assert len(counts) == 4
    found["bound", "pure, one attack"] = bounds["pure"][v]
    found["bound", f"delta = {DELTA:g}, Steinke et al."] = bounds["steinke"][v]
    found["gaussian bound", f"delta = {DELTA:g}, f-DP"] = bounds["f-dp"][v]
    found["bound", "report: best of four attacks, Bonferroni"] = bounds["pure, a quarter of alpha"][counts].max()
    found["naive bound", "best of four attacks, uncorrected"] = bounds["pure"][counts].max()
    correct = (outputs.second_proba >= 0.5) == outputs.private
    confidence = np.abs(outputs.second_proba - 0.5)
    for selection in ("bonferroni", "split"):
        result = epsilon_from_ranking(confidence, correct, selection=selection, random_state=seed)
        found["bound", f"abstaining, number of guesses by {selection}"] = result.epsilon_lower_bound
    right = np.cumsum(correct[np.argsort(-confidence, kind="stable")])
    guesses = np.unique(np.geomspace(10, M, 50).astype(int))
    found["naive bound", "abstaining, best of 50 numbers of guesses, uncorrected"] = epsilon_lower_bound(
        right[guesses - 1], M, n_guesses=guesses
    ).max()
    found["claim", "true claim refuted"] = check_claim(epsilon, v, M).refuted


def summarise(audits, epsilon, n_classes):
    values = defaultdict(list)
    for audit in audits:
        for key, value in audit.items():
            values[key].append(value)
    gaussian = epsilon_of_mu(2 * stats.norm.ppf(keep_probability(epsilon, n_classes)), DELTA) if epsilon else 0.0
    rows = []
    for (kind, name), found in values.items():
        found = np.array(found, dtype=float)
        truth = gaussian if kind == "gaussian bound" else epsilon
        wrong = {"p": found < ALPHA, "bound": found > truth}.get(kind.split()[-1], found == 1)
        limit = ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / len(found))
        is_bound = kind.endswith("bound")
        rows.append(
            {
                "epsilon": epsilon,
                "K": n_classes,
                "kind": kind,
                "quantity": name,
                "audits": len(found),
                "canaries": M,
                "wrong": float(wrong.mean()),
                "allowed": float(limit),
                "holds": "yes" if wrong.mean() <= limit else "NO",
                "truth": float(truth) if is_bound else "",
                "median": float(np.median(found)) if is_bound else "",
                "ratio": float(np.median(found) / truth) if is_bound and truth else "",
            }
        )
    return rows


def main(n_audits=2000):
    rows, bounds = [], bounds_of_every_count()
    for epsilon, n_classes in [(0, 2), (0.5, 2), (1, 2), (2, 2), (0.5, 4), (1, 4), (2, 4)]:
        work = (delayed(one_audit)(seed, epsilon, n_classes, bounds) for seed in range(n_audits))
        setting = summarise(Parallel(n_jobs=2)(work), epsilon, n_classes)
        if n_classes > 2:  # the perfect memoriser of K classes is no Gaussian mechanism that is known
            setting = [row for row in setting if row["kind"] != "gaussian bound"]
        rows += setting
    naive = [row for row in rows if row["kind"].startswith("naive")]
    printed = [row for row in rows if not row["kind"].startswith("naive")]
    write("naive_readings.csv", naive)
    write("false_alarms.csv", printed)
    if any(row["holds"] != "yes" for row in printed):
        sys.exit("a row does not hold its level")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
