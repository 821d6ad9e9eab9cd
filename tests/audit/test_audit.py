import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from sklearn_blia import DeltaMarginAttack, ThresholdAttack
from sklearn_blia.audit import audit_models, default_n_canaries, make_models, table_preprocessor
from sklearn_blia.metrics import (
    attack_cap,
    detectable_success_ratio,
    epsilon_ceiling,
    epsilon_lower_bound,
    max_t_test,
    required_canaries,
)

MODELS = {
    "stores all": KNeighborsClassifier(1),
    "learns nothing": DummyClassifier(strategy="uniform", random_state=0),
}


def test_report_tells_a_memoriser_from_an_innocent(data):
    # alpha = .001: the innocent model alarms with that probability, whatever the seed
    report = audit_models(MODELS, *data, n_canaries=200, alpha=0.001, random_state=0, title="toy")
    rows = {(row.model, row.attack): row for row in report.rows}
    assert len(rows) == len(report.rows) == 2 * 5
    stores, nothing = rows["stores all", "threshold (fixed)"], rows["learns nothing", "threshold (fixed)"]
    assert stores.private.success_ratio == stores.released.success_ratio == 1
    assert stores.joint_p_value == 1 / 20_001  # 20 / alpha redrawn coins, none as good
    assert nothing.private.p_value > 1e-4
    text = str(report)
    assert "stores all: memorized labels: score +1.000" in text
    assert "learns nothing: no memorization found" in text
    reach = detectable_success_ratio(200, alpha=0.001 / 5)
    assert f"would have seen a success ratio of {reach:.3f} with 80 % power" in text
    assert f"to see .55 takes {required_canaries(0.55, alpha=0.001 / 5):,} canaries" in text
    assert "450 training rows, 200 of them canaries; 150 held-out rows" in text


def test_accuracy_is_on_clean_held_out_labels(data):
    """With every label noised at epsilon = 0 but the test labels clean, a model of noise is right by chance."""
    X, y = np.arange(4000.0)[:, None], np.arange(4000) % 2
    report = audit_models({"1nn": KNeighborsClassifier(1)}, X, y, epsilon=0.0, random_state=0)
    assert abs(report.rows[0].accuracy - 0.5) < 4.5 * np.sqrt(0.25 / report.n_test)
    clean = audit_models({"lr": LogisticRegression()}, (y * 2.0)[:, None], y, n_canaries=30, random_state=0)
    assert clean.rows[0].accuracy == 1


def test_bounds_are_corrected_for_the_number_of_attacks(data):
    report = audit_models(MODELS, *data, n_canaries=200, random_state=0)
    for row in report.rows:
        test = row.private
        if test.reads_labels:
            assert test.epsilon_lower_bound is None
        else:
            # Four attacks that read no label, and half of the level for the surest guesses.
            by_all = epsilon_lower_bound(test.n_correct, 200, alpha=0.05 / 4 / 2)
            assert test.epsilon_lower_bound == by_all if row.n_guesses == 200 else test.epsilon_lower_bound > by_all


def test_private_labels(data):
    report = audit_models(MODELS, *data, n_canaries=300, epsilon=1.0, random_state=0)
    row = report.rows[0]
    assert row.released.success_ratio == 1
    q = attack_cap(1.0)
    assert abs(row.private.success_ratio - q) < 4.5 * np.sqrt(q * (1 - q) / 300)
    text = str(report)
    assert "SR released" in text
    assert "memorized released labels: score +1.000" in text
    ceiling = epsilon_ceiling(300, alpha=0.05 / 4 / 2)
    bound = max_bound(report, "stores all")
    assert f"epsilon = 1 is not refuted (bound {bound:.2f}; this audit could show up to {ceiling:.2f})" in text
    assert "Cap on any attack that does not read labels, at epsilon = 1: 0.731." in text


def max_bound(report, model):
    bounds = [row.private.epsilon_lower_bound for row in report.rows if row.model == model]
    return max(bound for bound in bounds if bound is not None)


def test_a_verdict_that_finds_nothing_tells_of_the_surest_guesses():
    """Five neighbours rarely follow one label of theirs, and all five agree where it was not changed."""
    X, y = load_digits(return_X_y=True)
    model = {"near": KNeighborsClassifier()}
    report = audit_models(
        model, X[:800], y[:800] // 4, attacks={"t": ThresholdAttack()}, n_canaries=150, random_state=0
    )
    (row,) = report.rows
    assert row.joint_p_value > 0.05
    assert row.n_guesses < 150
    bound = f"epsilon is at least {row.private.epsilon_lower_bound:.2f} by the surest {row.n_guesses} guesses of t"
    assert f"near: no memorization found (joint p = {row.joint_p_value:.3f}" in str(report)
    assert bound in str(report)


