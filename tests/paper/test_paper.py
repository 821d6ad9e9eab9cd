"""The paper's experiments, on small files in the official forms."""

import csv
import json
import runpy
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sklearn_blia.cli import main
from sklearn_blia.datasets import load_blia_tables
from sklearn_blia.metrics import attack_cap, keep_probability
from sklearn_blia.paper import (
    BENCHMARKS,
    EPSILONS,
    draw_figure_2,
    format_tables,
    read_results,
    rows_not_run,
    run_benchmark,
    title_of,
    write_results,
)

ROOT = Path(__file__).parents[2]
FINITE = EPSILONS[1:]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """CIFAR-100 of random pixels and Census of made-up people."""
    home, rng = tmp_path_factory.mktemp("home"), np.random.default_rng(0)
    folder = home / "cifar100" / "cifar-100-binary"
    folder.mkdir(parents=True)
    for name, n_rows in (("train.bin", 300), ("test.bin", 100)):
        records = rng.integers(256, size=(n_rows, 3074), dtype=np.uint8)
        records[:, 0], records[:, 1] = np.arange(n_rows) % 20, np.arange(n_rows) % 100
        (folder / name).write_bytes(records.tobytes())
    row = "{}, State-gov, 77516, Bachelors, 13, Never-married, ?, Not-in-family, White, Male, 2174, 0, 40, Cuba, {}"
    people = [row.format(rng.integers(20, 80), ">50K" if rng.random() < 0.4 else "<=50K") for _ in range(400)]
    (home / "census").mkdir()
    (home / "census" / "adult.data").write_text("\n".join(people) + "\n")
    return home


def tiny(name, **size):
    """The benchmark, with next to nothing to train."""
    benchmark = BENCHMARKS[name]
    small = {"n_train": 200, "n_test": 50, "n_repeats": 2, "n_shadows": 2, "shadow_epsilons": (np.inf,)}
    return replace(benchmark, sizes={"tiny": replace(benchmark.sizes["reduced"], **small | size)})


