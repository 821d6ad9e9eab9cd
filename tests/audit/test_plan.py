"""Canaries for models trained elsewhere, and for models that are fitted already."""

import io
import json
import os
import stat
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import (
    AuditPlan,
    CanaryFlipper,
    LabelLiRAAttack,
    NeighborhoodAttack,
    PrivacyClaim,
    RandomizedResponse,
    ReferenceAttack,
    ThresholdAttack,
    make_label_pipeline,
    plant_canaries,
)
from sklearn_blia.canaries import Canaries, Planted
from sklearn_blia.exceptions import BelowChanceWarning
from sklearn_blia.metrics import attack_test


@pytest.fixture
def plan(words):
    X, y = words
    return plant_canaries(X, y, random_state=0)


@pytest.fixture
def tree(plan):
    return DecisionTreeClassifier(max_depth=6, random_state=0).fit(plan.X, plan.labels)


@pytest.fixture
def answers(plan, tree):
    return answer(plan, tree)


def answer(plan, model):
    """What a model says of all rows, as a frame by class name."""
    frame = pd.DataFrame(model.predict_proba(plan.X[plan.asked]), columns=model.classes_)
    return frame.assign(**{plan.settings.id_column: plan.ids})


def found(report):
    """Everything that was measured, without what says how."""
    return report.to_dict()["cells"][0]["attacks"]


def test_only_canaries_get_other_labels(words, plan):
    _, y = words
    changed = np.flatnonzero(plan.labels != y)
    assert set(changed) <= set(plan.canaries.rows)
    np.testing.assert_array_equal(plan.labels[plan.canaries.rows], plan.canaries.private)
    # Half of the coins turn a label over: binomial, six standard deviations.
    m = len(plan.canaries)
    assert abs(len(changed) - m / 2) < 6 * np.sqrt(m) / 2


def test_a_fitted_model_and_its_answers_give_the_same_report(plan, tree, answers):
    assert found(plan.score(tree)) == found(plan.score(answers))


def test_the_count_is_that_of_the_attack_by_hand(plan, tree, answers):
    report = plan.score(answers)
    inferred = ThresholdAttack().infer(
        tree.predict_proba(plan.X[plan.canaries.rows]), plan.canaries.pairs, tree.classes_
    )
    test = report.cells[0].attacks["threshold (fixed)"].private
    assert test.n_correct == np.sum(inferred == plan.canaries.private)
    assert report.cells[0].train_accuracies == [tree.score(plan.X, plan.labels)]


def test_a_fitted_model_is_not_trained_again(plan):
    class Once(DecisionTreeClassifier):
        n_fits = 0

        def fit(self, X, y):
            Once.n_fits += 1
            return super().fit(X, y)

    model = Once().fit(plan.X, plan.labels)
    assert plan.score(model).verdicts[0].memorized
    assert Once.n_fits == 1


def test_answers_come_in_any_order_format_and_number_of_parts(tmp_path, plan, answers):
    expected = found(plan.score(answers))
    mixed = answers.sample(frac=1, random_state=0)[["yes", "id", "no"]]
    assert found(plan.score(mixed)) == expected
    assert found(plan.score(pl.from_pandas(mixed))) == expected
    assert found(plan.score([mixed[:100], mixed[100:]])) == expected
    mixed.to_csv(tmp_path / "answers.csv.gz", index=False, float_format="%.17g")
    assert found(plan.score(tmp_path / "answers.csv.gz")) == expected
    mixed.assign(more="ignored").to_parquet(tmp_path / "answers.parquet")
    assert found(plan.score(str(tmp_path / "answers.parquet"))) == expected
    assert found(plan.score(mixed[["id", "no"]])) == expected  # of two classes one says all


