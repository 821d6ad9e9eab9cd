"""How few canaries show a leak, and how much epsilon they show: the tests and bounds of the package beside each other.

Simulated attacks, of which the probability of a right guess is known, and attacks on real models: nearest neighbours
and boosting on digits and, with the data there, on Census. For real models a few audits make a pool of some thousand
canaries, and audits of any size are drawn from it without replacement.

For each pattern, over 400 audits of each size:

- canaries for 80 % power at level .05, by the count of right guesses, by the coverage average, and by both together
  (max-T), as reports do;
- the median 95 % bound on epsilon of 200 audits with 500 canaries: by the methods of ``epsilon_from_ranking``; by the
  way of earlier versions ("was": half of the level for all guesses, an eighth each for the surest 5, 10, 20 and 50 %);
  and the best of all attacks of the pattern, by the default and by the old way. The truth is known for randomized
  response alone.

"loss" at the end is how much less a method bounds than the best of them, on average over the patterns: the default
is the one that loses least. Writes results/power.csv and results/bounds.csv. Takes about six minutes on two cores:

    SKLEARN_BLIA_DATA=... python benchmarks/power.py
"""

import os
from functools import partial

import numpy as np
from _results import write
from joblib import Parallel, delayed
from scipy import special
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sklearn_blia import LabelAudit, ThresholdAttack
from sklearn_blia.datasets import fetch_census, make_census_preprocessor
from sklearn_blia.metrics import (
    Bonferroni,
    coverage_average,
    epsilon_from_ranking,
    judge,
    max_t_test,
    memorization_test,
)
from sklearn_blia.metrics._coverage import coverage_weights

ALPHA, POWER, M = 0.05, 0.8, 500
N_TESTS, N_BOUNDS = 400, 200
SIZES = np.unique(np.rint(np.geomspace(8, 4000, 55)).astype(int))
WAS = Bonferroni((0.05, 0.1, 0.2, 0.5, 1.0), (0.125, 0.125, 0.125, 0.125, 0.5))  # what a claim with a delta still gets
METHODS = {"was": WAS, "bonferroni": "bonferroni", "split": "split", "neyman-pearson": "neyman-pearson",
           "prefixes": "prefixes"}  # fmt: skip


def lira(rng, m, *, share, separation):
    """A likelihood ratio attack that knows what each row's shadows say; others see the output with all that is natural.

    A `share` of the rows is memorized: the logit at the canary is that many standard deviations of its shadows off.
    """
    coins = rng.integers(2, size=m)
    side = 2 * coins - 1
    shift = np.where(rng.random(m) < share, separation, rng.uniform(0, 0.5, size=m))
    felt = np.where(shift >= separation, separation, 0.0)
    leaning = side * felt + rng.normal(size=m)
    seen = rng.normal(scale=3, size=m) + leaning
    second = special.expit(seen)
    others = {"threshold (fixed)": second - 0.5, "threshold (mean)": second - second.mean(),
              "threshold (median)": second - np.median(second), "delta-margin": 2 * second - 1}  # fmt: skip
    return coins, {"label-LiRA": 2 * shift * leaning} | others


def response(rng, m, *, epsilon):
    """A perfect memoriser behind randomized response, sure of released labels to a degree that says nothing."""
    coins = rng.integers(2, size=m)
    released = np.where(rng.random(m) < special.expit(epsilon), coins, 1 - coins)
    second = np.where(released == 1, 1, -1) * rng.uniform(0, 0.5, size=m)
    return coins, _threshold_family(second)


def faint(rng, m, *, ratio):
    """Every guess is right with the same small advantage."""
    coins = rng.integers(2, size=m)
    guess = np.where(rng.random(m) < ratio, coins, 1 - coins)
    return coins, _threshold_family(np.where(guess == 1, 1, -1) * rng.uniform(0, 0.5, size=m))


def ten_classes(rng, m):
    """A perfect memoriser of ten classes behind randomized response at epsilon = 1, asked about 1,000 canaries.

    Those count where its most probable class is a candidate: where the released label is one.
    """
    m = 1000
    kept = np.e / (np.e + 9)
    coins = rng.integers(2, size=m)
    fate = rng.choice(3, size=m, p=[kept, kept / np.e, 1 - kept - kept / np.e])
    named = fate < 2
    side = np.where(fate == 0, 2 * coins - 1, 1 - 2 * coins)
    return coins[named], _threshold_family((side * rng.uniform(0, 0.5, size=m))[named])


def from_pool(rng, m, *, coins, scores):
    kept = rng.choice(len(coins), size=m, replace=False)
    return coins[kept], {name: score[kept] for name, score in scores.items()}


def _threshold_family(centred):
    return {"threshold (fixed)": centred, "threshold (mean)": centred - centred.mean(),
            "threshold (median)": centred - np.median(centred), "delta-margin": 2 * centred}  # fmt: skip


