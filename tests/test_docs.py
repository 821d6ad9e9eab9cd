"""README, docs and examples do what they show; public docstrings are whole."""

import csv
import doctest
import importlib
import inspect
import itertools
import re
import runpy
import tomllib
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from numpydoc.validate import validate

import sklearn_blia
from sklearn_blia.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if not {"_build", "api", "gallery"} & set(page.parts)),
]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
FENCE = re.compile(r"^```(python|pycon)\n(.*?)^```$", re.M | re.S)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
PUBLIC = ["sklearn_blia"] + [
    f"sklearn_blia.{part}"
    for part in (
        "canaries",
        "labels",
        "evidence",
        "attacks",
        "metrics",
        "audit",
        "report",
        "neural",
        "datasets",
        "paper",
        "exceptions",
    )
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: "/".join(page.parts[-2:]))
def test_code_on_pages(page):
    """Blocks of one page share their names, as a reader types them."""
    names = {}
    for kind, code in FENCE.findall(page.read_text()):
        if kind == "python":
            exec(compile(code, page.name, "exec"), names)
            continue
        test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), 0)
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        runner.run(test, clear_globs=False)
        names |= test.globs
        assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_examples_run(example, capsys, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out


def test_printed_output_of_the_paper_example_is_in_the_docs(capsys, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    runpy.run_path(str(ROOT / "examples" / "plot_reading_the_paper.py"))
    assert capsys.readouterr().out.strip() in (ROOT / "docs" / "reading_the_paper.md").read_text()


def test_foreign_model_is_caught(capsys):
    """Redrawing among two classes keeps with 1 - 1 / (2 (1 + e)) = .866, and a claim of 1 allows .731.

    Of 800 guesses that are 8.6 standard errors; the bound needs 2, whatever the seed.
    """
    runpy.run_path(str(ROOT / "examples" / "audit_a_foreign_model.py"))
    assert "REFUTED" in capsys.readouterr().out


def test_check_claim_on_the_page_of_the_command(capsys):
    main(["check-claim", "--correct", "378", "--canaries", "500", "--epsilon", "0.3"])
    assert capsys.readouterr().out.strip() in (ROOT / "docs" / "command_line.md").read_text()


def words_of(text):
    """Lines without what a processor may decide: digits, their width, and which attack was the strongest."""
    lines = (re.sub(r"[-+]?\d*\.?\d[\d,.e-]*", "#", line) for line in text.splitlines())
    return {re.sub(r" by [^,]+, joint", " by #, joint", " ".join(line.split())) for line in lines} - {"", "..."}


def test_the_audit_on_the_page_of_the_command_is_the_demo(capsys):
    page = (ROOT / "docs" / "command_line.md").read_text()
    (shown,) = re.findall(r"^\$ sklearn-blia audit\n(.*?)^```", page, re.M | re.S)
    main(["audit", "--model", "random-forest", "--model", "neural-network"])
    assert words_of(shown) <= words_of(capsys.readouterr().out)


def test_no_line_of_a_page_is_a_comment_by_accident():
    """MyST takes a line that begins with % for a comment, and it vanishes."""
    for page in PAGES:
        assert not re.search(r"^\s*%", page.read_text(), re.M), page


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!http|#)([^)#\s]+)", page.read_text()):
            if "gallery/" not in target:
                assert (page.parent / target).exists(), (page, target)


def public_objects():
    seen = {}
    for name in PUBLIC:
        module = importlib.import_module(name)
        for public in module.__all__:
            thing = getattr(module, public)
            if not inspect.isclass(thing) and not inspect.isfunction(thing):
                continue
            path = f"{thing.__module__}.{thing.__qualname__}"
            seen[path] = path
            if inspect.isclass(thing):
                for method, function in vars(thing).items():
                    if not method.startswith("_") and inspect.isfunction(inspect.unwrap(function)):
                        seen[f"{path}.{method}"] = f"{path}.{method}"
    return sorted(seen)


# Left out: extended summaries, see-also sections and examples are for where they help (ES01, SA01, EX01); a summary
# that is a noun in the plural is taken for a verb (SS05); "X, y : ignored" documents two parameters, and attributes of
# dataclasses are their parameters (PR01, PR02), which the test below looks at; the layout of quotes and types is
# ruff's (GL01 to GL03, PR08, PR09, RT02, RT03, SS06).
IGNORED = {"ES01", "SA01", "EX01", "SS05", "PR01", "PR02"}
IGNORED |= {"GL01", "GL02", "GL03", "PR08", "PR09", "RT02", "RT03", "SS06", "SA04"}


@pytest.mark.parametrize("path", public_objects())
def test_docstrings(path):
    result = validate(path)
    errors = [f"{code} {text}" for code, text in result["errors"] if code not in IGNORED]
    assert not errors
    assert result["docstring"]


@pytest.mark.parametrize("path", public_objects())
def test_every_parameter_is_documented(path):
    parts = path.split(".")
    module = next(
        importlib.import_module(".".join(parts[:i])) for i in range(len(parts), 0, -1) if is_module(".".join(parts[:i]))
    )
    thing = module
    for part in parts[len(module.__name__.split(".")) :]:
        thing = getattr(thing, part)
    if inspect.isclass(thing) and (hasattr(thing, "__dataclass_fields__") or issubclass(thing, Exception)):
        return
    documented = inspect.getdoc(thing)
    for name in inspect.signature(thing).parameters:
        if name not in ("self", "cls", "args", "kwargs"):
            assert re.search(rf"\b{name}\b", documented), name


def is_module(name):
    try:
        return bool(importlib.import_module(name))
    except ImportError:
        return False


def test_version_is_in_the_changelog():
    assert f"## {sklearn_blia.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_lowest_versions_are_those_that_are_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised, pinned = {}, set()
    for requirement in [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]:
        name, _, lowest = requirement.partition(">=")
        promised[name] = lowest
    for line in (ROOT / "tests" / "lowest.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        if name in promised:
            pinned.add(name)
            assert version == promised[name] or version.startswith(f"{promised[name]}."), line
    assert {name.partition(">=")[0] for name in project["dependencies"]} <= pinned


def results(name):
    with open(ROOT / "benchmarks" / "results" / name, newline="") as file:
        return list(csv.DictReader(file))


def test_tables_of_defences_are_what_was_measured():
    lines = (ROOT / "docs" / "defences.md").read_text().splitlines()
    shown = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if " ± " in line and line[0] == "|"
    ]
    measured = results("defences.csv")
    assert len(shown) * 5 == len(measured)
    for name, *cells in shown:
        data, defence = name.split(", ")
        own = [row for row in measured if (row["data"], row["defence"]) == (data, defence)]
        assert cells[:5] == [f"{float(r['clean_accuracy']):.3f} ± {float(r['standard_error']):.3f}" for r in own]
    for row in results("no_claims.csv"):
        ratio, low, high = (f"{float(row[name]):.3f}" for name in ("success_ratio", "low", "high"))
        bound, accuracy = f"{float(row['epsilon_lower_bound']):.2f}", f"{float(row['clean_accuracy']):.3f}"
        assert f"| {row['model']} | {accuracy} | {ratio} [{low}, {high}] | {bound} |" in lines


def test_the_table_of_false_claims_is_what_was_measured():
    lines = (ROOT / "docs" / "false_claims.md").read_text().splitlines()
    measured = results("false_claims.csv")
    for name in {row["defence"] for row in measured}:
        shares = {
            row["n_canaries"]: f"{100 * float(row['refuted']):.0f} %" for row in measured if row["defence"] == name
        }
        cells = " | ".join(shares.get(str(n), "") for n in (100, 300, 1000, 3000))
        (line,) = (line for line in lines if line.startswith(f"| {name} |"))
        assert f"| {cells} |" in line, name


def test_the_table_of_peers_in_the_readme_is_what_was_measured():
    lines = (ROOT / "README.md").read_text().splitlines()
    shown = {}
    for row in results("peers.csv"):
        shown.setdefault((row["package"], row["bound"]), {})[row["audits"]] = row
    for (package, bound), rows in shown.items():
        innocent, one, fifth = rows["innocent"], rows["randomized response, epsilon = 1"], list(rows.values())[-1]
        cells = (
            f"{100 * float(innocent['above_the_truth']):.3g} % | {float(one['median']):.2f} | "
            f"{float(fifth['median']):.2f} | {float(one['seconds_each']):.2g} |"
        )
        if bound not in ("one run, MultiSplit", "label-inference node, eps_lb"):
            assert any(line.startswith(f"| {package}, ") and cells in line for line in lines), (package, bound)


STUDIES = sorted((ROOT / "benchmarks" / "results" / "studies").glob("*.csv"))


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_the_table_of_a_study_is_what_was_measured(study, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    studies = importlib.import_module("_studies").STUDIES
    page = (ROOT / "docs" / "studies" / f"{study.stem}.md").read_text()
    assert studies[study.stem].table(pd.read_csv(study)) in page
    assert (ROOT / "docs" / "studies" / f"{study.stem}.png").exists()


def test_the_tables_of_the_case_study_are_what_was_measured(monkeypatch):
    monkeypatch.setattr(matplotlib, "use", lambda backend: None)
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    study = importlib.import_module("case_study")
    page = (ROOT / "docs" / "studies" / "case_study.md").read_text()
    folder = ROOT / "benchmarks" / "results"
    assert study.remedies_table(pd.read_csv(folder / "case_study.csv")) in page
    assert study.groups_table(pd.read_csv(folder / "case_study_groups.csv")) in page
