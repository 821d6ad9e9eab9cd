"""Pictures show the numbers of the audit."""

import sys

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import DeltaMarginAttack, LabelAudit
from sklearn_blia.metrics import attack_cap
from sklearn_blia.report import AttackRocDisplay, CoverageDisplay, EpsilonSweepDisplay, PrivacyUtilityDisplay

plt = pytest.importorskip("matplotlib.pyplot")
EPSILONS = [np.inf, 0.5, 2]


@pytest.fixture(scope="module", autouse=True)
def no_screen():
    before = plt.get_backend()
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def audit():
    X, y = make_classification(800, n_features=8, n_informative=4, flip_y=0.05, random_state=0)
    model = DecisionTreeClassifier()
    return LabelAudit(model, epsilons=EPSILONS, n_repeats=2, n_canaries=100, random_state=0).fit(X, y)


def test_the_sweep_shows_the_results_in_order_of_epsilon(audit):
    display = audit.plot()
    assert isinstance(display, EpsilonSweepDisplay)
    ax = display.ax_
    assert ax.figure is display.figure_
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.5", "2", "∞"]
    by_label = {line.get_label(): line for line in ax.get_lines()}
    order = [1, 2, 0]
    np.testing.assert_array_equal(
        by_label["train accuracy (released labels)"].get_ydata(), audit.results_["mean_train_accuracy"][order]
    )
    for container in ax.containers:
        name = container.get_label()
        middle, _, (bars,) = container
        results = audit.results_
        np.testing.assert_array_equal(middle.get_ydata(), results[f"private_success_ratio_{name}"][order])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        expected = np.column_stack([results[f"private_{end}_{name}"][order] for end in ("low", "high")])
        np.testing.assert_allclose(ends, expected)
    assert len(ax.containers) == 5


def test_the_caps_are_the_caps(audit):
    """A line at each budget, and none between: nobody audited what lies there."""
    (caps,) = (c for c in audit.plot().ax_.collections if c.get_label() == "cap of attacks that read no label")
    for place, (epsilon, segment) in enumerate(zip((0.5, 2, np.inf), caps.get_segments(), strict=True)):
        assert segment[:, 1] == pytest.approx(attack_cap(epsilon))
        assert segment[:, 0].mean() == place


def test_released_labels_know_no_cap(audit):
    ax = audit.plot(target="released").ax_
    labels = [drawn.get_label() for drawn in [*ax.get_lines(), *ax.collections]]
    assert "cap of attacks that read no label" not in labels
    assert "chance" in labels


def test_privacy_and_utility(audit):
    display = PrivacyUtilityDisplay.from_estimator(audit, target="released", attacks=["threshold (fixed)"])
    (container,) = display.ax_.containers
    x, y = container[0].get_data()
    np.testing.assert_allclose(x, 1.0)  # a tree stores every label
    np.testing.assert_allclose(y, audit.results_["mean_test_accuracy"][[1, 2, 0]])
    texts = [text.get_text() for text in display.ax_.texts if text.get_text() != "better"]
    assert sorted(texts) == ["ε = 0.5", "ε = 2", "ε = ∞"]
    assert len(PrivacyUtilityDisplay.from_estimator(audit).ax_.containers) == 4  # the one that reads labels is left out


def test_standard_error_over_repeats(audit):
    display = PrivacyUtilityDisplay.from_estimator(audit)
    both = np.array([audit.results_[f"repeat{r}_test_accuracy"] for r in (0, 1)])[:, [1, 2, 0]]
    np.testing.assert_allclose(display.test_accuracy_error, np.abs(both[0] - both[1]) / 2)


@pytest.mark.parametrize("display", [EpsilonSweepDisplay, PrivacyUtilityDisplay])
def test_own_axes_and_bad_input(audit, display):
    _, ax = plt.subplots()
    assert display.from_estimator(audit, ax=ax).ax_ is ax
    with pytest.raises(ValueError, match="must name attacks of the audit"):
        display.from_estimator(audit, attacks=["thresold"])
    with pytest.raises(ValueError, match="target must be"):
        display.from_estimator(audit, target="both")
    with pytest.raises(NotFittedError):
        display.from_estimator(LabelAudit(GaussianNB()))


@pytest.mark.parametrize("display", [EpsilonSweepDisplay, PrivacyUtilityDisplay])
def test_one_budget_one_repeat(display):
    X, y = make_classification(400, random_state=0)
    for epsilon in (np.inf, 0.0):
        audit = LabelAudit(GaussianNB(), epsilons=[epsilon], n_repeats=1, n_canaries=50, random_state=0).fit(X, y)
        display.from_estimator(audit).figure_.canvas.draw()


