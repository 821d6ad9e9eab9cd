"""The contracts of the house: a user's own mechanism, planter, source and attack, each a few lines, in one audit."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    LabelLiRAAttack,
    LabelPipeline,
    PrivacyClaim,
    RandomizedResponse,
    ThresholdAttack,
    make_label_pipeline,
)
from sklearn_blia.attacks import BaseAttack
from sklearn_blia.audit import train_shadows
from sklearn_blia.canaries import Canaries, Planted, Planter
from sklearn_blia.evidence import Source, Training
from sklearn_blia.labels import BaseMechanism
from sklearn_blia.metrics import attack_cap, epsilon_from_keep_probability

STORES = KNeighborsClassifier(1)


class HalfRate(BaseMechanism):
    """Redraws a label, from all, as often as it should change it: its true epsilon at 1 is ln(1 + 2e) = 1.86."""

    symmetric = True

    def _randomize(self, codes, draw):
        redraw, which = draw((2, len(codes)))
        k = len(self.classes_)
        return np.where(redraw < (k - 1) / (np.exp(self.epsilon) + k - 1), (which * k).astype(int), codes)


class Modest(RandomizedResponse):
    """Randomized response that says it gives away less than it does, and keeps its promise all the same."""

    def success_caps(self, canaries):
        return np.full(len(canaries), 0.62)


def test_a_mechanism_that_keeps_its_promise_and_is_not_what_it_says(data):
    """1,200 canaries at .731 where .62 is said, eight standard errors away."""
    report = audit(mechanism=Modest(), alpha=1e-4).fit(*data).report_
    (cell,), (verdict,) = report.cells, report.verdicts
    assert (verdict.refuted, verdict.mechanism_refuted) == (False, True)
    assert cell.cap == pytest.approx(0.62)
    assert "the mechanism is NOT what it says" in " ".join(str(report).split())


class LastRows:
    """Plants canaries in the last rows, between the natural label and the first or second class."""

    def plant(self, X, y, rng):
        rows, classes = np.arange(len(y) - 150, len(y)), np.unique(y)
        other = np.where(y[rows] == classes[0], classes[1], classes[0])
        pairs = np.column_stack([y[rows], other])
        canaries = Canaries(pairs, rng.integers(2, size=150), rows, y[rows])
        return Planted(X, canaries.apply(y), canaries)


class Inserts:
    """Plants synthetic rows: the natural ones stay as they are."""

    def plant(self, X, y, rng):
        m, n = 100, len(y)
        pairs = np.tile(np.unique(y), (m, 1))
        canaries = Canaries(pairs, rng.integers(2, size=m), np.arange(n, n + m), pairs[:, 0])
        new = rng.uniform(50, 60, size=(m, X.shape[1]))
        return Planted(np.vstack([X, new]), canaries.apply(np.concatenate([y, pairs[:, 0]])), canaries)


@dataclass(frozen=True)
class Doubled:
    """What the model says of each canary's row times two."""

    factor: int = 2

    def trainings(self):
        return ()

    def collect(self, ask, trained, public):
        return {"second": public.second(ask(public.X * self.factor))}


@dataclass(frozen=True)
class MeanShadow:
    """The mean answer of three models with other coins."""

    def trainings(self):
        return tuple(Training("redrawn", number) for number in range(3))

    def collect(self, ask, trained, public):
        assert ask(public.X).shape == (len(public), 2)
        return {"mean": np.mean([one.second for one in trained], axis=0)}


class Raises(BaseAttack):
    """Fails on some models."""

    def score(self, evidence, codes=None):
        if len(np.unique(evidence.second)) == 1:
            raise ZeroDivisionError("nothing to tell apart")
        return np.where(evidence.second == 0.5, np.nan, evidence.second - 0.5)


def test_one_attack_that_fails_leaves_the_others(data):
    models = {"constant": DummyClassifier(), "stores": STORES}
    found = audit(models, attacks={"raises": Raises(), "plain": ThresholdAttack()}, epsilons=[np.inf]).fit(*data)
    constant, stores = found.report_.cells
    assert list(constant.attacks) == ["plain"]
    assert constant.failed_attacks == {"raises": "ZeroDivisionError: nothing to tell apart"}
    assert list(stores.attacks) == ["raises", "plain"]
    assert "raises failed: ZeroDivisionError: nothing to tell apart" in str(found.report_)
    assert np.isnan(found.results_["private_success_ratio_raises"]).tolist() == [True, False]
    with pytest.raises(RuntimeError, match="All attacks failed; raises with ZeroDivisionError"):
        audit(DummyClassifier(), attacks={"raises": Raises()}).fit(*data)


