"""Canaries in tables in files: values stay what they were, pieces do not matter, and any tool can be the trainer."""

import csv
import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import AuditPlan, NeighborhoodAttack, RandomizedResponse
from sklearn_blia.audit import plant_table, shadow_attacks
from sklearn_blia.audit._row_sample import RowSample
from sklearn_blia.files import _tables, open_table

STRANGE = ["001", "1.50", "NA", "", 'he said "no"', "a,b", "two\nlines", " spaced ", "ümlaut"]


@pytest.fixture
def table(tmp_path):
    """A CSV file whose values no reader may take for numbers or missing."""
    rng = np.random.default_rng(0)
    path = tmp_path / "people.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "income", "age", "who"])
        for i in range(600):
            label = [">50K", "<=50K"][int(rng.integers(2))]
            writer.writerow([STRANGE[i % len(STRANGE)], label, int(rng.integers(18, 90)), f"person {i}"])
    return path


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def plant(table, tmp_path, name="out", **options):
    return plant_table(table, "income", tmp_path / name, tmp_path / f"{name}.secret", **options)


def test_values_stay_what_they_were(table, tmp_path):
    plan = plant(table, tmp_path, random_state=0)
    header, rows = rows_of(table)
    new_header, new_rows = rows_of(tmp_path / "out" / "train.csv")
    assert new_header == [*header, "id"]
    changed = [i for i, (old, new) in enumerate(zip(rows, new_rows, strict=True)) if old[1] != new[1]]
    for old, new in zip(rows, new_rows, strict=True):
        assert [old[0], *old[2:]] == [new[0], *new[2:4]]
    assert set(changed) <= set(plan.canaries.rows)
    labels = np.array([row[1] for row in new_rows])
    np.testing.assert_array_equal(labels[plan.canaries.rows], plan.canaries.private)
    ask_header, ask_rows = rows_of(tmp_path / "out" / "ask.csv")
    assert ask_header == ["code", "age", "who", "id"]
    assert [row[-1] for row in ask_rows] == [row[-1] for row in new_rows] == plan.ids.tolist()


