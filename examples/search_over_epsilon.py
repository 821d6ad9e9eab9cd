"""
Search over epsilon
===================

A stock GridSearchCV over the epsilon of randomized response. Accuracy alone picks the largest epsilon; the
memorization score says what that costs. It is an experiment: each fit of the search is a release of its own, and
their epsilons add up.
"""

# %%
# ``neg_blia_memorization_score`` is there because a search maximises: with the plain score it would pick the
# leakiest model.
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import (
    CanaryFlipper,
    RandomizedResponse,
    blia_memorization_score,
    make_label_pipeline,
    neg_blia_memorization_score,
)
from sklearn_blia.metrics import attack_cap

X, y = load_digits(return_X_y=True)
model = make_label_pipeline(
    CanaryFlipper(fraction=0.3, random_state=0),
    RandomizedResponse(random_state=0),
    DecisionTreeClassifier(random_state=0),
)
search = GridSearchCV(
    model,
    {"randomizedresponse__epsilon": [0.5, 2, 4, np.inf]},
    scoring={"accuracy": "accuracy", "memorization": blia_memorization_score, "less": neg_blia_memorization_score},
    refit="accuracy",
).fit(X, y >= 5)

# %%
# A full tree stores every released label, so its score sits at the cap of the mechanism, 2 * cap - 1.
for epsilon, accuracy, score in zip(
    search.cv_results_["param_randomizedresponse__epsilon"],
    search.cv_results_["mean_test_accuracy"],
    search.cv_results_["mean_test_memorization"],
    strict=True,
):
    cap = 2 * attack_cap(epsilon) - 1
    print(f"epsilon {epsilon:<4g} accuracy {accuracy:.3f}   memorization {score:.3f}   cap {cap:.3f}")
