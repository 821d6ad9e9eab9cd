"""Fits trained at once, here or elsewhere, are the fits of the loop."""

import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits, make_classification
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_blia import CanaryFlipper, LabelAudit
from sklearn_blia.audit import _trainers
from sklearn_blia.audit._batched import why_not_batched
from sklearn_blia.audit._make_trials import make_trials, planting
from sklearn_blia.audit._seeds import with_seed
from sklearn_blia.audit._trainers import JoblibTrainer, make_jobs
from sklearn_blia.audit._trials import Common, Data, Failure
from sklearn_blia.labels import RandomizedResponse
from sklearn_blia.neural import CNNClassifier, ResNet18Classifier, SequentialClassifier
from tests.audits import same

NET = SequentialClassifier((16,), max_epochs=3, precision="float64", device="cpu")


@pytest.fixture(scope="module")
def rows():
    return make_classification(800, n_features=8, n_informative=4, flip_y=0.05, random_state=0)


def audit(model=NET, **params):
    settings = {"epsilons": [np.inf, 1], "n_repeats": 2, "n_canaries": 100, "random_state": 0}
    return LabelAudit(model, **settings | params)


def outcomes(model, X, y, how):
    """Of two budgets and two repeats, by key."""
    classes = np.array([0, 1])
    plant = planting(CanaryFlipper(n_canaries=100), X[:600], y[:600], classes)
    trials = make_trials(["net"], [np.inf, 1], 2, 0, (), plant)
    common = Common({"net": model}, RandomizedResponse(), {}, classes)
    trainer = JoblibTrainer({"net": Data(common, X[:600], y[:600], X[600:], y[600:])}, how, 1)
    return {trial.key: outcome for results in trainer.run(trials) for trial, outcome in results.items()}


@pytest.mark.parametrize("model", [NET, make_pipeline(StandardScaler(), make_pipeline(PCA(4), NET))], ids=str)
def test_batched_gives_what_the_loop_gives(rows, model):
    X, y = rows[0] * [1, 10, 100, 1, 1, 1, 1, 1], rows[1]
    batched, loop = (outcomes(model, X, y, how) for how in ("together", "processes"))
    assert len(batched) == 4
    for key, one in batched.items():
        other = loop[key]
        np.testing.assert_allclose(one.second, other.second, atol=1e-8, rtol=0)
        np.testing.assert_array_equal(one.released, other.released)
        assert (one.train_accuracy, one.test_accuracy) == (other.train_accuracy, other.test_accuracy)


def test_the_whole_audit_is_the_same(rows):
    batched, loop = (audit(engine=engine).fit(*rows) for engine in ("batched", "loop"))
    assert (batched.engine_, loop.engine_) == ("batched: as asked for", "loop: as asked for")
    assert same(batched, loop)
    assert batched.report_.to_dict()["settings"]["engine"] == batched.engine_


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        (NET, "batched: one training for many fits"),
        (make_pipeline(StandardScaler(), NET), "batched"),
        (LogisticRegression(), "loop: LogisticRegression has no fit_together"),
        (make_pipeline(SelectKBest(k=3), NET), "loop: a transformer in front cannot do without labels"),
        (make_pipeline(PCA(3, random_state=0), NET), "loop: a transformer in front draws random numbers"),
        (clone(NET).set_params(early_stopping=True), "loop: SequentialClassifier cannot be trained together: early"),
    ],
)
def test_auto_takes_what_is_possible_and_says_why(rows, model, engine):
    assert audit(model, epsilons=[1], n_repeats=1).fit(*rows).engine_.startswith(engine)
    if engine.startswith("loop"):
        with pytest.raises(ValueError, match="engine='batched' cannot run this: "):
            audit(model, engine="batched").fit(*rows)


def test_a_transformer_that_may_look_at_labels_is_found_out(rows):
    class Mean(FunctionTransformer):
        """Takes labels where it gets them, and does without."""

        def fit_transform(self, X, y=None):
            return X if y is None else X * np.mean(y)

    assert "sees labels" in why_not_batched(make_pipeline(Mean(), NET), *rows)
    noise = FunctionTransformer(lambda X: X + np.random.standard_normal(X.shape))
    assert "other rows every time" in why_not_batched(make_pipeline(noise, NET), *rows)


def test_networks_that_gain_nothing_or_cannot():
    X, y = load_digits(return_X_y=True)
    image, deep = CNNClassifier((4,), hidden_size=8, max_epochs=1, device="cpu"), ResNet18Classifier(2, max_epochs=1)
    assert _trainers.choose_engine("auto", image, X, y)[0] == "loop"
    assert "no less time" in _trainers.choose_engine("auto", image, X, y)[1]
    assert _trainers.choose_engine("batched", image, X, y)[0] == "batched"
    assert "batch normalisation" in _trainers.choose_engine("auto", deep, X, y)[1]