def test_spaces_around_labels_tell_no_new_one_from_an_old_one(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x, income\n" + "1, yes\n2,yes\n3, no\n4,no\n" * 50)
    plan = plant(path, tmp_path, random_state=0)
    assert plan.classes.tolist() == ["no", "yes"]
    _, rows = rows_of(tmp_path / "out" / "train.csv")
    assert {row[1] for row in rows} == {"no", "yes"}
    assert (tmp_path / "out" / "train.csv").read_text().count('"') == 0


@pytest.mark.parametrize("size", [7, 64, 10_000])
def test_pieces_of_any_size_give_the_same_files(table, tmp_path, monkeypatch, size):
    whole = plant(table, tmp_path, "whole", random_state=0)
    monkeypatch.setattr(_tables, "_BYTES", 40 * size)
    pieces = plant(table, tmp_path, "pieces", random_state=0)
    assert bytes_of(tmp_path / "pieces", pieces) == bytes_of(tmp_path / "whole", whole)


def bytes_of(folder, plan):
    """The training table, but for the name of the plan, which is random."""
    return (folder / "train.csv").read_bytes().replace(plan.settings.name.encode(), b"name")


def test_parquet_keeps_its_types(tmp_path):
    n = 500
    columns = {
        "small": pa.array(np.arange(n) % 100, pa.int8()),
        "when": pa.array(np.arange(n), pa.timestamp("us")),
        "kind": pa.array(["a", None] * (n // 2)).dictionary_encode(),
        "income": pa.array((np.arange(n) % 3).astype(np.int16)),
        "price": pa.array([None, 1.5] * (n // 2)),
    }
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=64)
    plan = plant(path, tmp_path, random_state=0)
    new = pq.read_table(tmp_path / "out" / "train.parquet")
    assert new.column_names == [*columns, "id"]
    for name, values in columns.items():
        assert new.schema.field(name).type == values.type
        if name != "income":
            assert new.column(name).combine_chunks().to_pylist() == values.to_pylist()
    assert plan.classes.tolist() == [0, 1, 2]
    labels = new.column("income").to_numpy()
    np.testing.assert_array_equal(labels[plan.canaries.rows], plan.canaries.private)


@pytest.mark.parametrize("kind", ["dictionary", "large_string", "bool"])
def test_labels_of_every_type_of_parquet(tmp_path, kind):
    values = np.arange(300) % 2 == 0
    labels = {
        "dictionary": pa.array(np.where(values, "yes", "no")).dictionary_encode(),
        "large_string": pa.array(np.where(values, "yes", "no").tolist(), pa.large_string()),
        "bool": pa.array(values),
    }[kind]
    pq.write_table(pa.table({"x": pa.array(np.arange(300)), "income": labels}), tmp_path / "t.parquet")
    plan = plant(tmp_path / "t.parquet", tmp_path, random_state=0)
    new = pq.read_table(tmp_path / "out" / "train.parquet").to_pandas()
    model = DecisionTreeClassifier().fit(new[["x"]], new["income"].astype(str))
    said = pd.DataFrame(model.predict_proba(new[["x"]]), columns=model.classes_).assign(id=new["id"])
    assert plan.score(said).cells[0].attacks["threshold (fixed)"].private.success_ratio == 1


def answers_of(folder, path):
    """A full tree on the exported columns of numbers, as whoever trains might write it."""
    train, ask = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "ask.csv")
    model = DecisionTreeClassifier().fit(train[["age", "row"]], train["income"])
    said = pd.DataFrame(model.predict_proba(ask[["age", "row"]]), columns=model.classes_)
    others = [name for name in ("id", "person", "blia_plan") if name in ask]
    pd.concat([said, ask[others]], axis=1).to_csv(path, index=False)
    return path


@pytest.fixture
def numbered(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"person": [f"p{i}" for i in range(900)], "row": np.arange(900)})
    frame["age"] = rng.integers(18, 90, size=900)
    frame["town"] = rng.choice(["Ulm", "Bonn"], size=900)
    frame["income"] = rng.choice([">50K", "<=50K"], size=900)
    frame.to_csv(tmp_path / "numbered.csv", index=False)
    return tmp_path / "numbered.csv"


def test_a_part_of_the_rows_is_asked_about_and_hides_the_canaries(numbered, tmp_path):
    plan = plant(numbered, tmp_path, n_asked=400, n_canaries=100, random_state=0)
    assert len(plan.asked) == 400
    assert set(plan.canaries.rows) < set(plan.asked)
    assert len(pd.read_csv(tmp_path / "out" / "ask.csv")) == 400
    said = answers_of(tmp_path / "out", tmp_path / "said.csv")
    report = AuditPlan.load(tmp_path / "out.secret").score(said)
    assert report.cells[0].attacks["threshold (fixed)"].private.success_ratio == 1
    assert report.settings.n_train == 900
    # Canaries are a random part of those: their mean place among 400 is in the middle, six standard errors.
    places = np.searchsorted(plan.asked, plan.canaries.rows)
    assert abs(places.mean() - 199.5) < 6 * 400 / np.sqrt(12 * 100)


def test_ids_of_the_users_need_the_plan_beside_them(numbered, tmp_path):
    plan = plant(numbered, tmp_path, id_column="person", groups="town", random_state=0)
    assert rows_of(tmp_path / "out" / "train.csv")[0] == rows_of(numbered)[0]
    said = answers_of(tmp_path / "out", tmp_path / "said.csv")
    report = plan.score(said)
    assert set(report.cells[0].findings.groups["private"].groups) == {"Bonn", "Ulm"}
    frame = pd.read_csv(said)
    with pytest.raises(ValueError, match="has no column 'blia_plan'"):
        plan.score(frame.drop(columns="blia_plan"))
    other = plant(numbered, tmp_path, "other", id_column="person", random_state=1)
    with pytest.raises(ValueError, match=f"an answer to the plan {plan.settings.name}"):
        other.score(said)


def test_a_patch_for_tables_that_stay_where_they_are(numbered, tmp_path):
    """Without a mechanism the patch names the rows that are asked about, or it would tell the canaries."""
    plan = plant(numbered, tmp_path, id_column="person", patch=True, n_asked=300, random_state=0)
    header, rows = rows_of(tmp_path / "out" / "labels.csv")
    assert header == ["person", "income"]
    assert [row[0] for row in rows] == plan.ids.tolist()
    assert rows_of(tmp_path / "out" / "ask.csv")[0] == ["person", "blia_plan"]
    frame = pd.read_csv(numbered).set_index("person")
    frame.loc[[row[0] for row in rows], "income"] = [row[1] for row in rows]
    np.testing.assert_array_equal(frame["income"].to_numpy()[plan.canaries.rows], plan.canaries.private)
    noisy = plant(numbered, tmp_path, "noisy", id_column="person", patch=True, mechanism=RandomizedResponse(1))
    assert len(rows_of(tmp_path / "noisy" / "labels.csv")[1]) == 900
    assert noisy.claim.epsilon == 1


def test_a_mechanism_protects_every_row(numbered, tmp_path):
    """Labels are kept with e / (1 + e), whatever piece they are in: binomial, five standard errors."""
    plan = plant(numbered, tmp_path, mechanism=RandomizedResponse(1.0), attacks=shadow_attacks(2, True), random_state=0)
    old = pd.read_csv(numbered)["income"].to_numpy()
    new = pd.read_csv(tmp_path / "out" / "train.csv")
    others = np.setdiff1d(np.arange(900), plan.canaries.rows)
    q = np.e / (1 + np.e)
    for column in ("income", "income__shadow_0", "income__shadow_1", "income__reference"):
        kept = np.mean(new[column].to_numpy()[others] == old[others])
        assert abs(kept - q) < 5 * np.sqrt(q * (1 - q) / len(others))
    assert new["income__reference"].isna().sum() == len(plan.canaries)
    codes = np.searchsorted(plan.classes, new["income"])
    np.testing.assert_array_equal(plan.columns["income"], codes)


def test_packed_files(table, tmp_path):
    plan = plant(table, tmp_path, random_state=0)
    packed = tmp_path / "people.csv.gz"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    again = plant(packed, tmp_path, "packed", random_state=0)
    assert bytes_of(tmp_path / "packed", again) == bytes_of(tmp_path / "out", plan)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("x,income\n1,a\n2,\n", {}, "misses the label in data row 2"),
        ("x,income\n1,a\n2,a\n", {}, "only one class"),
        ("x,income\n", {}, "has columns but no rows"),
        ("", {}, "no CSV file in UTF-8 with a header line"),
        ("x,label\n1,2\n", {}, "has no column 'income'; it has 'x', 'label'"),
        ("x,x,income\n1,2,3\n", {}, "two columns named 'x'"),
        ("x,income\n1,a\n1,2,3\n2,b\n", {}, "is damaged, or no table"),
        ("x,income\n1,a\n1,b\n", {"id_column": "x"}, "holds '1' twice"),
        ("x,income\n1,a\n2,b\n", {"id_column": "income"}, "is the target"),
        ("x,income\n1,a\n2,b\n", {"patch": True}, "needs id_column"),
        ("x,income\n1,a\n2,b\n", {"groups": "town"}, "has no column 'town'"),
        ("x,income\n1,a\n2,b\n", {"groups": "x", "n_canaries": 9}, "more than the 2 rows"),
        ("income__shadow_0,income\n1,a\n2,b\n", {"attacks": shadow_attacks(2)}, "which is a name that answers need"),
        ("x,income\n1,a\n2,b\n", {"attacks": NeighborhoodAttack()}, "must be at hand"),
        ("x,income\n1,a\n2,b\n", {"n_asked": -1}, "n_asked must be a whole number"),
        ("a,income\n1,a\n2,b\n", {}, "has a column 'a', which is the name of a class"),
        ("prediction,income\n1,a\n2,b\n", {}, "has a column 'prediction', which is a name that answers need"),
        ('"x\ny",income\n1,a\n2,b\n', {}, "has a line break"),
        ("x,income\n1, a\n2,b\n", {"id_column": "x", "patch": True}, "labels with spaces around them"),
        ("x,income\n,a\n2,b\n", {"id_column": "x"}, "has rows without an id"),
    ],
)
def test_bad_input_is_told_before_anything_is_written(tmp_path, text, options, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        plant(path, tmp_path, **options)
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


def test_a_number_is_no_class(tmp_path):
    pq.write_table(pa.table({"x": [1, 2], "income": [0.5, 0.7]}), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match="labels of type double"):
        plant(tmp_path / "t.parquet", tmp_path)
    (tmp_path / "t.csv").write_text("x,income\n" + "".join(f"1,{i}\n" for i in range(10_001)))
    with pytest.raises(ValueError, match=r"more than 10,000 different values"):
        plant(tmp_path / "t.csv", tmp_path)


def test_the_secret_is_not_in_the_folder(table, tmp_path):
    with pytest.raises(ValueError, match="lies in the folder that goes to whoever trains"):
        plant_table(table, "income", tmp_path / "out", tmp_path / "out" / ".." / "out" / "secret")
    with pytest.raises(ValueError, match="its folder does not exist"):
        plant_table(table, "income", tmp_path / "out", tmp_path / "none" / "secret")


def test_what_is_there_already_is_not_written_over(table, tmp_path):
    before = table.read_bytes()
    with pytest.raises(ValueError, match="is there already"):
        plant_table(table, "income", tmp_path / "out", table)
    with pytest.raises(ValueError, match="lies in the folder"):
        plant_table(table, "income", tmp_path / "out", tmp_path / "out")
    assert table.read_bytes() == before
    assert not (tmp_path / "out").exists()


def test_ids_that_other_rows_have_too(numbered, tmp_path):
    """Of rows that are not asked about nobody knows the ids before the second pass; nothing is left behind then."""
    frame = pd.read_csv(numbered)
    frame["person"] = [f"p{i // 2}" for i in range(900)]
    frame.to_csv(tmp_path / "twice.csv", index=False)
    with pytest.raises(ValueError, match=r"holds 'p\d+' twice"):
        plant(tmp_path / "twice.csv", tmp_path, id_column="person", n_asked=20, n_canaries=5, random_state=0)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))]


