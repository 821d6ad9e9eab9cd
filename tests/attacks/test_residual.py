"""The attack that learns from other rows: against theory, and whatever way its evidence is come by."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    RandomizedResponse,
    ReferenceAttack,
    ResidualAttack,
    ThresholdAttack,
    make_label_pipeline,
    plant_canaries,
)
from sklearn_blia.audit import train_shadows
from sklearn_blia.evidence import BystanderOutputs, CrossFit, Outputs, SmoothedOutputs, Training, fold_of, observe
from tests.observed import observed

GAP, NOISE = 1.0, 0.4


def expit(z):
    return 1 / (1 + np.exp(-z))


def simulated(seed=0, m=4000, n=4000):
    """Logits that move by `GAP` with the label; of bystanders the label is likely what the reference says."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(size=m + n)
    labels = np.where(np.arange(m + n) < m, rng.integers(2, size=m + n), rng.random(m + n) < expit(middle)).astype(int)
    logits = middle + GAP * (labels - 0.5) + NOISE * rng.normal(size=m + n)
    both = np.column_stack([expit(-middle), expit(middle)])
    folds = fold_of(np.arange(m, m + n), 2)
    found = {
        BystanderOutputs(): {
            "rows": np.arange(m, m + n), "pairs": np.tile([0, 1], (n, 1)), "codes": labels[m:],
            "second": expit(logits[m:]),
        },
        CrossFit(2): {
            "second": np.tile(both[:m, 1], (2, 1)),
            "left_out_0": both[m:][folds == 0], "left_out_1": both[m:][folds == 1],
        },
        SmoothedOutputs(): {"canaries": middle[:m], "bystanders": middle[m:]},
    }  # fmt: skip
    return observed(expit(logits[:m]), labels[:m], found=found)


@pytest.mark.parametrize("reference", ["crossfit", "smooth"])
def test_it_is_as_good_as_theory_allows(reference):
    """Phi(gap / 2 / noise) = .894 where the reference is right; 4 standard errors of 4,000, a point for the fit.

    A difference to the reference reaches the same here; a threshold on the logit has Phi(gap / 2 / sqrt(noise^2 + 1)).
    """
    share = stats.norm.cdf(GAP / 2 / NOISE)
    found = ResidualAttack(reference).evaluate(simulated()).success_ratio
    assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / 4000) + 0.01
    assert ThresholdAttack().evaluate(simulated()).success_ratio < 0.72


def test_no_other_row_need_have_an_unlikely_label():
    """Labels of other rows are what the reference says, always: what the others do is learnt from the canaries."""
    seen = simulated()
    found = {source: arrays for source, arrays in seen.evidence.found.items() if source != Outputs()}
    known, middle = found[BystanderOutputs()], found[SmoothedOutputs()]["bystanders"]
    codes = (middle > 0).astype(np.int8)
    noise = NOISE * np.random.default_rng(1).normal(size=len(middle))
    found[BystanderOutputs()] = known | {"codes": codes, "second": expit(middle + GAP * (codes - 0.5) + noise)}
    clean = observed(seen.evidence.second, seen.canaries.coins, found=found)
    share = stats.norm.cdf(GAP / 2 / NOISE)
    assert ResidualAttack().evaluate(clean).success_ratio > share - 0.05


def test_it_is_surest_where_it_is_right():
    seen = simulated()
    values = ResidualAttack().decision_function(seen.evidence)
    right = (values >= 0) == seen.canaries.coins
    assert right[np.argsort(-np.abs(values))[:400]].mean() > right.mean() + 0.05