class Against(BaseAttack):
    """Compares the model's output with that of a source."""

    def __init__(self, source, name):
        self.source = source
        self.name = name

    @property
    def requires(self):
        return (self.source,)

    def score(self, evidence, codes=None):
        return evidence.second - evidence[self.source][self.name] + 1e-9 * (evidence.second - 0.5)


OWN = {"doubled": Against(Doubled(), "second"), "shadows": Against(MeanShadow(), "mean"), "plain": ThresholdAttack()}


def audit(model=STORES, **params):
    settings = {"epsilons": [1.0], "n_repeats": 4, "n_canaries": 300, "attacks": [ThresholdAttack()], "random_state": 0}
    return LabelAudit(model, **settings | params)


def test_own_mechanism(data):
    """1,200 canaries: its success is .866 where the cap is .731, which no level misses."""
    (cell,) = audit(mechanism=HalfRate(), alpha=1e-4).fit(*data).report_.cells
    assert cell.refuted
    assert cell.findings.mechanism_refuted
    assert cell.cap == pytest.approx(attack_cap(1.0))
    kept = 1 - 0.5 / (1 + np.e)
    assert cell.bound < epsilon_from_keep_probability(kept)
    found = cell.attacks["ThresholdAttack()"].private
    assert abs(found.success_ratio - kept) < 4.5 * np.sqrt(kept * (1 - kept) / 1200)


def test_own_planter(data):
    assert isinstance(LastRows(), Planter)
    found = audit(planter=LastRows(), n_canaries=None, epsilons=[np.inf]).fit(*data)
    assert found.n_canaries_ == 150
    for seen in found.observations_.values():
        np.testing.assert_array_equal(seen.canaries.rows, np.arange(300, 450))
    np.testing.assert_array_equal(found.results_["private_success_ratio_ThresholdAttack()"], 1.0)


def test_own_planter_of_new_rows(data):
    found = audit(planter=Inserts(), n_canaries=None, epsilons=[np.inf], attacks=OWN).fit(*data)
    assert found.engine_ == "loop: the planter gives every training other rows"
    np.testing.assert_array_equal(found.results_["private_success_ratio_plain"], 1.0)
    assert (found.to_canary_frame()["row"] == -1).all()  # they are no rows of X
    with pytest.raises(ValueError, match="engine='batched' needs the same rows in every training"):
        audit(planter=Inserts(), n_canaries=None, engine="batched").fit(*data)


def test_own_sources_and_attacks(data, tmp_path):
    assert isinstance(Doubled(), Source)
    first, again = (audit(attacks=OWN, epsilons=[np.inf], cache_dir=tmp_path).fit(*data) for _ in range(2))
    np.testing.assert_array_equal(first.results_["private_success_ratio_shadows"], 1.0)
    for name in OWN:
        np.testing.assert_array_equal(first.canary_scores(name)[1], again.canary_scores(name)[1])
    (key, seen), *_ = again.observations_.items()
    assert set(seen.evidence.found) >= {Doubled(), MeanShadow()}
    assert key.training is None


def test_a_source_with_trainings_cannot_ask_of_other_rows(data):
    @dataclass(frozen=True)
    class Curious(MeanShadow):
        def collect(self, ask, trained, public):
            return {"mean": ask(public.X + 1)}

    with pytest.raises(RuntimeError, match=r"can ask about public\.X alone"):
        audit(attacks=Against(Curious(), "mean")).fit(*data)


@dataclass(frozen=True)
class Peeks:
    """Takes for evidence what it is told that a model without the canaries' rows was trained on."""

    def trainings(self):
        return (Training("left out"),)

    def collect(self, ask, trained, public):
        return {"second": trained[0].codes.astype(float)}


def test_no_source_is_told_a_label_of_the_model_under_attack(data):
    """A constant model memorizes nothing: whoever finds something in it was told."""
    params = {"attacks": Against(Peeks(), "second"), "alpha": 1e-4}
    for epsilons in ([np.inf], [1.0]):
        found = audit(DummyClassifier(), epsilons=epsilons, **params).fit(*data)
        assert not found.report_.verdicts[0].leaked
        (key, seen), *_ = found.observations_.items()
        assert (seen.evidence[Peeks()]["second"] == -1).all()
        assert key.training is None


