"""Single canaries of an audit, and bounds on epsilon by the surest guesses."""

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import (
    CanaryFlipper,
    DeltaMarginAttack,
    LabelAudit,
    LabelLiRAAttack,
    NeighborhoodAttack,
    ThresholdAttack,
    forget,
    make_label_pipeline,
)
from sklearn_blia.audit import train_shadows
from sklearn_blia.metrics import epsilon_from_ranking
from sklearn_blia.neural import SequentialClassifier

ATTACKS = {
    "threshold": ThresholdAttack(),
    "oracle": DeltaMarginAttack(loss="oracle"),
    "around": NeighborhoodAttack(4),
    "lira": LabelLiRAAttack(4),
}
BLIND = ["threshold", "around", "lira"]


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(1000, n_features=8, n_informative=4, flip_y=0.1, random_state=0)
    return X, np.array(["ham", "spam"])[y]


@pytest.fixture(scope="module")
def audit(rows):
    settings = {"epsilons": [np.inf, 1], "n_repeats": 2, "n_canaries": 100, "random_state": 0}
    return LabelAudit(KNeighborsClassifier(), attacks=ATTACKS, **settings).fit(*rows)


@pytest.fixture(scope="module")
def frame(audit):
    pytest.importorskip("pandas")
    return audit.to_canary_frame()


def test_the_table_is_of_the_data(audit, rows, frame):
    assert len(frame) == 2 * 2 * 3 * 100
    assert list(dict.fromkeys(frame["attack"])) == BLIND
    np.testing.assert_array_equal(frame["natural_label"], rows[1][frame["row"]])
    assert ((frame["inferred_label"] == frame["private_label"]) == frame["correct"]).all()
    assert ((frame["score"] >= 0) == (frame["inferred_label"] == "spam")).all()
    for name in ("natural_label", "private_label", "released_label"):
        assert set(frame[name]) == {"ham", "spam"}
    infinite = frame[frame["epsilon"] == np.inf]
    assert (infinite["private_label"] == infinite["released_label"]).all()
    leaning = frame[frame["score"] != 0]
    leaning = leaning[leaning["attack"] != "threshold"]
    assert ((leaning["memorization"] > 0) == (leaning["inferred_label"] == leaning["released_label"])).all()
    assert (leaning["memorization"].abs() == leaning["score"].abs()).all()
    assert frame.loc[frame["attack"] == "threshold", "memorization"].isna().all()  # it compares with nothing


def test_the_table_has_the_ratios_of_the_results(audit, frame):
    shares = frame.groupby(["attack", "epsilon"])["correct"].mean()
    for name in BLIND:
        ratios = audit.results_[f"private_success_ratio_{name}"]
        np.testing.assert_allclose([shares[name, np.inf], shares[name, 1.0]], ratios)
    coins, scores = audit.canary_scores("lira", target="released", epsilon=1)
    assert np.mean((scores >= 0) == coins) == pytest.approx(audit.results_["released_success_ratio_lira"][1])


def test_bounds_by_the_surest_guesses_are_paid_for(audit, frame):
    """The table's own rows give the bounds: between that of a third of the level and that of all of it."""
    for at, epsilon in enumerate((np.inf, 1.0)):
        for name in BLIND:
            own = frame[(frame["attack"] == name) & (frame["epsilon"] == epsilon)]
            sureness, right = own["score"].abs(), own["correct"]
            bound = audit.results_[f"epsilon_lower_bound_{name}"][at]
            alone = [
                epsilon_from_ranking(sureness, right, alpha=alpha).epsilon_lower_bound for alpha in (0.05 / 3, 0.05)
            ]
            assert alone[0] - 1e-6 <= bound <= alone[1] + 1e-6
            n_guesses = int(audit.results_[f"n_guesses_{name}"][at])
            surest = own.iloc[np.argsort(-sureness, kind="stable")]["correct"].to_numpy()[:n_guesses]
            # What decides is a prefix with more right than the bound explains.
            assert bound == 0 or surest.mean() > 1 / (1 + np.exp(-bound))


def test_shadows_and_neighbours_of_one_model(rows):
    X, y = rows
    model = make_label_pipeline(CanaryFlipper(0.1, random_state=0), KNeighborsClassifier()).fit(X, y)
    around = NeighborhoodAttack(4)
    lira = LabelLiRAAttack(2)
    seen = train_shadows(model, X, y, attacks=[around, lira], random_state=1)
    assert around.evaluate(seen) == around.evaluate(model)
    assert lira.evaluate(seen).n_canaries == 100


