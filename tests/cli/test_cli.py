import json
import os
import stat
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import sklearn_blia
from sklearn_blia.cli import main


@pytest.fixture
def csv(tmp_path, data):
    X, y = data
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(8)])
    frame["colour"] = np.where(X[:, 0] > 0, "red", "blue")
    frame.loc[::9, ["f1", "colour"]] = np.nan
    frame["income"] = np.where(y, ">50K", "<=50K")
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False)
    return path


def test_default_audit_of_the_digits(capsys):
    """The whole default run: a forest and boosting store canaries, whatever the seed; chance is 1/2."""
    pytest.importorskip("skorch", reason="the neural network needs torch and skorch")
    assert main(["audit"]) == 0
    out, err = capsys.readouterr()
    words = " ".join(out.split())
    assert "handwritten digits, 5 or more: 1,347 training rows, 336 of them canaries; 450 held-out rows" in words
    blocks = out.split("\n\n")
    for model in ("random-forest", "gradient-boosting", "neural-network"):
        (block,) = (block for block in blocks if block.startswith(f"{model}, no label privacy: accuracy "))
        assert "=> memorized labels: score +" in block
    for column in ("attack", "private SR [95% CI]", "chance", "joint p", "eps >="):
        assert column in out
    assert max(map(len, out.splitlines())) <= 80
    assert "4/4 fits" in err


def test_own_table(csv, capsys, tmp_path):
    out_file = tmp_path / "report.json"
    arguments = ["audit", "--data", str(csv), "--target", "income", "--model", "random-forest", "--epsilon", "2"]
    assert main([*arguments, "--canaries", "100", "--seed", "3", "--json", str(out_file)]) == 0
    out = capsys.readouterr().out
    assert "people.csv, target income: 450 training rows, 100 of them canaries" in " ".join(out.split())
    assert "random-forest, epsilon = 2: accuracy " in out
    assert "seed 3" in out
    if os.name == "posix":
        assert stat.S_IMODE(out_file.stat().st_mode) == 0o600
    report = json.loads(out_file.read_text())
    assert [cell["epsilon"] for cell in report["cells"]] == [2]
    assert {cell["model"] for cell in report["cells"]} == {"random-forest"}
    assert main([*arguments, "--canaries", "100", "--seed", "3"]) == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--target", "incom"], "has no column 'incom'; did you mean 'income'?"),
        ([], "go together"),
        (["--target", "income", "--epsilon", "-1"], "epsilons must hold"),
        (["--target", "income", "--epsilon", "nan"], "epsilons must hold"),
        (["--target", "income", "--canaries", "10000"], "more than the 450 rows"),
        (["--target", "income", "--json", "no/such/folder/x.json"], "cannot write"),
        (["--target", "income", "--model", "svm"], "'svm' is none of logistic-regression, random-forest"),
        (["--target", "income", "--groups", "town"], "--groups: the table has no column 'town'"),
        (["--target", "income", "--html-secrets"], "--html-secrets is for the page of --html"),
        (["--target", "f0"], "check that the target is a class and not a number"),
    ],
)
def test_bad_input_is_one_line_and_status_2(csv, capsys, extra, message):
    model = [] if "--model" in extra else ["--model", "random-forest"]
    assert main(["audit", "--data", str(csv), *model, *extra]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("sklearn-blia audit: error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("extra", [["--canaries", "0"], ["--epsilon", "much"], ["--jobs", "0"], ["--seed", "-1"]])
def test_argparse_errors(extra, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["audit", *extra])
    assert stop.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_json_never_overwrites_the_data(csv, capsys):
    before = csv.read_bytes()
    assert main(["audit", "--data", str(csv), "--target", "income", "--json", str(csv)]) == 2
    assert "is the data file" in capsys.readouterr().err
    assert csv.read_bytes() == before


def test_debug_shows_the_traceback(csv):
    with pytest.raises(ValueError, match="no column"):
        main(["--debug", "audit", "--data", str(csv), "--target", "zzz"])


def test_reader_that_stops_early():
    """head -1 closes the pipe: no message, and not the status of bad input."""
    command = f"{sys.executable} -c 'from sklearn_blia.cli import main; raise SystemExit(main())'"
    claim = "check-claim --correct 1 --canaries 9 --epsilon 1"
    code = f"{command} {claim} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("0", "141")  # 0 if the text was written before the pipe closed
    assert "rror" not in done.stderr


def test_interrupt(monkeypatch, capsys):
    from sklearn_blia.cli import _audit

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_audit.LabelAudit, "fit", interrupted)
    assert main(["audit", "--model", "logistic-regression"]) == 130


def test_check_claim(capsys):
    assert main(["check-claim", "--correct", "378", "--canaries", "500", "--epsilon", "0.3"]) == 1
    assert "The claim epsilon = 0.3 is REFUTED." in capsys.readouterr().out
    assert main(["check-claim", "--correct", "260", "--canaries", "500", "--epsilon", "0.3"]) == 0
    assert "It would have taken 306 right guesses" in capsys.readouterr().out
    assert main(["check-claim", "--correct", "600", "--canaries", "500", "--epsilon", "0.3"]) == 2
    assert "n_correct=600 is larger than" in capsys.readouterr().err


def test_refuting_count_of_the_claim():
    """306 of the test above: the smallest count with P(Bin(500, e^.3 / (1 + e^.3)) >= v) < .05."""
    from scipy.stats import binom

    q = 1 / (1 + np.exp(-0.3))
    assert binom.sf(305, 500, q) < 0.05 <= binom.sf(304, 500, q)


def test_installed_command():
    done = subprocess.run(
        [sys.executable, "-c", "from sklearn_blia.cli import main; raise SystemExit(main())", "--version"],
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == f"sklearn-blia {sklearn_blia.__version__}"


def test_several_budgets_with_repeats(csv, tmp_path, capsys):
    pytest.importorskip("skorch", reason="the neural network needs torch and skorch")
    files = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "png")}
    arguments = ["audit", "--data", str(csv), "--target", "income", "--epsilons", "inf,1", "--repeats", "2",
                 "--canaries", "100", "--model", "neural-network", "--cache", str(tmp_path)]  # fmt: skip
    outputs = [f"--{option}={files[name]}" for option, name in (("json", "json"), ("csv", "csv"), ("plot", "png"))]
    assert main([*arguments, *outputs]) == 0
    out, err = capsys.readouterr()
    assert "2 repeats; seed 0" in " ".join(out.split())
    assert "neural-network, epsilon = 1: accuracy" in out
    assert "4/4 fits" in err
    assert "engine: batched" in err
    assert [cell["epsilon"] for cell in json.loads(files["json"].read_text())["cells"]] == [None, 1.0]
    assert list(pd.read_csv(files["csv"])["epsilon"]) == [np.inf] * 5 + [1.0] * 5
    assert files["png"].read_bytes()[:4] == b"\x89PNG"
    assert main(arguments) == 0
    assert "4 of 4 fits are stored already" in capsys.readouterr().err