class Lopsided(BaseMechanism):
    """Prefers one label, and keeps its promise: P(1 | 1) = 1/2 and P(1 | 0) = 1 / (2 e)."""

    def _randomize(self, codes, draw):
        return (draw(len(codes)) < np.where(codes == 1, 0.5, 0.5 * np.exp(-self.epsilon))).astype(int)


def test_released_labels_that_are_no_fair_coins_are_not_tested(data):
    """A constant model would be right on two thirds of them."""
    found = audit(DummyClassifier(strategy="constant", constant=0), mechanism=Lopsided(), alpha=1e-4).fit(*data)
    (verdict,), (cell,) = found.report_.verdicts, found.report_.cells
    assert cell.findings.targets == ("private",)
    assert (verdict.memorized, verdict.leaked) == (None, False)


# ---- who spends the budget


class Defence(ClassifierMixin, BaseEstimator):
    """A classifier that spends epsilon itself, and keeps what it released."""

    symmetric = True

    def __init__(self, epsilon=1.0, random_state=None):
        self.epsilon = epsilon
        self.random_state = random_state

    def success_caps(self, canaries):
        return np.full(len(canaries), attack_cap(self.epsilon))

    def fit(self, X, y):
        response = RandomizedResponse(self.epsilon, random_state=self.random_state)
        _, self.released_labels_ = response.fit_resample(X, y)
        self.privacy_claim_ = PrivacyClaim(self.epsilon)
        self.model_ = KNeighborsClassifier(1).fit(X, self.released_labels_)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.model_.predict(X)


class Silent(Defence):
    """One that keeps nothing of it."""

    def fit(self, X, y):
        super().fit(X, y)
        self.released_labels_ = None
        return self


@pytest.mark.parametrize(
    "model",
    [
        Defence(),
        make_pipeline(StandardScaler(), Defence()),
        LabelPipeline([("noise", RandomizedResponse()), ("model", STORES)]),
        make_pipeline(StandardScaler(), LabelPipeline([("noise", RandomizedResponse()), ("model", STORES)])),
    ],
    ids=["defence", "in a pipeline", "sampler", "sampler in a pipeline"],
)
def test_a_budget_inside_the_model(data, model):
    """It stores what it released, and private labels come out as often as that epsilon keeps them."""
    results = audit(model, mechanism=None, epsilons=[3.0, 0.5], alpha=1e-4).fit(*data).results_
    np.testing.assert_array_equal(results["released_success_ratio_ThresholdAttack()"], 1.0)
    caps = attack_cap(np.array([3.0, 0.5]))
    np.testing.assert_allclose(results["cap"], caps)
    found = results["private_success_ratio_ThresholdAttack()"]
    np.testing.assert_array_less(np.abs(found - caps), 4.5 * np.sqrt(caps * (1 - caps) / 1200))
    assert not results["claim_refuted"].any()


def test_a_mechanism_in_both_places_is_refused(data):
    for model in (Defence(), LabelPipeline([("noise", RandomizedResponse()), ("model", STORES)])):
        with pytest.raises(ValueError, match="holds a mechanism of its own"):
            audit(model).fit(*data)
    with pytest.raises(ValueError, match="holds a canary sampler"):
        audit(LabelPipeline([("coins", CanaryFlipper()), ("model", STORES)]), mechanism=None).fit(*data)
    two = LabelPipeline([("a", RandomizedResponse()), ("b", RandomizedResponse()), ("model", STORES)])
    with pytest.raises(ValueError, match="spends epsilon in several places"):
        audit(two, mechanism=None).fit(*data)
    with pytest.raises(ValueError, match="has no epsilon of its own that the budgets"):
        audit(LogisticRegression(), mechanism=None).fit(*data)


def test_a_mechanism_that_nobody_can_find_again_is_refused(data):
    for model in (
        BaggingClassifier(LabelPipeline([("noise", RandomizedResponse()), ("model", STORES)])),
        CalibratedClassifierCV(Defence()),
        GridSearchCV(Defence(), {"random_state": [0, 1]}, cv=2),
    ):
        with pytest.raises(ValueError, match="inside a search, an ensemble or the like"):
            audit(model, mechanism=None).fit(*data)


class Foreign(KNeighborsClassifier):
    """Has an epsilon that means something else, and one that scikit-learn knows nothing of."""

    def __init__(self, n_neighbors=1, epsilon=0.5):
        super().__init__(n_neighbors)
        self.epsilon = epsilon

    def fit(self, X, y):
        assert self.epsilon < 100
        return super().fit(X, y)


