"""A model that is trained already, from its answers, at the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import ObservationalAudit
from sklearn_blia.audit import observe_answers
from sklearn_blia.cli import main


@pytest.fixture
def people(tmp_path):
    """Two tables of people, ids with zeros in front, and what a tree says of both that stored the first."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(40, 10, size=600), "town": rng.choice(["Ulm", "Bonn"], size=600)})
    frame.insert(0, "id", [f"{number:05d}" for number in range(600)])
    frame["income"] = rng.choice([">50K", "<=50K"], size=600)
    frame[:300].to_csv(tmp_path / "train.csv", index=False)
    frame[300:].to_csv(tmp_path / "holdout.csv", index=False)
    model = DecisionTreeClassifier(random_state=0).fit(frame[["age"]][:300], frame["income"][:300])
    said = pd.DataFrame(model.predict_proba(frame[["age"]]), columns=model.classes_).assign(id=frame["id"])
    said.sample(frac=1, random_state=0).to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


def observe(people, *more, holdout=True, answers=("answers.csv",)):
    arguments = ["--train", people / "train.csv", "--target", "income", "--id", "id"]
    arguments += ["--holdout", people / "holdout.csv"] * holdout
    arguments += ["--answers", *(people / one for one in answers), *more]
    return main(["observe", *map(str, arguments)])


def test_what_a_tree_stored_is_found(people, capsys):
    out = {kind: people / f"out.{kind}" for kind in ("json", "csv", "html")}
    more = [text for kind, path in out.items() for text in (f"--{kind}", path)]
    assert observe(people, "--proxy", "logistic-regression", *more) == 0
    told = capsys.readouterr().out
    assert "=> MEMORIZATION" in told
    assert "train.csv, target income: 300 training rows, 300 held-out rows" in " ".join(told.split())
    found = json.loads(out["json"].read_text())
    assert found["memorized"] is True
    assert found["training"]["n_hits"] == 300
    assert pd.read_csv(out["csv"])["rows"].tolist() == ["training", "held-out"]
    assert "Is the proxy honest?" in out["html"].read_text(encoding="utf-8")
    # The same from frames, in Python.
    tables = [pd.read_csv(people / name, dtype={"id": str}) for name in ("train.csv", "holdout.csv")]
    rows = [part for table in tables for part in (table.drop(columns="income"), table["income"])]
    said = pd.read_csv(people / "answers.csv", dtype={"id": str})
    report = observe_answers(said, *rows, id_column="id", audit=ObservationalAudit(random_state=0))
    assert report.training.n_hits == 300
    assert report.memorized


def test_a_proxy_of_ones_own_and_answers_in_parts(people, capsys):
    said = pd.read_csv(people / "answers.csv", dtype=str)
    said[:200].to_csv(people / "first.csv", index=False)
    said[200:].to_parquet(people / "second.parquet")
    pd.DataFrame({"id": said["id"], ">50K": 0.5}).to_csv(people / "proxy.csv", index=False)
    assert observe(people, "--proxy-answers", people / "proxy.csv", answers=("first.csv", "second.parquet")) == 0
    told = capsys.readouterr().out
    assert "150.0" in told  # half of 300 rows is what such a proxy expects
    assert "=> MEMORIZATION" in told


def test_without_held_out_rows_there_is_no_verdict(people, capsys):
    said = pd.read_csv(people / "answers.csv", dtype=str)
    said[said["id"] < "00300"].to_csv(people / "answers.csv", index=False)
    assert observe(people, "--proxy", "logistic-regression", holdout=False) == 0
    assert "no verdict" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p / "train.csv", "holds '00000' twice"),
        (lambda p: p / "nothing.csv", "There is no file"),
    ],
)
def test_bad_tables_are_one_line(people, capsys, change, message):
    assert main([
        "observe", "--train", str(people / "train.csv"), "--holdout", str(change(people)), "--target", "income", "--id",
        "id", "--answers", str(people / "answers.csv"),
    ]) == 2  # fmt: skip
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--id", "number"], "has no column 'number' beside the target"),
        (["--target", "wage"], "wage"),
        (["--share", "2"], "share"),
        (["--alpha", "0"], "alpha"),
        (["--html", "{people}/train.csv"], "is the data file"),
    ],
)
def test_bad_arguments_are_one_line(people, capsys, more, message):
    assert observe(people, *(text.format(people=people) for text in more)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_answers_that_cannot_be_right(people, capsys):
    said = pd.read_csv(people / "answers.csv", dtype=str)
    for wrong, message in [
        (said[1:], "lack 1 of 600 rows"),
        (said.rename(columns={">50K": "rich"}), "no column for the class '>50K'"),
        (said.assign(id=said["id"].str.lstrip("0")), "were ids read as numbers"),
        (said.drop(columns="id"), "has no column 'id'"),
    ]:
        wrong.to_csv(people / "answers.csv", index=False)
        assert observe(people) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line


def test_answers_for_other_rows_are_passed_over(people, capsys):
    """What was said of both tables, where one is audited; and no features at all beside a proxy's answers."""
    assert observe(people, "--proxy", "logistic-regression", holdout=False) == 0
    for name in ("train", "holdout"):
        table = pd.read_csv(people / f"{name}.csv", dtype=str)
        table[["id", "income"]].to_csv(people / f"{name}.csv", index=False)
    ids = pd.read_csv(people / "answers.csv", dtype=str)["id"]
    pd.DataFrame({"id": ids, ">50K": 0.5}).to_csv(people / "proxy.csv", index=False)
    assert observe(people, "--proxy-answers", people / "proxy.csv") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "nobody compared the features" in told
    assert "=> MEMORIZATION" in told


def test_labels_and_columns_that_differ_between_the_tables(people, capsys):
    table = pd.read_csv(people / "holdout.csv", dtype=str)
    for wrong, message in [
        (table.assign(income=table["income"].str.lower()), "which no training row has"),
        (table.rename(columns={"age": "AGE"}), "--holdout lacks the columns ['age'] of X, and has ['AGE']"),
        (table.assign(id=""), "--id: a row has no id in 'id'"),
    ]:
        wrong.to_csv(people / "holdout.csv", index=False)
        assert observe(people) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line


def test_columns_may_stand_in_another_order(people, capsys):
    table = pd.read_csv(people / "holdout.csv", dtype=str)
    table[table.columns[::-1]].to_csv(people / "holdout.csv", index=False)
    assert observe(people, "--proxy", "logistic-regression") == 0
    assert "=> MEMORIZATION" in capsys.readouterr().out
