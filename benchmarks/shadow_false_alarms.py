"""How often do attacks with shadow models alarm although nothing leaks?

2,000 audits a row. A target and 8 shadows memorize labels strongly, but the target saw other coins than those that are
held against it: every p-value below .05 is a false alarm. Logits of 500 canaries are drawn: a natural part that differs
from canary to canary, the effect of the label trained on, and noise; in half of the audits probabilities are coarse, 0
and 1 among them, as a forest's. Writes results/shadow_false_alarms.csv; fails if a share of alarms exceeds .05 by more
than three standard errors. Takes about five minutes on two cores.
"""

import sys

import numpy as np
from _results import write
from joblib import Parallel, delayed

from sklearn_blia.attacks import (
    CanaryOutputs,
    LabelLiRAAttack,
    LearnedAttack,
    ReferenceAttack,
    Shadows,
    SideInformation,
)

N_AUDITS, M, N_SHADOWS = 2000, 500, 8
ATTACKS = {
    "reference": ReferenceAttack(),
    "label-LiRA": LabelLiRAAttack(N_SHADOWS),
    "learned": LearnedAttack(n_shadows=N_SHADOWS),
}


def outputs(seed):
    """A target, its shadows and its reference; the labels held against it are no one's."""
    rng = np.random.default_rng(seed)
    coins = rng.integers(2, size=(N_SHADOWS + 1, M))
    gap, noise, spread = rng.uniform(0.5, 6), rng.uniform(0.2, 1), rng.uniform(0.5, 3)
    middle = spread * rng.standard_normal(M)
    proba = 1 / (1 + np.exp(-(middle + gap * (coins - 0.5) + noise * rng.standard_normal(coins.shape))))
    if seed % 2:
        proba = np.round(proba * 20) / 20
    reference = 1 / (1 + np.exp(-middle))
    other = rng.integers(2, size=M)
    side = SideInformation(reference=reference, shadows=Shadows(proba[1:], coins[1:]))
    return CanaryOutputs(proba[0], np.tile([0, 1], (M, 1)), other, other, np.arange(M), side)


def one_audit(seed):
    found = outputs(seed)
    return {name: attack.evaluate(found).p_value < 0.05 for name, attack in ATTACKS.items()}


def main():
    alarms = Parallel(n_jobs=2)(delayed(one_audit)(seed) for seed in range(N_AUDITS))
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / N_AUDITS)
    rows = [
        {"attack": name, "n_audits": N_AUDITS, "alarms": float(np.mean([a[name] for a in alarms])), "allowed": allowed}
        for name in ATTACKS
    ]
    write("shadow_false_alarms.csv", rows)
    if any(row["alarms"] > allowed for row in rows):
        sys.exit("an attack alarms too often")


if __name__ == "__main__":
    main()
