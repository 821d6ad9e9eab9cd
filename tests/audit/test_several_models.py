"""Several classifiers in one audit, and what its report says of each."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import DeltaMarginAttack, LabelAudit, ThresholdAttack
from sklearn_blia.canaries import default_n_canaries
from sklearn_blia.metrics import attack_cap, detectable_success_ratio, epsilon_ceiling, required_canaries
from sklearn_blia.report import make_verdict

MODELS = {
    "stores all": KNeighborsClassifier(1),
    "learns nothing": DummyClassifier(strategy="uniform", random_state=0),
}


def audit(X, y, models=MODELS, **params):
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 200, "random_state": 0}
    return LabelAudit(models, **settings | params).fit(X, y)


def words(report):
    """The page without its line breaks."""
    return " ".join(str(report).split())


def test_a_memoriser_is_told_from_an_innocent(data):
    # alpha = .001: the innocent model alarms with that probability, whatever the seed
    report = audit(*data, alpha=0.001, title="toy").report_
    stores, nothing = report.cells
    assert (stores.model, nothing.model) == tuple(MODELS)
    finding = stores.attacks["threshold (fixed)"]
    assert finding.private.success_ratio == finding.released.success_ratio == 1
    assert finding.joint_p_values["private"] == 1 / 20_001  # 20 / alpha redrawn coins, none as good
    assert nothing.attacks["threshold (fixed)"].private.p_value > 1e-4
    assert [verdict.memorized for verdict in report.verdicts] == [True, False]
    text = words(report)
    assert "toy: 450 training rows, 200 of them canaries; 150 held-out rows" in text
    assert "=> memorized labels: score +1.000" in text
    assert "=> no memorization found" in text
    # Five attacks, four of them by their counts and over coverages.
    reach = detectable_success_ratio(200, alpha=0.001 / 9)
    assert f"would have seen a success ratio of {reach:.3f} with 80 % power" in text
    assert f"to see .55 takes {required_canaries(0.55, alpha=0.001 / 9):,} canaries" in text


def test_accuracy_is_on_clean_held_out_labels():
    """With every label noised at epsilon = 0 but the test labels clean, a model of noise is right by chance."""
    X, y = np.arange(4000.0)[:, None], np.arange(4000) % 2
    (cell,) = audit(X, y, {"1nn": KNeighborsClassifier(1)}, epsilons=[0.0]).report_.cells
    assert abs(cell.mean("test_accuracies") - 0.5) < 4.5 * np.sqrt(0.25 / 1000)
    (clean,) = audit((y * 2.0)[:, None], y, {"lr": LogisticRegression()}, n_canaries=30).report_.cells
    assert clean.mean("test_accuracies") == 1


def test_memorization_a_leak_and_the_claim_are_told_apart(data):
    # A level at which a true claim is refuted once in a thousand audits.
    report = audit(*data, n_canaries=300, epsilons=[1.0, 0.0], alpha=0.001).report_
    stores = report.cells[0].attacks["threshold (fixed)"]
    assert stores.released.success_ratio == 1
    q = attack_cap(1.0)
    assert abs(stores.private.success_ratio - q) < 4.5 * np.sqrt(q * (1 - q) / 300)
    at_one, at_zero = report.verdicts[:2]
    assert "memorized released labels: score +1.000" in str(at_one)
    # Four attacks share the level, by how far they agree.
    ceiling = report.cells[0].findings.ceiling
    assert epsilon_ceiling(300, alpha=0.001 / 4) <= ceiling <= epsilon_ceiling(300, alpha=0.001)
    bound = report.cells[0].bound
    told = f"epsilon = 1 is not refuted (bound {bound:.2f}; these guesses could show up to {ceiling:.2f})"
    assert told in str(at_one)
    # At epsilon = 0 the released labels tell nothing of the private ones, and the memoriser stores them all.
    assert (at_zero.memorized, at_zero.leaked) == (True, False)
    assert "no leak found" in str(at_zero)
    page = str(report)
    assert "eps >=  released\n" in page
    assert "delta-margin (oracle)* " in page
    assert max(map(len, page.splitlines())) <= 80
    assert "cap 0.731" in words(report)


def test_a_verdict_that_finds_nothing_tells_of_the_surest_guesses(data):
    """The bound tries other numbers of guesses than the tests, and may find what these do not."""
    (cell,) = audit(*data, {"stores": KNeighborsClassifier(1)}, attacks={"t": ThresholdAttack()}).report_.cells
    finding = replace(cell.attacks["t"], joint_p_values={"private": 0.3, "released": 0.3})
    verdict = str(make_verdict(replace(cell, findings=replace(cell.findings, attacks={"t": finding}))))
    bound = cell.findings.bound
    assert "no memorization found (joint p = 0.300" in verdict
    surest = f"epsilon is at least {bound.epsilon_lower_bound:.2f} by {bound.n_guesses} guesses of t"
    assert verdict.endswith(f"but {surest}")


def test_a_verdict_asks_for_planted_canaries(three_classes):
    """Three classes at epsilon = 1: where the released label is no candidate, a canary is planted and not counted."""
    report = audit(*three_classes, {"nothing": DummyClassifier()}, epsilons=[1.0], alpha=1e-4).report_
    counted = report.cells[0].attacks["threshold (fixed)"].released.n_canaries
    assert counted < 200
    assert list(report.to_frame()["released_n_canaries"]) == [counted] * 5
    needed = np.ceil(required_canaries(0.55, alpha=1e-4 / 9) * 200 / counted)
    assert f"to see .55 takes {needed:,.0f} canaries" in str(report.verdicts[0])


def test_bounds_guess_where_the_model_names_a_candidate(three_classes):
    """One neighbour names the released label, so what counts is as many as there are released candidates."""
    report = audit(*three_classes, {"stores": KNeighborsClassifier(1)}, epsilons=[1.0]).report_
    findings = report.cells[0].findings
    assert findings.n_guessed == findings.attacks["threshold (fixed)"].released.n_canaries < 200
    assert findings.bound.n_guesses <= findings.n_guessed
    assert "surest of canaries where the model's most probable class is a candidate" in words(report)


def test_a_verdict_says_which_statistic_found_it():
    """Five neighbours rarely follow one label of theirs, and all five agree where it was not changed."""
    X, y = load_digits(return_X_y=True)
    (cell,) = audit(X, y // 4, {"near": KNeighborsClassifier()}, attacks={"t": ThresholdAttack()},
                    n_canaries=336, n_repeats=5).report_.cells  # fmt: skip
    finding = cell.attacks["t"]
    assert finding.by_coverage["private"]
    assert finding.coverage["private"] > finding.private.success_ratio
    expected = f"memorized labels: success ratio {finding.coverage['private']:.3f} over coverages by t"
    assert str(make_verdict(cell)).startswith(expected)


def test_several_classes(three_classes):
    (cell, _) = audit(*three_classes, n_canaries=300, epsilons=[2.0]).report_.cells
    finding = cell.attacks["threshold (fixed)"]
    assert finding.released.success_ratio == 1
    assert finding.released.n_canaries < 300  # those released outside their pair are left out
    cap = attack_cap(2.0, n_classes=3)
    assert cell.cap == pytest.approx(cap)
    assert abs(finding.private.success_ratio - cap) < 4.5 * np.sqrt(cap * (1 - cap) / 300)


def test_every_model_gets_the_same_labels(data):
    twins = {"a": KNeighborsClassifier(1), "b": KNeighborsClassifier(1)}
    a, b = audit(*data, twins, epsilons=[1.0]).report_.cells
    assert [finding.private for finding in a.attacks.values()] == [finding.private for finding in b.attacks.values()]
    alone = audit(*data, {"b": twins["b"]}, epsilons=[1.0]).report_.cells[0]
    assert alone.attacks["threshold (fixed)"].private == b.attacks["threshold (fixed)"].private


def test_without_a_seed_the_noise_comes_from_the_system(data):
    pages = []
    for _ in range(2):
        np.random.seed(0)
        pages.append(str(audit(*data, n_canaries=100, epsilons=[1.0], random_state=None).report_))
    assert pages[0] != pages[1]


def test_seeds_change_canaries_and_noise(data):
    one = {"m": KNeighborsClassifier(1)}
    counts = {audit(*data, one, epsilons=[1.0], random_state=seed).report_.cells[0].attacks["threshold (fixed)"]
              .private.n_correct for seed in range(5)}  # fmt: skip
    assert len(counts) > 1


def test_json_holds_everything_and_no_infinity(data):
    report = audit(*data, epsilons=[np.inf, 1.0]).report_
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["settings"]["n_canaries"] == 200
    assert found["versions"]["sklearn_blia"]
    assert [cell["epsilon"] for cell in found["cells"]] == [None, 1.0, None, 1.0]
    first = found["cells"][0]
    assert first["claim"] == {"epsilon": None, "delta": 0.0}
    assert first["attacks"]["threshold (fixed)"]["tests"]["private"]["n_correct"] == 200
    assert first["verdict"]["memorized"] is True
    assert len(report.to_frame()) == 2 * 2 * 5


@pytest.mark.parametrize(("n_train", "canaries"), [(3, 1), (1347, 336), (10_000, 500), (26_048, 520)])
def test_default_number_of_canaries(n_train, canaries):
    assert default_n_canaries(n_train) == canaries


class Untrainable(ClassifierMixin, BaseEstimator):
    """Fails the test if it is trained."""

    def fit(self, X, y):
        raise AssertionError("trained in vain")

    def predict_proba(self, X):
        raise AssertionError("asked in vain")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"estimator": {}}, "estimator must be a classifier or a dict"),
        ({"estimator": {1: LogisticRegression()}}, "estimator must be a classifier or a dict"),
        ({"estimator": {"a": LogisticRegression}}, "no scikit-learn classifier"),
        ({"estimator": {"a": 3}}, "no scikit-learn classifier"),
        ({"attacks": []}, "one at least"),
        ({"attacks": "weak"}, r"attacks must be one of \('quick', 'residual', 'strong'\)"),
        ({"attacks": [ThresholdAttack(), ThresholdAttack()]}, "the same attack twice"),
        ({"y": np.r_[np.zeros(599), 1]}, r"have a single row, such as .*1\.0"),
        ({"y": np.zeros(600)}, "only one class"),
        ({"y": np.linspace(0, 1, 600)}, "have a single row, .* a class and not a number"),
        ({"y": np.repeat(np.linspace(0, 1, 300), 2)}, "Unknown label type"),
        ({"X": np.zeros((600, 0))}, "X has no columns"),
        ({"X": np.zeros((10, 2))}, "X has 10 rows and y 600 labels"),
        ({"X": np.ma.masked_array(np.zeros((600, 1)), np.arange(600)[:, None] == 3)}, "X has masked entries"),
    ],
)
def test_bad_input_is_told_before_training(data, params, message):
    X, y = data
    settings = {"estimator": {"m": Untrainable()}, "random_state": 0} | params
    rows = settings.pop("X", X), settings.pop("y", y)
    with pytest.raises(ValueError, match=message):
        LabelAudit(**settings).fit(*rows)


def test_no_released_label_among_the_candidates_is_told_before_training():
    X, y = np.arange(400.0)[:, None], np.arange(400) % 40
    # at epsilon = .1 a released label is a candidate in one of twenty audits
    with pytest.raises(ValueError, match="n_canaries=1 is too few: no canary's released label"):
        LabelAudit(Untrainable(), epsilons=[0.1], n_canaries=1, random_state=0).fit(X, y)


def test_attacks_that_read_labels_say_nothing_of_a_claim(data):
    report = audit(*data, epsilons=[1.0], attacks=DeltaMarginAttack(loss="oracle"), alpha=0.001).report_
    nothing = str(report.verdicts[1])
    assert "every attack reads labels" in nothing
    assert "would have seen" not in nothing
    assert "epsilon = 1 is not checked, for every attack reads labels" in nothing


def test_too_few_canaries_to_see_anything(data):
    report = audit(*data, {"lr": LogisticRegression()}, n_canaries=3, attacks=[ThresholdAttack()]).report_
    assert "so few canaries would hardly have shown any" in words(report)


def test_one_model_that_fails_leaves_the_others(data):
    fitted = []

    class Counts(LogisticRegression):
        def fit(self, X, y):
            fitted.append(1)
            return super().fit(X, y)

    models = {"bad": Counts(C=-1.0), "good": KNeighborsClassifier(1)}
    found = audit(*data, models, epsilons=[np.inf, 2, 1], n_repeats=4)
    assert {key.model for key in found.errors_} == {"bad"}
    assert len(found.errors_) == 12
    assert len(fitted) == 1  # scikit-learn refuses the parameter, whatever the seed
    assert sum(error.startswith("not tried, for the first fit failed: ") for error in found.errors_.values()) == 11
    assert "bad, no label privacy => every fit failed: InvalidParameterError" in words(found.report_)
    np.testing.assert_array_equal(found.results_["n_failed"], [4, 4, 4, 0, 0, 0])
