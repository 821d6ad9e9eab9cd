"""Processes that have one call each: what dies, hangs or cannot be sent costs its own call alone."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from functools import partial

import joblib
import numpy as np
import pytest
import sklearn
from joblib.parallel import ThreadingBackend
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import LabelAudit
from sklearn_blia.audit._workers import Lost, call_in_workers
from tests.audits import same


def test_each_call_has_its_result_or_what_became_of_it():
    def call(number):
        if number == 3:
            os._exit(4)
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 7:
            return (i for i in "a generator cannot be sent")
        return number**2

    found = dict(call_in_workers(call, range(9), 2))
    assert found[3] == Lost("The worker process died (exit status 4).", died=True)
    assert found[5] == Lost("The worker process died (signal SIGKILL).", died=True)
    assert "cannot be sent: TypeError" in found[7].why
    assert {number: found[number] for number in (0, 1, 2, 4, 6, 8)} == {0: 0, 1: 1, 2: 4, 4: 16, 6: 36, 8: 64}


def test_a_call_that_takes_too_long_is_ended_with_its_own_processes(tmp_path):
    def call(number):
        if number == 1:
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
            (tmp_path / "pid").write_text(str(child.pid))
            child.wait()
        return number

    started = time.monotonic()
    # Ten seconds for what takes none on a busy machine, and for a child to be started.
    found = dict(call_in_workers(call, range(3), 2, [10] * 3))
    assert found == {0: 0, 1: Lost("The fit was ended after 10 seconds."), 2: 2}
    assert time.monotonic() - started < 500
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not _runs(child):
            break
        time.sleep(0.1)
    assert not _runs(child)


def _runs(pid):
    """Whether a process runs; one that is dead and that nobody has asked about does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_calls_run_side_by_side_after_one_died(tmp_path):
    """Two that wait for each other would never end one after the other."""

    def call(number):
        if number < 2:
            os._exit(1)
        (tmp_path / str(number)).touch()
        while not all((tmp_path / str(other)).exists() for other in (2, 3)):
            time.sleep(0.01)
        return os.getpid()

    found = dict(call_in_workers(call, range(4), 2, [120] * 4))
    assert found[0] == found[1] == Lost("The worker process died (exit status 1).", died=True)
    assert found[2] != found[3]
    assert not any(isinstance(found[number], Lost) for number in (2, 3))


def test_the_configuration_of_scikit_learn_is_handed_on():
    with sklearn.config_context(enable_metadata_routing=True, assume_finite=True):
        ((_, found),) = call_in_workers(lambda _: sklearn.get_config(), [0], 1)
    assert found["enable_metadata_routing"]
    assert found["assume_finite"]


def test_warning_filters_and_numbers_of_threads_are_handed_on(monkeypatch):
    def call(number):
        with warnings.catch_warnings(record=True) as caught:
            warnings.warn("told", FutureWarning, stacklevel=1)
        return len(caught), os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]

    monkeypatch.setenv("OMP_NUM_THREADS", "3")  # the user's own
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        ((_, found),) = call_in_workers(call, [0], 1)
    assert found == (0, "3", str(joblib.cpu_count()))
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        ((_, found),) = call_in_workers(try_to(call), [0], 1)
    assert found == "FutureWarning"


def try_to(call):
    def tried(number):
        try:
            return call(number)
        except Warning as error:
            return type(error).__name__

    return tried


def test_no_process_is_left_when_the_caller_stops_listening(tmp_path):
    def call(number):
        (tmp_path / str(number)).write_text(str(os.getpid()))
        time.sleep(1000 * number)

    calls = call_in_workers(call, [0, 1], 2)
    next(calls)
    pid = written(tmp_path / "1")
    calls.close()
    assert not _runs(pid)


def written(path):
    """A number that another process writes."""
    for _ in range(600):
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.1)
    raise AssertionError(f"nothing in {path}")


def test_no_process_is_left_when_the_audit_is_killed(tmp_path, start_python):
    """Nor is its own group, in which a fit that never ends would live on."""
    code = (
        "import os, pathlib, time\n"
        "from sklearn_blia.audit._workers import call_in_workers\n"
        "def call(number):\n"
        f"    pathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))\n"
        "    time.sleep(1000)\n"
        "list(call_in_workers(call, [0], 1))\n"
    )
    process = start_python(code)
    pid = written(tmp_path / "pid")
    process.kill()
    process.wait()
    for _ in range(100):
        if not _runs(pid):
            break
        time.sleep(0.1)
    assert not _runs(pid)


def test_a_child_that_a_call_has_forked_neither_answers_nor_holds_up():
    """It inherits the pipe, and would go on as a second worker; or keep it open after its parent died."""

    def call(number):
        if number == 0 and os.fork() == 0:
            return "from the child"
        if number == 1:
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(3)
        return number

    started = time.monotonic()
    found = dict(call_in_workers(call, range(4), 1))
    assert found == {0: 0, 1: Lost("The worker process died (exit status 3).", died=True), 2: 2, 3: 3}
    assert time.monotonic() - started < 500


