"""What all neural classifiers share, shown on the one for tables."""

import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from skorch.callbacks import Callback, EpochScoring, GradientNormClipping, LRScheduler

from sklearn_blia import CanaryFlipper, make_label_pipeline
from sklearn_blia.canaries import find_canaries
from sklearn_blia.neural import SequentialClassifier
from sklearn_blia.neural._net import Net

SMALL = SequentialClassifier((16,), max_epochs=3, random_state=0)


def small(**params):
    return clone(SMALL).set_params(**params)


def same_nets(first, second):
    pairs = zip(first.net_.module_.parameters(), second.net_.module_.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_watched_batches_train_the_same_net(data):
    """A callback that looks at batches brings skorch's own loop; the arithmetic is the same to the last bit."""

    class Watch(Callback):
        batches = 0

        def on_batch_end(self, net, training, **kwargs):
            self.batches += training

    watched = small(callbacks=[("watch", Watch())]).fit(*data)
    assert dict(watched.net_.callbacks_)["watch"].batches == 3 * 10  # 600 rows, 64 a batch
    assert same_nets(watched, small().fit(*data))
    losses = [m.net_.history[:, "train_loss"] for m in (watched, small().fit(*data))]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_callbacks_are_copied_and_work(data):
    class Rates(Callback):
        def __init__(self):
            self.seen = []

        def on_epoch_begin(self, net, **kwargs):
            self.seen.append(net.optimizer_.param_groups[0]["lr"])

    rates = Rates()
    schedule = LRScheduler(policy="StepLR", step_size=1, gamma=0.1)
    model = small(callbacks=[schedule, GradientNormClipping(1.0), rates]).fit(*data)
    assert rates.seen == []
    seen = next(callback for _, callback in model.net_.callbacks_ if isinstance(callback, Rates)).seen
    np.testing.assert_allclose(seen, [1e-3, 1e-4, 1e-5])


def test_weights_are_repetitions_in_one_batch_and_zeros_are_absent(data):
    X, y = data
    weights = np.arange(600) % 4
    params = {"batch_size": 2000, "precision": "float64"}
    weighted = small(**params).fit(X, y, sample_weight=weights)
    repeated = small(**params).fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-9)


@pytest.mark.portable
def test_weights_move_the_probabilities_over_many_batches(data):
    """Nine to one for a class that half of the rows have moves three nets by more than four standard errors of a
    share of 600 rows, .08. A net that knew the shares alone would go from .5 to .9.
    """
    X, y = data
    moved = []
    for seed in range(3):
        model = small(max_epochs=10, random_state=seed)
        shares = [
            clone(model).fit(X, y, sample_weight=weights).predict_proba(X)[:, 1].mean()
            for weights in (None, np.where(y == 1, 9.0, 1.0))
        ]
        moved.append(shares[1] - shares[0])
    assert np.mean(moved) > 4 * np.sqrt(0.25 / 600)


def test_warm_start_goes_on_where_it_stopped(data):
    warm = small(warm_start=True).fit(*data)
    assert same_nets(warm, small().fit(*data))
    warm.set_params(max_epochs=4).fit(*data)
    assert same_nets(warm, small(max_epochs=7).fit(*data))
    assert len(warm.net_.history) == 7


def test_a_pickled_net_goes_on_as_well(data):
    warm = pickle.loads(pickle.dumps(small(warm_start=True).fit(*data))).fit(*data)
    assert same_nets(warm, small(max_epochs=6).fit(*data))


def test_partial_fit_is_one_epoch(data):
    X, y = data
    model = small().partial_fit(X, y)
    for _ in range(2):
        model.partial_fit(X, y)
    assert same_nets(model, small().fit(X, y))


def test_partial_fit_knows_the_classes_it_was_told(data):
    X, y = data
    model = small().partial_fit(X[y == 0], y[y == 0], classes=[0, 1, 2]).partial_fit(X, y)
    assert model.predict_proba(X).shape == (600, 3)
    with pytest.raises(ValueError, match=r"y holds the label 7, which is not in classes_=\[0, 1, 2\].*partial_fit"):
        model.partial_fit(X, np.full(600, 7))
    with pytest.raises(ValueError, match="early_stopping=False"):
        small(early_stopping=True).partial_fit(X, y)