def test_jobs_keep_all_workers_busy():
    trials = make_trials(["net"], np.arange(7), 5, 0, (), lambda seed: (seed, None, None))
    assert [len(job) for job in make_jobs(trials, "processes", 2)] == [1] * 35
    for n_jobs, sizes in ((1, [9, 9, 9, 8]), (2, [9, 9, 9, 8]), (3, [6] * 5 + [5]), (50, [1] * 35)):
        jobs = make_jobs(trials, "together", n_jobs)
        assert [len(job) for job in jobs] == sizes
        assert [trial for job in jobs for trial in job] == trials


def test_two_trainings_at_a_time_change_nothing(rows):
    before = torch.get_num_threads()
    assert same(audit().fit(*rows), audit(n_jobs=2).fit(*rows))
    with joblib.parallel_config(backend="loky"):
        assert same(audit().fit(*rows), audit(n_jobs=2).fit(*rows))
    assert torch.get_num_threads() == before


def test_too_much_for_the_memory_is_done_in_parts(rows, monkeypatch):
    sizes = []

    def small_memory(*arguments):
        sizes.append(len(arguments[-2]))
        if sizes[-1] > 2:
            raise MemoryError("too many at once")
        return together(*arguments)

    together = _trainers.train_together
    whole = audit(n_repeats=3).fit(*rows)
    monkeypatch.setattr(_trainers, "train_together", small_memory)
    parts = audit(n_repeats=3).fit(*rows)
    assert sizes == [6, 3, 1, 2, 3, 1, 2]
    assert not parts.errors_
    assert same(whole, parts)


def test_a_training_that_diverges_costs_its_own_fit_alone(rows, monkeypatch):
    make = SequentialClassifier._make_net
    broken = audit().fit(*rows)  # whose seeds are known now
    trials = make_trials(["net"], [np.inf, 1], 2, broken._randomness()[1], (), lambda seed: (seed, None, None))
    seed = with_seed(NET, trials[2].training_seed).random_state

    def make_net(self, device):
        net = make(self, device)
        if self.random_state == seed:
            net.initialize().module_[0].weight.data.fill_(np.nan)
            net.initialize = lambda: net
        return net

    monkeypatch.setattr(SequentialClassifier, "_make_net", make_net)
    with_failure = audit().fit(*rows)
    ((key, error),) = with_failure.errors_.items()
    assert (key.epsilon, key.repeat) == (1.0, 0)
    assert "Training diverged" in error
    assert with_failure.results_["n_failed"].tolist() == [0, 1]
    assert with_failure.results_["repeat1_test_accuracy"][1] == broken.results_["repeat1_test_accuracy"][1]


def test_killed_at_any_moment_it_goes_on(rows, tmp_path, monkeypatch, start_python):
    """Fits that were trained together are stored together, so those that are missing are repeated as they were."""
    code = (
        "import numpy as np\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn_blia.audit import LabelAudit, _trainers\n"
        "from sklearn_blia.neural import SequentialClassifier\n"
        "_trainers._MOST_TOGETHER = 4\n"
        "X, y = make_classification(800, n_features=8, n_informative=4, flip_y=0.05, random_state=0)\n"
        "net = SequentialClassifier((16,), max_epochs=3, device='cpu')\n"
        "def told(original):\n"
        "    def fit(*args):\n"
        "        fits = original(*args)\n"
        "        print('fits', *(trial.key for trial in args[-2]), flush=True)\n"
        "        return fits\n"
        "    return fit\n"
        "_trainers.train_together = told(_trainers.train_together)\n"
        "print('on', flush=True)\n"
        "LabelAudit(net, epsilons=np.arange(1, 21), n_repeats=2, n_canaries=100, random_state=0,\n"
        f"           cache_dir={str(tmp_path)!r}).fit(X, y)\n"
    )
    rng, lines = np.random.RandomState(0), []
    for _ in range(2):
        run = start_python(code, stdout=subprocess.PIPE)
        assert run.stdout.readline() == "on\n"
        lines += [run.stdout.readline() for _ in range(2)]
        time.sleep(rng.uniform(0.0, 0.2))
        os.kill(run.pid, signal.SIGKILL)
        lines += run.communicate()[0].splitlines(keepends=True)
    lines += subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines(True)
    lines = [line for line in lines if line.startswith("fits")]
    assert len(set(lines)) == 10  # the groups are always the same
    assert len(lines) <= 10 + 3  # and each kill costs one at most
    whole = LabelAudit(clone(NET).set_params(precision="auto"), epsilons=np.arange(1, 21), n_repeats=2, n_canaries=100,
                       random_state=0)  # fmt: skip
    stored = clone(whole).set_params(cache_dir=tmp_path)
    monkeypatch.setattr(_trainers, "_MOST_TOGETHER", 4)
    assert same(stored.fit(*rows), whole.fit(*rows))


