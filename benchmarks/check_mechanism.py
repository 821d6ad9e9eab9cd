"""How many rows check_mechanism needs, and how close its bounds come: six mechanisms that claim epsilon = 1.

Three spend more (half-rate response, the argmax of one-hot labels and Laplace noise, rows drawn with replacement) and
three keep it (randomized response over 2, 10 and 100 classes). Each is drawn 200 times at every number of rows. Writes
results/check_mechanism.csv; fails if a true claim is refuted more often than in 5 % and three standard errors.
"""

import sys

import numpy as np
from _results import write

from sklearn_blia import check_mechanism

CLAIM, N_DRAWS = 1.0, 200
N_ROWS = 3_000, 10_000, 30_000, 100_000, 300_000


def half_rate(rng, n):
    natural = rng.integers(2, size=n)
    redrawn = rng.random(n) < 1 / (1 + np.e)
    return natural, np.where(redrawn, rng.integers(2, size=n), natural)


def noisy_argmax(rng, n):
    natural = rng.integers(10, size=n)
    noisy = rng.laplace(size=(n, 10))
    noisy[np.arange(n), natural] += 1
    return natural, noisy.argmax(axis=1)


def with_replacement(rng, n):
    natural = rng.integers(2, size=n)
    drawn = rng.integers(n, size=round(n / (1 + np.e)))
    released = natural.copy()
    released[drawn] = 1 - natural[drawn]
    return natural, released


def randomized_response(n_classes):
    def draw(rng, n):
        natural = rng.integers(n_classes, size=n)
        changed = rng.random(n) < (n_classes - 1) / (n_classes - 1 + np.e)
        return natural, np.where(changed, (natural + rng.integers(1, n_classes, size=n)) % n_classes, natural)

    return draw


# What each spends: ln(1 + 2e); by numerical integration; by e^-p of the rows that are never drawn.
KEPT = np.exp(-1 / (1 + np.e))
MECHANISMS = {
    "half-rate response": (half_rate, np.log(1 + 2 * np.e)),
    "argmax(one-hot + Laplace), K = 10": (noisy_argmax, 1.13736),
    "rows with replacement": (with_replacement, np.log(KEPT / (1 - KEPT))),
    "randomized response": (randomized_response(2), CLAIM),
    "randomized response, K = 10": (randomized_response(10), CLAIM),
    "randomized response, K = 100": (randomized_response(100), CLAIM),
}


def main():
    rows = []
    for name, (draw, spent) in MECHANISMS.items():
        for n in N_ROWS:
            checks = [check_mechanism(*draw(np.random.default_rng(seed), n), CLAIM) for seed in range(N_DRAWS)]
            bounds = [check.epsilon_lower_bound for check in checks]
            rows.append(
                {
                    "mechanism": name,
                    "spent": round(spent, 4),
                    "n_rows": n,
                    "refuted": np.mean([check.refuted for check in checks]),
                    "above_spent": np.mean(np.array(bounds) > spent),
                    "median_bound": round(float(np.median(bounds)), 3),
                }
            )
            print(rows[-1], flush=True)
    write("check_mechanism.csv", rows)
    limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / N_DRAWS)
    if any(row["above_spent"] > limit for row in rows):
        sys.exit("a bound is above what was spent more often than it may be")


if __name__ == "__main__":
    main()