def test_matplotlib_is_named_where_it_is_missing(audit, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-blia\[plot\]'"):
        audit.plot()


def test_only_attacks_that_read_labels_and_parameters_that_changed_since():
    X, y = make_classification(400, random_state=0)
    oracle = {"oracle": DeltaMarginAttack(loss="oracle")}
    audit = LabelAudit(GaussianNB(), epsilons=[1], n_repeats=2, n_canaries=50, attacks=oracle, random_state=0).fit(X, y)
    audit.set_params(n_repeats=5, target="released")
    display = PrivacyUtilityDisplay.from_estimator(audit, attacks="oracle")
    assert list(display.scores) == list(PrivacyUtilityDisplay.from_estimator(audit).scores) == ["oracle"]
    assert display.target == "private"


def test_something_else_than_an_audit():
    with pytest.raises(ValueError, match="must be a fitted LabelAudit, got GaussianNB"):
        EpsilonSweepDisplay.from_estimator(GaussianNB())


class FailsBelow(DecisionTreeClassifier):
    """Fails where so many labels were changed that no tree of the data would do: at the small budget alone."""

    def fit(self, X, y):
        if np.mean(y != natural_labels(X)) > 0.3:
            raise ValueError("no")
        return super().fit(X, y)


def natural_labels(X):
    return (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("display", [EpsilonSweepDisplay, PrivacyUtilityDisplay])
def test_a_budget_at_which_everything_failed(display):
    X = np.random.RandomState(0).standard_normal((800, 3))
    audit = LabelAudit(FailsBelow(), epsilons=[0.1, np.inf], n_repeats=2, n_canaries=60, random_state=0)
    audit.fit(X, natural_labels(X))
    assert audit.results_["n_failed"].tolist() == [2, 0]
    display.from_estimator(audit).figure_.canvas.draw()


def boxes(display, texts):
    renderer = display.figure_.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


@pytest.mark.parametrize("draw", [EpsilonSweepDisplay, PrivacyUtilityDisplay, CoverageDisplay, AttackRocDisplay])
def test_the_legend_is_whole_and_takes_no_width(audit, draw):
    """It lies below the axes, inside the figure, whatever the names; the axes keep two thirds of the width."""
    display = draw.from_estimator(audit)
    display.figure_.canvas.draw()
    (legend,) = boxes(display, [display.ax_.get_legend()])
    whole = display.figure_.bbox
    assert legend.x0 >= whole.x0 - 1
    assert legend.x1 <= whole.x1 + 1
    assert legend.y0 >= whole.y0 - 1
    axes = display.ax_.get_window_extent()
    assert legend.y1 <= axes.y0
    assert axes.width >= 2 / 3 * whole.width
    assert axes.height >= whole.height / 3


@pytest.mark.parametrize("draw", [EpsilonSweepDisplay, PrivacyUtilityDisplay, CoverageDisplay, AttackRocDisplay])
def test_attacks_are_told_apart_without_colours(audit, draw):
    ax = draw.from_estimator(audit, attacks=["threshold (fixed)", "threshold (mean)", "delta-margin"]).ax_
    drawn = [container[0] for container in ax.containers] or ax.get_lines()
    markers = [line.get_marker() for line in drawn if line.get_marker() not in ("None", "_", "s-")]
    assert len(set(markers[:3])) == 3


def test_shares_are_percentages(audit):
    ax = AttackRocDisplay.from_estimator(audit, log=True).ax_
    ax.figure.canvas.draw()
    assert {"1%", "10%", "100%"} <= {tick.get_text() for tick in ax.get_xticklabels()}
    assert ax.get_xlabel() == "false positive rate, private labels"
    assert ax.get_ylabel() == "true positive rate"


def test_bands_say_that_they_are_pointwise(audit):
    texts = [text.get_text() for text in CoverageDisplay.from_estimator(audit).ax_.get_legend().get_texts()]
    assert "95 % intervals, pointwise" in texts


def test_names_of_budgets_do_not_lie_on_each_other():
    """Five budgets with almost the same accuracy and score."""
    n = 5
    near = {"score": np.linspace(0.5, 0.501, n), "low": np.full(n, 0.49), "high": np.linspace(0.51, 0.511, n)}
    accuracy, unknown = np.linspace(0.9, 0.9001, n), np.full(n, np.nan)
    display = PrivacyUtilityDisplay([0.5, 1, 2, 4, np.inf], accuracy, unknown, {"a": near}, target="private").plot()
    display.figure_.canvas.draw()
    names = boxes(display, [text for text in display.ax_.texts if text.get_text().startswith("ε")])
    assert len(names) == n
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            assert not first.overlaps(second)


def test_better_is_up_and_to_the_left(audit):
    (arrow,) = (t for t in PrivacyUtilityDisplay.from_estimator(audit).ax_.texts if t.get_text() == "better")
    (x, y), (from_x, from_y) = arrow.xy, arrow.get_position()
    assert x < from_x
    assert y > from_y


def test_every_marker_has_its_cap_above_or_below(audit):
    ax = audit.plot().ax_
    (caps,) = (c for c in ax.collections if c.get_label() == "cap of attacks that read no label")
    for container in ax.containers:
        for x, segment in zip(container[0].get_xdata(), caps.get_segments(), strict=True):
            assert segment[0, 0] < x < segment[1, 0]
