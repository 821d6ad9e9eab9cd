"""Predictions are put together by name, or not at all."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.preprocessing import LabelEncoder
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import CanaryFlipper, LabelAudit, RandomizedResponse, ThresholdAttack, make_label_pipeline
from sklearn_blia.canaries import align_proba, find_canaries, positions_of
from sklearn_blia.evidence import evidence_of
from sklearn_blia.exceptions import BelowChanceWarning


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(600, n_features=8, n_informative=4, flip_y=0.05, random_state=0)
    return X, np.array(["no", "yes"])[y]


class Wrapped(ClassifierMixin, BaseEstimator):
    """A full tree behind an interface of its own."""

    def __init__(self, kind="plain"):
        self.kind = kind

    def fit(self, X, y):
        self.encoder_ = LabelEncoder().fit(y)
        self.tree_ = DecisionTreeClassifier(random_state=0).fit(X, self.encoder_.transform(y))
        labels = self.encoder_.classes_
        self.classes_ = {"codes": self.tree_.classes_, "words": self.tree_.classes_.astype(str),
                         "twice": np.array([labels[0]] * len(labels))}.get(self.kind, labels)  # fmt: skip
        if self.kind == "none":
            del self.classes_
        return self

    def predict_proba(self, X):
        proba = self.tree_.predict_proba(X)
        labels = self.encoder_.classes_
        if self.kind == "frame":
            return pd.DataFrame(proba, columns=labels)
        if self.kind == "turned frame":
            return pd.DataFrame(proba, columns=labels)[labels[::-1]]
        if self.kind == "nameless frame":
            return pd.DataFrame(proba)
        if self.kind == "rounded":
            return proba + np.array([1e-7, -1e-7])
        if self.kind == "one column":
            return proba[:, 1]
        return proba

    def predict(self, X):
        codes = self.tree_.predict(X)
        if self.kind == "predicts codes":
            return codes
        labels = self.encoder_.inverse_transform(codes)
        return labels[:, None] if self.kind == "column" else labels


def audit(kind, X, y, **params):
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0}
    return LabelAudit(Wrapped(kind), attacks=[ThresholdAttack()], **settings | params).fit(X, y)


@pytest.mark.parametrize("kind", ["plain", "frame", "turned frame", "rounded", "column"])
def test_what_matches_by_name_is_taken(rows, kind):
    found = audit(kind, *rows)
    assert found.results_["private_success_ratio_ThresholdAttack()"] == 1
    assert found.results_["mean_train_accuracy"] == 1
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), Wrapped(kind)).fit(*rows)
    assert ThresholdAttack()(model) == 1


def test_a_column_of_three_classes_is_no_table(rows):
    X, _ = rows
    y = np.arange(600) % 3
    assert audit("column", X, y).results_["mean_train_accuracy"] == 1


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("codes", r"Wrapped\.classes_ are \[0, 1\], and the labels it was trained on are \['no', 'yes'\]"),
        ("words", r"Wrapped\.classes_ are \['0', '1'\]"),
        ("twice", "name a label twice"),
        ("none", "has no classes_"),
        ("nameless frame", r"the columns of Wrapped's answer are \[0, 1\]"),
        ("one column", "there must be one column for each"),
        ("predicts codes", r"Wrapped\.predict gives (np\.int64\()?[01]\)?, and the labels are \['no', 'yes'\]"),
    ],
)
def test_what_does_not_match_is_an_error_and_no_tie(rows, kind, message):
    with pytest.raises(RuntimeError, match=message):
        audit(kind, *rows)
    if kind != "predicts codes":
        model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), Wrapped(kind)).fit(*rows)
        with pytest.raises(ValueError, match=message):
            ThresholdAttack()(model)


def test_minus_one_and_one_are_not_zero_and_one(rows):
    """Half of the names match, which is as bad as none."""
    X, y = rows
    with pytest.raises(RuntimeError, match=r"are \[0, 1\], and the labels it was trained on are \[-1, 1\]"):
        audit("codes", X, np.where(y == "yes", 1, -1))
    # 0 and 1 are what the encoder gives: nothing is wrong.
    assert audit("codes", X, np.where(y == "yes", 1, 0)).results_["private_success_ratio_ThresholdAttack()"] == 1


def test_released_labels_are_asked_for_by_name_too(rows):
    model = make_label_pipeline(CanaryFlipper(0.2), RandomizedResponse(), Wrapped("codes")).fit(*rows)
    with pytest.raises(ValueError, match="they must match by name"):
        find_canaries(model).ask(rows[0])


# ---- by hand


def test_columns_of_a_frame_are_found_by_name():
    """868 of 1,000 right guesses must not become 132 because somebody sorted the columns."""
    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=1000)
    second = np.where(rng.random(1000) < 0.868, coins, 1 - coins).astype(float)
    frame = pd.DataFrame({"yes": second, "no": 1 - second})
    pairs = np.tile(["no", "yes"], (1000, 1))
    for table in (frame, frame[["no", "yes"]]):
        inferred = ThresholdAttack().infer(table, pairs)
        assert np.sum(inferred == pairs[np.arange(1000), coins]) == np.sum((second == 1) == coins)
    assert list(evidence_of(frame[:3], pairs[:3]).second) == list(second[:3])


@pytest.mark.parametrize(
    ("pairs", "classes", "message"),
    [
        ([["a", "b"]], ["b", "c"], "pairs hold the label '?.*a'?.*, and the columns of proba are"),
        ([[0, 1]], ["0", "1"], "must match by name, type included"),
        ([["0", "1"]], [0, 1], "must match by name, type included"),
        ([["a", "b"]], ["a", "a"], "classes holds 'a' twice"),
        ([["a", "b"]], [["a", "b"]], "in one dimension"),
        ([[0, 1]], [0, np.nan], "classes holds NaN"),
        ([[0, 1]], [0, 1j], "classes must hold numbers, strings or booleans"),
        ([["a", "a"]], ["a", "b"], "two different labels"),
        ([["a", "b"]], ["a", "b", "c"], "has 2 columns and there are 3 classes"),
        ([["a", "b"], ["a", "b"]], ["a", "b"], r"pairs must have shape \(1, 2\)"),
    ],
)
def test_names_that_do_not_fit(pairs, classes, message):
    with pytest.raises(ValueError, match=message):
        evidence_of([[0.2, 0.8]], pairs, classes)


def test_a_frame_whose_columns_are_other_labels():
    with pytest.raises(ValueError, match="the columns of proba are"):
        evidence_of(pd.DataFrame({"0": [0.2], "1": [0.8]}), [[0, 1]], [0, 1])


def test_positions_are_by_name_and_type():
    assert positions_of(["0", "1", "x"], ["1", "0"]).tolist() == [1, 0, -1]
    assert positions_of(["0"], [0]).tolist() == [-1]
    assert positions_of([0], ["0"]).tolist() == [-1]
    assert positions_of([1.0, True, 0], [0, 1]).tolist() == [1, 1, 0]
    assert positions_of(np.array(["a", 1, None], dtype=object), np.array([1, "a"], dtype=object)).tolist() == [1, 0, -1]
    assert align_proba([[0.1, 0.2, 0.7]], ["c", "a", "b"], ["a", "b", "d"]).tolist() == [[0.2, 0.7, 0.0]]


class Contrary(Wrapped):
    """Says the opposite of what it stored."""

    def predict_proba(self, X):
        return 1 - super().predict_proba(X)


def test_far_below_chance_is_told(rows):
    """Columns that were mixed up upstream make a perfect memoriser guess everything wrong: that is an alarm."""
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0}
    found = LabelAudit(Contrary(), attacks=[ThresholdAttack()], **settings)
    with pytest.warns(BelowChanceWarning, match=r"far less\s+often than a coin"):
        found.fit(*rows)
    (verdict,) = found.report_.verdicts
    assert verdict.below_chance == ["ThresholdAttack()"]
    assert "FAR LESS often than a coin" in str(verdict)


def test_whether_the_argmax_is_a_candidate():
    """A tie with another class counts, and with two classes it always is one."""
    proba = [[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]
    evidence = evidence_of(proba, pairs=[["a", "c"]] * 3, classes=["a", "b", "c"])
    np.testing.assert_array_equal(evidence.argmax_is_candidate, [True, False, True])
    assert evidence_of([0.0, 0.3, 0.5, 1.0]).argmax_is_candidate.all()
