"""What do intervals cover when trainings differ? Audits of models that are stable and of models that are not.

Each model is trained 500 times on the same 1,000 rows with fresh canaries, 300 of them, and fresh randomness of its
own; a hundred audits are made of five trainings each. The truth is the mean success ratio of the threshold attack over
all 500. Per model: how far trainings differ beyond coins (variance of the success ratio over that of a binomial); how
often the Clopper-Pearson interval of the pooled count, and the interval between repeats, hold the truth; and how often
the report says that repeats differ.

The last two models know nothing of single labels: one stores the share of classes, one a share on either side of a
threshold. Their outputs depend on the sum of the coins, which is a dependence on the labels but on no label in
particular; how often the threshold attack finds it is in "alarms", which is no error rate.

Writes results/repeats.csv; fails if the interval between repeats holds the truth of any model in fewer than .95 less
three standard errors. Takes about five minutes on two cores.
"""

import numpy as np
from _results import write
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, ThresholdAttack
from sklearn_blia.metrics import between_repeats, memorization_test

N_FITS, N_REPEATS, N_CANARIES, ALPHA = 500, 5, 300, 0.05
MODELS = {
    "5 nearest neighbours": KNeighborsClassifier(),
    "logistic regression": LogisticRegression(C=10),
    "decision tree, 10 rows a leaf": DecisionTreeClassifier(min_samples_leaf=10),
    "boosting": HistGradientBoostingClassifier(max_iter=20),
    "boosting, stopped early": HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.3, early_stopping=True, n_iter_no_change=5
    ),
    "intercept alone (stores sums)": DummyClassifier(strategy="prior"),
    "stump (stores sums)": DecisionTreeClassifier(max_depth=1),
}


def main():
    X, y = make_classification(1334, 20, n_informative=5, flip_y=0.1, random_state=0)
    audit = LabelAudit(MODELS, epsilons=[np.inf], attacks={"threshold": ThresholdAttack()}, n_repeats=N_FITS,
                       n_canaries=N_CANARIES, n_jobs=2, random_state=0).fit(X, y)  # fmt: skip
    write("repeats.csv", [row_of(cell) for cell in audit.report_.cells])


def row_of(cell):
    ratios = np.array(cell.attacks["threshold"].between["private"].success_ratios)
    counts = np.rint(ratios * N_CANARIES).astype(int)
    truth = ratios.mean()
    pooled, between, differ = [], [], []
    for some in counts.reshape(-1, N_REPEATS):
        low, high = memorization_test(int(some.sum()), N_CANARIES * N_REPEATS).confidence_interval
        pooled.append(low <= truth <= high)
        found = between_repeats(some, [N_CANARIES] * N_REPEATS)
        between.append(found.confidence_interval[0] <= truth <= found.confidence_interval[1])
        differ.append(found.p_value < ALPHA)
    covered, allowed = np.mean(between), 1 - ALPHA - 3 * np.sqrt(ALPHA * (1 - ALPHA) / len(between))
    if covered < allowed:
        raise SystemExit(f"{cell.model}: the interval between repeats holds the truth in {covered:.1%}")
    return {
        "model": cell.model,
        "n_fits": N_FITS,
        "success_ratio": float(truth),
        "variance_over_binomial": float(ratios.var(ddof=1) / (truth * (1 - truth) / N_CANARIES)),
        "clopper_pearson_covers": float(np.mean(pooled)),
        "between_repeats_covers": float(covered),
        "repeats_differ": float(np.mean(differ)),
        "alarms": float(np.mean([memorization_test(int(v), N_CANARIES).p_value <= ALPHA for v in counts])),
    }


if __name__ == "__main__":
    main()