def test_secrets_can_be_dropped(rows):
    audit = LabelAudit(KNeighborsClassifier(), epsilons=[np.inf], n_repeats=1, n_canaries=50, random_state=0).fit(*rows)
    assert forget(audit) is audit
    assert b"Observation" not in pickle.dumps(audit)
    assert audit.random_state is None  # which would draw the same coins again
    assert audit.report_.settings.random_state is None
    assert str(audit.report_)
    with pytest.raises(ValueError, match="fit it again"):
        audit.canary_scores("threshold (fixed)")


def test_what_is_asked_for_must_be_there(audit):
    for attack in ("nothing", "oracle"):
        with pytest.raises(ValueError, match="attacks must name attacks of the audit that read no label"):
            audit.canary_scores(attack)
    with pytest.raises(ValueError, match=r"epsilon=3 must be a model and a budget"):
        audit.canary_scores("lira", epsilon=3)


NET = make_pipeline(StandardScaler(), SequentialClassifier((8,), max_epochs=2, precision="float64", device="cpu"))


@pytest.mark.parametrize("model", [KNeighborsClassifier(), NET], ids=["loop", "batched"])
def test_neighbours_are_stored_and_the_same_in_every_engine(model, rows, tmp_path, monkeypatch):
    attacks = {"around": NeighborhoodAttack(4), "other": NeighborhoodAttack(2, scale=0.1)}
    settings = {"epsilons": [np.inf], "n_repeats": 2, "n_canaries": 100, "random_state": 0, "attacks": attacks}
    loop = LabelAudit(model, engine="loop", **settings).fit(*rows)
    first = LabelAudit(model, cache_dir=tmp_path, **settings).fit(*rows)
    for name in ("train", "train_together"):  # nothing is trained from here on
        monkeypatch.setattr(f"sklearn_blia.audit._trainers.{name}", None)
    settings["attacks"] = dict(reversed(attacks.items()))
    again = LabelAudit(model, cache_dir=tmp_path, **settings).fit(*rows)
    for name in attacks:
        scores = [audit.canary_scores(name)[1] for audit in (first, again, loop)]
        np.testing.assert_array_equal(scores[0], scores[1])
        np.testing.assert_allclose(scores[0], scores[2], atol=1e-6)


def test_another_neighborhood_costs_no_shadow(rows, tmp_path, monkeypatch):
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0, "cache_dir": tmp_path}
    lira = {"lira": LabelLiRAAttack(4)}
    LabelAudit(KNeighborsClassifier(), attacks=lira, **settings).fit(*rows)
    fitted, fit = [], KNeighborsClassifier.fit
    monkeypatch.setattr(KNeighborsClassifier, "fit", lambda self, X, y: fitted.append(self) or fit(self, X, y))
    LabelAudit(KNeighborsClassifier(), attacks=lira | {"around": NeighborhoodAttack(4)}, **settings).fit(*rows)
    assert len(fitted) == 1


class NeverFitted(BaseEstimator):
    """A classifier that fails the test if it is trained."""

    _estimator_type = "classifier"

    def fit(self, X, y):
        raise AssertionError("trained")

    def predict_proba(self, X):
        raise AssertionError("asked")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        return tags


@pytest.mark.parametrize(
    ("attack", "match"),
    [
        (NeighborhoodAttack(kind="images"), "for flat rows give image_shape"),
        (NeighborhoodAttack(kind="texts"), "takes a list, array or Series of strings"),
        (NeighborhoodAttack(kind="table", image_shape=(2, 4)), "image_shape is for images"),
        (NeighborhoodAttack(0), "'n_neighbors' parameter"),
        (NeighborhoodAttack(kind="bogus"), "'kind' parameter"),
        (NeighborhoodAttack(scale=5.0), "'scale' parameter"),
        (NeighborhoodAttack(image_shape=8), "'image_shape' parameter"),
        (NeighborhoodAttack(random_state=None), "'random_state' parameter"),
        (ThresholdAttack("bogus"), "'strategy' parameter"),
    ],
    ids=repr,
)
def test_unfit_attacks_are_told_before_any_training(rows, attack, match):
    with pytest.raises(ValueError, match=match):
        LabelAudit(NeverFitted(), attacks={"it": attack}, n_canaries=50).fit(*rows)
