"""Time and peak memory of max_t_test with 10,000 draws, 10,000 canaries and 8 attacks, half of them label-reading.

Memory is the growth of the process's peak resident set over what it held before. Writes results/max_t.csv.
"""

import resource
import time

import numpy as np
from _results import write

from sklearn_blia.metrics import max_t_test


def main():
    rng = np.random.default_rng(0)
    n_attacks, n_canaries, n_draws = 8, 10_000, 10_000
    tables = rng.integers(2, size=(n_attacks, n_canaries, 2))
    tables[::2, :, 1] = tables[::2, :, 0]
    coins = rng.integers(2, size=n_canaries)
    max_t_test(tables[:, :100], coins[:100], n_draws=10, random_state=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    max_t_test(tables, coins, n_draws=n_draws, random_state=0)
    taken = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
    write(
        "max_t.csv",
        [
            {
                "n_attacks": n_attacks,
                "n_canaries": n_canaries,
                "n_draws": n_draws,
                "seconds": taken,
                "peak_growth_MiB": grown,
            }
        ],
    )


if __name__ == "__main__":
    main()
