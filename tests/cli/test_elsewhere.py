"""The whole route through another tool: plan, train in SQL, score."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import AuditPlan, LabelAudit
from sklearn_blia.audit import EncodedLabelsClassifier
from sklearn_blia.cli import main

# A nearest-neighbour "model" in SQL: of a row that it was trained on it knows the label, and says so.
STORES = """
COPY (
  SELECT ask.id, AVG((train.income = '>50K')::INT) AS ">50K", AVG((train.income = '<=50K')::INT) AS "<=50K"
  FROM '{folder}/ask.csv' AS ask JOIN '{folder}/train.csv' AS train
    ON ask.age = train.age AND ask.hours = train.hours
  GROUP BY ask.id ORDER BY hash(ask.id)
) TO '{answers}' (HEADER)
"""
# One that knows the share of every age alone, of some sixty rows.
SHARES = STORES.replace("AND ask.hours = train.hours", "")


@pytest.fixture
def people(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(20, 60, size=2400), "hours": np.arange(2400) / 60})
    frame["town"] = rng.choice(["Ulm", "Bonn"], size=2400)
    frame["income"] = rng.choice([">50K", "<=50K"], size=2400)
    frame.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path


def plan(people, *more, out="out"):
    arguments = ["--data", people / "people.csv", "--target", "income", "--out", people / out]
    return main(["plan", *map(str, arguments), "--secret", str(people / "secret"), *more])


def score(people, *more, answers="answers.csv"):
    return main(["score", "--secret", str(people / "secret"), "--answers", str(people / answers), *more])


@pytest.fixture
def sql():
    duckdb = pytest.importorskip("duckdb")

    def run(query, people):
        duckdb.sql(query.format(folder=people / "out", answers=people / "answers.csv"))

    return run


def test_a_model_in_sql(people, sql, capsys):
    assert plan(people, "--groups", "town") == 0
    told = capsys.readouterr()
    assert "500 canaries in 2,400 rows" in told.err
    assert not told.out
    sql(STORES, people)
    files = {name: people / f"report.{name}" for name in ("html", "json", "csv")}
    options = [text for name, path in files.items() for text in (f"--{name}", str(path))]
    assert score(people, "--epsilon", "1", "--name", "SQL", *options) == 1
    told = capsys.readouterr()
    assert "SQL, epsilon = 1" in told.out
    assert "epsilon = 1 is REFUTED" in " ".join(told.out.split())
    assert "Ulm" in told.out
    assert max(map(len, told.out.splitlines())) <= 80
    assert json.loads(files["json"].read_text())["cells"][0]["claim_refuted"]
    assert "does not keep its promise of epsilon = 1" in files["html"].read_text()
    secret = AuditPlan.load(people / "secret")
    canaries = {secret.ids[row] for row in secret.canaries.rows}
    for text in (told.out, told.err, *(path.read_text() for path in files.values())):
        assert not [one for one in canaries if one in text]
    assert score(people) == 0  # without a claim nothing is refuted
    assert "memorized labels" in capsys.readouterr().out


def test_an_honest_model_in_sql_refutes_nothing(people, sql, capsys):
    """Sixty rows vote on each. A claim of 2 allows 88 % right guesses, which one vote of sixty never gives.

    The same claim of a model that stores every label is refuted, so that these canaries could have shown it.
    """
    assert plan(people) == 0
    sql(SHARES, people)
    assert score(people, "--epsilon", "2") == 0
    assert "epsilon = 2 is not refuted" in " ".join(capsys.readouterr().out.split())
    sql(STORES, people)
    assert score(people, "--epsilon", "2") == 1


def test_shadows_and_reference(people, capsys):
    assert plan(people, "--shadows", "3", "--reference", "--epsilon", "2", "--canaries", "300") == 0
    assert "whoever compares them sees which rows are canaries" in capsys.readouterr().err
    train, ask = (pd.read_csv(people / "out" / f"{name}.csv") for name in ("train", "ask"))
    named = []
    for column in ("income", "income__reference", *(f"income__shadow_{i}" for i in range(3))):
        kept = train[column].notna()
        model = DecisionTreeClassifier().fit(train.loc[kept, ["age", "hours"]], train.loc[kept, column])
        said = pd.DataFrame(model.predict_proba(ask[["age", "hours"]]), columns=model.classes_).assign(id=ask["id"])
        said.to_csv(people / f"{column}.csv", index=False)
        named.append(f"{column}={people / column}.csv")
    # The claim is true: at this level it is refuted with a probability of 1e-4.
    assert main(["score", "--secret", str(people / "secret"), "--alpha", "1e-4", "--answers", *named]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "label-LiRA" in out
    assert "reference" in out
    assert "epsilon = 2 is not refuted" in out


def test_halves(people, capsys):
    """Of a table in a file, whose rows nobody keeps: the residual attack finds what a deep tree stored."""
    assert plan(people, "--crossfit", "--canaries", "300") == 0
    train, ask = (pd.read_csv(people / "out" / f"{name}.csv") for name in ("train", "ask"))
    named = []
    for column in ("income", "income__without_0_of_2", "income__without_1_of_2"):
        kept = train[column].notna()
        model = DecisionTreeClassifier().fit(train.loc[kept, ["age", "hours"]], train.loc[kept, column])
        said = pd.DataFrame(model.predict_proba(ask[["age", "hours"]]), columns=model.classes_).assign(id=ask["id"])
        said.to_csv(people / f"{column}.csv", index=False)
        named.append(f"{column}={people / column}.csv")
    halves = [train[f"income__without_{number}_of_2"].isna().mean() for number in range(2)]
    # 300 of 2,400 rows are canaries; of the others half, within four standard deviations (sqrt(2100 / 4) = 23).
    assert all(abs(2400 * share - 300 - 1050) < 4 * 23 for share in halves)
    assert main(["score", "--secret", str(people / "secret"), "--answers", *named]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("residual")]
    assert float(line.split()[1]) > 0.9


def test_bad_answers_are_one_line_and_status_2(people, capsys):
    assert plan(people) == 0
    pd.DataFrame({"id": ["0-0"], "a": [0]}).to_csv(people / "answers.csv", index=False)
    capsys.readouterr()
    assert score(people) == 2
    err = capsys.readouterr().err
    assert err.startswith("sklearn-blia score: error: answers.csv has no column for the class")
    assert err.count("\n") == 1
    named = ["score", "--secret", str(people / "secret"), "--answers", f"income={people / 'answers.csv'}"]
    assert main([*named, "--html", str(people / "answers.csv")]) == 2
    assert "name another" in capsys.readouterr().err
    assert score(people, "--html", str(people / "secret")) == 2
    assert "name another" in capsys.readouterr().err
    assert score(people, "--delta", "0.1") == 2
    assert plan(people) == 2
    assert "is there already" in capsys.readouterr().err
    (people / "secret").unlink()
    assert plan(people) == 2
    assert "is not empty" in capsys.readouterr().err
    assert plan(people, "--shadows", "1", out="new") == 2


def test_own_models(people, capsys, monkeypatch):
    (people / "my_models.py").write_text(
        "from sklearn.tree import DecisionTreeClassifier\n"
        "def tree():\n    return DecisionTreeClassifier(max_depth=2)\n"
        "deep = DecisionTreeClassifier()\nnumber = 3\n"
    )
    (people / "broken.py").write_text("1 / 0\n")
    monkeypatch.chdir(people)
    monkeypatch.delitem(sys.modules, "my_models", raising=False)
    names = ["my_models:tree", "my_models:deep", "sklearn.naive_bayes:GaussianNB"]
    assert main(["audit", *[text for name in names for text in ("--model", name)]]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names)
    for name, message in [
        ("my_models:none", "cannot be imported"),
        ("no_such_module:x", "cannot be imported"),
        ("broken:x", "ZeroDivisionError"),
        ("my_models:number", "is int, and no scikit-learn classifier"),
        ("random-forrest", "is none of"),
    ]:
        assert main(["audit", "--model", name]) == 2
        assert message in capsys.readouterr().err
    assert main(["audit", "--model", "random-forest", "--model", "random-forest"]) == 2
    assert str(people) not in sys.path


def test_models_from_skops(tmp_path, capsys, monkeypatch):
    io = pytest.importorskip("skops.io")
    io.dump(LogisticRegression(max_iter=1000), tmp_path / "plain.skops")
    assert main(["audit", "--model", str(tmp_path / "plain.skops")]) == 0
    assert "plain.skops" in capsys.readouterr().out

    io.dump(LabelAudit(LogisticRegression()), tmp_path / "other.skops")
    assert main(["audit", "--model", str(tmp_path / "other.skops")]) == 2
    told = capsys.readouterr().err
    assert "which may run code" in told
    assert "--trust sklearn_blia.audit._label_audit.LabelAudit" in told
    wrapped = tmp_path / "wrapped.skops"
    io.dump(EncodedLabelsClassifier(LogisticRegression(max_iter=1000)), wrapped)
    assert main(["audit", "--model", str(wrapped)]) == 2
    (trusted,) = io.get_untrusted_types(file=wrapped)
    assert main(["audit", "--model", str(wrapped), "--trust", trusted]) == 0
    assert "wrapped.skops, no label privacy: accuracy" in capsys.readouterr().out
    assert main(["audit", "--model", "random-forest", "--trust", trusted]) == 2
    (tmp_path / "no.skops").write_text("no zip file")
    assert main(["audit", "--model", str(tmp_path / "no.skops")]) == 2
    assert main(["audit", "--model", str(tmp_path / "none.skops")]) == 2


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "catboost"])
def test_boosting_of_other_packages(people, capsys, name):
    pytest.importorskip(name)
    page = people / "page.html"
    data = ["--data", str(people / "people.csv"), "--target", "income", "--groups", "town"]
    assert main(["audit", *data, "--model", name, "--html", str(page), "--html-secrets"]) == 0
    out = capsys.readouterr().out
    assert f"{name}, no label privacy: accuracy" in out
    assert "failed" not in out
    assert "Ulm" in out
    assert "Rows that were memorized most" in page.read_text()