@pytest.mark.parametrize("kind", ["double", "timestamp"])
def test_ids_that_are_written_in_more_than_one_way(tmp_path, kind):
    ids = pa.array(np.arange(40.0)) if kind == "double" else pa.array(np.arange(40), pa.timestamp("s"))
    pq.write_table(pa.table({"x": ids, "income": ["a", "b"] * 20}), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match="is written in more than one way"):
        plant(tmp_path / "t.parquet", tmp_path, id_column="x")


def test_the_name_of_a_plan_is_no_number_and_tells_no_seed(table, tmp_path):
    names = {plant(table, tmp_path, f"out{i}", random_state=0).settings.name for i in range(5)}
    assert len(names) == 5
    for name in names:
        with pytest.raises(ValueError, match="could not convert"):
            float(name)


def test_two_tables_with_one_seed_share_no_coins(table, tmp_path):
    text = table.read_text(encoding="utf-8")
    (tmp_path / "other.csv").write_text(text.replace(">50K", "x").replace("<=50K", ">50K").replace("x", "<=50K"))
    first, second = (plant(path, tmp_path, name, random_state=0) for path, name in
                     ((table, "a"), (tmp_path / "other.csv", "b")))  # fmt: skip
    assert not np.array_equal(first.canaries.rows, second.canaries.rows)