def without(frame, row):
    return frame.drop(index=row)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: a[:-2], r"lack 2 of 600 rows, such as p\w{7}-598, .*: pass all parts"),
        (lambda a: pd.concat([a, a[:1]]), "is answered twice"),
        (lambda a: a.assign(id="row " + a.id), "is none that was asked about"),
        (lambda a: a.assign(id=a.id.str.replace(r"^.{8}", "p0000000", regex=True)), "an answer to the plan p0000000"),
        (lambda a: a.drop(columns="id"), "has no column 'id'"),
        (lambda a: a.rename(columns={"yes": "Yes", "no": "No"}), "no column for the class 'no' and 1 more"),
        (lambda a: a.assign(yes=a.yes * 8 - 4, no=4 - a.yes * 8), "logits .*softmax"),
        (lambda a: a.assign(yes=a.yes * 100, no=a.no * 100), "percentages: divide them by 100"),
        (lambda a: a.assign(yes=a.yes / 2), "do not sum to 1"),
        (lambda a: a.assign(yes=a.yes.where(a.index != 7)), "1 rows lack a probability"),
        (lambda a: a.assign(yes="much"), "'yes' holds 'much', which is no probability"),
        (lambda a: a.assign(prediction="maybe")[["id", "prediction"]], "holds 'maybe', which is no class"),
        (lambda a: a.assign(label="no")[["id", "label"]], "no column for the class 'no'"),
        (lambda a: a.assign(blia_plan="p0000000"), "an answer to the plan p0000000"),
        (lambda a: a.assign(label_column="other"), "label_column holds 'other'"),
        (lambda a: {"other": a}, "no label column 'other'"),
        (
            lambda a: a.assign(yes=a.yes.astype(object).where(a.index != 7, "")),
            "1 rows lack a probability, the first in",
        ),
        (
            lambda a: a[["id", "yes"]].assign(No=a.no),
            r"no column for the class 'no', and others that are no class: \['No'\]",
        ),
        (lambda a: a.assign(yes=1.004 * a.yes + 0.0, no=a.no), "a little outside of 0 to 1, .*: bring them inside"),
        (lambda a: a[:0], "lack 600 of 600 rows"),
        (lambda a: a.to_numpy(), "must be a fitted classifier, a path, a frame"),
        (lambda a: "no/such.csv", "There is no file"),
    ],
)
def test_answers_that_do_not_fit_are_refused_with_the_fix(plan, answers, spoil, message):
    with pytest.raises(ValueError, match=message):
        plan.score(spoil(answers))


def test_labels_in_place_of_probabilities_are_taken_and_told(plan, tree, answers):
    labels = pd.DataFrame({"id": plan.ids, "prediction": tree.predict(plan.X)})
    report = plan.score(labels)
    sure = pd.get_dummies(labels.prediction).astype(float).assign(id=labels.id)
    assert found(report) == found(plan.score(sure))
    assert "labels, not probabilities" in str(report)
    assert "labels, not probabilities" not in str(plan.score(sure))


@pytest.mark.parametrize("names", [{False: "false", True: "true"}, {False: "FALSE", True: "TRUE"}])
def test_booleans_as_other_languages_write_them(data, names):
    X, y = data
    plan = plant_canaries(X, y == 1, random_state=0)
    model = DecisionTreeClassifier().fit(X, plan.labels)
    assert found(plan.score(answer(plan, model).rename(columns=names))) == found(plan.score(model))


