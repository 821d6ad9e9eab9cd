"""Models side by side: the table says what the cells say, in every format."""

import re

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit
from sklearn_blia.defences import defend
from sklearn_blia.report import ComparisonDisplay
from tests.defences import faults


@pytest.fixture(scope="module")
def audit():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1600, 4)), rng.integers(2, size=1600)
    models = defend(DecisionTreeClassifier(), ["randomized-response", "alibi"])
    models["twice"] = faults.NoisedTwice(KNeighborsClassifier(1))
    models["half scale"] = faults.HalfScaleALIBI(DecisionTreeClassifier(), n_rounds=0)
    return LabelAudit(models, mechanism=None, epsilons=[1, 4], n_repeats=2, n_canaries=300, random_state=0).fit(X, y)


def test_rows_are_those_of_the_cells(audit):
    frame = audit.report_.comparison()
    assert frame["model"].tolist() == np.repeat(["randomized-response", "alibi", "twice", "half scale"], 2).tolist()
    for row, cell in zip(frame.to_dict("records"), audit.report_.cells, strict=True):
        assert row["epsilon"] == cell.epsilon
        assert row["clean_accuracy"] == cell.test_accuracies.mean()
        assert row["clean_accuracy_error"] == pytest.approx(np.abs(np.diff(cell.test_accuracies)[0]) / 2)
        blind = [one.private.success_ratio for one in cell.attacks.values() if not one.private.reads_labels]
        assert row["success_ratio"] == max(blind)
        assert row["cap"] == cell.cap
        assert row["cap_kept"] == (not cell.findings.mechanism_refuted)
        assert row["epsilon_lower_bound"] == cell.bound
        assert row["claim_refuted"] == cell.refuted
        assert row["seconds"] == cell.seconds.mean()
    half_scale = frame[(frame.model == "half scale") & (frame.epsilon == 1)].iloc[0]
    # true success ratio .724 against .621, 600 guesses: five standard errors
    assert half_scale.cap_kept is False or not half_scale.cap_kept


def test_text_fits_the_width_and_marks_what_is_wrong(audit):
    text = str(audit.report_)
    block = text.split("Side by side")[1].split("\n\n")[0]
    assert max(map(len, text.splitlines())) <= 80
    lines = block.splitlines()[3:]
    assert [line.split()[0] for line in lines[:2]] == ["randomized-response"] * 2
    assert sum("!" in line for line in lines[:8]) >= 1
    assert "own cap allows" in block


def test_page_and_markdown_have_it_too(audit):
    html, markdown = audit.report_.to_html(), audit.report_.to_markdown()
    assert "<h2>Side by side</h2>" in html
    assert "## Side by side" in markdown
    table = markdown.split("## Side by side")[1].split("##")[0]
    assert len(re.findall(r"^\| (randomized|alibi|twice|half)", table, re.M)) == 8


def test_one_model_is_compared_with_none(data):
    report = LabelAudit(KNeighborsClassifier(), epsilons=[np.inf, 1], n_repeats=1, random_state=0).fit(*data).report_
    assert "Side by side" not in str(report)
    assert "Side by side" not in report.to_html()
    assert len(report.comparison()) == 2


def test_the_picture_shows_the_rows(audit):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    display = ComparisonDisplay.from_estimator(audit)
    frame = audit.report_.comparison()
    for container in display.ax_.containers:
        middle, _, (bars,) = container
        own = frame[frame.model == container.get_label()]
        np.testing.assert_array_equal(middle.get_ydata(), own.clean_accuracy)
        heights = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
        np.testing.assert_allclose(heights, own.clean_accuracy_error, atol=1e-12)
    assert len(display.ax_.containers) == 4
    rings = next(line for line in display.ax_.get_lines() if line.get_label() == "claim or cap not kept")
    wrong = frame.claim_refuted | (frame.cap_kept == False)  # noqa: E712
    assert sorted(rings.get_ydata()) == sorted(frame.clean_accuracy[wrong])
    bounds = ComparisonDisplay.from_estimator(audit, quantity="bound").ax_
    for container in bounds.containers:
        own = frame[frame.model == container.get_label()]
        np.testing.assert_array_equal(container[0].get_ydata(), own.epsilon_lower_bound)
    promised = next(line for line in bounds.get_lines() if line.get_label() == "what is promised")
    assert promised.get_ydata().tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"quantity must be one of \['accuracy', 'bound'\]"):
        ComparisonDisplay.from_estimator(audit, quantity="time")
    plt.close("all")
