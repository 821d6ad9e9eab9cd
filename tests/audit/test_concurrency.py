"""Which fits run in threads, and how many threads each may take."""

import threading

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from sklearn_blia import LabelAudit
from sklearn_blia._blas import limited_blas
from sklearn_blia.audit import EncodedLabelsClassifier, _concurrency, _run
from sklearn_blia.audit._concurrency import SideBySide, runs_in_threads, share_of_cores, with_threads
from sklearn_blia.audit._trials import Key, Trial
from tests.audits import same


class Mine(RandomForestClassifier):
    pass


@pytest.mark.parametrize(
    ("model", "shares_front", "expected"),
    [
        (RandomForestClassifier(), False, True),
        (EncodedLabelsClassifier(RandomForestClassifier()), False, True),
        (make_pipeline(StandardScaler(), RandomForestClassifier()), True, True),
        (make_pipeline(StandardScaler(), RandomForestClassifier()), False, False),
        (Mine(), False, False),
        (LogisticRegression(solver="liblinear"), False, False),
        (GaussianNB(), False, False),
    ],
)
def test_threads_are_for_fits_that_are_known_to_let_go(model, shares_front, expected):
    assert runs_in_threads(model, shares_front, 1000) is expected


def test_boosting_has_threads_where_its_trees_have_many_rows():
    assert not runs_in_threads(HistGradientBoostingClassifier(), True, 10_000)
    assert runs_in_threads(HistGradientBoostingClassifier(), True, 100_000)


def test_those_that_take_all_cores_are_told_how_many():
    lightgbm, catboost = pytest.importorskip("lightgbm"), pytest.importorskip("catboost")
    assert with_threads(lightgbm.LGBMClassifier(), 3).n_jobs == 3
    assert with_threads(lightgbm.LGBMClassifier(n_jobs=5), 3).n_jobs == 5
    assert with_threads(EncodedLabelsClassifier(lightgbm.LGBMClassifier()), 3).estimator.n_jobs == 3
    assert with_threads(catboost.CatBoostClassifier(), 3).get_params()["thread_count"] == 3
    assert with_threads(RandomForestClassifier(), 3).n_jobs is None
    assert with_threads(lightgbm.LGBMClassifier(), None).n_jobs is None


def test_each_has_its_share(monkeypatch):
    monkeypatch.setattr(_concurrency, "cpu_count", lambda: 8)
    assert [share_of_cores(n) for n in (0, 1, 2, 3, 8, 50)] == [None, None, 4, 2, 1, 1]


def test_libraries_are_limited_while_fits_run_side_by_side(monkeypatch):
    monkeypatch.setattr(_concurrency, "share_of_cores", lambda n: 1)
    beside, before, inside = SideBySide(2), numbers(), []

    def one():
        with beside.around_one():
            inside.append(numbers())

    with beside.around_all():
        thread = threading.Thread(target=one)
        thread.start()
        thread.join()
    assert set(inside[0].values()) == {1}
    assert numbers() == before


def test_blocks_that_overlap_leave_no_limit_behind():
    """The second begins in the first and ends after it, in a thread of its own."""
    before, begun, go_on = numbers(), threading.Event(), threading.Event()

    def second():
        with limited_blas(1):
            begun.set()
            go_on.wait(60)

    thread = threading.Thread(target=second)
    with limited_blas(1):
        thread.start()
        assert begun.wait(60)
    go_on.set()
    thread.join()
    assert numbers() == before


def test_a_limit_of_the_users_is_not_raised():
    with threadpool_limits(1), limited_blas(8):
        assert {number for path, number in numbers().items() if "blas" in path} <= {1}


def numbers():
    return {library["filepath"]: library["num_threads"] for library in threadpool_info()}


def test_an_interrupted_audit_ends_what_runs():
    beside = SideBySide(1)
    beside.check()
    beside.set()
    with pytest.raises(SystemExit):
        beside.check()


@pytest.mark.parametrize("model", [LogisticRegression(), HistGradientBoostingClassifier(max_iter=5)], ids=str)
def test_threads_and_processes_give_the_same(model, monkeypatch):
    X, y = make_classification(400, random_state=0)
    settings = {"epsilons": [np.inf, 1], "n_repeats": 2, "n_canaries": 40, "random_state": 0, "n_jobs": 2}
    monkeypatch.setattr(_run, "runs_in_threads", lambda *_: True)
    in_threads = LabelAudit(model, **settings).fit(X, y)
    monkeypatch.setattr(_run, "runs_in_threads", lambda *_: False)
    assert same(in_threads, LabelAudit(model, **settings).fit(X, y))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_no_core_is_idle_while_a_model_is_tried(n_jobs):
    """What fails by its input fails in the first fits, as many as run at a time."""
    X, y = make_classification(400, random_state=0)
    model = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_features=2.0))
    with pytest.raises(RuntimeError, match="max_features"):
        LabelAudit(model, epsilons=[np.inf], n_repeats=7, n_jobs=n_jobs, random_state=0).fit(X, y)
    outcomes: dict = {}
    trials = [Trial(Key(model, 1.0, number), None, 0, 0) for model in "ab" for number in range(5)]
    rehearsed, everything = list(_run._rehearsed(trials, outcomes, n_jobs))
    assert {t.key.model for t in rehearsed} == {"a", "b"}
    assert len(rehearsed) == max(2, n_jobs)
    assert everything == trials