def test_a_false_claim_is_refuted_and_a_true_one_is_not(words):
    """A full tree keeps whatever it is given: without noise no epsilon holds, with noise for 1 the claim of 1 does."""
    X, y = words
    plan = plant_canaries(X, y, n_canaries=300, random_state=0)
    full = DecisionTreeClassifier().fit(X, plan.labels)
    assert plan.score(full, claim=1.0).verdicts[0].refuted
    assert plan.score(answer(plan, full), claim=PrivacyClaim(1.0, 1e-5)).verdicts[0].refuted
    private = plant_canaries(X, y, n_canaries=300, mechanism=RandomizedResponse(1.0), random_state=0)
    report = private.score(DecisionTreeClassifier().fit(X, private.labels))
    assert report.cells[0].claim == PrivacyClaim(1.0)
    assert report.cells[0].cap == pytest.approx(np.e / (1 + np.e))
    # It stores every released label; of the private ones it gives as many as were kept, and the claim holds.
    assert report.cells[0].attacks["threshold (fixed)"].released.success_ratio == 1
    kept = np.mean(private.labels[private.canaries.rows] == private.canaries.private)
    assert report.cells[0].attacks["threshold (fixed)"].private.success_ratio == kept
    assert not private.score(DecisionTreeClassifier().fit(X, private.labels), claim=3).verdicts[0].refuted
    assert plan.score(full, claim=3.0).verdicts[0].refuted  # with as many canaries it would have been seen
    smaller = private.score(DecisionTreeClassifier().fit(X, private.labels), claim=0.5).cells[0]
    assert smaller.cap == pytest.approx(PrivacyClaim(0.5).cap())  # what is promised, not what the mechanism allows


def test_of_a_claim_nobody_tells_the_released_labels(plan, tree):
    """Whoever claims label privacy says to have changed the labels, and which the model saw is not known."""
    assert plan.score(tree, claim=2).cells[0].findings.targets == ("private",)
    assert plan.score(tree).cells[0].findings.targets == ("private", "released")


def test_no_more_false_alarms_than_said():
    """Models that know no label: of 120 verdicts at 5 % more than 18 alarm with probability 4e-5."""
    X = np.arange(600)[:, None]
    y = np.arange(600) % 2
    alarms = 0
    for seed in range(120):
        plan = plant_canaries(X, y, n_canaries=150, random_state=seed)
        p = np.random.default_rng(seed).random(600)
        alarms += plan.score(pd.DataFrame({"id": plan.ids, "0": 1 - p, "1": p})).verdicts[0].leaked
    assert alarms <= stats.binom.isf(4e-5, 120, 0.05)


def test_the_secret_survives_a_file_and_is_for_its_owner_alone(tmp_path, plan, answers):
    path = tmp_path / "plan.secret"
    plan.save(path)
    again = AuditPlan.load(path)
    assert found(again.score(answers)) == found(plan.score(answers))
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="keeps no rows"):
        _ = again.labels
    with pytest.raises(ValueError, match="is there already"):
        plan.save(path)
    with pytest.raises(ValueError, match="keeps no rows"):
        again.score(DummyClassifier().fit([[0], [1]], ["no", "yes"]))


def test_what_is_no_secret_is_refused(tmp_path, plan):
    with pytest.raises(ValueError, match="There is no file"):
        AuditPlan.load(tmp_path / "none")
    (tmp_path / "other").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(ValueError, match="is no secret of a plan"):
        AuditPlan.load(tmp_path / "other")
    plan.canaries.save(tmp_path / "canaries")
    with pytest.raises(ValueError, match="is no secret of a plan"):
        AuditPlan.load(tmp_path / "canaries")


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_exported_table_trains_like_the_rows_in_memory(tmp_path, plan, tree, format):
    plan.export(tmp_path / "out", format=format)
    exact = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
    read = partial(pd.read_csv, **exact) if format == "csv" else pd.read_parquet
    train, ask = (read(tmp_path / "out" / f"{name}.{format}") for name in ("train", "ask"))
    features = [f"x{i}" for i in range(8)]
    np.testing.assert_array_equal(train[features], plan.X)  # to the last bit, also as text
    np.testing.assert_array_equal(train["label"], plan.labels)
    again = DecisionTreeClassifier(max_depth=6, random_state=0).fit(train[features].to_numpy(), train["label"])
    said = pd.DataFrame(again.predict_proba(ask[features].to_numpy()), columns=again.classes_).assign(id=ask["id"])
    assert found(plan.score(said)) == found(plan.score(tree))