def test_what_cannot_be_sent_is_told_for_each_call():
    lock = threading.Lock()
    found = dict(call_in_workers(lambda number: lock, range(2), 2))
    assert set(found) == {0, 1}
    assert all(one.why.startswith("It cannot be sent to a worker process: TypeError") for one in found.values())
    assert dict(call_in_workers(len, [], 2)) == {}


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


def test_what_cannot_be_read_is_told_for_each_call():
    found = dict(call_in_workers(partial(max, Unreadable()), range(2), 1))
    assert all("cannot be read in a worker process: ValueError" in found[number].why for number in range(2))


def test_very_long_limits():
    assert dict(call_in_workers(lambda number: number, [0], 1, [1e300])) == {0: 0}


class Moody(ClassifierMixin, BaseEstimator):
    """For every third seed hangs, dies, or raises."""

    def __init__(self, how="raise", random_state=None):
        self.how = how
        self.random_state = random_state

    def fit(self, X, y):
        if self.random_state % 3 == 0:
            if self.how == "hang":
                time.sleep(1000)
            if self.how == "die":
                os._exit(1)
            if self.how == "interrupt":
                raise KeyboardInterrupt
            if self.how == "base":
                raise GeneratorExit
            raise ValueError("moody")
        self.near_ = KNeighborsClassifier(1).fit(X, y)
        self.classes_ = self.near_.classes_
        return self

    def predict_proba(self, X):
        return self.near_.predict_proba(X)

    def predict(self, X):
        return self.near_.predict(X)


def audit(how, **params):
    settings = {"epsilons": [np.inf, 1], "n_repeats": 4, "n_canaries": 50, "random_state": 2, "n_jobs": 2}
    return LabelAudit(Moody(how), **settings | params)


@pytest.fixture
def raised(data):
    found = audit("raise").fit(*data)
    assert 1 <= len(found.errors_) <= 4
    return found


@pytest.mark.parametrize(
    ("how", "params", "told"),
    [
        ("hang", {"fit_timeout": 8}, "The fit was ended after 8 seconds."),
        (
            "die",
            {"fit_timeout": 300, "n_jobs": None},
            "The worker process died (exit status 1). It may have run out of memory.",
        ),
        ("die", {}, "The worker process died (exit status 1). It may have run out of memory."),
        ("interrupt", {}, "KeyboardInterrupt: "),
        ("base", {"n_jobs": None}, "GeneratorExit: "),
    ],
)
def test_a_fit_that_ends_badly_costs_itself_alone(data, raised, how, params, told):
    found = audit(how, **params).fit(*data)
    assert same(found, raised)
    assert found.errors_.keys() == raised.errors_.keys()
    assert set(found.errors_.values()) == {told}


def test_an_interrupt_that_may_be_the_users_ends_the_audit(data):
    """In the main thread nobody can tell who raised it."""
    with pytest.raises(KeyboardInterrupt):
        audit("interrupt", n_jobs=None).fit(*data)


def test_an_interrupt_in_a_thread_is_not_the_users(data, raised):
    with joblib.parallel_config(backend="threading"):
        found = audit("interrupt").fit(*data)
    assert found.errors_.keys() == raised.errors_.keys()


def test_networks_that_are_trained_together_have_their_time_together(data):
    pytest.importorskip("skorch")
    from sklearn_blia.neural import SequentialClassifier

    net = SequentialClassifier(hidden_layer_sizes=(4,), max_epochs=2)
    settings = {"epsilons": [np.inf], "n_repeats": 3, "n_canaries": 50, "random_state": 0}
    plain = LabelAudit(net, **settings).fit(*data)
    assert same(LabelAudit(net, fit_timeout=200, **settings).fit(*data), plain)
    with pytest.raises(RuntimeError, match=r"All 3 fits failed; .*after 1e-05 seconds"):
        LabelAudit(net, fit_timeout=1e-5, **settings).fit(*data)


class Elsewhere(ThreadingBackend):
    """Stands in for a cluster's."""

    supports_sharedmem = False


@pytest.mark.parametrize("backend", ["threading", "elsewhere"])
def test_fits_that_cannot_be_ended_are_told_before_training(data, backend, monkeypatch):
    monkeypatch.setitem(joblib.parallel.BACKENDS, "elsewhere", Elsewhere)
    with joblib.parallel_config(backend=backend), pytest.raises(ValueError, match="fit_timeout=1 needs processes"):
        LabelAudit(LogisticRegression(), fit_timeout=1).fit(*data)


def test_short_of_memory_the_wrong_one_may_be_killed(data, raised, tmp_path):
    """Fits that die where another runs beside them fail for good only if they die alone."""

    class Crowded(Moody):
        def fit(self, X, y):
            mine = tmp_path / f"{os.getpid()}"
            mine.touch()
            time.sleep(0.3)
            crowd = len([other for other in tmp_path.iterdir() if _runs(int(other.name))])
            if crowd > 1:
                os._exit(9)
            mine.unlink()
            return super().fit(X, y)

    found = audit("raise").set_params(estimator={"Moody": Crowded("raise")}, fit_timeout=300).fit(*data)
    assert found.errors_.keys() == raised.errors_.keys()