def pool_of(model, X, y, n_repeats, n_canaries):
    audit = LabelAudit(model, epsilons=[np.inf], n_repeats=n_repeats, n_canaries=n_canaries, random_state=0,
                       attacks={"threshold (fixed)": ThresholdAttack(), "threshold (mean)": ThresholdAttack("mean"),
                                "threshold (median)": ThresholdAttack("median")}).fit(X, y)  # fmt: skip
    found = {name: audit.canary_scores(name, epsilon=np.inf) for name in audit.report_.cells[0].attacks}
    coins = next(iter(found.values()))[0]
    return partial(from_pool, coins=coins, scores={name: scores for name, (_, scores) in found.items()})


def patterns():
    found = {
        "LiRA, a fifth memorized (separation 2)": partial(lira, share=0.2, separation=2.0),
        "LiRA, a fifth memorized (separation 3)": partial(lira, share=0.2, separation=3.0),
        "LiRA, one in twenty memorized (separation 3)": partial(lira, share=0.05, separation=3.0),
        "LiRA, all memorized (separation 1)": partial(lira, share=1.0, separation=1.0),
        "perfect memoriser, randomized response 1": partial(response, epsilon=1.0),
        "perfect memoriser, randomized response 2": partial(response, epsilon=2.0),
        "every guess right with .6": partial(faint, ratio=0.6),
    }
    X, y = load_digits(return_X_y=True)
    y = y % 2
    found["digits, 5 nearest neighbours"] = pool_of(KNeighborsClassifier(), X, y, 20, 250)
    found["digits, boosting"] = pool_of(HistGradientBoostingClassifier(max_iter=30, random_state=0), X, y, 20, 250)
    if "SKLEARN_BLIA_DATA" in os.environ:
        X, y = fetch_census(data_home=os.environ["SKLEARN_BLIA_DATA"], return_X_y=True)
        neighbours = make_pipeline(make_census_preprocessor(), KNeighborsClassifier())
        boosting = make_pipeline(make_census_preprocessor(), HistGradientBoostingClassifier(random_state=0))
        found["Census, 5 nearest neighbours"] = pool_of(neighbours, X, y, 5, 1000)
        found["Census, boosting"] = pool_of(boosting, X, y, 5, 2000)
    return found


def significant(draw, m, seed):
    """Whether each test finds something, in one audit by the pattern's first attack."""
    rng = np.random.default_rng([seed, m])
    coins, scores = draw(rng, m)
    score = next(iter(scores.values()))
    right = (score >= 0) == coins
    guesses = (score >= 0).astype(int)
    weights = [np.ones(m), coverage_weights(np.abs(score))]
    return {
        "count": memorization_test(int(right.sum()), m).p_value <= ALPHA,
        "coverage average": coverage_average(score, coins, n_draws=999, random_state=seed).p_value <= ALPHA,
        "both, max-T": max_t_test([guesses] * 2, coins, weights=weights, n_draws=999, random_state=seed).p_value
        <= ALPHA,
    }


def power_row(name, draw):
    """Smallest size from which on the power of each test is at least .8 at two neighbouring sizes."""
    row, reached = {"pattern": name}, {}
    for m in SIZES:
        try:
            found = [significant(draw, m, seed) for seed in range(N_TESTS)]
        except ValueError:  # more canaries than the pool holds
            break
        for test in found[0]:
            if np.mean([f[test] for f in found]) >= POWER:
                reached.setdefault(test, m)
        if len(reached) == 3:
            break
        last = m
    return row | {f"canaries for 80 % power, {test}": int(reached.get(test, 0)) or f"> {last}"
                  for test in ("count", "coverage average", "both, max-T")}  # fmt: skip


def bounds_row(name, draw):
    found = {}
    for seed in range(N_BOUNDS):
        coins, scores = draw(np.random.default_rng([seed, M, 1]), M)
        first = next(iter(scores.values()))
        for method, way in METHODS.items():
            bound = epsilon_from_ranking(np.abs(first), (first >= 0) == coins, method=way, random_state=seed)
            found.setdefault(f"{method}, one attack", []).append(bound.epsilon_lower_bound)
        for method in ("was", "prefixes"):
            finding = judge({"private": coins}, scores, method=METHODS[method], random_state=seed)
            found.setdefault(f"{method}, best of all attacks", []).append(finding.bound.epsilon_lower_bound)
    medians = {key: float(np.median(values)) for key, values in found.items()}
    return {"pattern": name, "n_guessed": len(coins), "n_attacks": len(scores)} | medians


def main():
    known = patterns()
    work = Parallel(n_jobs=2)
    write("power.csv", work(delayed(power_row)(name, draw) for name, draw in known.items()))
    known["perfect memoriser, ten classes, randomized response 1, of 1,000 canaries"] = ten_classes
    rows = work(delayed(bounds_row)(name, draw) for name, draw in known.items())
    loss: dict = {}
    for kind in ("one attack", "best of all attacks"):
        ways = [way for way in rows[0] if way.endswith(kind)]
        best = [max(row[way] for way in ways) for row in rows]
        loss |= {way: float(np.mean([b - row[way] for b, row in zip(best, rows, strict=True)])) for way in ways}
        if min(ways, key=loss.get) != f"prefixes, {kind}":
            raise SystemExit(f"another method than the default loses least by {kind}")
    blank = dict.fromkeys(rows[0], "")
    write("bounds.csv", [*rows, blank | {"pattern": "loss"} | loss])


if __name__ == "__main__":
    main()