def test_leak_and_memorization_are_told_apart(data):
    """At epsilon = 0 the released labels tell nothing of the private ones, and the memoriser stores them all."""
    report = audit_models(MODELS, *data, n_canaries=300, epsilon=0.0, alpha=0.001, random_state=0)
    (line,) = (line for line in str(report).splitlines() if line.startswith("stores all:"))
    assert "memorized released labels: score +1.000" in line
    assert "no leak found" in line


def test_joint_p_values_are_those_of_max_t(data):
    from sklearn_blia.attacks import CanaryOutputs
    from sklearn_blia.audit import _results, default_attacks

    rng = np.random.default_rng(0)
    coins = rng.integers(2, size=100)
    second = np.clip(0.5 + 0.1 * (coins - 0.5) + 0.2 * rng.normal(size=100), 0, 1)
    outputs = CanaryOutputs(second, np.tile([0, 1], (100, 1)), coins, 1 - coins, np.arange(100))
    attacks = default_attacks()
    for target, labels in (("private", coins), ("released", 1 - coins)):
        tables = [attack.guess_table(second) for attack in attacks.values()]
        expected = max_t_test(tables, labels, random_state=1).p_values
        scored = _results._scored([outputs], attacks, target)
        np.testing.assert_array_equal(_results._joint_p_values(scored, 0.05, 1), expected)
        assert len(set(expected)) > 2  # the attacks do differ here


def test_reach_of_the_verdict():
    """A single attack with that success ratio among five is found by max-T with at least 80 % power.

    400 simulated audits: at least .8 less three standard errors, .06.
    """
    m, n_attacks = 200, 5
    reach = detectable_success_ratio(m, alpha=0.05 / n_attacks)
    rng = np.random.default_rng(0)
    found = 0
    for seed in range(400):
        coins = rng.integers(2, size=m)
        guesses = rng.integers(2, size=(n_attacks, m))
        guesses[0] = np.where(rng.random(m) < reach, coins, 1 - coins)
        found += max_t_test(guesses, coins, n_draws=999, random_state=seed).p_value < 0.05
    assert found / 400 >= 0.8 - 0.06


def test_without_a_seed_the_noise_comes_from_the_system(data):
    reports = []
    for _ in range(2):
        np.random.seed(0)
        reports.append(str(audit_models(MODELS, *data, n_canaries=100, epsilon=1.0)))
    assert reports[0] != reports[1]


def test_seeds_change_canaries_and_noise(data):
    counts = {
        audit_models({"m": KNeighborsClassifier(1)}, *data, n_canaries=200, epsilon=1.0, random_state=seed)
        .rows[0]
        .private.n_correct
        for seed in range(5)
    }
    assert len(counts) > 1


def test_false_claim_is_refuted(data):
    """A report of the same counts under a smaller claimed epsilon."""
    from dataclasses import replace

    report = audit_models(MODELS, *data, n_canaries=300, epsilon=3.0, random_state=0)
    assert "epsilon = 0.1 is REFUTED" in str(replace(report, epsilon=0.1))


def test_several_classes(three_classes):
    report = audit_models(MODELS, *three_classes, n_canaries=300, epsilon=2.0, random_state=0)
    row = report.rows[0]
    assert row.released.success_ratio == 1
    assert row.released.n_canaries < 300  # those released outside their pair are left out
    cap = attack_cap(2.0, n_classes=3)
    assert abs(row.private.success_ratio - cap) < 4.5 * np.sqrt(cap * (1 - cap) / 300)


def test_json_round_trip(data):
    report = audit_models(MODELS, *data, n_canaries=200, random_state=0)
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["settings"]["n_canaries"] == 200
    assert data["settings"]["epsilon"] is None  # infinity is not JSON
    assert data["versions"]["sklearn_blia"]
    assert data["rows"][0]["private"]["n_correct"] == report.rows[0].private.n_correct
    assert len(data["rows"]) == 10


def test_same_seed_same_report(data):
    reports = [str(audit_models(MODELS, *data, n_canaries=100, epsilon=1.0, random_state=4)) for _ in range(2)]
    assert reports[0] == reports[1]


