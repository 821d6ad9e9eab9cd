"""Curves over decision values, against scikit-learn and the exact tests."""

import numpy as np
import pytest
from scipy import integrate
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import DeltaMarginAttack, LabelAudit, ThresholdAttack
from sklearn_blia.attacks import NeighborhoodAttack
from sklearn_blia.metrics import attack_cap, memorization_test
from sklearn_blia.report import AttackRocDisplay, CoverageDisplay

plt = pytest.importorskip("matplotlib.pyplot")
ATTACKS = {
    "threshold": ThresholdAttack(),
    "around": NeighborhoodAttack(4),
    "oracle": DeltaMarginAttack(loss="oracle"),
}


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
    settings = {"epsilons": [1, np.inf], "n_repeats": 2, "n_canaries": 100, "random_state": 0, "attacks": ATTACKS}
    return LabelAudit(KNeighborsClassifier(), **settings).fit(X, y)


def lines(display):
    return {line.get_label(): line for line in display.ax_.get_lines()}


@pytest.mark.parametrize("log", [False, True])
def test_areas_are_those_of_scikit_learn(audit, log):
    display = AttackRocDisplay.from_estimator(audit, log=log)
    assert list(display.auc_) == ["threshold", "around"]
    for name, area in display.auc_.items():
        coins, scores = audit.canary_scores(name, epsilon=np.inf)
        assert len(coins) == 200
        assert area == pytest.approx(roc_auc_score(coins, scores))
        assert f"{name}: area {area:.3f}" in lines(display)
    assert display.ax_.get_xscale() == ("log" if log else "linear")


def test_the_coverage_curve_ends_at_the_success_ratio(audit):
    display = CoverageDisplay.from_estimator(audit, attacks=["around"], epsilon=1)
    curve = lines(display)["around"]
    share, ratio = curve.get_xdata(), curve.get_ydata()
    assert share[-1] == 1.0
    assert ratio[-1] == pytest.approx(audit.results_["private_success_ratio_around"][0])
    assert lines(display)["cap"].get_ydata()[0] == pytest.approx(attack_cap(1))
    assert "cap" not in lines(CoverageDisplay.from_estimator(audit, target="released", epsilon=1))


def test_each_point_is_the_exact_test_of_the_surest():
    rng = np.random.default_rng(0)
    scores = rng.permutation(np.arange(1, 301)) * rng.choice([-1, 1], 300)
    coins = (scores > 0) ^ (rng.random(300) < 0.3)
    display = CoverageDisplay.from_predictions(coins, scores, name="it")
    curve = lines(display)["it"]
    band, _in_the_legend = display.ax_.collections
    for share, ratio in zip(curve.get_xdata(), curve.get_ydata(), strict=True):
        surest = np.abs(scores) > 300 - round(share * 300)
        right = np.count_nonzero((scores[surest] > 0) == coins[surest])
        assert ratio == pytest.approx(right / surest.sum())
        low, high = memorization_test(right, surest.sum()).confidence_interval
        points = band.get_paths()[0].vertices
        ends = points[np.isclose(points[:, 0], share)][:, 1]
        assert ends.min() == pytest.approx(low)
        assert ends.max() == pytest.approx(high)


def test_drawn_where_asked(audit):
    _, ax = plt.subplots()
    assert CoverageDisplay.from_predictions([0, 1], [-1.0, 1.0], ax=ax).ax_ is ax
    assert AttackRocDisplay.from_predictions([0, 1], [-1.0, 1.0], ax=ax).auc_ == {"attack": 1.0}


def test_the_drawn_area_is_the_area_with_ties_too():
    rng = np.random.default_rng(0)
    coins, scores = rng.integers(2, size=200), rng.integers(-2, 3, size=200)
    display = AttackRocDisplay.from_predictions(coins, scores)
    (curve,) = (line for label, line in lines(display).items() if label.startswith("attack"))
    assert curve.get_drawstyle() == "default"
    assert integrate.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(roc_auc_score(coins, scores))


def test_one_sided_coins_are_named():
    with pytest.raises(ValueError, match="fell the same way"):
        AttackRocDisplay.from_predictions([1, 1], [0.1, 0.2])


@pytest.mark.parametrize("display", [AttackRocDisplay, CoverageDisplay])
def test_bad_input(audit, display):
    with pytest.raises(ValueError, match="coins must hold 0 and 1"):
        display.from_predictions([0, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="coins must hold 0 and 1"):
        display.from_predictions([0, 1], [0.1, np.nan])
    with pytest.raises(ValueError, match="one at least"):
        display.from_predictions([], [])
    with pytest.raises(ValueError, match="must name attacks"):
        display.from_estimator(audit, attacks=[])
    with pytest.raises(ValueError, match="read no label"):
        display.from_estimator(audit, attacks="oracle")
    with pytest.raises(ValueError, match="must be a fitted LabelAudit"):
        display.from_estimator(KNeighborsClassifier())
    with pytest.raises(ValueError, match="target must be"):
        display.from_estimator(audit, target="both")