FOREST = ["--model", "random-forest"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epsilons", "1,1", *FOREST], "epsilons must hold different numbers"),
        (["--plot", "/nowhere/a.png", *FOREST], "--plot: cannot write"),
        (["--plot", "a.txt", "--model", "random-forest"], "--plot: 'a.txt' must end in one of"),
        (["--data", "x.csv"], "go together"),
        (["--model", "random-forest", "--engine", "batched"], "has no fit_together"),
        (["--cache", "", *FOREST], "cache_dir is empty"),
        (["--json", "same.out", "--csv", "same.out"], "--csv: 'same.out' is the file of --json too"),
        (["--cache", "/dev/full/x", *FOREST], "is no folder and cannot be made one"),
    ],
)
def test_bad_options(arguments, message, capsys):
    assert main(["audit", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_results_are_written_before_they_are_printed(csv, tmp_path, monkeypatch):
    """A terminal that cannot take the page costs the page and not the results."""

    def narrow(self):
        raise UnicodeEncodeError("ascii", "x", 0, 1, "cannot")

    out_file = tmp_path / "report.json"
    monkeypatch.setattr("sklearn_blia.report.AuditReport.__str__", narrow)
    with pytest.raises(UnicodeEncodeError):
        main(["--debug", "audit", "--data", str(csv), "--target", "income", "--model", "logistic-regression",
              "--json", str(out_file)])  # fmt: skip
    assert json.loads(out_file.read_text())["cells"]


def test_warnings_are_one_line_without_a_place_in_the_code(tmp_path, capsys):
    rng = np.random.default_rng(0)
    prices = [f"${price:,}" for price in rng.integers(1000, 9000, 200)]
    pd.DataFrame({"price": prices, "x": rng.random(200), "y": rng.choice(["a", "b"], 200)}).to_csv(
        tmp_path / "t.csv", index=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        given = ["audit", "--data", str(tmp_path / "t.csv"), "--target", "y", "--model", "random-forest"]
        assert main(given) == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "price" in line)
    assert line.startswith("warning: ")
    assert ".py" not in line


def test_a_name_that_the_terminal_cannot_write_costs_nothing(csv, tmp_path):
    """A terminal without umlauts: files are written first, and the report is printed with what it can."""
    named = tmp_path / "größe.csv"
    named.write_bytes(csv.read_bytes())
    code = "from sklearn_blia.cli import main; raise SystemExit(main())"
    options = [
        "audit",
        "--data",
        named,
        "--target",
        "income",
        "--model",
        "random-forest",
        "--json",
        tmp_path / "out.json",
    ]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, env=environment, check=True)
    assert b"gr\\xf6\\xdfe.csv, target income" in done.stdout
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["settings"]["title"].startswith("größe.csv")


def test_files_are_there_whoever_stops_reading(csv, tmp_path):
    """`sklearn-blia audit --json out.json | true`: the reader is gone before the report is printed."""
    command = f"{sys.executable} -c 'from sklearn_blia.cli import main; raise SystemExit(main())'"
    options = f"audit --data {csv} --target income --model random-forest --json {tmp_path}/out.json"
    subprocess.run(["bash", "-c", f"{command} {options} | true"], capture_output=True, check=True)
    assert json.loads((tmp_path / "out.json").read_text())["cells"]