class Knows(ClassifierMixin, BaseEstimator):
    """Answers .9 for the label of a row that it was trained on, and one half for all others."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.known_ = dict(zip(X[:, 0].tolist(), np.searchsorted(self.classes_, y).tolist(), strict=True))
        return self

    def predict_proba(self, X):
        K = len(self.classes_)
        proba = np.full((len(X), K), 1 / K)
        for row, x in enumerate(X[:, 0].tolist()):
            if x in self.known_:
                proba[row] = 0.1 / (K - 1)
                proba[row, self.known_[x]] = 0.9
        return proba

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return np.arange(600.0)[:, None], np.array(["a", "b", "c"])[rng.integers(3, size=600)]


def test_no_reference_saw_the_rows_that_it_is_asked_about(rows):
    audit = LabelAudit(
        Knows(), attacks=ResidualAttack(), epsilons=[np.inf], n_repeats=1, n_canaries=100, test_size=0.5, random_state=0
    )
    (seen,) = audit.fit(*rows).observations_.values()
    known, parts = seen.evidence[BystanderOutputs()], seen.evidence[CrossFit(2)]
    np.testing.assert_allclose(parts["second"], 0.5)
    left_out = [parts["left_out_0"], parts["left_out_1"]]
    np.testing.assert_allclose(np.concatenate(left_out), 1 / 3, rtol=1e-6)
    assert len(left_out[0]) + len(left_out[1]) == len(known["rows"]) == 200
    assert not np.isin(known["rows"], seen.canaries.rows).any()
    # The model itself saw them all, with the labels that are told: 9 of 10 parts against .05.
    np.testing.assert_allclose(np.where(known["codes"] == 1, known["second"], 1 - known["second"]), 0.9 / 0.95)
    assert audit.report_.cells[0].findings.attacks[repr(ResidualAttack())].private.success_ratio == 1


def test_parts_are_halves_and_pieces_are_dealt_alike():
    """Halves within four standard deviations of 10,000 coins; neighbours as often in one part as by chance."""
    folds = fold_of(np.arange(10_000), 2)
    assert abs(folds.sum() - 5000) < 4 * 50
    assert abs(np.sum(folds[1:] == folds[:-1]) - 5000) < 4 * 50
    np.testing.assert_array_equal(folds[4000:5000], fold_of(np.arange(4000, 5000), 2))
    assert set(fold_of(np.arange(1000), 5)) == set(range(5))
    kept = Training("left out", 1, n_folds=2).keeps(np.arange(100), np.array([3, 7]))
    np.testing.assert_array_equal(np.flatnonzero(~kept), np.union1d([3, 7], np.flatnonzero(folds[:100] == 1)))
    with pytest.raises(ValueError, match="n_folds is for trainings that leave"):
        Training("redrawn", 0, n_folds=2)
    with pytest.raises(ValueError, match="n_folds is for trainings that leave"):
        Training("left out", 2, n_folds=2)


@pytest.fixture
def moons():
    return make_moons(1200, noise=0.3, random_state=0)


def test_labels_of_bystanders_are_those_behind_the_mechanism(moons):
    model = make_label_pipeline(
        CanaryFlipper(0.2, keep_bystanders=True, random_state=0), RandomizedResponse(1.0, random_state=1),
        KNeighborsClassifier(1),
    ).fit(*moons)  # fmt: skip
    known = observe(model, sources=[BystanderOutputs()]).evidence[BystanderOutputs()]
    np.testing.assert_array_equal(known["codes"], model.steps_[1][1].released_labels_[known["rows"]])
    assert np.mean(known["codes"] == moons[1][known["rows"]]) < 0.8  # q = .73
    assert np.mean(known["second"].round() == known["codes"]) == 1  # a nearest neighbour stored them
    seen = train_shadows(model, *moons, attacks=ResidualAttack(), random_state=2)
    np.testing.assert_array_equal(seen.evidence[BystanderOutputs()]["codes"], known["codes"])
    model.forget()
    assert not hasattr(model.steps_[0][1], "bystanders_")


def test_a_pipeline_a_plan_and_answers_give_the_same(moons):
    """The smooth reference needs outputs alone: asked here, or answered elsewhere."""
    X, y = moons
    plan = plant_canaries(X, y, attacks=ResidualAttack("smooth"), n_canaries=200, random_state=0)
    model = KNeighborsClassifier(5).fit(X, plan.labels)
    here = plan.score(model)
    answers = pd.DataFrame(model.predict_proba(X), columns=["0", "1"])
    answers.insert(0, "blia_id", plan.ids)
    answers["blia_plan"] = plan.settings.name
    answers = answers.rename(columns={"blia_id": plan.settings.id_column})
    elsewhere = plan.score(answers)
    ratios = [next(iter(r.cells[0].attacks.values())).private.success_ratio for r in (here, elsewhere)]
    assert ratios[0] == ratios[1] > 0.7  # 140 of 200: eleven standard deviations above chance


def test_halves_trained_elsewhere_give_what_halves_trained_here_give(moons, tmp_path):
    """A model without random numbers is the same anywhere: answers per label column against training here."""
    X, y = moons
    plan = plant_canaries(X, y, attacks="residual", n_canaries=200, random_state=0)
    assert [*plan.columns] == ["label", "label__without_0_of_2", "label__without_1_of_2"]
    secret = tmp_path / "secret.npz"
    plan.save(secret)
    said = {}
    for name, codes in plan.columns.items():
        kept = codes >= 0
        assert not kept[plan.canary_places].any() or name == "label"
        model = KNeighborsClassifier(5).fit(X[kept], plan.classes[codes[kept]])
        said[name] = pd.DataFrame(model.predict_proba(X), columns=["0", "1"]).assign(
            **{plan.settings.id_column: plan.ids, "blia_plan": plan.settings.name}
        )
    here = plan.score(KNeighborsClassifier(5).fit(X, plan.labels))
    loaded = type(plan).load(secret)  # knows by its label columns which attacks there is evidence for
    found = [report.cells[0].attacks["residual"].private for report in (here, plan.score(said), loaded.score(said))]
    assert found[0].success_ratio == found[1].success_ratio == found[2].success_ratio > 0.7
    del said["label__without_1_of_2"]
    report = loaded.score(said)
    assert "residual" not in report.cells[0].attacks
    assert "The attack residual was left out" in str(report.settings.notes)


def test_stored_trainings_give_the_same(moons, tmp_path):
    def run():
        audit = LabelAudit(
            LogisticRegression(), attacks="residual", epsilons=[np.inf, 1], n_repeats=2, random_state=0,
            cache_dir=tmp_path,
        )  # fmt: skip
        return str(audit.fit(*moons).report_)

    assert run() == run()


def test_it_says_what_it_needs(moons):
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), KNeighborsClassifier()).fit(*moons)
    with pytest.raises(ValueError, match="keep_bystanders=True"):
        ResidualAttack("smooth")(model)
    with pytest.raises(ValueError, match="compares with other models"):
        ResidualAttack()(model)
    few = make_label_pipeline(CanaryFlipper(1.0, keep_bystanders=True, random_state=0), KNeighborsClassifier())
    with pytest.raises(ValueError, match="ten training rows that are no canaries are needed, there are 0"):
        ResidualAttack("smooth")(few.fit(*moons))
    seen = simulated()
    known = seen.evidence.found[BystanderOutputs()]
    seen.evidence.found[BystanderOutputs()] = known | {"codes": np.zeros_like(known["codes"])}
    with pytest.raises(ValueError, match="all other training rows have one"):
        ResidualAttack().evaluate(seen)


def test_rows_of_any_kind_are_smoothed():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=400)
    texts = [f"{'good' if rng.random() < 0.7 else 'bad'} word{i % 30}" for i in range(400)]
    frame = pd.DataFrame({"word": [text.split()[0] for text in texts], "number": rng.normal(size=400)})

    class ByRow(Knows):
        def fit(self, X, y):
            return super().fit(np.arange(400)[:, None], y)

        def predict_proba(self, X):
            return np.full((X.shape[0] if hasattr(X, "shape") else len(X), 2), 0.5)

    for X in (
        texts,
        frame,
        frame.to_numpy(object),
        sparse.csr_array(rng.random((400, 3))),
        rng.normal(size=(400, 4, 4)),
    ):
        model = make_label_pipeline(CanaryFlipper(0.2, keep_bystanders=True, random_state=0), ByRow()).fit(X, y)
        found = observe(model, sources=ResidualAttack("smooth").requires).evidence[SmoothedOutputs()]
        np.testing.assert_allclose(found["canaries"], 0, atol=1e-9)  # of a model that says one half of all rows
        assert found["bystanders"].shape == (320,)


def test_it_beats_the_plain_difference_on_neighbours(moons):
    """Pooled over six plants of 200 canaries, to hang on none: margins of many standard errors (.012)."""
    attacks = {"residual": ResidualAttack(), "smooth": ResidualAttack("smooth"), "reference": ReferenceAttack()}
    audit = LabelAudit(
        KNeighborsClassifier(), attacks=attacks, epsilons=[np.inf], n_canaries=200, n_repeats=6, random_state=0
    )
    found = audit.fit(*moons).report_.cells[0].attacks
    assert found["residual"].private.success_ratio > found["reference"].private.success_ratio + 0.05
    assert found["smooth"].private.success_ratio > 0.6


@pytest.mark.parametrize("n_rare", [0, 4])
def test_an_audit_goes_on_without_it(n_rare):
    """Nearly all rows are canaries; or a class so rare that a half may lack it: the other attacks go on."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 2)), rng.integers(2, size=300)
    if n_rare:
        y = (np.arange(300) < n_rare).astype(int)
    n_canaries = 100 if n_rare else 220
    audit = LabelAudit(
        LogisticRegression(), attacks="residual", epsilons=[np.inf], n_repeats=1, n_canaries=n_canaries, random_state=1
    )
    (cell,) = audit.fit(X, y).report_.cells
    assert "threshold (fixed)" in cell.attacks
    assert "residual" in {*cell.attacks, *cell.failed_attacks}
    if not n_rare:
        assert "ten training rows that are no canaries are needed, there are 5" in cell.failed_attacks["residual"]


def test_an_audit_goes_on_where_a_half_cannot_be_trained():
    class NeedsManyRows(Knows):
        def fit(self, X, y):
            if len(y) < 150:
                raise ValueError("too few rows")
            return super().fit(X, y)

    X, y = np.arange(300.0)[:, None], np.arange(300) % 2
    audit = LabelAudit(
        NeedsManyRows(), attacks="residual", epsilons=[np.inf], n_repeats=1, n_canaries=100, random_state=0
    )
    (cell,) = audit.fit(X, y).report_.cells
    assert cell.attacks["threshold (fixed)"].private.success_ratio == 1
    assert "of 2 models without a part of the rows 0 are left" in cell.failed_attacks["residual"]
