"""Reference and shadow models: what they are trained on, and what comes of them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import CanaryFlipper, RandomizedResponse, ThresholdAttack, make_label_pipeline
from sklearn_blia.attacks import LabelLiRAAttack, LearnedAttack, ReferenceAttack
from sklearn_blia.audit import LabelAudit, train_shadows
from sklearn_blia.audit._members import Protocol, companions_of, fit_member, labels_of, make_members
from sklearn_blia.metrics import attack_cap
from sklearn_blia.neural import SequentialClassifier

NEAR = KNeighborsClassifier(5)
ATTACKS = {"threshold": ThresholdAttack(), "reference": ReferenceAttack(), "lira": LabelLiRAAttack(8)}
CLASSES = np.array([0, 1])


@pytest.fixture(scope="module")
def rows():
    return make_classification(1200, n_features=8, n_informative=4, flip_y=0.1, random_state=0)


class Counts(ClassifierMixin, BaseEstimator):
    """Remembers the rows it was given as its probability of class 1 of them: 1 seen, 0 not."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_, self.rows_ = np.unique(y), {row.tobytes() for row in X}
        return self

    def predict_proba(self, X):
        seen = np.array([row.tobytes() in self.rows_ for row in X], dtype=float)
        return np.column_stack([1 - seen, seen])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def members(**companions):
    return companions_of(make_members([1.0], 1, entropy=3, companions=companions))


def test_companions_change_no_target(rows):
    bare = make_members([np.inf, 1], 2, entropy=0)
    with_companions = make_members([np.inf, 1], 2, entropy=0, companions={"reference": 1, "shadow": 3})
    assert [member for member in with_companions if member.role == "target"] == bare
    more = make_members([np.inf, 1], 2, entropy=0, companions={"shadow": 5})
    assert {m for m in with_companions if m.role == "shadow"} < set(more)
    first, second = (LabelAudit(NEAR, epsilons=[1], n_repeats=2, n_canaries=100, attacks=attacks, random_state=0)
                     .fit(*rows).results_ for attacks in ({"threshold": ThresholdAttack()}, ATTACKS))  # fmt: skip
    np.testing.assert_array_equal(first["private_success_ratio_threshold"], second["private_success_ratio_threshold"])


def test_shadows_share_the_canaries_and_not_the_coins(rows):
    X, y = rows
    ((target, shadows),) = members(shadow=5).items()
    flipper, released = labels_of(target, X, y, Protocol(CLASSES, 400))
    labels = []
    for shadow in shadows:
        own, own_released = labels_of(shadow, X, y, Protocol(CLASSES, 400))
        for name in ("canary_indices_", "canary_pairs_", "canary_natural_labels_"):
            np.testing.assert_array_equal(getattr(own, name), getattr(flipper, name))
        others = np.delete(np.arange(len(y)), own.canary_indices_)
        # Coins agree by chance, 400 of them; noise that keeps with .731 agrees on .731² + .269² = .607 of 800 rows.
        assert abs(np.mean(own.canary_labels_ == flipper.canary_labels_) - 0.5) < 4 * np.sqrt(0.25 / 400)
        assert abs(np.mean(own_released[others] == released[others]) - 0.607) < 4 * np.sqrt(0.24 / 800)
        labels.append(tuple(own.canary_labels_))
    assert len(set(labels)) == 5


def test_matched_shadows_have_the_targets_seed():
    ((target, matched),) = members(matched_shadow=3).items()
    assert {m.training_seed for m in matched} == {target.training_seed}
    assert len({(m.other_coins_seed, m.noise_seed) for m in matched}) == 3
    ((target, free),) = members(shadow=3).items()
    assert len({m.training_seed for m in [target, *free]}) == 4


def test_the_reference_never_sees_a_canary_row(rows):
    X, y = rows
    ((target, (reference,)),) = members(reference=1).items()
    seen, unseen = (fit_member(Counts(), X, y, X, y, Protocol(CLASSES, 200), member) for member in (target, reference))
    np.testing.assert_array_equal(seen.outputs.indices, unseen.outputs.indices)
    assert (seen.outputs.second_proba == 1.0).all()
    assert (unseen.outputs.second_proba == 0.0).all()


def test_what_they_find_and_what_no_attack_can(rows):
    """Five neighbours, one of them the canary itself: LiRA finds more than the threshold, and the cap holds."""
    audit = LabelAudit(NEAR, epsilons=[np.inf, 1], n_repeats=2, n_canaries=300, attacks=ATTACKS, random_state=0).fit(
        *rows
    )
    found = {name: audit.results_[f"private_success_ratio_{name}"] for name in ATTACKS}
    assert found["lira"][0] > found["reference"][0] > found["threshold"][0]
    assert found["lira"][0] > 0.8
    cap = attack_cap(1.0)
    assert found["lira"][1] < cap + 4 * np.sqrt(cap * (1 - cap) / 600)
    assert not audit.results_["claim_refuted"].any()