@pytest.mark.parametrize("n_fits", [2, 35], ids=["one each", "many each"])
def test_ctrl_c_reaches_trainings_in_threads(n_fits, start_python):
    """Two seconds after the signal no thread trains any more; how often they asked whether to go on is counted."""
    code = (
        "import time\n"
        "import numpy as np\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn_blia.audit import LabelAudit, _concurrency\n"
        "from sklearn_blia.neural import SequentialClassifier\n"
        "X, y = make_classification(20000, random_state=0)\n"
        "check, steps = _concurrency.SideBySide.check, []\n"
        "def counted(self):\n"
        "    steps.append(1)\n"
        "    if len(steps) == 10:\n"
        "        print('on', flush=True)\n"
        "    check(self)\n"
        "_concurrency.SideBySide.check = counted\n"
        "try:\n"
        f"    LabelAudit(SequentialClassifier(max_epochs=1000), epsilons=np.arange({n_fits}), n_repeats=1,\n"
        "               n_jobs=2).fit(X, y)\n"
        "except KeyboardInterrupt:\n"
        "    time.sleep(2)\n"
        "    before = len(steps)\n"
        "    time.sleep(1)\n"
        "    print('interrupted', len(steps) - before, flush=True)\n"
    )
    run = start_python(code, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert run.stdout.readline() == "on\n"
    run.send_signal(signal.SIGINT)
    started = time.monotonic()
    assert run.communicate(timeout=30)[0] == "interrupted 0\n"
    assert time.monotonic() - started < 3 + 2 + 3  # what the code waits, two seconds, and three for a busy machine
    assert run.returncode == 0


def test_every_backend_does(rows):
    model, here = LogisticRegression(), audit(LogisticRegression()).fit(*rows)
    for backend in ("threading", "multiprocessing", "loky"):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            assert same(audit(model).fit(*rows), here), backend


def test_scikit_learns_configuration_reaches_the_threads(rows):
    pick = FunctionTransformer(lambda frame: frame.loc[:, ["x0", "x1"]])
    with config_context(transform_output="pandas"):
        found = audit(make_pipeline(StandardScaler(), pick, NET), n_jobs=2).fit(*rows)
    assert found.engine_.startswith("batched")
    assert not found.errors_


def test_labels_without_a_class_are_trained_by_themselves():
    """Nine rows of a third class, most of them canaries: some fits see none of it."""
    X, y = make_classification(400, n_features=8, random_state=0)
    y[:8] = 2
    settings = {"epsilons": [np.inf], "n_repeats": 8, "n_canaries": 299}
    batched, loop = (audit(engine=engine, **settings).fit(X, y) for engine in ("batched", "loop"))
    assert same(batched, loop)


def test_how_many_canaries_there_are(rows):
    assert audit(epsilons=[1], n_canaries=None, planter=CanaryFlipper(0.29)).fit(*rows).n_canaries_ == 174  # of 600
    with pytest.raises(ValueError, match="give one of them"):
        audit(planter=CanaryFlipper()).fit(*rows)
    with pytest.raises(ValueError, match=r"fraction=0\.001 of 600 row"):
        audit(planter=CanaryFlipper(0.001), n_canaries=None).fit(*rows)


def test_a_cluster_of_two_processes(rows):
    """Same numbers as here, and the rows travel once, not with every fit."""
    distributed = pytest.importorskip("distributed")
    from joblib._dask import DaskDistributedBackend  # noqa: F401  # registers the backend

    X, y = rows
    here = audit(LogisticRegression(), n_repeats=4).fit(X, y)
    nets = audit().fit(X, y)
    sent = []
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        scatter = client.scatter

        def counted(data, *args, **kwargs):
            sent.append(getattr(data, "shape", None))
            return scatter(data, *args, **kwargs)

        client.scatter = counted
        with joblib.parallel_config(backend="dask"):
            assert same(audit(LogisticRegression(), n_repeats=4).fit(X, y), here)
            assert sent.count((600, 8)) == 2  # with the first fit, and once for all others
            assert same(audit(n_jobs=2).fit(X, y), nets)
        assert len(set(client.run(os.getpid).values())) == 2


class Dies(ClassifierMixin, BaseEstimator):
    """Takes its process along for some seeds."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        if self.random_state % 3 == 0:
            os._exit(1)
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_a_clusters_worker_that_dies_costs_its_own_fit_alone(rows):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        found = audit(Dies(), epsilons=[1], n_repeats=6).fit(*rows)
    assert 0 < len(found.errors_) < 6
    assert all("worker process died" in error for error in found.errors_.values())


def test_failures_are_told_with_their_type():
    assert Failure.of(MemoryError("no room")).error == "MemoryError: no room"
