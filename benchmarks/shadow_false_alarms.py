"""How often do attacks that compare alarm although nothing leaks, and audits print bounds that are wrong?

As many audits a row as are asked for, 2,000 by default. A target and 8 shadows memorize labels strongly, but the
target saw other coins than those that are held against it: every p-value below .05 is a false alarm, and so is every
bound on epsilon above 0 (of all attacks together, by all guesses or the surest, as LabelAudit prints it). In a second
set of audits the target saw the coins through randomized response with epsilon = 1, and a bound above 1 is wrong.

Logits of 500 canaries are drawn: a natural part that differs from canary to canary, the effect of the label trained on,
and noise; around the canaries half of the effect is left; of 600 other rows the labels are known, and likely what their
natural parts say; in half of the audits probabilities are coarse, 0 and 1 among
them, as a forest's. Writes results/shadow_false_alarms.csv; fails if a share of errors exceeds .05 by more than three
standard errors. Takes about ten minutes on two cores:

    python benchmarks/shadow_false_alarms.py [n_audits]
"""

import sys

import numpy as np
from _observed import observed
from _results import write
from joblib import Parallel, delayed

from sklearn_blia import LabelLiRAAttack, LearnedAttack, NeighborhoodAttack, ReferenceAttack, ResidualAttack
from sklearn_blia.evidence import BystanderOutputs, CrossFit, Reference, Shadows, SmoothedOutputs, fold_of
from sklearn_blia.metrics import judge, keep_probability

M, N_BYSTANDERS, N_SHADOWS = 500, 600, 8
ATTACKS = {
    "reference": ReferenceAttack(),
    "label-LiRA": LabelLiRAAttack(N_SHADOWS),
    "learned": LearnedAttack(n_shadows=N_SHADOWS),
    "neighborhood": NeighborhoodAttack(8),
    "residual": ResidualAttack(),
    "residual (smooth)": ResidualAttack("smooth"),
}


def outputs(seed, epsilon):
    """A target, its shadows, its reference and its outputs around; labels that it saw through randomized response."""
    rng = np.random.default_rng(seed)
    released = rng.integers(2, size=(N_SHADOWS + 1, M))
    gap, noise, spread = rng.uniform(0.5, 6), rng.uniform(0.2, 1), rng.uniform(0.5, 3)
    middle = spread * rng.standard_normal(M)
    logits = middle + gap * (released - 0.5) + noise * rng.standard_normal(released.shape)
    near = middle + gap / 2 * (released[0] - 0.5) + noise * rng.standard_normal((8, M))
    proba, around = (1 / (1 + np.exp(-found)) for found in (logits, near))
    if seed % 2:
        proba, around = (np.round(found * 20) / 20 for found in (proba, around))
    reference = 1 / (1 + np.exp(-middle))
    # Of two classes the response is its own inverse; at epsilon = 0 these are labels that no one saw.
    private = np.where(rng.random(M) < keep_probability(epsilon), released[0], 1 - released[0])
    found = bystanders(rng, gap, noise, spread, middle, coarse=seed % 2) | {
        ATTACKS["neighborhood"].neighborhood: {"second": around},
        Reference(): {"second": reference},
        Shadows(N_SHADOWS): {"second": proba[1:], "codes": released[1:]},
    }
    return observed(proba[0], private, released[0], found=found)


def bystanders(rng, gap, noise, spread, middle_of_canaries, coarse):
    """What the target says of other rows, whose labels are known, and what references say that did not see them."""
    middle = spread * rng.standard_normal(N_BYSTANDERS)
    codes = (rng.random(N_BYSTANDERS) < 1 / (1 + np.exp(-middle))).astype(np.int8)
    logits = middle + gap * (codes - 0.5) + noise * rng.standard_normal(N_BYSTANDERS)
    second, reference, of_canaries = (1 / (1 + np.exp(-one)) for one in (logits, middle, middle_of_canaries))
    rows = np.arange(M, M + N_BYSTANDERS)
    parts = {f"left_out_{fold}": reference[fold_of(rows, 2) == fold] for fold in range(2)}
    return {
        BystanderOutputs(): {
            "rows": rows, "pairs": np.tile([0, 1], (N_BYSTANDERS, 1)), "codes": codes,
            "second": np.round(second * 20) / 20 if coarse else second,
        },
        CrossFit(2): {"second": np.tile(of_canaries, (2, 1))}
        | {name: np.column_stack([1 - part, part]) for name, part in parts.items()},
        SmoothedOutputs(): {"canaries": middle_of_canaries, "bystanders": middle},
    }  # fmt: skip


def errors_of_one_audit(seed, epsilon):
    seen = outputs(seed, epsilon)
    scores = {name: attack.score_table(seen.evidence) for name, attack in ATTACKS.items()}
    findings = judge(seen.codes, scores, random_state=seed)
    errors = {("bound above the truth", "all attacks together"): findings.bound.epsilon_lower_bound > epsilon}
    if epsilon == 0:
        errors |= {("p below .05", name): one.private.p_value < 0.05 for name, one in findings.attacks.items()}
        joint = min(finding.joint_p_values["private"] for finding in findings.attacks.values())
        errors["joint p below .05", "all attacks together"] = joint < 0.05
    return errors


def main(n_audits=2000):
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_audits)
    rows = []
    for epsilon in (0.0, 1.0):
        audits = Parallel(n_jobs=2)(delayed(errors_of_one_audit)(seed, epsilon) for seed in range(n_audits))
        for error, attack in audits[0]:
            share = float(np.mean([audit[error, attack] for audit in audits]))
            rows.append({"epsilon": epsilon, "error": error, "attack": attack, "n_audits": n_audits, "share": share,
                         "allowed": allowed})  # fmt: skip
    write("shadow_false_alarms.csv", rows)
    if any(row["share"] > allowed for row in rows):
        sys.exit("an error is too frequent")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
