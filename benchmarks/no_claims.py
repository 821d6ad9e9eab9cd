"""Ways to hide labels that promise nothing: how much of the labels is seen in what they leave behind.

scikit-learn's digits (is the digit 5 or more?), no label privacy, 336 canaries, three repeats, strong attacks (16
shadows). Each way beside the model that it is to mend: success ratio of the best label-blind attack against private
labels with its 95 % interval, joint p, bound on epsilon, clean accuracy. Whatever is printed here is a measurement of
these models, and no promise.

Writes results/no_claims.csv. Takes about five minutes on two cores.
"""

import sys

import numpy as np
from _results import write
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit
from sklearn_blia.defences import fit_soft
from sklearn_blia.neural import SequentialClassifier


class _Around(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Smoothed(_Around):
    """Label smoothing: a share of each label is spread over all of them."""

    def __init__(self, estimator, share=0.2):
        self.estimator = estimator
        self.share = share

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        targets = np.eye(len(self.classes_))[codes] * (1 - self.share) + self.share / len(self.classes_)
        self.model_ = fit_soft(self.estimator, X, targets, self.classes_)
        return self


class Tempered(_Around):
    """Probabilities p^(1/temperature), brought to a sum of 1."""

    def __init__(self, estimator, temperature=5.0):
        self.estimator = estimator
        self.temperature = temperature

    def fit(self, X, y):
        self.model_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        powers = self.model_.predict_proba(X) ** (1 / self.temperature)
        return powers / powers.sum(axis=1, keepdims=True)


class LabelProportions(_Around):
    """Learning from label proportions: each row knows only the shares of labels in its bag."""

    def __init__(self, estimator, bag_size=8, random_state=None):
        self.estimator = estimator
        self.bag_size = bag_size
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        bags = np.random.RandomState(self.random_state).permutation(len(y)) // self.bag_size
        counts = np.zeros((bags.max() + 1, len(self.classes_)))
        np.add.at(counts, (bags, codes), 1)
        shares = counts / counts.sum(axis=1, keepdims=True)
        self.model_ = fit_soft(self.estimator, X, shares[bags], self.classes_)
        return self


NET = SequentialClassifier((64,), max_epochs=40, lr=0.005, device="cpu")
MODELS = {
    "one tree": DecisionTreeClassifier(),
    "one tree, leaves of 20": DecisionTreeClassifier(min_samples_leaf=20),
    "average of 100 trees": RandomForestClassifier(100),
    "average of 100 trees, leaves of 20": RandomForestClassifier(100, min_samples_leaf=20),
    "100 trees, bags of 8 labels": LabelProportions(RandomForestClassifier(100)),
    "boosting": HistGradientBoostingClassifier(),
    "boosting, stopped early": HistGradientBoostingClassifier(early_stopping=True),
    "logistic regression": LogisticRegression(C=10, max_iter=2000),
    "logistic regression, temperature 5": Tempered(LogisticRegression(C=10, max_iter=2000)),
    "logistic regression, smoothing .2": Smoothed(LogisticRegression(C=10, max_iter=2000)),
    "perceptron": NET,
    "perceptron, stopped early": clone(NET).set_params(early_stopping=True),
    "perceptron, smoothing .2": Smoothed(NET),
}


def main():
    X, y = load_digits(return_X_y=True)
    audit = LabelAudit(
        MODELS, mechanism=None, epsilons=[np.inf], n_repeats=3, attacks="strong", n_jobs=2, random_state=0, verbose=1,
        cache_dir=sys.argv[1] if sys.argv[1:] else None,
    ).fit(X / 16, y >= 5)  # fmt: skip
    rows = []
    for cell, compared in zip(audit.report_.cells, audit.report_.comparison().to_dict("records"), strict=True):
        finding = cell.attacks[compared["attack"]]
        low, high = finding.private.confidence_interval
        strongest = cell.attacks[cell.findings.strongest("private")]
        rows.append({
            "model": cell.model, "clean_accuracy": compared["clean_accuracy"], "attack": compared["attack"],
            "success_ratio": compared["success_ratio"], "low": low, "high": high,
            "joint_p": strongest.joint_p_values["private"], "epsilon_lower_bound": cell.bound,
        })  # fmt: skip
    write("no_claims.csv", rows)


if __name__ == "__main__":
    main()