class Mine(MLPClassifier):
    """scikit-learn's own epsilon, of the optimiser."""


def test_an_epsilon_of_somebody_else(data):
    """It is set where budgets ask for it, and never to infinity."""
    assert not audit(Foreign(), mechanism=None, epsilons=[np.inf]).fit(*data).errors_
    (cell,) = audit(Foreign(), mechanism=None, epsilons=[3.0]).fit(*data).report_.cells
    assert cell.claim == PrivacyClaim(3.0)
    assert cell.findings.targets == ("private",)  # it tells of no released labels
    with pytest.raises(ValueError, match="epsilons holds inf, which epsilon of Foreign is not known to take"):
        audit(Foreign(), mechanism=None, epsilons=[np.inf, 1]).fit(*data)
    with pytest.raises(ValueError, match="has no epsilon of its own"):
        audit(Mine(), mechanism=None).fit(*data)


def test_shadows_that_would_repeat_the_noise_are_refused(data):
    attacks = LabelLiRAAttack(4, match_training_randomness=True)
    with pytest.raises(ValueError, match="would repeat the noise of its own mechanism"):
        audit(Defence(), mechanism=None, attacks=attacks).fit(*data)
    assert not audit(attacks=attacks).fit(*data).results_["claim_refuted"].any()
    model = make_label_pipeline(CanaryFlipper(0.2), RandomizedResponse(), STORES).fit(*data)
    with pytest.raises(ValueError, match="is for LabelAudit"):
        train_shadows(model, *data, attacks=attacks)


class Varying(Defence):
    """Promises what its seed says, and keeps it."""

    def fit(self, X, y):
        super().fit(X, y)
        response = RandomizedResponse(1 + self.random_state % 3, random_state=self.random_state)
        _, self.released_labels_ = response.fit_resample(X, y)
        self.model_.fit(X, self.released_labels_)
        self.privacy_claim_ = PrivacyClaim(1 + self.random_state % 3)
        return self


def test_repeats_that_promise_different_things_are_held_against_the_weakest(data):
    (cell,) = audit(Varying(), mechanism=None, n_repeats=8, alpha=1e-4).fit(*data).report_.cells
    assert cell.claim == PrivacyClaim(3.0)
    assert not cell.refuted


class Rare(Silent):
    """A defence that never gives back a rare class."""

    def fit(self, X, y):
        common = y != 2
        super().fit(X[common], y[common])
        return self


def test_a_class_that_a_defence_never_gives_back(data):
    X, y = data[0], data[1].copy()
    y[::20] = 2
    assert not audit(Rare(), mechanism=None, n_repeats=2).fit(X, y).errors_


def test_no_mechanism_anywhere(data):
    (cell,) = audit(mechanism=None, epsilons=[np.inf]).fit(*data).report_.cells
    assert not cell.is_private
    assert cell.attacks["ThresholdAttack()"].private.success_ratio == 1


def test_released_labels_that_nobody_tells(data):
    found = audit(Silent(), mechanism=None, alpha=1e-4).fit(*data)
    (cell,), (verdict,) = found.report_.cells, found.report_.verdicts
    assert cell.findings.targets == ("private",)
    assert verdict.memorized is None
    assert "what the model stored cannot be told" in str(verdict)
    assert np.isnan(found.results_["released_success_ratio_ThresholdAttack()"]).all()
    assert str(found.report_)
    with pytest.raises(ValueError, match="target='released' needs"):
        found.canary_scores("ThresholdAttack()", target="released")


# ---- slips in classes of one's own


class Scores(BaseAttack):
    """Returns what it is told to."""

    def __init__(self, make):
        self.make = make

    def score(self, evidence, codes=None):
        return self.make(evidence.second)


@pytest.mark.parametrize(
    "make",
    [lambda s: s > 0.5, lambda s: s[:-1], lambda s: None, lambda s: s[:, None], lambda s: s.astype(str)],
    ids=["booleans", "too few", "nothing", "a column", "texts"],
)
def test_scores_that_are_none(data, make):
    """True and False would all be at least 0: "second candidate" everywhere, and nothing found in a full memoriser."""
    with pytest.raises(ValueError, match="must return a signed number for each of 3 canaries"):
        Scores(make).infer([0.1, 0.9, 0.3])
    attacks = {"slip": Scores(make), "plain": ThresholdAttack()}
    (cell,) = audit(attacks=attacks, epsilons=[np.inf], n_repeats=1).fit(*data).report_.cells
    assert "must return a signed number" in cell.failed_attacks["slip"]
    assert cell.attacks["plain"].private.success_ratio == 1