def test_learning_rate_may_change_between_fits(data):
    model = small(warm_start=True).fit(*data)
    before = [p.clone() for p in model.net_.module_.parameters()]
    model.set_params(lr=1e-12).fit(*data)
    for old, new in zip(before, model.net_.module_.parameters(), strict=True):
        torch.testing.assert_close(old, new, rtol=0, atol=1e-9)


@pytest.mark.portable
def test_early_stopping_keeps_the_best_epoch(data):
    """On random labels the loss of rows held out only rises, while training goes on to memorize.

    A net that learnt nothing has a loss of log 2 = .69 a row, one that stores the labels is on its way to 0. A row's
    loss between 0 and 2 log 2 has a standard deviation of log 2 at most, and the mean of 600 a standard error of .028.
    """
    X, _ = data
    y = np.random.RandomState(0).randint(2, size=600)
    gains = []
    for seed in range(3):
        longer = small(hidden_layer_sizes=(128,), max_epochs=100, lr=0.01, random_state=seed)
        model = clone(longer).set_params(max_epochs=300, early_stopping=True, n_iter_no_change=5).fit(X, y)
        losses = model.net_.history[:, "valid_loss"]
        assert len(losses) < 100
        assert int(np.argmin(losses)) == len(losses) - 1 - 5
        assert model.net_.train_split is None  # nothing of the held-out rows stays in the net
        gains.append(log_loss(y, model.predict_proba(X)) - log_loss(y, longer.fit(X, y).predict_proba(X)))
    assert np.mean(gains) > 4 * np.log(2) / np.sqrt(600)  # .11, over three nets


def test_rows_held_out_are_a_tenth_of_every_class(data):
    X, y = data
    model = small(early_stopping=True)
    model._seeds, model.classes_ = [0, 0], np.array([0, 1])
    train, held_out = model._hold_out(X.astype(np.float32), y.astype(np.int64), None)
    assert (len(train), len(held_out)) == (540, 60)
    assert abs(int(held_out.codes.sum()) - y.sum() / 10) < 1


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_types_of_a_precision(data, precision):
    X, y = data
    model = small(precision=precision).fit(X, y)
    types = (torch.float64, np.float64) if precision == "float64" else (torch.float32, np.float32)
    assert (model.net_.module_[0].weight.dtype, model.predict_proba(X).dtype) == types


def test_mixed_precision_agrees_within_its_rounding(data):
    """bfloat16 has 8 bits: products are off by 2**-8, and so are the gradients of three epochs."""
    X, y = data
    mixed = small(precision="bfloat16").fit(X, y).predict_proba(X)
    single = small().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(mixed, single, atol=0.05)
    assert (mixed != single).any()


def test_double_precision_is_single_precision_with_less_rounding(data):
    """From equal initial weights the two nets stay together for a few steps."""
    X, y = data
    single = small(max_epochs=1, batch_size=600).fit(X, y)
    double = small(max_epochs=1, batch_size=600, precision="float64").fit(X, y)
    np.testing.assert_allclose(double.predict_proba(X), single.predict_proba(X), rtol=1e-4)


def test_optimizers_differ_and_momentum_is_for_sgd(data):
    fits = {name: small(optimizer=name, weight_decay=0.1).fit(*data) for name in ("adam", "adamw", "sgd")}
    probas = [model.predict_proba(data[0]) for model in fits.values()]
    assert len({proba.tobytes() for proba in probas}) == 3
    assert not same_nets(fits["sgd"], small(optimizer="sgd", weight_decay=0.1, momentum=0.0).fit(*data))
    assert same_nets(fits["adam"], small(optimizer="adam", weight_decay=0.1, momentum=0.0).fit(*data))


def test_silent_and_telling(data, capfd):
    small().fit(*data)
    assert capfd.readouterr() == ("", "")
    small(verbose=1).fit(*data)  # no terminal here: one line an epoch
    out = capfd.readouterr().out
    assert "train_loss" in out
    assert "\x1b" not in out
    assert len([line for line in out.splitlines() if line.strip()[:1].isdigit()]) == 3