def test_a_patch_with_further_trainings_says_what_to_leave_out(numbered, tmp_path):
    plant(numbered, tmp_path, id_column="person", patch=True, n_asked=300, attacks=shadow_attacks(2, True))
    text = " ".join((tmp_path / "out" / "HOW_TO_TRAIN.txt").read_text().split())
    assert "Rows that the file does not name keep their label; leave out rows that it names without one." in text
    _, rows = rows_of(tmp_path / "out" / "labels.csv")
    assert sum(row[2] == "" for row in rows) == 75  # a quarter of 300 are canaries, and the reference sees none


def test_damaged_parquet(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and so on")
    with pytest.raises(ValueError, match="no Parquet file, or a damaged one"):
        open_table(tmp_path / "t.parquet")


def test_every_row_is_as_likely_to_be_kept():
    """50 of 400 rows, 800 times, in pieces of 70: chi-square over the rows, p above 1e-4."""
    counts = np.zeros(400)
    for seed in range(800):
        sample = RowSample(50, np.random.default_rng(seed))
        for start in range(0, 400, 70):
            sample.add({"x": np.arange(start, min(start + 70, 400))})
        rows, columns = sample.finish()
        np.testing.assert_array_equal(rows, columns["x"])
        assert len(rows) == 50
        assert (np.diff(rows) > 0).all()
        counts[rows] += 1
    statistic = ((counts - 100) ** 2 / (100 * (1 - 50 / 400))).sum() * 399 / 400
    assert stats.chi2.sf(statistic, 399) > 1e-4
