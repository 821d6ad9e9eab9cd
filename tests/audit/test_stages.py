"""As many shadows as are enough, decided by the shadows alone."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import LabelAudit, LabelLiRAAttack, LearnedAttack, ReferenceAttack
from sklearn_blia.audit._stages import in_stages
from sklearn_blia.audit._trials import Failure
from sklearn_blia.evidence import Shadows
from tests.audits import same

X, Y = make_classification(600, n_features=6, n_informative=4, n_redundant=0, flip_y=0.3, random_state=0)
NEAR = KNeighborsClassifier(5)


def audit(attacks, model=NEAR, **params):
    settings = {"epsilons": [np.inf], "n_repeats": 2, "n_canaries": 100, "random_state": 0}
    return LabelAudit(model, attacks=attacks, **settings | params).fit(X, Y)


def shadows_of(found):
    return [len(one.evidence[Shadows(16)]["second"]) for one in found.observations_.values()]


class Stores(ClassifierMixin, BaseEstimator):
    """Says of its training rows what they were labelled, and of others nothing."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.stored_ = {row.tobytes(): label for row, label in zip(X, y, strict=True)}
        return self

    def predict_proba(self, X):
        codes = np.array([self.stored_.get(row.tobytes(), 0.5) for row in X], dtype=float)
        return np.column_stack([1 - codes, codes])

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)


class Silent(Stores):
    """Says nothing of any row."""

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


@pytest.mark.parametrize("model", [Stores(), Silent()], ids=["all is seen", "nothing is to be seen"])
def test_four_are_enough_where_more_cannot_help(model):
    found = audit(LabelLiRAAttack("auto"), model)
    assert shadows_of(found) == [4, 4]
    assert found.n_fits_ == 2 * (1 + 4)


def test_what_auto_trains_is_what_so_many_would_have_been():
    """The same shadows, hence the same decision values, as with the number that it stopped at."""
    found = audit(LabelLiRAAttack("auto"), n_repeats=1)
    (n_shadows,) = shadows_of(found)
    fixed = audit(LabelLiRAAttack(n_shadows), n_repeats=1)
    (one,), (other,) = found.observations_.values(), fixed.observations_.values()
    np.testing.assert_array_equal(
        LabelLiRAAttack("auto").score(one.evidence), LabelLiRAAttack(n_shadows).score(other.evidence)
    )
    assert found.n_fits_ == 1 + n_shadows


def noisy_shadows(n_shadows, effect, seed=0):
    """Shadows whose logits a label moves by `effect` standard deviations of their noise, at every tenth canary."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(2, size=(n_shadows, 2000))
    moved = effect * (codes - 0.5) * (np.arange(2000) % 10 == 0)
    return 1 / (1 + np.exp(-moved - rng.standard_normal(codes.shape) - 2 * rng.standard_normal(2000))), codes


def test_more_are_trained_where_they_help():
    """A tenth of the canaries moved by three standard deviations has to be told from noise: four shadows cannot."""
    attack = LabelLiRAAttack("auto")
    assert attack.n_enough() == 4
    assert attack.n_enough(*noisy_shadows(4, 3.0)) == 8
    assert attack.n_enough(*noisy_shadows(16, 3.0)) == 16  # at most


def test_the_model_under_attack_has_no_part_in_it():
    """Whatever it answers, and however its coins fell, the same shadows are asked for."""
    found = audit(LabelLiRAAttack("auto"), n_repeats=1)
    ((target, seen),) = found.observations_.items()
    second, codes = noisy_shadows(16, 3.0)
    asked = []
    for outputs, canaries in (
        (np.zeros(100), seen.canaries),
        (seen.evidence.second, seen.canaries.redrawn(np.random.default_rng(1))),
    ):
        outcomes = {target: SimpleNamespace(second=outputs, released=seen.codes["private"], left_out=None)}
        for number, training in enumerate(Shadows(16).trainings()):
            released = canaries.public(np.array([0, 1])).pairs[np.arange(100), codes[number, :100]]
            outcomes[target._replace(training=training)] = SimpleNamespace(
                second=second[number, :100], released=released, left_out=None
            )
        calls = []

        def train(due, outcomes=outcomes, calls=calls):
            calls.append([trial.key for trial in due])
            return {trial.key: outcomes[trial.key] for trial in due}

        trials = [SimpleNamespace(key=key, is_target=key == target, canaries=canaries) for key in outcomes]
        in_stages(train, {"lira": LabelLiRAAttack("auto")}, np.array([0, 1]))(trials)
        asked.append(calls)
    assert asked[0] == asked[1]
    assert len(asked[0]) > 1  # they were asked whether to go on


def test_a_number_is_a_number():
    assert LabelLiRAAttack(7).n_enough(*noisy_shadows(4, 1.0)) == 7


def test_attacks_share_what_is_there():
    """One that wants a number gets it; one that stops earlier sees the same shadows."""
    found = audit(
        {"auto": LabelLiRAAttack("auto"), "nine": LabelLiRAAttack(9), "reference": ReferenceAttack()}, Stores()
    )
    assert found.n_fits_ == 2 * (1 + 9 + 1)
    learned = audit({"learned": LearnedAttack(n_shadows="auto"), "lira": LabelLiRAAttack("auto")}, Stores())
    assert learned.n_fits_ == 2 * (1 + 4)


class Fails(KNeighborsClassifier):
    failing = 3

    def fit(self, X, y):
        type(self).failing -= 1
        if type(self).failing in (0, 1):
            raise RuntimeError("as told")
        return super().fit(X, y)


def test_shadows_that_fail_are_replaced_by_others():
    Fails.failing = 3
    found = audit(LabelLiRAAttack("auto"), Fails(5), n_repeats=1)
    assert shadows_of(found)[0] >= 4


def test_a_stored_audit_asks_for_the_same_shadows(tmp_path):
    first, again = (audit(LabelLiRAAttack("auto"), cache_dir=tmp_path) for _ in range(2))
    assert same(first, again)
    assert first.n_fits_ == again.n_fits_


def test_no_end_of_failures():
    """Where all fail, no more are asked for than there are."""
    calls = []

    class Trial:
        def __init__(self, key, is_target):
            self.key, self.is_target = key, is_target
            self.canaries = found.observations_[target].canaries

    found = audit(LabelLiRAAttack("auto"), n_repeats=1)
    target = next(iter(found.observations_))
    trials = [Trial(target, True)]
    trials += [Trial(target._replace(training=t), False) for t in Shadows(16).trainings()]

    def train(due):
        calls.append(len(due))
        return {trial.key: object() if trial.is_target else Failure("no") for trial in due}

    in_stages(train, {"lira": LabelLiRAAttack("auto")}, np.array([0, 1]))(trials)
    assert calls == [1 + 4, 4, 4, 4]
