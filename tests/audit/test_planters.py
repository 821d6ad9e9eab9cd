"""Every planter, in every kind of report: levels by simulation, and what an audit of each says."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    PrivacyClaim,
    RandomizedResponse,
    ThresholdAttack,
    make_label_pipeline,
    plant_canaries,
)
from sklearn_blia.attacks import DeltaMarginAttack, LearnedAttack, NeighborhoodAttack
from sklearn_blia.canaries import (
    CanaryInserter,
    CanaryRepeater,
    HardRowFlipper,
    OneSidedFlipper,
    SharedCoinFlipper,
    StratifiedFlipper,
)
from sklearn_blia.report import ComparisonDisplay

M, N_AUDITS = 60, 40
# Of so many audits at 5 % so many alarm once in ten thousand such tests, were all p-values exact.
MOST = int(stats.binom.isf(1e-4, N_AUDITS, 0.05))


def quarter(X):
    """Four groups of households."""
    return np.asarray(X)[:, 1] // 25


FLIPPERS = {
    "random": CanaryFlipper(n_canaries=M),
    "by class": StratifiedFlipper(n_canaries=M),
    "by group": StratifiedFlipper(quarter, n_canaries=M),
    "hard": HardRowFlipper(IsolationForest(n_estimators=5), n_canaries=M),
    "hard by neighbors": HardRowFlipper("neighbors", n_canaries=M),
    "shared": SharedCoinFlipper(1, n_canaries=M),
    "one-sided": OneSidedFlipper(0, 1, n_canaries=M),
}
PLANTERS = FLIPPERS | {
    "repeated": CanaryRepeater(3, n_canaries=M),
    "inserted": CanaryInserter(n_canaries=M),
}
# Labels that one coin decides, where it is not one.
SIZES = {"shared": 3, "repeated": 3}
ATTACKS = {"threshold": ThresholdAttack("median"), "oracle": DeltaMarginAttack(loss="oracle")}


def table(n_classes):
    """300 rows: a number, and a household of three."""
    rng = np.random.default_rng(0)
    return np.column_stack([rng.normal(size=300), np.arange(300) // 3]), rng.integers(n_classes, size=300)


class Blind(ClassifierMixin, BaseEstimator):
    """Says something of every row that has nothing to do with labels."""

    def __init__(self, seed=0):
        self.seed = seed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        waves = np.sin(np.asarray(X)[:, :1] * (1e3 + np.arange(len(self.classes_)) * 77 + self.seed))
        return np.exp(3 * waves) / np.exp(3 * waves).sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def alarms(tests, p_values):
    """Number of p-values below .05; right guesses of all audits together are binomial at their chance level."""
    for of_attack in tests.values():
        right = sum(test.n_correct - test.n_certain for test in of_attack)
        n = sum(test.n_undecided for test in of_attack)
        # A sum of fair coins: farther away than this once in a hundred thousand tests.
        assert abs(right - n / 2) < 4.42 * np.sqrt(n / 4)
    return sum(p < 0.05 for p in p_values)


@pytest.mark.parametrize("name", PLANTERS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_an_audit_of_a_model_that_saw_no_label(name, n_classes):
    X, y = table(n_classes)
    tests, p_values = {attack: [] for attack in ATTACKS}, []
    for seed in range(N_AUDITS):
        audit = LabelAudit(
            Blind(seed), planter=PLANTERS[name], epsilons=[np.inf], attacks=ATTACKS, n_repeats=1, random_state=seed
        )
        (cell,) = audit.fit(X, y).report_.cells
        for attack in ATTACKS:
            tests[attack].append(cell.attacks[attack].private)
        p_values.append(min(finding.joint_p_values["private"] for finding in cell.attacks.values()))
        assert cell.attacks["threshold"].private.n_canaries == M
    assert alarms(tests, p_values) <= MOST


@pytest.mark.parametrize("name", PLANTERS)
def test_a_plan_for_a_model_that_saw_no_label(name):
    X, y = table(3)
    tests, p_values = {attack: [] for attack in ATTACKS}, []
    for seed in range(N_AUDITS):
        plan = plant_canaries(X, y, planter=PLANTERS[name], attacks=ATTACKS, random_state=seed)
        (cell,) = plan.score(Blind(seed).fit(plan.X, plan.labels)).cells
        for attack in ATTACKS:
            tests[attack].append(cell.attacks[attack].private)
        p_values.append(min(finding.joint_p_values["private"] for finding in cell.attacks.values()))
    assert alarms(tests, p_values) <= MOST


@pytest.mark.parametrize("name", FLIPPERS)
def test_a_pipeline_that_saw_no_label(name):
    X, y = table(3)
    tests = {attack: [] for attack in ATTACKS}
    for seed in range(N_AUDITS):
        flipper = clone(FLIPPERS[name]).set_params(random_state=seed)
        model = make_label_pipeline(flipper, Blind(seed)).fit(X, y)
        for attack, scorer in ATTACKS.items():
            tests[attack].append(scorer.evaluate(model))
    for attack in ATTACKS:
        assert alarms({attack: tests[attack]}, [test.p_value for test in tests[attack]]) <= MOST


@pytest.mark.parametrize("name", PLANTERS)
def test_true_claims_of_a_model_that_stores_all(name):
    """The released labels of each row, stored as they are: the best that any attack can have.

    Three labels of a coin spend three epsilons. Held to one, most audits would refute what is true.
    """
    X, y = table(2)
    size = SIZES.get(name, 1)
    stores = KNeighborsClassifier(3 if name == "repeated" else 1)
    cells = [
        LabelAudit(stores, planter=PLANTERS[name], epsilons=[1.0], attacks=[ThresholdAttack()], n_repeats=1,
                   random_state=seed).fit(X, y).report_.cells[0]
        for seed in range(N_AUDITS)
    ]  # fmt: skip
    assert sum(cell.refuted for cell in cells) <= MOST
    assert all(cell.claim.epsilon == 1 and cell.unit_claim.epsilon == size for cell in cells if name != "shared")
    if name == "shared":  # households are torn apart where rows are held out
        assert {cell.unit_size for cell in cells} <= {2, 3}
    if size > 1:
        assert np.mean([cell.bound > 1 for cell in cells]) > 0.3


@pytest.mark.parametrize("name", PLANTERS)
def test_what_was_stored_is_found(name):
    X, y = table(2)
    (cell,) = LabelAudit(KNeighborsClassifier(1), planter=PLANTERS[name], epsilons=[np.inf], n_repeats=1,
                         random_state=0).fit(X, y).report_.cells  # fmt: skip
    assert cell.attacks["threshold (fixed)"].private.success_ratio == 1.0


def shared_audit(**params):
    X, y = table(2)
    settings = {"planter": SharedCoinFlipper(1, n_canaries=M), "epsilons": [1.0], "n_repeats": 1, "random_state": 0}
    return LabelAudit(KNeighborsClassifier(1), **settings | params).fit(X, y)


def test_a_report_says_that_rows_share_coins(tmp_path):
    audit = shared_audit()
    text, page = " ".join(str(audit.report_).split()), audit.report_.to_html()
    assert f"{audit.n_canaries_} of them canaries with {M} coins" in text
    assert "epsilon = 1 (epsilon = 3 for the 3 labels of a coin) is" in text
    assert "One coin decides up to 3 labels" in text
    assert "one coin decided up to 3 labels at once" in page
    assert audit.to_frame()["unit_size"].unique().tolist() == [3]
    assert audit.report_.to_dict()["settings"]["n_coins"] == M
    frame = audit.to_canary_frame(attacks="threshold (fixed)")
    assert len(frame) == audit.n_canaries_ > M
    coins, scores = audit.canary_scores("threshold (fixed)")
    assert coins.shape == scores.shape == (M,)


def test_a_page_does_not_say_where_in_memory_a_function_lies():
    page = shared_audit(planter=SharedCoinFlipper(lambda X: X[:, 1], n_canaries=M)).report_.to_html()
    assert "SharedCoinFlipper" in page
    assert " at 0x" not in page


def test_a_plan_keeps_who_shares_coins(tmp_path):
    X, y = table(2)
    plan = plant_canaries(X, y, planter=SharedCoinFlipper(1, n_canaries=M), random_state=0)
    plan.save(tmp_path / "secret")
    loaded = type(plan).load(tmp_path / "secret")
    np.testing.assert_array_equal(loaded.canaries.units, plan.canaries.units)
    model = KNeighborsClassifier(1).fit(X, plan.labels)
    (cell,) = plan.score(model).cells
    assert cell.unit_size == 3
    assert cell.attacks["threshold (fixed)"].private.n_canaries == M


def test_groups_of_rows_that_share_coins():
    X, y = table(2)
    half = np.where(X[:, 1] < 50, "first", "second")
    audit = LabelAudit(KNeighborsClassifier(1), planter=SharedCoinFlipper(1, n_canaries=80), epsilons=[np.inf],
                       n_repeats=1, random_state=0).fit(X, y, groups=half)  # fmt: skip
    found = audit.report_.cells[0].findings.groups["private"].groups
    assert sum(group.n_canaries for group in found.values()) == 80


def test_a_coin_whose_rows_are_of_two_groups_is_of_neither():
    X, y = table(2)
    groups = np.where(np.arange(300) % 3 == 0, "first", "others")  # every household has one of the first
    plan = plant_canaries(X, y, planter=SharedCoinFlipper(1, n_canaries=80), groups=groups, random_state=0)
    (cell,) = plan.score(KNeighborsClassifier(1).fit(X, plan.labels)).cells
    found = cell.findings.groups["private"].groups
    assert {name: one.n_canaries for name, one in found.items()} == {"(several groups)": 80}


def test_a_claim_with_a_delta_says_nothing_of_too_many_labels():
    """Twenty labels at a delta of .2: with more than certainty anything may come out, and nothing is refuted."""
    X, y = table(2)
    plan = plant_canaries(X, y, planter=CanaryRepeater(20, n_canaries=M), random_state=0)
    report = plan.score(KNeighborsClassifier(1).fit(plan.X, plan.labels), claim=PrivacyClaim(0.3, 0.2))
    (cell,) = report.cells
    assert (cell.bound, cell.refuted) == (0, False)
    assert "says nothing of 20 labels at once" in report.to_html()
    text = " ".join(str(report).split())
    assert "eps >= is of a coin at its delta" in text
    assert "one label spent" not in text


def test_sizes_are_those_of_the_training():
    X, y = table(2)
    settings = {"epsilons": [np.inf], "n_repeats": 4, "random_state": 0}
    audit = LabelAudit(KNeighborsClassifier(1), planter=CanaryRepeater(3, n_canaries=M), **settings).fit(X, y)
    assert "345 training rows, 180 of them canaries with 60 coins" in " ".join(str(audit.report_).split())
    audit = LabelAudit(KNeighborsClassifier(1), planter=SharedCoinFlipper(1, n_canaries=M), **settings).fit(X, y)
    assert " canaries, as units differ in size." in " ".join(str(audit.report_).split())
    frame = audit.to_canary_frame(attacks="threshold (fixed)")
    assert frame.groupby("repeat")["coin"].nunique().tolist() == [M] * 4


def test_models_side_by_side_are_held_to_what_is_promised_of_a_coin():
    X, y = table(2)
    models = {"a": KNeighborsClassifier(1), "b": KNeighborsClassifier(3)}
    audit = LabelAudit(models, planter=CanaryRepeater(3, n_canaries=M), epsilons=[1.0], n_repeats=1, random_state=0)
    frame = audit.fit(X, y).report_.comparison()
    assert frame[["epsilon", "unit_size", "unit_epsilon"]].to_numpy().tolist() == [[1, 3, 3]] * 2
    display = ComparisonDisplay.from_estimator(audit, quantity="bound")
    (line,) = (one for one in display.ax_.lines if one.get_label() == "what is promised of a coin")
    assert set(line.get_ydata()) == {3.0}


def test_rows_that_were_added_stand_on_a_secret_page():
    X, y = table(2)
    audit = LabelAudit(KNeighborsClassifier(1), planter=CanaryInserter(n_canaries=M), epsilons=[np.inf], n_repeats=1,
                       random_state=0).fit(X, y)  # fmt: skip
    assert audit.to_html(secrets=True).count(">-1</") > 3


@pytest.mark.parametrize("attack", [LearnedAttack(n_shadows=4), NeighborhoodAttack()], ids=repr)
def test_other_attacks_guess_coins(attack):
    found = shared_audit(epsilons=[np.inf], attacks={"it": attack}, planter=SharedCoinFlipper(1, n_canaries=M))
    assert found.report_.cells[0].attacks["it"].private.n_canaries == M


def test_what_cannot_be_done_with_shared_coins():
    from sklearn_blia.attacks import NeighborCoinsAttack

    with pytest.raises(ValueError, match="here rows share coins"):
        shared_audit(attacks={"it": NeighborCoinsAttack()})
    X, y = table(2)
    with pytest.raises(ValueError, match="here rows share coins"):
        plant_canaries(X, y, planter=CanaryRepeater(3, n_canaries=M), attacks={"it": NeighborCoinsAttack()})


def test_a_mechanism_behind_shared_coins_allows_what_its_claim_allows():
    """Rows alone keep the mechanism's own cap; a coin of three labels has that of three epsilons."""
    X, y = table(2)
    units = np.where(X[:, 1] < 50, np.arange(300), 1000 + X[:, 1])
    audit = LabelAudit(
        KNeighborsClassifier(1),
        planter=SharedCoinFlipper(lambda X: np.where(X[:, 1] < 50, 1e6 * X[:, 0], X[:, 1]), fraction=1.0),
        mechanism=RandomizedResponse(),
        epsilons=[0.5],
        n_repeats=1,
        random_state=0,
    ).fit(X, y)
    assert len(np.unique(units)) == 200
    sizes = next(iter(audit.observations_.values())).canaries.unit_sizes
    expected = np.mean(1 / (1 + np.exp(-0.5 * sizes)))
    assert audit.report_.cells[0].cap == pytest.approx(expected)
