"""How many shadows are enough: bounds of label-LiRA by 4, 8 and 16 of them, and by as many as "auto" takes.

The eleven rows of shadow_attacks.py: models on the digits, on 8,000 rows of the Census and on all of it, without label
privacy, 16 shadows a model, repeats pooled. Shadows are nested, so what 4 or 8 would have found follows from the 16;
`LabelLiRAAttack("auto")` decides for each model under attack by its first 4 or 8 shadows alone. Bounds are on epsilon;
"share" is of the bound by 16. Needs the Census files in the folder that SKLEARN_BLIA_DATA names. Writes
results/enough_shadows.csv. Fails where "auto" gets less than .95 of the bounds by 16 on average over the rows, or takes
more than 14 shadows on average.
"""

import os
import sys
import warnings
from dataclasses import replace

import numpy as np
from _results import write
from shadow_attacks import MODELS, audit
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import CanaryFlipper, LabelLiRAAttack
from sklearn_blia.datasets import fetch_census, make_census_preprocessor
from sklearn_blia.evidence import Shadows
from sklearn_blia.metrics import judge


def scores_by(observation, n_shadows):
    """Decision values of label-LiRA by the first shadows."""
    arrays = {name: part[:n_shadows] for name, part in observation.evidence[Shadows(16)].items()}
    some = replace(observation.evidence, found=observation.evidence.found | {Shadows(16): arrays})
    return LabelLiRAAttack(16).score(some)


def n_auto(observation):
    arrays, n = observation.evidence[Shadows(16)], 0
    while True:
        wanted = LabelLiRAAttack("auto").n_enough(*((arrays["second"][:n], arrays["codes"][:n]) if n else ()))
        if wanted <= n:
            return n
        n = wanted


def rows_of(data, name, model, X, y, **params):
    found = audit(model, X, y, {"label-LiRA": LabelLiRAAttack(16)}, **params)
    seen = list(found.observations_.values())
    codes = {"private": np.concatenate([one.codes["private"] for one in seen])}
    guessed = np.concatenate([one.evidence.argmax_is_candidate for one in seen])
    repeats = np.repeat(np.arange(len(seen)), [len(one.canaries) for one in seen])
    rows = []
    for label, numbers in (("16", [16] * len(seen)), ("8", [8] * len(seen)), ("4", [4] * len(seen)),
                           ("auto", [n_auto(one) for one in seen])):  # fmt: skip
        scores = np.concatenate([scores_by(one, n) for one, n in zip(seen, numbers, strict=True)])
        finding = judge(codes, {"lira": scores}, guessed=guessed, repeats=repeats, random_state=0).attacks["lira"]
        rows.append({"data": data, "model": name, "shadows": label, "mean_shadows": float(np.mean(numbers)),
                     "success_ratio": finding.private.success_ratio, "coverage": finding.coverage["private"],
                     "epsilon_lower_bound": finding.bound.epsilon_lower_bound})  # fmt: skip
        rows[-1]["share"] = rows[-1]["epsilon_lower_bound"] / rows[0]["epsilon_lower_bound"]
        print(rows[-1], flush=True)
    return rows


def main():
    if "SKLEARN_BLIA_DATA" not in os.environ:
        sys.exit("SKLEARN_BLIA_DATA is not set: no Census, nothing written")
    warnings.simplefilter("ignore")
    X, y = load_digits(return_X_y=True)
    rows = []
    for name, model in MODELS.items():
        rows += rows_of("digits", name, make_pipeline(StandardScaler(), model), X, y >= 5)
    X, y = fetch_census(data_home=os.environ["SKLEARN_BLIA_DATA"], return_X_y=True)
    some = np.random.RandomState(0).permutation(len(y))[:8000]
    for name, model in MODELS.items():
        behind = make_pipeline(make_census_preprocessor(), model)
        rows += rows_of("census, 8,000 rows", name, behind, X[some], y[some])
    network = make_pipeline(make_census_preprocessor(), MODELS["perceptron"])
    rows += rows_of(
        "census, all rows", "perceptron", network, X, y, n_repeats=5, test_size=0.2, planter=CanaryFlipper()
    )
    write("enough_shadows.csv", rows)
    auto = [row for row in rows if row["shadows"] == "auto"]
    share, taken = (float(np.mean([row[name] for row in auto])) for name in ("share", "mean_shadows"))
    print(f"auto takes {taken:.1f} shadows and gets {share:.3f} of the bounds by 16")
    if share < 0.95 or taken > 14:
        sys.exit("outside the limits")


if __name__ == "__main__":
    main()