def test_bar_on_a_terminal(data, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    model = small(verbose=1).fit(*data)
    captured = capsys.readouterr()
    assert "3/3" in captured.err
    assert "train_loss" in captured.err
    assert captured.out == ""
    pickle.loads(pickle.dumps(model))


def test_control_c_goes_through(data, monkeypatch):
    """skorch would keep the half-trained net and say nothing."""

    def interrupted(self, batches):
        raise KeyboardInterrupt

    monkeypatch.setattr(Net, "_train_one_epoch", interrupted)
    model = small()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data)
    assert not hasattr(model, "net_")


def test_control_c_from_outside(start_python):
    code = (
        "from sklearn.datasets import make_classification\n"
        "from sklearn_blia.neural import SequentialClassifier\n"
        "model = SequentialClassifier(max_epochs=10**9)\n"
        "X, y = make_classification(1000, random_state=0)\n"
        "print('on', flush=True)\n"
        "model.fit(X, y)\n"
    )
    run = start_python(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout.readline() == "on\n"
    time.sleep(1)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode != 0
    assert "KeyboardInterrupt" in err


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_tells_the_fix(data, monkeypatch, error):
    def out_of_memory(self, batches):
        raise error

    monkeypatch.setattr(Net, "_train_one_epoch", out_of_memory)
    with pytest.raises(MemoryError, match=r"memory of device 'cpu' does not suffice: lower batch_size=64"):
        small().fit(*data)


def test_other_runtime_errors_are_left_alone(data, monkeypatch):
    def broken(self, batches):
        raise RuntimeError("something else")

    monkeypatch.setattr(Net, "_train_one_epoch", broken)
    with pytest.raises(RuntimeError, match="something else"):
        small().fit(*data)


def test_a_real_allocation_that_cannot_be(data):
    """A hidden layer of 10**12 units: the allocator's own message is recognised."""
    with pytest.raises(MemoryError, match="take a smaller network"):
        small(hidden_layer_sizes=(10**12,)).fit(*data)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_no_gpu(data):
    assert small(device="auto").fit(*data).net_.device == "cpu"
    with pytest.raises(ValueError, match=r"device='cuda' is not to be had here.*device='auto'"):
        small(device="cuda").fit(*data)


def test_bad_rows(data):
    X, y = data
    with_gap = X.copy()
    with_gap[3, 2] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        small().fit(with_gap, y)
    with pytest.raises(ValueError, match=r"y has only one class, 0.*stratify the split"):
        small().fit(X, np.zeros(600, int))


def test_a_class_missing_from_a_fold(data):
    """A fold without a class gives a classifier of the classes it saw, as scikit-learn's own do."""
    X, y = data
    y = np.where(np.arange(600) < 10, 2, y)
    assert small().fit(X[10:], y[10:]).classes_.tolist() == [0, 1]


def test_weights_go_through_a_label_pipeline(data):
    X, y = data
    model = make_label_pipeline(CanaryFlipper(0.1, random_state=0), small())
    model.fit(X, y, sequentialclassifier__sample_weight=np.ones(600))
    assert same_nets(
        model.steps_[-1][1], make_label_pipeline(CanaryFlipper(0.1, random_state=0), small()).fit(X, y).steps_[-1][1]
    )
    assert len(find_canaries(model).canaries) == 60


def test_control_c_within_a_callback_goes_through(data):
    """The exception is the one by which skorch's callbacks stop; the signal tells the two apart."""

    class Signal(Callback):
        def on_epoch_end(self, net, **kwargs):
            signal.raise_signal(signal.SIGINT)

    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # the shell may have had it ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            small(callbacks=[Signal()]).fit(*data)
        assert len(small(callbacks=[Stop()]).fit(*data).net_.history) == 1
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_failed_fit_leaves_no_labels_behind(data):
    X, y = data
    model = small(warm_start=True, early_stopping=True, optimizer="sgd", lr=0.01).fit(X, y)
    with pytest.raises(ValueError, match="diverged"), np.errstate(over="ignore"):
        model.set_params(lr=1e30).fit(X * 1e6, y)
    assert model.net_.train_split is None


def test_a_failed_fit_is_no_fit(three_classes, data):
    """An old net would not go with the new classes."""
    model = small(optimizer="sgd", lr=0.01).fit(*data)
    with pytest.raises(ValueError, match="diverged"), np.errstate(over="ignore"):
        model.set_params(lr=1e30).fit(three_classes[0] * 1e6, three_classes[1])
    with pytest.raises(NotFittedError):
        model.predict(data[0])


def test_threads_take_turns(data):
    """The random streams of torch belong to the process."""
    alone = small().fit(*data)
    with ThreadPoolExecutor(3) as pool:
        fits = list(pool.map(lambda _: small().fit(*data), range(6)))
    assert all(same_nets(fit, alone) for fit in fits)


def test_going_on_follows_some_parameters_and_refuses_others(data):
    model = small(warm_start=True).fit(*data)
    for name, value in (("optimizer", "sgd"), ("precision", "float64"), ("hidden_layer_sizes", (5,))):
        other = pickle.loads(pickle.dumps(model)).set_params(**{name: value})
        with pytest.raises(ValueError, match=rf"keeps the network that it has, but {name}="):
            other.fit(*data)
    y = np.random.RandomState(0).randint(2, size=600)
    model.set_params(early_stopping=True, n_iter_no_change=1, max_epochs=500, lr=0.01).fit(data[0], y)
    assert len(model.net_.history) < 100


def test_later_calls_cannot_name_other_classes(data):
    model = small().partial_fit(*data, classes=[0, 1])
    model.partial_fit(*data, classes=[1, 0])
    with pytest.raises(ValueError, match=r"classes=\[0, 1, 2\] are not those of the first call"):
        model.partial_fit(*data, classes=[0, 1, 2])


def test_schedules_do_not_jump_back(data):
    """skorch starts a schedule anew with each call; from the rate that was reached, not from the first."""
    halving = [LRScheduler(policy="StepLR", step_size=1, gamma=0.5)]
    model = small(warm_start=True, callbacks=halving).fit(*data)
    reached = model.net_.optimizer_.param_groups[0]["lr"]
    assert reached == pytest.approx(1e-3 / 2**3)
    assert model.fit(*data).net_.optimizer_.param_groups[0]["lr"] <= reached / 2**3


@pytest.mark.parametrize("params", [{}, {"on_train": True}], ids=str)
def test_scoring_callbacks(data, params):
    model = small(callbacks=[("acc", EpochScoring("accuracy", **params))], early_stopping=True).fit(*data)
    assert all(0 <= epoch["accuracy"] <= 1 for epoch in model.net_.history)


def test_the_net_predicts_as_skorch_nets_do(data):
    X, y = data
    model = small().fit(X, y)
    np.testing.assert_allclose(model.net_.predict_proba(X.astype(np.float32)), model.predict_proba(X), atol=1e-6)


def test_rows_too_few_to_hold_out(data):
    X, _ = data
    with pytest.raises(ValueError, match=r"early_stopping cannot hold out validation_fraction=0.1 of the 4 rows"):
        small(early_stopping=True).fit(X[:4], [0, 1, 0, 1])


def test_no_device_of_that_name(data):
    with pytest.raises(ValueError, match="device='gpu' is no device of torch"):
        small(device="gpu").fit(*data)


def test_the_callers_rows_are_left_alone(data):
    X, y = data
    X = X.astype(np.float32)
    before = X.copy()
    model = small().fit(X, y)
    assert not any(np.shares_memory(X, p.detach().numpy()) for p in model.net_.module_.parameters())
    np.testing.assert_array_equal(X, before)
    X.flags.writeable = False
    np.testing.assert_array_equal(small().fit(X, y).predict_proba(X), model.predict_proba(X))


def test_a_fitted_net_predicts_in_its_own_precision(data):
    model = small().fit(*data)
    before = model.predict_proba(data[0])
    np.testing.assert_array_equal(model.set_params(precision="float64").predict_proba(data[0]), before)


def test_no_callbacks(data):
    with pytest.raises(ValueError, match=r"callbacks must hold skorch callbacks.*got 1"):
        small(callbacks=[1]).fit(*data)