@pytest.fixture(scope="module")
def result(home):
    network = {"max_epochs": 1, "width": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # they are no published files
        return run_benchmark(tiny("cifar100", params=network), size="tiny", data_home=home, device="cpu")


def test_every_benchmark_is_the_papers():
    tables = load_blia_tables()
    assert {benchmark.figures for benchmark in BENCHMARKS.values()} == set(tables.benchmark)
    for benchmark in BENCHMARKS.values():
        at = tables.benchmark == benchmark.figures
        assert tuple(tables.epsilon[at]) == EPSILONS
        assert set(benchmark.sizes) == {"full", "reduced"}
        if benchmark.name != "devign":  # which has fewer functions than Big-Vul
            assert benchmark.sizes["full"].n_train == tables.train_size[at][0]


def test_the_papers_figures_stand_beside_ours(result):
    rows, tables = result.rows(), load_blia_tables()
    assert [row["epsilon"] for row in rows] == [np.inf] * 6 + [e for e in FINITE for _ in range(5)]
    for row in rows:
        at = (tables.benchmark == "cifar100") & (tables.epsilon == row["epsilon"])
        assert row["paper_train_accuracy"] == pytest.approx(tables.train_accuracy[at][0] / 100)
        paper = {"threshold (fixed)": tables.threshold_success_ratio, "delta-margin (oracle)":
                 tables.delta_margin_success_ratio}.get(row["attack"])  # fmt: skip
        assert row["paper_success_ratio"] == (None if paper is None else pytest.approx(paper[at][0] / 100))
        assert row["cap"] == attack_cap(row["epsilon"])
        assert (row["n_train"], row["n_canaries"], row["n_repeats"]) == (200, 2 * 4, 2)
        assert (row["status"], row["size"], row["note"]) == ("run", "tiny", "not the published files")
    assert [row["epsilon"] for row in rows if row["attack"] == "label-LiRA"] == [np.inf]
    assert "not the published files" in str(result)


def test_files_hold_what_was_found(result, tmp_path):
    rows = result.rows()
    write_results(tmp_path, "cifar100", rows, result.to_dict())
    write_results(tmp_path, "census", rows_not_run("census"))
    again = read_results(tmp_path)
    ours = [row for row in again if row["benchmark"] == "cifar100"]
    for row, other in zip(rows, ours, strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                assert other[name] == (None if np.isnan(value) else pytest.approx(value, rel=1e-5))
            else:
                assert (other[name] or "") == (value or "")
    details = json.loads((tmp_path / "cifar100.json").read_text())
    assert details["settings"]["device"] == "cpu"
    assert len(details["settings"]["data_sha256"]) == 64
    assert {"torch", "sklearn_blia"} <= set(details["reports"][0]["versions"])
    with open(tmp_path / "census.csv", newline="") as file:
        assert {row["status"] for row in csv.DictReader(file)} == {"not run"}


def test_what_theory_expects_is_checked(result, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    checks = runpy.run_path(str(ROOT / "benchmarks" / "paper.py"), run_name="paper")["checks"]
    rows = [row | {"benchmark": "census"} for row in result.rows()]
    above, *_, census = checks(rows, [])
    assert above["cells"] == 6 * 4  # finite budgets, attacks that read no label
    z = [(r["private_success_ratio"] - r["cap"]) / np.sqrt(r["cap"] * (1 - r["cap"]) / r["n_canaries"])
         for r in rows if np.isfinite(r["epsilon"]) and r["attack"] != "delta-margin (oracle)"]  # fmt: skip
    assert above["worst"] == pytest.approx(max(z))
    assert census["cells"] == 7
    for row in rows:
        row["private_success_ratio"] = 1.0
        row["train_accuracy"] = row["paper_train_accuracy"] + 0.02
        row["n_canaries"] = 1000
    above, *_, census = checks(rows, [])
    assert (above["holds"], census["holds"]) == ("NO", "NO")
    assert census["worst"] == pytest.approx(2.0)


def test_distances_from_the_papers_figures_are_those_of_a_chi_squared_test(result, monkeypatch):
    """Their squares, beside scipy's chi-squared of the two-by-two table; the paper has 1,000 canaries on CIFAR-100."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    module = runpy.run_path(str(ROOT / "benchmarks" / "_against_the_paper.py"))
    rows = result.rows()
    halves = [row | {"private_success_ratio": 0.25} for row in rows if np.isfinite(row["epsilon"])]
    cells = module["distances"](rows, halves)
    assert [cell["epsilon"] for cell in cells] == [e for e in EPSILONS for _ in range(2)]
    for cell in cells:
        pairs = [("correct", cell["correct_ratio"])] + [("half_rate", 0.25)] * int(np.isfinite(cell["epsilon"]))
        for mechanism, ours in pairs:
            table = [[1000 * cell["paper"], 1000 * (1 - cell["paper"])], [8 * ours, 8 * (1 - ours)]]
            distance = cell[f"{mechanism}_distance"]
            assert distance**2 == pytest.approx(stats.chi2_contingency(table, correction=False).statistic)
            assert np.sign(distance) == np.sign(cell["paper"] - ours)
        if cell["attack"] == "threshold (fixed)" and np.isfinite(cell["epsilon"]):
            cap = attack_cap(cell["epsilon"])
            share = stats.binom(1000, cap).std() / 1000
            assert cell["correct_from_cap"] == pytest.approx((cell["paper"] - cap) / share)


def test_a_column_fits_a_mechanism_or_does_not(monkeypatch):
    """Six budgets, 1,000 canaries and 500: where both shares are one the squares sum to six, give or take."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    module = runpy.run_path(str(ROOT / "benchmarks" / "_against_the_paper.py"))
    rows, rng = [row for row in rows_not_run("imdb") if row["attack"] == "threshold (fixed)"], np.random.default_rng(0)
    for row in rows:
        row |= {"size": "full", "status": "run", "cap": attack_cap(row["epsilon"]), "n_canaries": 1000, "n_repeats": 2}
        row |= {"private_success_ratio": rng.binomial(1000, row["paper_success_ratio"]) / 1000, "train_accuracy": 1.0}
    off = [row | {"private_success_ratio": row["paper_success_ratio"] - 0.2} for row in rows]
    cells = module["distances"](rows, off)
    same, other = module["fits"](cells)
    assert (same["mechanism"], same["budgets"], other["budgets"]) == ("correct", 6, 6)
    assert 0.001 < same["p"] == pytest.approx(stats.gamma.sf(same["sum of squares"], 3, scale=2))
    assert other["p"] < 1e-9
    assert "| IMDB | correct | 6 |" in module["fits_table"](cells)
    assert module["contradicted_table"](cells).count("IMDB") == 0
    assert module["contradicted_table"](module["distances"](off, [])).count("| - | - |") == 7
    assert [fit["mechanism"] for fit in module["fits"](module["distances"](off, []))] == ["correct"]


def test_mechanisms_stand_in_narrow_tables(result, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    mechanisms = runpy.run_path(str(ROOT / "benchmarks" / "_against_the_paper.py"))["mechanisms"]
    rows = result.rows()
    text = mechanisms(rows, [row for row in rows if np.isfinite(row["epsilon"])])
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert max(line.count(" | ") for line in lines) == 5
    found = next(row for row in rows if row["epsilon"] == 0.3 and row["attack"] == "threshold (fixed)")
    ratio, paper = found["private_success_ratio"], found["paper_success_ratio"]
    assert any(line.startswith(f"| 0.3 | {paper:.3f} | {ratio:.3f} | ") for line in lines)


def test_titles_say_what_has_to_be_known(result):
    row = result.rows()[0]
    assert title_of(row) == "CIFAR-100 (not the published files, tiny size)"
    assert title_of(row | {"note": ""}) == "CIFAR-100 (tiny size)"


def test_tables(result):
    text = format_tables(result.rows() + rows_not_run("census"))
    assert "### Table 3: CIFAR-100 (not the published files, tiny size)" in text
    assert "### Table 4: Census income (adult.data) (not run)" in text
    table_2 = text.split("### Table 2")[1].split("###")[0]
    assert "| Census income (adult.data) (not run) | 0.847 | - | - | - | 0.517 |" in table_2
    table_3 = text.split("### Table 3")[1].split("###")[0].splitlines()
    assert [line.split(" | ")[0] for line in table_3[4:11]] == [f"| {e:g}" for e in EPSILONS]
    row = result.rows()[0]
    assert f"| {row['train_accuracy']:.3f} |" in table_3[4]
    assert f"{row['private_success_ratio']:.3f} [{row['private_low']:.3f}, {row['private_high']:.3f}]" in table_3[4]


def test_a_note_stays_a_text_and_other_files_stay_out(tmp_path):
    rows = [row | {"note": "20|20"} for row in rows_not_run("census")]
    write_results(tmp_path, "census", rows)
    write_results(tmp_path, "imdb", [row | {"note": "2020"} for row in rows_not_run("imdb")])
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    text = format_tables(read_results(tmp_path))
    assert "Census income (adult.data) (20/20, not run)" in text
    assert "IMDB reviews (2020, not run)" in text


def test_failed_budgets_are_dashes(result, tmp_path):
    rows = result.rows()
    for row in rows:
        if row["epsilon"] == 1:
            row |= {name: np.nan for name in row if name.startswith(("private_", "released_", "train_", "test_"))}
            row["n_failed"] = 2
    write_results(tmp_path, "cifar100", rows)
    text = format_tables(rows)
    assert text == format_tables(read_results(tmp_path))
    assert "nan" not in text
    (line,) = (line for line in text.split("### Table 3")[1].splitlines() if line.startswith("| 1 |"))
    assert line.startswith("| 1 | 0.829 | - | - | 0.731 | 0.513 | - | - |")
    assert "| 2 | 2 |" in text.split("### Table 2")[0]  # repeats and failed fits


def test_a_run_that_was_killed_goes_on(home, tmp_path, monkeypatch):
    benchmark = tiny("census", n_shadows=0)
    given = {"size": "tiny", "epsilons": [np.inf, 1.0], "data_home": home, "cache_dir": tmp_path, "device": "cpu"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        first = run_benchmark(benchmark, **given)
        monkeypatch.setattr("sklearn_blia.audit._trainers.train_together", None)
        again = run_benchmark(benchmark, **given)
    assert str(first) == str(again)


def test_too_few_rows_are_shared_out(home):
    """400 people in place of 32,561: four fifths to train on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = run_benchmark(
            tiny("census", n_train=26_048, n_test=6_513, n_shadows=0), size="tiny", epsilons=[1.0], data_home=home
        )
    (row, *_) = found.rows()
    assert row["n_train"] == 400 * 26_048 // 32_561
    assert row["n_canaries"] == 2 * (row["n_train"] // 50)


def test_command(home, tmp_path, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        given = ["paper", "--repeats", "1", "--data-home", str(home), "--out", str(tmp_path), "--note", "made up"]
        assert main([*given, "--plot", str(tmp_path / "figure.svg")]) == 0
    out = capsys.readouterr().out
    assert "### Table 4: Census income (adult.data) (made up, reduced size)" in out
    assert (tmp_path / "tables.md").read_text() == out
    assert (tmp_path / "census.json").exists()
    assert (tmp_path / "figure.svg").read_text().rstrip().endswith("</svg>")
    rows = read_results(tmp_path)
    assert {row["note"] for row in rows} == {"made up"}
    (tmp_path / "file").write_text("")
    for folder in ("file", "file/below"):
        assert main(["paper", "--out", str(tmp_path / folder)]) == 2
        assert "is no folder and cannot be made one" in capsys.readouterr().err


def test_a_picture_that_cannot_be_drawn_is_refused_before_anything_is_run(tmp_path, capsys):
    for name, message in (("figure.txt", "must end in one of"), ("nowhere/figure.png", "cannot write")):
        assert main(["paper", "--plot", str(tmp_path / name)]) == 2
        assert message in capsys.readouterr().err


def test_figure_2_shows_what_the_tables_do(result):
    """Each success ratio of ours stands in its panel, and each figure of the paper, hollow, in its own."""
    rows = [*result.rows(), *rows_not_run("imdb")]
    figure = draw_figure_2(rows)
    imdb, ours = (ax for ax in figure.axes if ax.axison)  # in the order of the tables
    drawn = np.concatenate([line.get_ydata() for line in ours.lines])
    for row in result.rows():
        if row["attack"] in ("threshold (fixed)", "delta-margin (oracle)"):
            assert np.isclose(drawn, row["private_success_ratio"]).any()
            assert np.isclose(drawn, row["paper_success_ratio"]).any()
    hollow = [line for line in imdb.lines if line.get_markerfacecolor() == "none"]
    assert len(hollow) == 3  # two attacks and the train accuracy, of a benchmark that was not run
    with pytest.raises(ValueError, match="no row of a benchmark"):
        draw_figure_2([])


def test_figure_2_fits_a_narrow_screen(result):
    figure = draw_figure_2([*result.rows(), *rows_not_run("imdb")], n_columns=1)
    figure.draw_without_rendering()
    above, below = (ax.get_position() for ax in figure.axes)
    assert above.x0 == pytest.approx(below.x0)
    assert above.y0 > below.y1
    with pytest.raises(ValueError, match="n_columns must be a whole number of at least 1"):
        draw_figure_2(result.rows(), n_columns=1.5)


def test_what_has_been_run_is_printed_whatever_comes_next(home, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        both = ["--benchmark", "census", "--benchmark", "devign"]
        assert main(["paper", *both, "--repeats", "1", "--data-home", str(home)]) == 2
    out, err = capsys.readouterr()
    assert "### Table 4" in out
    assert "cannot be fetched automatically" in err


def test_redrawing_is_the_mechanism_at_another_epsilon(monkeypatch):
    """Redrawing a label with probability 1 / (1 + e^eps) changes it with half of that."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    script = runpy.run_path(str(ROOT / "benchmarks" / "paper.py"), run_name="paper")
    for epsilon in FINITE:
        kept = keep_probability(script["half_rate_epsilon"](epsilon))
        assert kept == pytest.approx(1 - 0.5 / (1 + np.exp(epsilon)))
        # And so do 20,000 labels: four standard errors are .014 at most.
        y = np.arange(20_000) % 2
        mechanism = script["HalfRate"](epsilon, random_state=0).fit(np.zeros((20_000, 1)), y)
        assert abs(np.mean(mechanism.released_labels_ == y) - kept) < 0.0142
        assert mechanism.success_caps([None]) == pytest.approx(kept)


def test_another_mechanism(home, monkeypatch):
    """A full budget of the mistake has the mistake's own cap, and the claim's figures stand beside it."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    half_rate = runpy.run_path(str(ROOT / "benchmarks" / "paper.py"), run_name="paper")["HalfRate"]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = run_benchmark(tiny("census", n_shadows=0), size="tiny", epsilons=[1.0], mechanism=half_rate,
                              data_home=home, device="cpu")  # fmt: skip
    row = found.rows()[0]
    assert row["cap"] == pytest.approx(1 - 0.5 / (1 + np.e))
    assert row["paper_train_accuracy"] == pytest.approx(0.667, abs=0.05)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"benchmark": "mnist"}, "benchmark must be one of census, imdb"),
        ({"benchmark": "census", "size": "huge"}, "size must be one of full, reduced"),
        ({"benchmark": "census", "device": "abacus"}, "is no device of torch"),
        ({"benchmark": "census", "epsilons": [np.inf, -1]}, "epsilons must hold different numbers"),
        ({"benchmark": "census", "epsilons": []}, "epsilons must hold different numbers"),
        ({"benchmark": "census", "n_jobs": 0}, "n_jobs must not be 0"),
        ({"benchmark": "census", "n_repeats": 0}, "n_repeats must be at least 1"),
        ({"benchmark": "census", "random_state": -1}, "random_state must be a whole number"),
    ],
    ids=["benchmark", "size", "device", "epsilon", "no epsilon", "jobs", "repeats", "seed"],
)
def test_bad_input(params, match):
    with pytest.raises(ValueError, match=match):
        run_benchmark(**params)


def test_missing_data_are_named(tmp_path):
    with pytest.raises(OSError, match="cannot be fetched automatically"):
        run_benchmark("devign", data_home=tmp_path)
