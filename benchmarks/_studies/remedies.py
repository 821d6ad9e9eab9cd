"""(f) Remedies: what each does to memorization, and what it costs, beside the same model without it."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier

from sklearn_blia.defences import fit_soft
from sklearn_blia.neural import CNNClassifier

from . import data, pictures, tables
from .audits import audit, network, rows_of, unplanted


class Tempered(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are made less sure: raised to 1 / temperature and renormalised."""

    def __init__(self, estimator, temperature=4.0):
        self.estimator = estimator
        self.temperature = temperature

    def fit(self, X, y):
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X):
        cooled = self.estimator_.predict_proba(X) ** (1 / self.temperature)
        return cooled / cooled.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.estimator_.predict(X)


class Smoothed(ClassifierMixin, BaseEstimator):
    """A classifier trained on labels that give every class a share."""

    def __init__(self, estimator, smoothing=0.2):
        self.estimator = estimator
        self.smoothing = smoothing

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        sure = (np.asarray(y)[:, None] == self.classes_).astype(float)
        targets = (1 - self.smoothing) * sure + self.smoothing / len(self.classes_)
        self.estimator_ = fit_soft(self.estimator, X, targets, self.classes_)
        return self

    def predict_proba(self, X):
        return self.estimator_.predict_proba(X)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def forests():
    forest = RandomForestClassifier(100)
    return {
        "as it is": forest,
        "leaves of 10 rows": RandomForestClassifier(100, min_samples_leaf=10),
        "depth 8": RandomForestClassifier(100, max_depth=8),
        "a tenth of the rows for each tree": RandomForestClassifier(100, max_samples=0.1),
        "500 trees": RandomForestClassifier(500),
        "temperature 4": Tempered(forest),
    }


def boostings():
    boosting = HistGradientBoostingClassifier(max_iter=300, early_stopping=False)
    return {
        "as it is": boosting,
        "early stopping": HistGradientBoostingClassifier(max_iter=300, early_stopping=True),
        "L2 penalty 100": HistGradientBoostingClassifier(max_iter=300, early_stopping=False, l2_regularization=100),
        "8 leaves": HistGradientBoostingClassifier(max_iter=300, early_stopping=False, max_leaf_nodes=8),
        "10 of them on half of the rows each": BaggingClassifier(boosting, 10, max_samples=0.5),
        "temperature 4": Tempered(boosting),
    }


def networks():
    plain = network(max_epochs=60)
    return {
        "as it is": plain,
        "early stopping": network(max_epochs=60, early_stopping=True, n_iter_no_change=3),
        "weight decay": network(max_epochs=60, optimizer="adamw", weight_decay=1.0),
        "width 8": network((8, 8), max_epochs=60),
        "label smoothing .2": Smoothed(plain),
        "mean of 5": VotingClassifier([(str(number), plain) for number in range(5)], voting="soft"),
        "5 of them on half of the rows each": BaggingClassifier(plain, 5, max_samples=0.5),
        "temperature 4": Tempered(plain),
    }


def images():
    settings = {"channels": (16, 32), "max_epochs": 20, "lr": 0.003, "device": "cpu", "image_shape": (8, 8)}
    return {
        "as it is": CNNClassifier(**settings),
        "dropout .5": CNNClassifier(**settings, dropout=0.5),
        "dropout .8": CNNClassifier(**settings, dropout=0.8),
        "early stopping": CNNClassifier(**settings, early_stopping=True, n_iter_no_change=3),
    }


KINDS = {
    "random forest, Census": (forests, lambda: data.census(6000)),
    "gradient boosting, Census": (boostings, lambda: data.census(6000)),
    "neural network, Census": (networks, lambda: data.census(6000)),
    "convolutional network, digits": (images, lambda: (data.digits()[0], data.digits()[1] >= 5)),
}


def run():
    for kind, (make, load) in KINDS.items():
        X, y = load()
        found = audit(make(), X, y)
        for row in rows_of({"kind": kind}, found):
            accuracy, error = unplanted(make()[row["model"]], X, y, found, n_fits=3)
            yield row | {"remedy": row["model"], "accuracy_unplanted": accuracy, "unplanted_error": error}


def draw(frame, path):
    figure, axes = pictures.panels([""] * 2, sharey=False, n_rows=2)
    figure.set_size_inches(12, 7)
    for ax, kind in zip(axes.flat, KINDS, strict=True):
        ax.set_title(kind, fontsize="medium")
        pictures.trade_off(ax, frame[frame["kind"] == kind], "accuracy_unplanted")
        ax.set_xlim(-0.06, 1.04)
        ax.legend(fontsize="x-small", frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes[1][0].set_ylabel("accuracy without canaries, %")
    pictures.finish(figure, path, label="accuracy without canaries, %")


def table(frame):
    lines = []
    for kind in KINDS:
        one = frame[frame["kind"] == kind]
        base = one.iloc[0]["accuracy_unplanted"]
        for _, row in one.iterrows():
            cost = "" if row["remedy"] == "as it is" else tables.change(100 * (row["accuracy_unplanted"] - base))
            accuracy = f"{100 * row['accuracy_unplanted']:.1f}"
            lines.append([kind, row["remedy"], tables.with_outputs(row), accuracy, cost])
    return tables.markdown(["model, data", "remedy", "memorization, %", "accuracy, %", "change"], lines)
