"""Defences by name, in Python and in the command."""

import importlib.util
import json

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import LabelAudit, LabelPipeline
from sklearn_blia.cli import main
from sklearn_blia.defences import DEFENCE_NAMES, ALIBIClassifier, MultiStageClassifier, PATEClassifier, defend


def test_names():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    found = defend(model, ["randomized-response", "lp-2st", "alibi", "pate"])
    assert [type(one) for one in found.values()] == [
        LabelPipeline, MultiStageClassifier, ALIBIClassifier, PATEClassifier
    ]  # fmt: skip
    assert set(found) | {"dp-sgd"} == set(DEFENCE_NAMES)
    assert list(defend({"a": model, "b": model}, ["alibi"])) == ["a, alibi", "b, alibi"]


@pytest.mark.parametrize(
    ("model", "names", "message"),
    [
        (LogisticRegression(), ["laplace"], "names must be of randomized-response"),
        (LogisticRegression(), [], "one at least"),
        (LogisticRegression(), ["dp-sgd"], "dp-sgd needs the gradient of each row"),
        (KNeighborsClassifier(), ["alibi"], "takes no sample_weight"),
    ],
)
def test_slips(model, names, message):
    with pytest.raises(ValueError, match=message):
        defend(model, names)


def test_an_audit_compares_them(data):
    models = defend(LogisticRegression(), ["randomized-response", "lp-2st", "alibi"])
    audit = LabelAudit(models, mechanism=None, epsilons=[1, 4], n_repeats=2, n_canaries=50, random_state=0).fit(*data)
    assert not audit.errors_
    # the budget is each one's own claim, and caps are each one's own
    assert audit.results_["param_epsilon"].tolist() == [1, 4] * 3
    caps = audit.results_["cap"].reshape(3, 2)
    assert caps[0] == pytest.approx([0.7311, 0.9820], abs=1e-4)
    assert (caps[1] <= caps[0]).all()
    assert caps[1][0] < caps[0][0]
    assert caps[2] == pytest.approx([0.6209, 0.8647], abs=1e-4)


def test_the_command(capsys, tmp_path):
    out = tmp_path / "report.json"
    arguments = [
        "audit",
        "--model",
        "logistic-regression",
        "--defence",
        "randomized-response",
        "alibi",
        "--canaries",
        "80",
    ]
    plot = tmp_path / "side_by_side.png"
    more = ["--plot", str(plot)] if importlib.util.find_spec("matplotlib") else []
    assert main([*arguments, "--json", str(out), *more]) == 0
    assert plot.exists() == bool(more)
    printed = capsys.readouterr().out
    assert "Side by side" in printed
    cells = json.loads(out.read_text())["cells"]
    assert [(cell["model"], cell["epsilon"]) for cell in cells] == [("randomized-response", 1), ("alibi", 1)]
    assert main([*arguments[:3], "--defence", "dp-sgd"]) == 2
    assert "--model neural-network" in capsys.readouterr().err
