"""The whole experiment in one fit, and what is kept of it when it is killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    LabelLiRAAttack,
    RandomizedResponse,
    ThresholdAttack,
    make_label_pipeline,
)
from sklearn_blia.audit import _trainers
from sklearn_blia.audit._make_trials import make_trials
from sklearn_blia.metrics import attack_cap, check_claim
from tests.audits import same

TREE = DecisionTreeClassifier()


@pytest.fixture(scope="module")
def rows():
    return make_classification(1200, n_features=8, n_informative=4, flip_y=0.05, random_state=0)


@pytest.fixture(scope="module")
def audit(rows):
    return LabelAudit(TREE, epsilons=[np.inf, 2, 0.5], n_repeats=3, n_canaries=200, random_state=0).fit(*rows)


class FailsSometimes(ClassifierMixin, BaseEstimator):
    """Fails, or kills its process, for a third of the training seeds."""

    def __init__(self, random_state=None, how="raise"):
        self.random_state = random_state
        self.how = how

    def fit(self, X, y):
        if self.random_state % 3 == 0:
            if self.how == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError("loss is NaN")
        self.tree_ = DecisionTreeClassifier(random_state=self.random_state).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict_proba(self, X):
        return self.tree_.predict_proba(X)

    def predict(self, X):
        return self.tree_.predict(X)


def test_a_memoriser_over_epsilon(audit):
    """A full tree stores every released label; private ones come out as often as randomized response keeps them."""
    results = audit.results_
    assert results["param_epsilon"].tolist() == [np.inf, 2, 0.5]
    np.testing.assert_array_equal(results["released_success_ratio_threshold (fixed)"], 1.0)
    np.testing.assert_array_equal(results["mean_train_accuracy"], 1.0)
    caps = attack_cap(np.array([np.inf, 2, 0.5]))
    np.testing.assert_allclose(results["cap"], caps)
    # Three repeats of 200 canaries, each right with the probability of the cap: 4 standard errors.
    found = results["private_success_ratio_threshold (fixed)"]
    np.testing.assert_array_less(np.abs(found - caps), 4 * np.sqrt(caps * (1 - caps) / 600) + 1e-9)
    # A true claim is refuted in 5 % of audits at the usual level, and here in one of 10,000.
    counts = np.round(found * 600).astype(int)
    assert not any(check_claim(v, 600, e, alpha=1e-4).refuted for v, e in zip(counts[1:], (2.0, 0.5), strict=True))


def test_an_innocent_over_epsilon(rows):
    """A logistic regression of nine numbers has no room for 200 coins."""
    audit = LabelAudit(LogisticRegression(), epsilons=[np.inf, 1], n_repeats=2, n_canaries=200, random_state=0).fit(
        *rows
    )
    # 400 canaries: four standard errors are .1.
    assert (audit.results_["private_success_ratio_threshold (fixed)"] < 0.55 + 0.1).all()
    # 300 rows were held out; behind noise at epsilon 1 a fit may be as good as none.
    assert audit.results_["mean_test_accuracy"][0] > 0.5 + 4 * np.sqrt(0.25 / 300)


class Lies(RandomizedResponse):
    """Releases labels at epsilon 3 under whatever name."""

    def _randomize(self, codes, draw):
        honest = RandomizedResponse(3.0)
        honest.classes_ = self.classes_
        return honest._randomize(codes, draw)


def test_a_false_claim_is_refuted(rows):
    """Labels released at epsilon 3 under the name of 0.5; the honest audit of both refutes nothing."""
    audit = LabelAudit(TREE, epsilons=[0.5, 3], n_repeats=3, n_canaries=200, random_state=0)
    assert not clone(audit).fit(*rows).results_["claim_refuted"].any()
    false = audit.set_params(mechanism=Lies()).fit(*rows)
    assert false.results_["claim_refuted"].tolist() == [True, False]
    assert 0.5 < false.results_["epsilon_lower_bound"][0] < 3
    assert "epsilon = 0.5 is REFUTED" in str(false.report_)
    assert [verdict.refuted for verdict in false.report_.verdicts] == [True, False]


def test_repeats_draw_everything_anew_and_are_pooled(audit):
    def trials(epsilons, models=("tree",)):
        return make_trials(models, epsilons, 3, 5, (), lambda seed: (seed, None, None))

    both = trials([np.inf, 2.0])
    seeds = {seed for t in both for seed in (t.canaries, t.noise_seed, t.training_seed)}
    assert len(seeds) == 18

    def seeds_of(trials):
        return [(t.canaries, t.noise_seed, t.training_seed) for t in trials]

    assert seeds_of(trials([2.0])) == seeds_of(both[3:])  # what else is in the audit changes nothing
    assert seeds_of(trials([2.0], ["one", "other"])) == 2 * seeds_of(both[3:])  # models are trained on the same labels
    rows_of = {tuple(seen.canaries.rows) for key, seen in audit.observations_.items() if key.epsilon == 2}
    assert len(rows_of) == 3
    finding = audit.report_.cells[1].attacks["threshold (fixed)"]
    assert finding.private.n_canaries == 600
    alone = [ThresholdAttack().evaluate(seen) for key, seen in audit.observations_.items() if key.epsilon == 2]
    assert finding.private.n_correct == sum(test.n_correct for test in alone)


def test_p_values_hold_their_level_over_repeats(rows):
    """120 sweeps of a classifier of random outputs, two repeats of 50 canaries: 5 % alarms, plus 3 standard errors."""

    class Coin(ClassifierMixin, BaseEstimator):
        def __init__(self, random_state=None):
            self.random_state = random_state

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X):
            p = np.random.RandomState(self.random_state).uniform(size=len(X))
            return np.column_stack([1 - p, p])

        def predict(self, X):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]

    X, y = rows[0][:300], rows[1][:300]
    attacks = {"fixed": ThresholdAttack(), "median": ThresholdAttack("median"), "mean": ThresholdAttack("mean")}
    alarms = 0
    for seed in range(120):
        audit = LabelAudit(Coin(), epsilons=[np.inf], n_repeats=2, n_canaries=50, attacks=attacks, random_state=seed)
        (cell,) = audit.fit(X, y).report_.cells
        alarms += min(finding.joint_p_values["private"] for finding in cell.attacks.values()) < 0.05
    assert alarms <= 120 * 0.05 + 3 * np.sqrt(120 * 0.05 * 0.95)


def test_same_seed_same_table_with_any_number_of_workers(audit, rows):
    assert same(audit, clone(audit).fit(*rows))
    assert same(audit, clone(audit).set_params(n_jobs=2).fit(*rows))
    assert not same(audit, clone(audit).set_params(random_state=1).fit(*rows))


def test_string_labels_and_several_classes(rows):
    X, _ = rows
    y = np.array(["low", "middle", "high"])[np.digitize(X[:, 0], np.quantile(X[:, 0], [1 / 3, 2 / 3]))]
    audit = LabelAudit(TREE, epsilons=[np.inf, 2], n_repeats=2, n_canaries=200, random_state=0).fit(X, y)
    np.testing.assert_array_equal(audit.results_["released_success_ratio_threshold (fixed)"], 1.0)
    np.testing.assert_allclose(audit.results_["cap"][1], attack_cap(2.0, n_classes=3))


def test_table_frame_and_json(audit):
    pytest.importorskip("pandas")
    text = str(audit.report_)
    heading = " ".join(text.split())
    assert heading.startswith(
        "900 training rows, 200 of them canaries; 300 held-out rows; 2 classes; 3 repeats; seed 0"
    )
    assert sum(line.startswith("DecisionTreeClassifier, ") for line in text.splitlines()) == 3
    assert max(map(len, text.splitlines())) <= 80
    frame = audit.to_frame()
    assert len(frame) == 3 * 5
    row = frame[(frame.epsilon == 2) & (frame.attack == "threshold (fixed)")].iloc[0]
    low, high = stats.binomtest(round(row.private_success_ratio * 600), 600).proportion_ci(method="exact")
    np.testing.assert_allclose([row.private_low, row.private_high], [low, high], rtol=1e-6)
    data = json.loads(json.dumps(audit.report_.to_dict(), allow_nan=False))
    assert data["cells"][1]["epsilon"] == 2
    assert data["cells"][0]["attacks"]["threshold (fixed)"]["tests"]["released"]["n_correct"] == 600
    assert data["cells"][2]["verdict"]["memorized"] is True


def test_a_failed_fit_is_a_row_and_not_the_end(rows):
    audit = LabelAudit(FailsSometimes(), epsilons=[np.inf, 1], n_repeats=6, n_canaries=100, random_state=0).fit(*rows)
    assert 0 < len(audit.errors_) < 12
    assert set(audit.errors_.values()) == {"ValueError: loss is NaN"}
    assert audit.results_["n_failed"].sum() == len(audit.errors_)
    first = audit.results_["n_failed"][0]
    assert first == 0 or f"{first} of 6 fits failed: ValueError: loss is NaN" in str(audit.report_)
    good = 6 - audit.results_["n_failed"]
    counted = [cell.attacks["threshold (fixed)"].private.n_canaries for cell in audit.report_.cells]
    assert counted == (100 * good).tolist()


def test_a_worker_that_dies_costs_its_own_fit_alone(rows):
    raising = LabelAudit(FailsSometimes(), epsilons=[np.inf, 1], n_repeats=3, n_canaries=100, random_state=0).fit(*rows)
    dying = clone(raising).set_params(estimator=FailsSometimes(how="die"), n_jobs=2).fit(*rows)
    assert dying.errors_.keys() == raising.errors_.keys()
    assert all("worker process died" in error for error in dying.errors_.values())
    assert same(dying, raising)


def test_all_fits_failed(rows):
    bad = LogisticRegression(C=-1.0)
    with pytest.raises(RuntimeError, match=r"All 2 fits failed; the first with InvalidParameterError"):
        LabelAudit(bad, epsilons=[1], n_repeats=2, n_canaries=50, random_state=0).fit(*rows)


# ---- what is stored


def test_finished_fits_are_not_repeated(rows, tmp_path, monkeypatch):
    audit = LabelAudit(TREE, epsilons=[np.inf, 1], n_repeats=2, n_canaries=100, random_state=0, cache_dir=tmp_path)
    first = audit.fit(*rows)
    monkeypatch.setattr("sklearn_blia.audit._trainers.run_jobs", lambda missing, *_: iter(missing))
    assert same(first, clone(audit).fit(*rows))
    monkeypatch.undo()
    more = clone(audit).set_params(epsilons=[2, 1, np.inf]).fit(*rows)  # two of three budgets are there
    assert (
        more.results_["private_success_ratio_threshold (fixed)"][1]
        == first.results_["private_success_ratio_threshold (fixed)"][1]
    )
    assert (tmp_path / "label_audit.sqlite").stat().st_mode & 0o077 == 0  # it holds the coins


def test_failed_fits_are_tried_again(rows, tmp_path, monkeypatch):
    audit = LabelAudit(
        FailsSometimes(), epsilons=[np.inf], n_repeats=6, n_canaries=100, random_state=0, cache_dir=tmp_path
    )
    failed = audit.fit(*rows).errors_
    train, trained = _trainers.train, []
    monkeypatch.setattr(_trainers, "train", lambda *args: trained.append(args[-1].key) or train(*args))
    again = clone(audit).fit(*rows)
    assert failed
    assert again.errors_ == failed
    assert set(trained) == set(failed)


def test_other_data_or_settings_are_told(rows, tmp_path):
    X, y = rows
    audit = LabelAudit(TREE, epsilons=[np.inf], n_repeats=1, n_canaries=100, random_state=0, cache_dir=tmp_path)
    audit.fit(X, y)
    with pytest.warns(UserWarning, match=r"of another audit \(other data\) and are not used"):
        clone(audit).fit(X + 1, y)
    with pytest.warns(UserWarning, match="other settings"):
        clone(audit).set_params(estimator=DecisionTreeClassifier(max_depth=3)).fit(X, y)


def test_time_counts_all_fits(rows):
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0}
    alone = LabelAudit(TREE, **settings).fit(*rows)
    assert alone.seconds_ == alone.results_["mean_fit_time"][0]
    shadowed = LabelAudit(TREE, attacks={"lira": LabelLiRAAttack(4)}, **settings).fit(*rows)
    assert shadowed.seconds_ > shadowed.results_["mean_fit_time"][0]


def test_a_spoiled_fit_is_made_anew(rows, tmp_path):
    audit = LabelAudit(TREE, epsilons=[np.inf], n_repeats=2, n_canaries=100, random_state=0, cache_dir=tmp_path)
    first = audit.fit(*rows)
    with sqlite3.connect(tmp_path / "label_audit.sqlite") as connection:
        connection.execute("UPDATE fits SET content = substr(content, 1, 100)")
    connection.close()
    assert same(first, clone(audit).fit(*rows))


def test_killed_at_any_moment_it_goes_on(rows, tmp_path, start_python):
    """kill -9 at five random moments: the table is that of an audit that was left alone, and no fit is made twice."""
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "from sklearn_blia.audit import LabelAudit, _trainers\n"
        "def told(original):\n"
        "    def fit(*args):\n"
        "        print('fit', args[-1].key.epsilon, args[-1].key.repeat, flush=True)\n"
        "        return original(*args)\n"
        "    return fit\n"
        "_trainers.train = told(_trainers.train)\n"
        "X, y = make_classification(1200, n_features=8, n_informative=4, flip_y=0.05, random_state=0)\n"
        "print('on', flush=True)\n"
        "LabelAudit(DecisionTreeClassifier(), epsilons=np.arange(1, 51), n_repeats=2, n_canaries=100, random_state=0,\n"
        f"           cache_dir={str(tmp_path)!r}).fit(X, y)\n"
        "print('done', flush=True)\n"
    )
    rng, lines = np.random.RandomState(0), []
    for _ in range(5):
        run = start_python(code, stdout=subprocess.PIPE)
        assert run.stdout.readline() == "on\n"
        time.sleep(rng.uniform(0.0, 0.3))
        run.kill()
        lines += run.communicate()[0].splitlines()
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    lines += run.stdout.splitlines()
    fits = [line for line in lines if line.startswith("fit")]
    assert len(set(fits)) == 100
    assert len(fits) <= 100 + 5  # each kill may cost the one fit that was under way
    whole = LabelAudit(TREE, epsilons=np.arange(1, 51), n_repeats=2, n_canaries=100, random_state=0)
    stored = clone(whole).set_params(cache_dir=tmp_path).fit(*rows)
    assert same(stored, whole.fit(*rows))


# ---- progress, and the end of it


def test_progress(rows, capsys):
    audit = LabelAudit(TREE, epsilons=[np.inf, 1], n_repeats=1, n_canaries=100, random_state=0)
    audit.fit(*rows)
    assert capsys.readouterr() == ("", "")
    clone(audit).set_params(verbose=1).fit(*rows)
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert len(lines) == 2
    assert lines[-1].startswith("2/2 fits, 0:0")


def test_a_bar_on_a_terminal(rows, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    LabelAudit(TREE, epsilons=[np.inf], n_repeats=2, n_canaries=100, random_state=0, verbose=1).fit(*rows)
    err = capsys.readouterr().err
    assert "[##########..........] 1/2 fits" in err
    assert err.endswith("\n")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_ends_it_soon_and_keeps_what_is_finished(tmp_path, n_jobs, start_python):
    code = (
        "import numpy as np\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn_blia.audit import LabelAudit\n"
        "X, y = make_classification(2000, random_state=0)\n"
        "LabelAudit(RandomForestClassifier(30), epsilons=np.arange(1, 500), n_repeats=1, random_state=0, verbose=1,\n"
        f"           n_jobs={n_jobs}, cache_dir={str(tmp_path)!r}).fit(X, y)\n"
    )
    run = start_python(code, stderr=subprocess.PIPE)
    for _ in range(4):
        assert "fits" in run.stderr.readline()
    os.killpg(run.pid, signal.SIGINT)
    started = time.monotonic()
    _, err = run.communicate(timeout=30)
    assert time.monotonic() - started < 2 + 3  # two seconds, and three for a busy machine
    assert run.returncode != 0
    assert "KeyboardInterrupt" in err
    with sqlite3.connect(tmp_path / "label_audit.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM fits").fetchone()[0] >= 4
    connection.close()


# ---- bad input


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"estimator": LinearSVC()}, r"'LinearSVC' \(LinearSVC\) has no predict_proba"),
        ({"epsilons": []}, "epsilons must hold different numbers"),
        ({"epsilons": [1, 1]}, "epsilons must hold different numbers"),
        ({"epsilons": [-1]}, "epsilons must hold different numbers"),
        ({"attacks": {}}, "attacks must be one of"),
        ({"attacks": {"a": 3}}, r"\['a'\] is not"),
        ({"attacks": {1: ThresholdAttack()}}, r"\[1\] is not"),
        ({"epsilons": [[1, 2]]}, "epsilons must hold different numbers"),
        ({"n_repeats": 0}, "'n_repeats' parameter"),
        ({"n_canaries": 5000}, "more than the 900 rows"),
        ({"alpha": 0.9}, "'alpha' parameter"),
        ({"target": "both"}, "'target' parameter"),
        ({"random_state": None, "cache_dir": "x"}, "cache_dir needs a fixed random_state"),
    ],
)
def test_bad_input_is_told_before_training(rows, params, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        LabelAudit(TREE, random_state=0).set_params(**params).fit(*rows)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            lambda y: np.where(np.arange(len(y)) < 3, None, np.array(["a", "b"], dtype=object)[y]),
            "3 label.s. are missing",
        ),
        (lambda y: pd.Series(y, dtype="Int64").where(np.arange(len(y)) > 3), "4 label.s. are missing"),
        (lambda y: np.array([1, "a"] * 600, dtype=object), "mix types"),
        (lambda y: y[:0], "0 sample"),
        (lambda y: np.repeat(np.arange(600), 2), "cannot hold every one of 600 classes"),
    ],
    ids=["None", "NA", "mixed", "empty", "many classes"],
)
def test_labels_are_checked_first(rows, labels, message):
    X, y = rows
    y = labels(y)
    audit = LabelAudit(TREE, epsilons=[1], n_repeats=1, n_canaries=100, random_state=0)
    with pytest.raises(ValueError, match=message):
        audit.fit(X[: len(y)], y)


def test_a_damaged_file_is_named(rows, tmp_path):
    (tmp_path / "label_audit.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(ValueError, match="is damaged or no file of ours"):
        LabelAudit(TREE, random_state=0, cache_dir=tmp_path).fit(*rows)


def test_canaries_are_not_planted_twice(rows):
    with pytest.raises(ValueError, match="holds a canary sampler"):
        LabelAudit(make_label_pipeline(CanaryFlipper(), TREE)).fit(*rows)


def test_a_stack_knows_its_methods_only_when_it_is_fitted(rows):
    stack = StackingClassifier([("tree", TREE)])
    assert not LabelAudit(stack, epsilons=[1], n_repeats=1, n_canaries=100, random_state=0).fit(*rows).errors_
