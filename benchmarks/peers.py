"""The same simulated audits through this package and through its peers: false alarms, tightness, time.

Each audit has 500 canaries with fair coins and one attack's log odds for them. Innocent models, whose outputs have
nothing to do with the coins; perfect memorisers behind randomized response at epsilon = 1 and 2, whose log odds are of
any size; and a likelihood ratio attack on a model that memorized a fifth. For each bound: how often it is above the
truth (any bound above 0 is for an innocent model), its median, and the time for one audit. Peers run in virtual
environments of their own, by the interpreters that are named; one that is not named is left out:

    JAX_PRIVACY_PYTHON=... PRIVACYGUARD_PYTHON=... python benchmarks/peers.py

A peer's number is put down as it is printed by default. PrivacyGuard calls its `eps` an upper confidence limit of what
its attack finds, and no bound of it claims a level; users read it as "epsilon". Writes results/peers.csv; fails where a
bound of this package is above the truth in more than .05 and three standard errors. Takes about ten minutes.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _results import write
from scipy import special

from sklearn_blia.metrics import epsilon_from_ranking

ALPHA, M, N_AUDITS, N_SLOW = 0.05, 500, 400, 40
WORKERS = Path(__file__).parent / "peers"
PEERS = {
    "jax_privacy": ("JAX_PRIVACY_PYTHON", "jax_privacy_worker.py", N_AUDITS),
    "PrivacyGuard": ("PRIVACYGUARD_PYTHON", "privacyguard_worker.py", N_SLOW),
}


def innocent(rng):
    return rng.integers(2, size=M), 2 * rng.normal(size=M)


def memoriser(rng, epsilon):
    coins = rng.integers(2, size=M)
    released = np.where(rng.random(M) < special.expit(epsilon), coins, 1 - coins)
    return coins, (2 * released - 1) * rng.uniform(0, 4, size=M)


def fifth(rng):
    coins = rng.integers(2, size=M)
    shift = np.where(rng.random(M) < 0.2, 2.0, rng.uniform(0, 0.5, size=M))
    leaning = (2 * coins - 1) * np.where(shift == 2.0, 2.0, 0.0) + rng.normal(size=M)
    return coins, 2 * shift * leaning


PATTERNS = {
    "innocent": (innocent, 0.0),
    "randomized response, epsilon = 1": (lambda rng: memoriser(rng, 1.0), 1.0),
    "randomized response, epsilon = 2": (lambda rng: memoriser(rng, 2.0), 2.0),
    "a fifth memorized, no label privacy": (fifth, np.inf),
}


def ours(coins, log_odds):
    found = {}
    for method in ("prefixes", "neyman-pearson"):
        started = time.perf_counter()
        found[method] = np.array([
            epsilon_from_ranking(np.abs(score), (score >= 0) == coin, method=method).epsilon_lower_bound
            for coin, score in zip(coins, log_odds, strict=True)
        ])  # fmt: skip
        found[method + " seconds"] = (time.perf_counter() - started) / len(coins)
    return found


def theirs(python, worker, coins, log_odds):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "audits.npz"), Path(folder, "bounds.npz")
        np.savez(source, coins=coins, log_odds=log_odds)
        subprocess.run([python, str(WORKERS / worker), str(source), str(target)], check=True)
        return dict(np.load(target))


def rows_of(package, pattern, truth, found):
    for name, bounds in found.items():
        if name.endswith(" seconds"):
            continue
        wrong = np.mean(bounds > truth + 1e-9)
        yield {
            "audits": pattern,
            "truth": truth,
            "package": package,
            "bound": name,
            "n_audits": len(bounds),
            "above_the_truth": float(wrong),
            "standard_error": float(np.sqrt(ALPHA * (1 - ALPHA) / len(bounds))),
            "median": float(np.median(bounds)),
            "seconds_each": float(found[name + " seconds"]),
        }


def main():
    rows = []
    for pattern, (draw, truth) in PATTERNS.items():
        coins, log_odds = map(
            np.array, zip(*(draw(np.random.default_rng(seed)) for seed in range(N_AUDITS)), strict=True)
        )
        rows += rows_of("sklearn-blia", pattern, truth, ours(coins, log_odds))
        for package, (variable, worker, n) in PEERS.items():
            if variable in os.environ:
                found = theirs(os.environ[variable], worker, coins[:n], log_odds[:n])
                rows += rows_of(package, pattern, truth, found)
    write("peers.csv", rows)
    wrong = [row for row in rows if row["package"] == "sklearn-blia"
             and row["above_the_truth"] > ALPHA + 3 * row["standard_error"]]  # fmt: skip
    if wrong:
        sys.exit(f"bounds of this package are wrong too often: {wrong}")


if __name__ == "__main__":
    main()
