"""Bounds of jax_privacy's auditor on stored audits; run by an interpreter that has jax_privacy, see ../peers.py."""

import sys
import time

import numpy as np
from jax_privacy.auditing import Bonferroni, CanaryScoreAuditor, MultiSplit, Split

ALPHA, DELTA = 0.05, 1e-12  # its one-run bounds take no delta of 0
N_SLOW = 100  # audits of the way that takes a hundred splits


def main(source, target):
    audits = np.load(source)
    ways = {
        "one run, Bonferroni": lambda a, s: a.epsilon_one_run(ALPHA, DELTA, threshold_strategy=Bonferroni()),
        "one run, Split": lambda a, s: a.epsilon_one_run(ALPHA, DELTA, threshold_strategy=Split(seed=s)),
        "one run, MultiSplit": lambda a, s: a.epsilon_one_run(ALPHA, DELTA, threshold_strategy=MultiSplit(seed=s)),
        "Clopper-Pearson": lambda a, s: a.epsilon_clopper_pearson(ALPHA, 0.0),
    }
    found = {}
    for name, bound in ways.items():
        n = N_SLOW if "MultiSplit" in name else len(audits["coins"])
        started = time.perf_counter()
        found[name] = np.array([
            bound(CanaryScoreAuditor(scores[coins == 1], scores[coins == 0]), seed)
            for seed, (coins, scores) in enumerate(zip(audits["coins"][:n], audits["log_odds"][:n], strict=True))
        ])  # fmt: skip
        found[name + " seconds"] = (time.perf_counter() - started) / n
    np.savez(target, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