def test_every_model_gets_the_same_canaries(data):
    report = audit_models(
        {"a": KNeighborsClassifier(1), "b": KNeighborsClassifier(1)}, *data, epsilon=1.0, random_state=0
    )
    a, b = report.rows[:5], report.rows[5:]
    assert [row.private for row in a] == [row.private for row in b]


def test_progress(data):
    lines = []
    audit_models(MODELS, *data, n_canaries=100, random_state=0, on_progress=lines.append)
    assert lines[0] == "[1/2] training stores all ..."
    assert len(lines) == 4


@pytest.mark.parametrize(("n_train", "canaries"), [(3, 1), (1347, 336), (10_000, 500), (26_048, 520)])
def test_default_number_of_canaries(n_train, canaries):
    assert default_n_canaries(n_train) == canaries


class Untrainable(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("trained in vain")


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"epsilon": -1}, "'epsilon' parameter"),
        ({"epsilon": np.nan}, "'epsilon' parameter"),
        ({"n_canaries": 0}, "'n_canaries' parameter"),
        ({"n_canaries": 10**6}, "more than the 450 rows"),
        ({"alpha": 1e-5}, "alpha must lie in"),
        ({"models": {}}, "at least one entry"),
        ({"attacks": {}}, "at least one entry"),
        ({"models": {"svc": LinearSVC()}}, r"'svc' \(LinearSVC\) has no predict_proba"),
        ({"y": np.r_[np.zeros(599), 1]}, "have a single row, such as .*1.0"),
        ({"y": np.zeros(600)}, "only one class"),
        ({"y": np.linspace(0, 1, 600)}, "have a single row, .* a class and not a number"),
        ({"y": np.repeat(np.linspace(0, 1, 300), 2)}, "Unknown label type"),
    ],
)
def test_bad_input_is_told_before_training(data, kwargs, message):
    X, y = data
    arguments = {"models": {"m": Untrainable()}, "y": y, "random_state": 0} | kwargs
    with pytest.raises(ValueError, match=message):
        audit_models(arguments.pop("models"), X, arguments.pop("y"), **arguments)


def test_no_released_label_among_the_candidates_is_told_before_training():
    X, y = np.arange(400.0)[:, None], np.arange(400) % 40
    # at epsilon = .1 a released label is a candidate in one of twenty audits
    with pytest.raises(ValueError, match="n_canaries=1 is too few: no canary's released label"):
        audit_models({"m": Untrainable()}, X, y, epsilon=0.1, n_canaries=1, random_state=0)


def test_small_alpha_still_finds_a_memoriser(data):
    report = audit_models(MODELS, *data, n_canaries=200, alpha=1e-4, random_state=0)
    assert "stores all: memorized labels" in str(report)


def test_reach_of_attacks_that_read_labels(data):
    attacks = {"oracle": DeltaMarginAttack(loss="oracle")}
    model = {"d": MODELS["learns nothing"]}
    report = audit_models(model, *data, n_canaries=100, alpha=0.001, random_state=0, attacks=attacks)
    assert "; every attack reads labels)" in str(report)
    assert "would have seen" not in str(report)


def test_too_few_canaries_to_see_anything(data):
    report = audit_models(
        {"lr": LogisticRegression()}, *data, n_canaries=3, random_state=0, attacks={"t": ThresholdAttack()}
    )
    assert "so few canaries could not have shown any" in str(report)
    assert " none" in str(report)


def test_table_preprocessor_takes_what_tables_bring():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=200),
            "gaps": np.where(rng.random(200) < 0.3, np.nan, rng.normal(size=200)),
            "empty": np.full(200, np.nan),
            "flag": rng.random(200) < 0.5,
            "text": rng.choice(["a", "b", None], 200),
            "category": pd.Categorical(rng.choice(["x", "y"], 200)),
            "id": [f"id{i}" for i in range(200)],
        }
    )
    table = table_preprocessor(frame).fit(frame)
    out = table.transform(frame)
    assert np.isfinite(out).all()
    assert out.shape[1] < 70  # 200 ids are grouped
    frame.loc[0, "text"] = "never seen"
    assert np.isfinite(table.transform(frame)).all()


def test_make_models():
    assert list(make_models(np.zeros((2, 2)), ["random-forest"])) == ["random-forest"]
    with pytest.raises(ValueError, match="There is no model svm: choose from"):
        make_models(np.zeros((2, 2)), ["svm"])