class Randomizes(BaseMechanism):
    """Returns what it is told to."""

    def __init__(self, make=None, epsilon=1.0, classes=None, random_state=None):
        super().__init__(epsilon, classes=classes, random_state=random_state)
        self.make = make

    def _randomize(self, codes, draw):
        return self.make(codes)


@pytest.mark.parametrize(
    "make",
    [lambda c: c - 1, lambda c: c + 5, lambda c: c[1:], lambda c: c / 2, lambda c: None],
    ids=["below", "above", "too few", "halves", "nothing"],
)
def test_labels_that_a_mechanism_may_not_make(data, make):
    with pytest.raises(ValueError, match=r"Randomizes\._randomize must return a whole number from 0 to 1 for each"):
        audit(mechanism=Randomizes(make)).fit(*data)


class Plants(LastRows):
    """Makes of what it planted what it is told to."""

    def __init__(self, make):
        self.make = make

    def plant(self, X, y, rng):
        return self.make(super().plant(X, y, rng))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: (p.X, p.y), "must return Planted"),
        (lambda p: Planted(p.X, p.y[:-1], p.canaries), "there must be a label for each row"),
        (lambda p: Planted(p.X[:100], p.y[:100], p.canaries), "the canaries' rows among them"),
        (lambda p: Planted(p.X, np.where(np.arange(len(p.y)) == 3, 7, p.y), p.canaries), "made the label .*7"),
    ],
    ids=["a tuple", "too few labels", "rows outside", "another label"],
)
def test_what_a_planter_may_not_make(data, make, message):
    with pytest.raises(ValueError, match=message):
        audit(planter=Plants(make), n_canaries=None).fit(*data)


class Promising(ClassifierMixin, BaseEstimator):
    """Has no parameter to tell that it spends epsilon, and promises five."""

    def fit(self, X, y):
        self.model_ = Defence(5.0).fit(X, y)
        self.classes_, self.privacy_claim_ = self.model_.classes_, self.model_.privacy_claim_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.model_.predict(X)


def test_a_second_mechanism_that_shows_only_after_a_fit(data):
    with pytest.raises(RuntimeError, match="promises epsilon = 5 of its own, beside the audit's mechanism"):
        audit(Promising()).fit(*data)


class Stubborn(Defence):
    """Takes a budget and promises another."""

    def fit(self, X, y):
        super().fit(X, y)
        self.privacy_claim_ = PrivacyClaim(5.0)
        return self


def test_a_promise_that_is_not_the_budget_is_printed(data):
    report = audit(Stubborn(), mechanism=None).fit(*data).report_
    assert "Stubborn, budget 1, promises epsilon = 5: accuracy" in str(report)


class Short(Defence):
    """Tells too few of its labels."""

    def fit(self, X, y):
        super().fit(X, y)
        self.released_labels_ = self.released_labels_[:10]
        return self


def test_released_labels_of_the_wrong_length(data):
    with pytest.raises(RuntimeError, match="released_labels_ of Short holds 10 labels, and it was trained on 450 rows"):
        audit(Short(), mechanism=None).fit(*data)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"model": {"": STORES}}, "by name, a string"),
        ({"n_jobs": True}, "'n_jobs' parameter"),
        ({"attacks": Against("outputs", "second")}, "is no source of evidence"),
        ({"mechanism": StandardScaler()}, "'mechanism' parameter"),
        ({"mechanism": "noise"}, "'mechanism' parameter"),
        ({"mechanism": CanaryFlipper()}, "has no parameter epsilon"),
        ({"planter": StandardScaler()}, "'planter' parameter"),
        ({"attacks": 3}, "'attacks' parameter"),
        ({"epsilons": "1"}, "'epsilons' parameter"),
        ({"epsilons": {1.0, 2.0}}, "epsilons must hold different numbers"),
        ({"epsilons": [True]}, "epsilons must hold different numbers"),
        ({"epsilons": ["1"]}, "epsilons must hold different numbers"),
        ({"n_canaries": True}, "'n_canaries' parameter"),
        ({"n_repeats": True}, "'n_repeats' parameter"),
        ({"test_size": 100}, "'test_size' parameter"),
        ({"test_size": 2}, "'test_size' parameter"),
        ({"test_size": True}, "'test_size' parameter"),
    ],
)
def test_bad_parameters(data, params, message):
    with pytest.raises(ValueError, match=message):
        audit(**params).fit(*data)