def test_batched_shadows_are_those_of_the_loop(rows):
    net = SequentialClassifier((8,), max_epochs=3, precision="float64", device="cpu")
    attacks = ATTACKS | {"matched": LabelLiRAAttack(3, match_training_randomness=True)}
    audits = [
        LabelAudit(net, epsilons=[2], n_repeats=2, n_canaries=100, attacks=attacks, engine=engine, random_state=0).fit(
            *rows
        )
        for engine in ("batched", "loop")
    ]
    for name in attacks:
        ratios = [audit.results_[f"private_success_ratio_{name}"] for audit in audits]
        np.testing.assert_array_equal(*ratios)


def test_stored_shadows_are_not_repeated(rows, tmp_path, monkeypatch):
    audit = LabelAudit(DecisionTreeClassifier(), epsilons=[1], n_repeats=1, n_canaries=100, attacks=ATTACKS,
                       random_state=0, cache_dir=tmp_path)  # fmt: skip
    first = audit.fit(*rows).to_frame()
    monkeypatch.setattr("sklearn_blia.audit._engines.fit_member", None)
    second = clone(audit).fit(*rows).to_frame()
    assert first.equals(second)


class FailsAs(Counts):
    """Fails where it is trained on fewer rows than there are, as a reference is, or for some seeds."""

    def __init__(self, reference=False, every=None, random_state=None):
        super().__init__(random_state)
        self.reference = reference
        self.every = every

    def fit(self, X, y):
        if (self.reference and len(y) < 900) or (self.every and self.random_state % self.every == 0):
            raise ValueError("no")
        return super().fit(X, y)


def test_failures_of_companions(rows):
    params = {"epsilons": [1], "n_repeats": 1, "n_canaries": 100, "random_state": 0}
    with pytest.raises(RuntimeError, match="of a reference model: ValueError: no"):
        LabelAudit(FailsAs(reference=True), attacks={"reference": ReferenceAttack()}, **params).fit(*rows)
    # A third of the fits fails; of the shadows enough are left.
    audit = LabelAudit(FailsAs(every=3), attacks={"lira": LabelLiRAAttack(20)}, **params | {"n_repeats": 6}).fit(*rows)
    assert 0 < len(audit.errors_) < 6
    assert all("shadow" not in error for error in audit.errors_.values())


def test_several_classes_and_string_labels():
    X, y = make_classification(1200, n_informative=5, n_classes=4, random_state=0)
    words = np.array(["a", "b", "c", "d"])[y]
    audit = LabelAudit(NEAR, epsilons=[np.inf, 3], n_repeats=1, n_canaries=300, attacks=ATTACKS, random_state=0)
    found = audit.fit(X, words).results_["private_success_ratio_lira"]
    assert found[0] > 0.7
    assert found[1] > 0.5


# ---- shadows for one fitted model


def test_shadows_of_a_fitted_model(rows):
    X, y = rows
    model = make_label_pipeline(
        CanaryFlipper(n_canaries=300, random_state=0), RandomizedResponse(3, random_state=0), NEAR
    )
    outputs = train_shadows(model.fit(X, y), X, y, n_shadows=8, random_state=5)
    assert outputs.side.shadows.coins.shape == outputs.side.shadows.second_proba.shape == (8, 300)
    assert LabelLiRAAttack().evaluate(outputs).success_ratio > ThresholdAttack().evaluate(outputs).success_ratio
    again = train_shadows(model, X, y, n_shadows=8, random_state=5, n_jobs=2)
    np.testing.assert_array_equal(again.side.shadows.second_proba, outputs.side.shadows.second_proba)
    np.testing.assert_array_equal(again.side.reference, outputs.side.reference)
    assert LearnedAttack(n_shadows=8).evaluate(outputs).p_value < 0.05


def test_shadows_of_a_model_that_has_none(rows):
    X, y = rows
    model = make_label_pipeline(CanaryFlipper(n_canaries=100, random_state=0), NEAR).fit(X, y)
    with pytest.raises(ValueError, match="natural labels"):
        train_shadows(model, X, 1 - y)
    with pytest.raises(ValueError, match="natural labels"):
        train_shadows(model, X[:10], y[:10])
    with pytest.raises(ValueError, match="model must be a fitted LabelPipeline"):
        train_shadows(StandardScaler().fit(X), X, y)
