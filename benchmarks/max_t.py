"""Time and peak memory of max_t_test and of judge, with 10,000 draws.

The first gets 10,000 canaries and 8 attacks, half of them label-reading; the second a million canaries and five
attacks, by count and over coverages, with their bounds. Memory is the growth of the process's peak resident set over
what it held before. Writes results/max_t.csv; fails above 2 s or 1 GiB for the million.
"""

import resource
import sys
import time

import numpy as np
from _results import write

from sklearn_blia.metrics import judge, max_t_test


def measured(name, work, **sizes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    work()
    taken = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
    return {"what": name, **sizes, "n_draws": 10_000, "seconds": taken, "peak_growth_MiB": grown}


def main():
    rng = np.random.default_rng(0)
    tables = rng.integers(2, size=(8, 10_000, 2))
    tables[::2, :, 1] = tables[::2, :, 0]
    coins = rng.integers(2, size=10_000)
    max_t_test(tables[:, :100], coins[:100], n_draws=10, random_state=0)
    rows = [measured("max_t_test", lambda: max_t_test(tables, coins, random_state=0), n_attacks=8, n_canaries=10_000)]
    coins = rng.integers(2, size=10**6)
    scores = dict(zip("abcde", rng.standard_normal((5, 10**6)), strict=True))
    rows.append(
        measured("judge", lambda: judge({"private": coins}, scores, random_state=0), n_attacks=5, n_canaries=10**6)
    )
    write("max_t.csv", rows)
    if rows[1]["seconds"] > 2 or rows[1]["peak_growth_MiB"] > 1024:
        sys.exit("a million canaries take more than 2 s or 1 GiB")


if __name__ == "__main__":
    main()