def test_nothing_that_leaves_the_house_tells_who_the_canaries_are(tmp_path, words, capsys):
    """Rows are told in ids, and canaries in none of them: neither in text nor in a picture, nor by what is asked."""
    X, y = words
    plan = plant_canaries(X, y, random_state=0)
    plan.export(tmp_path / "out")
    plan.save(tmp_path / "plan.secret")
    model = RandomForestClassifier(10, random_state=0).fit(X, plan.labels)
    report = plan.score(answer(plan, model))
    print(report, plan, plan.canaries, repr(plan.settings))
    told = [*capsys.readouterr(), report.to_html(), report.to_markdown(), report._repr_html_()]
    told += [json.dumps(report.to_dict()), (tmp_path / "out" / "HOW_TO_TRAIN.txt").read_text()]
    secret = {plan.ids[row] for row in plan.canaries.rows}
    for text in told:
        assert not [one for one in secret if one in text]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["HOW_TO_TRAIN.txt", "ask.csv", "train.csv"]
    ask, train = (pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in ("ask", "train"))
    assert ask["id"].tolist() == train["id"].tolist() == plan.ids.tolist()
    assert "label" not in ask
    assert [*train] == [*ask.drop(columns="id"), "label", "id"]


def test_the_secret_stays_out_of_the_folder(tmp_path, plan):
    plan.export(tmp_path / "out")
    for path in (tmp_path / "out" / "secret", tmp_path / "out"):
        with pytest.raises(ValueError, match="secret: "):
            plan.save(path)
    with pytest.raises(ValueError, match="not empty"):
        plan.export(tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file"):
        plan.export(tmp_path / "file" / "folder")


def test_rows_that_are_no_table_are_not_exported(tmp_path):
    plan = plant_canaries(np.zeros((40, 2, 2)), np.arange(40) % 2, random_state=0)
    with pytest.raises(ValueError, match="is no table that a file could hold"):
        plan.export(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    for column, why in (
        ("label", "a name that answers need"),
        ("prediction", "answers need"),
        ("0", "name of a class"),
    ):
        plan = plant_canaries(pd.DataFrame({column: range(40)}), np.arange(40) % 2, random_state=0)
        with pytest.raises(ValueError, match=f"X has a column '{column}', which is .*{why}"):
            plan.export(tmp_path / "out")
    with pytest.raises(ValueError, match="spaces alone tell apart"):
        plant_canaries(np.zeros((4, 1)), ["a", "a ", "a", "a "])
    texts = [f"text {i}" for i in range(40)]
    plant_canaries(texts, np.arange(40) % 2, random_state=0).export(tmp_path / "texts")
    assert pd.read_csv(tmp_path / "texts" / "train.csv")["text"].tolist() == texts


class TestFurtherTrainings:
    attacks = {"reference": ReferenceAttack(), "label-LiRA": LabelLiRAAttack(6)}

    @pytest.fixture
    def plan(self, words):
        X, y = words
        return plant_canaries(X, y, attacks=self.attacks, random_state=0)

    def test_columns_have_coins_of_their_own_on_the_same_rows(self, words, plan):
        _, y = words
        assert list(plan.columns) == ["label", "label__reference", *(f"label__shadow_{i}" for i in range(6))]
        rows = np.zeros(600, dtype=bool)
        rows[plan.canaries.rows] = True
        natural = np.searchsorted(plan.classes, y)
        for codes in plan.columns.values():
            np.testing.assert_array_equal(codes[~rows], natural[~rows])
        assert (plan.columns["label__reference"][rows] == -1).all()
        # Independent fair coins agree in half of 150 canaries, give or take six standard deviations.
        for i in range(6):
            same = np.mean(plan.columns[f"label__shadow_{i}"][rows] == plan.columns["label"][rows])
            assert abs(same - 0.5) < 6 * 0.5 / np.sqrt(rows.sum())

    def trained(self, plan, seed=0):
        said = {}
        for name, codes in plan.columns.items():
            kept = codes >= 0
            model = DecisionTreeClassifier(max_depth=6, random_state=seed)
            said[name] = answer(plan, model.fit(plan.X[kept], plan.classes[codes[kept]]))
        return said

    def test_every_attack_gets_what_was_trained_for_it(self, plan):
        said = self.trained(plan)
        report = plan.score(said)
        together = pd.concat([frame.assign(label_column=name) for name, frame in said.items()])
        assert found(plan.score(together)) == found(report)
        # By hand: the sign of the difference of two logits is that of two probabilities, but where both are clipped.
        rows = plan.canaries.rows
        first, second = (said[name]["yes"].to_numpy()[rows] for name in ("label", "label__reference"))
        guesses = np.clip(first, 1e-6, 1 - 1e-6) >= np.clip(second, 1e-6, 1 - 1e-6)
        right = np.sum(guesses == (plan.canaries.private == "yes"))
        assert report.cells[0].attacks["reference"].private.n_correct == right

    def test_shadows_that_did_not_come_are_told(self, plan):
        said = self.trained(plan)
        del said["label__shadow_3"]
        assert "Answers of 1 of 8 trainings did not come" in str(plan.score(said))
        del said["label__reference"]
        report = plan.score(said)
        assert "The attack reference was left out" in str(report)
        assert list(report.cells[0].attacks) == ["label-LiRA"]
        with pytest.raises(ValueError, match="no attack of the plan can be run"):
            plan.score(said["label"])
        with pytest.raises(ValueError, match="no row of the model that learned 'label', only of label__shadow_1"):
            plan.score({"label__shadow_1": said["label__shadow_1"]})

    def test_of_a_fitted_model_they_are_trained_here(self, plan):
        model = DecisionTreeClassifier(max_depth=6, random_state=0).fit(plan.X, plan.labels)
        report = plan.score(model)
        assert set(report.cells[0].attacks) == set(self.attacks)
        assert found(report) == found(plan.score(model))

    def test_a_plan_from_a_file_knows_its_trainings(self, plan, tmp_path):
        plan.save(tmp_path / "secret")
        loaded = AuditPlan.load(tmp_path / "secret")
        assert {"reference", "label-LiRA", "threshold (fixed)"} <= set(loaded.attacks)
        said = self.trained(plan)
        assert found(loaded.score(said))["reference"]["tests"] == found(plan.score(said))["reference"]["tests"]

    def test_export_leaves_rows_of_the_reference_without_label(self, plan, tmp_path):
        plan.export(tmp_path / "out")
        table = pd.read_csv(tmp_path / "out" / "train.csv")
        assert set(np.flatnonzero(table["label__reference"].isna())) == set(plan.canaries.rows)
        text = (tmp_path / "out" / "HOW_TO_TRAIN.txt").read_text()
        assert "label_column" in text
        assert "Leave out rows where the column is empty" in " ".join(text.split())

    def test_noise_is_fresh_in_every_column(self, words):
        """Two columns under randomized response agree with q² + (1 − q)² in two classes, where no coin is thrown."""
        X, y = words
        mechanism = RandomizedResponse(1.0)
        plan = plant_canaries(X, y, mechanism=mechanism, attacks=LabelLiRAAttack(2), random_state=0)
        others = np.setdiff1d(np.arange(600), plan.canaries.rows)
        first, *shadows = plan.columns.values()
        q = np.e / (1 + np.e)
        agree = q**2 + (1 - q) ** 2
        for codes in shadows:
            error = np.sqrt(agree * (1 - agree) / len(others))
            assert abs(np.mean(codes[others] == first[others]) - agree) < 5 * error


def test_attacks_that_ask_about_other_rows_need_the_model(words):
    X, y = words
    plan = plant_canaries(X, y, attacks=NeighborhoodAttack(), random_state=0)
    model = DecisionTreeClassifier(random_state=0).fit(X, plan.labels)
    with pytest.raises(ValueError, match=r"NeighborhoodAttack\(\)' needs the fitted model"):
        plan.score(answer(plan, model))
    assert plan.score(model).cells[0].attacks


def test_models_with_a_mechanism_inside(words):
    X, y = words
    plan = plant_canaries(X, y, n_canaries=200, random_state=0)
    model = make_label_pipeline(RandomizedResponse(1.0, random_state=1), DecisionTreeClassifier()).fit(X, plan.labels)
    # It tells what it promises and which labels it saw, of which it stores every one.
    for report in (plan.score(model), plan.score(model, claim=1)):
        assert report.cells[0].claim == PrivacyClaim(1.0)
        finding = report.cells[0].attacks["threshold (fixed)"]
        assert finding.released.success_ratio == 1
        assert finding.private.success_ratio < 1
    protected = plant_canaries(X, y, mechanism=RandomizedResponse(2.0), random_state=0)
    with pytest.raises(ValueError, match="beside the plan's mechanism"):
        protected.score(model)
    with pytest.raises(ValueError, match="claim is infinite"):
        protected.score(DecisionTreeClassifier().fit(X, protected.labels), claim=np.inf)
    planted = make_label_pipeline(CanaryFlipper(), DecisionTreeClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="holds canaries of its own"):
        plan.score(planted)


def test_many_classes_match_by_name(three_classes):
    X, y = three_classes
    plan = plant_canaries(X, y * 10, random_state=0)
    model = LogisticRegression().fit(X, plan.labels)
    frame = answer(plan, model)
    assert found(plan.score(frame)) == found(plan.score(model))
    assert found(plan.score(frame.rename(columns={10: "10.0"}))) == found(plan.score(model))
    with pytest.raises(ValueError, match="no column for the class '20'"):
        plan.score(frame.drop(columns=20))


def test_a_planter_may_add_rows(words):
    X, y = words

    class Twice:
        """Canaries are copies of rows, put at the end."""

        def plant(self, X, y, rng):
            rows = len(X) + np.arange(50)
            pairs = np.tile(["no", "yes"], (50, 1))
            canaries = Canaries(pairs, rng.integers(2, size=50), rows, y[:50])
            return Planted(np.vstack([X, X[:50]]), canaries.apply(np.concatenate([y, y[:50]])), canaries)

    with pytest.raises(ValueError, match="groups is for planters that leave the rows as they are"):
        plant_canaries(X, y, planter=Twice(), groups=y, random_state=0)
    plan = plant_canaries(X, y, planter=Twice(), random_state=0)
    assert len(plan.X) == len(plan.labels) == len(plan.ids) == 650
    model = LogisticRegression().fit(plan.X, plan.labels)
    assert plan.score(answer(plan, model)).cells[0].findings.attacks["threshold (fixed)"].private.n_canaries == 50


def test_no_seed_is_no_seed(words):
    X, y = words
    first, second = (plant_canaries(X, y) for _ in range(2))
    assert first.settings.name != second.settings.name
    assert not np.array_equal(first.canaries.rows, second.canaries.rows)
    again, same = (plant_canaries(X, y, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(again.labels, same.labels)
    assert again.settings.name != same.settings.name  # a name that follows the seed would give it away
    assert "was seeded" in str(again.score(LogisticRegression().fit(X, again.labels)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.zeros(600)}, "only one class"),
        ({"y": np.arange(10)}, "X has 600 rows and y 10 labels"),
        ({"mechanism": LogisticRegression()}, "mechanism must be a label sampler"),
        ({"planter": CanaryFlipper(), "n_canaries": 3}, "both say how many"),
        ({"attacks": LabelLiRAAttack(2, match_training_randomness=True)}, "match_training_randomness"),
        ({"groups": np.zeros(600)}, "one group only"),
        ({"groups": np.arange(600)}, "600 different groups, and at most 100"),
        ({"groups": [1, 2]}, "one group for each of 600 rows"),
    ],
)
def test_bad_input(words, arguments, message):
    X, y = words
    with pytest.raises(ValueError, match=message):
        plant_canaries(**({"X": X, "y": y} | arguments))


class TestGroups:
    def fitted(self, words):
        """A model that stores the labels of one group alone."""
        X, y = words
        groups = np.where(np.arange(600) % 3 == 0, "few", "many")
        plan = plant_canaries(X, y, n_canaries=300, groups=groups, random_state=0)
        stored = {
            row.tobytes(): label for row, label, group in zip(X, plan.labels, groups, strict=True) if group == "few"
        }

        class Stores(DummyClassifier):
            def predict_proba(self, X):
                return np.array([
                    {"no": [0.9, 0.1], "yes": [0.1, 0.9], None: [0.5, 0.5]}[stored.get(row.tobytes())] for row in X
                ])  # fmt: skip

        return plan, Stores().fit(X, plan.labels), groups

    def test_the_group_that_is_memorized_is_told(self, words):
        plan, model, groups = self.fitted(words)
        report = plan.score(model)
        told = report.cells[0].findings.groups["private"].groups
        assert told["few"].success_ratio == 1
        assert told["few"].more_p_value < 0.001 < told["many"].more_p_value
        assert told["few"].p_value < 0.001
        assert "private labels of few are found more often than those of other groups" in " ".join(str(report).split())
        assert "Labels of few are read out more often" in report.to_html()
        n = sum(one.n_canaries for one in told.values())
        assert n == len(plan.canaries)
        assert told["few"].n_canaries == np.sum(groups[plan.canaries.rows] == "few")

    def test_groups_may_be_given_late_by_row_or_by_id(self, words):
        plan, model, groups = self.fitted(words)
        expected = plan.score(model).cells[0].findings.groups
        plan = plant_canaries(*words, n_canaries=300, random_state=0)
        assert plan.score(model, groups=groups).cells[0].findings.groups == expected
        by_id = pd.Series(groups, index=plan.ids)
        for given in (by_id.to_dict(), by_id, by_id.sample(frac=1, random_state=0), pd.Series(groups)):
            assert plan.score(model, groups=given).cells[0].findings.groups == expected
        with pytest.raises(ValueError, match="groups has no group for 1 of 600 ids"):
            plan.score(model, groups=by_id[1:])
        with pytest.raises(ValueError, match="groups has no group for 600 of 600 ids"):
            plan.score(model, groups=pd.Series(groups, index=np.arange(600)[::-1]))
        missing = pd.Series(groups).astype("string").where(np.arange(600) % 5 > 0)
        assert "(missing)" in plan.score(model, groups=missing).cells[0].findings.groups["private"].groups

    def test_groups_are_in_the_file(self, words, tmp_path):
        plan, model, _ = self.fitted(words)
        plan.save(tmp_path / "secret")
        loaded = AuditPlan.load(tmp_path / "secret")
        said = answer(plan, model)
        assert loaded.score(said).cells[0].findings.groups == plan.score(said).cells[0].findings.groups


def test_training_labels_that_come_back_are_no_predictions(tmp_path, plan):
    """Whoever sends the training table itself, or that with a prediction, is not accused of having leaked it."""
    plan.export(tmp_path / "out")
    train = pd.read_csv(tmp_path / "out" / "train.csv")
    with pytest.raises(ValueError, match="no column for the class"):
        plan.score(tmp_path / "out" / "train.csv")
    assert not plan.score(train.assign(prediction="no"), claim=1).verdicts[0].refuted


class CapsByRow(RandomizedResponse):
    """Promises more of every second row: its caps depend on which canary it is."""

    def success_caps(self, canaries):
        return np.where(canaries.rows % 2, 0.9, super().success_caps(canaries))


def test_caps_of_single_rows(words):
    X, y = words
    plan = plant_canaries(X, y, mechanism=CapsByRow(1.0), random_state=0)
    np.testing.assert_array_equal(plan.caps == 0.9, plan.canaries.rows % 2 == 1)


def test_single_canaries_as_a_table(plan, tree, answers):
    frame = plan.to_canary_frame(answers)
    one = frame[frame["attack"] == "threshold (fixed)"]
    np.testing.assert_array_equal(one["private_label"], plan.canaries.private)
    np.testing.assert_array_equal(one["id"], plan.ids[plan.canaries.rows])
    np.testing.assert_array_equal(one["row"], plan.canaries.rows)
    test = attack_test(one["score"].to_numpy(), plan.canaries.coins)
    assert (
        test.n_correct
        == one["correct"].sum()
        == found(plan.score(tree))["threshold (fixed)"]["tests"]["private"]["n_correct"]
    )
    page = plan.score(answers).to_html(secrets=frame)
    assert "Secret" in page
    assert plan.ids[plan.canaries.rows][one["correct"]][0] in page or len(one) > 50


def test_exchanged_classes_are_no_privacy(plan, answers):
    """Answers of a memorizing model, its columns exchanged: nothing is said of privacy, but that they are wrong."""
    with pytest.warns(BelowChanceWarning):
        report = plan.score(answers.rename(columns={"no": "yes", "yes": "no"}), claim=1)
    page = report.to_html()
    assert "Something is wrong with the answers of model: nothing can be said." in page
    assert "Nothing contradicts" not in page


def test_answers_in_which_nothing_can_be_found_are_told(plan, answers):
    assert "same for every canary" in str(plan.score(answers.assign(yes=0.5, no=0.5), claim=1))


def test_one_file_for_two_trainings_is_told(words):
    X, y = words
    plan = plant_canaries(X, y, attacks=LabelLiRAAttack(2), random_state=0)
    said = answer(plan, DecisionTreeClassifier(max_depth=4).fit(X, plan.labels))
    report = str(plan.score(dict.fromkeys(plan.columns, said)))
    assert "are the same: was one file sent for both?" in " ".join(report.split())


def test_an_audit_that_is_too_small_says_so(words):
    """Of five canaries nothing can be shown: .5 to the fifth is 3 %, of several attacks more than 5 %."""
    X, y = words
    plan = plant_canaries(X, y, n_canaries=5, random_state=0)
    page = plan.score(DecisionTreeClassifier(max_depth=1).fit(X, plan.labels), claim=1).to_html()
    assert "This audit is too small to check the promise of epsilon = 1" in page
    assert "Nothing contradicts" not in page


@pytest.mark.parametrize("name", ["prediction", "label_column", "blia_plan"])
def test_classes_that_are_named_like_columns_of_answers(name):
    with pytest.raises(ValueError, match=f"the class '{name}' has a name that answers need"):
        plant_canaries(np.zeros((4, 1)), [name, "b"] * 2)
    assert plant_canaries(np.zeros((40, 1)), ["id", "b"] * 20).settings.id_column == "row_id"


def test_the_instructions_show_a_file_of_answers(tmp_path):
    plan = plant_canaries(np.arange(40)[:, None], ["a, b", "c"] * 20, random_state=0)
    plan.export(tmp_path / "out")
    lines = (tmp_path / "out" / "HOW_TO_TRAIN.txt").read_text().splitlines()
    at = lines.index("For instance:") + 2
    shown = pd.read_csv(io.StringIO("\n".join(line.strip() for line in lines[at : at + 2])))
    assert [*shown] == ["id", "a, b", "c"]
    assert shown["id"].tolist() == [f"{plan.settings.name}-0"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": 5}, "name must be a text"),
        ({"random_state": None}, "random_state must be a whole number"),
        ({"claim": "much"}, "claim must be an epsilon"),
    ],
)
def test_bad_arguments_of_score(plan, tree, arguments, message):
    with pytest.raises(ValueError, match=message):
        plan.score(tree, **arguments)
    with pytest.raises(ValueError, match="secrets must be a table of canaries"):
        plan.score(tree).to_html(secrets=True)


def test_a_frame_may_have_its_ids_as_index(plan, answers):
    assert found(plan.score(answers.set_index("id"))) == found(plan.score(answers))
