"""The compiled loop: when it is taken, and that it ends when it should."""

import sys

import numpy as np
import pytest
import torch

import sklearn_blia.neural
from sklearn_blia.neural import CNNClassifier, SequentialClassifier, _compiled, _together
from sklearn_blia.neural._compiled import is_compilable

RNG = np.random.RandomState(0)
TABLE, LABELS = RNG.standard_normal((300, 8)), RNG.randint(2, size=(3, 300))


def nets_of(model, n_nets=3, X=TABLE):
    return [model.set_params(max_epochs=1).fit(X[:20], LABELS[0, :20]).net_ for _ in range(n_nets)]


@pytest.mark.parametrize(
    ("model", "X", "expected"),
    [
        (SequentialClassifier((4,)), TABLE, True),
        (SequentialClassifier(()), TABLE, True),
        (SequentialClassifier((4, 3, 2), precision="float64", optimizer="sgd"), TABLE, True),
        (SequentialClassifier((4,), precision="bfloat16"), TABLE, False),
        (CNNClassifier((2,), hidden_size=4), RNG.randint(0, 256, (20, 8, 8, 3)).astype(np.uint8), False),
    ],
)
def test_perceptrons_on_the_cpu_are_compiled(model, X, expected):
    assert is_compilable(nets_of(model, 1, X)) is expected


def test_without_numba_the_stacked_engine_trains(monkeypatch):
    monkeypatch.setattr("sklearn_blia.neural._compiled._has_numba", lambda: False)
    assert not is_compilable(nets_of(SequentialClassifier((4,)), 1))


def test_a_numba_that_does_not_import_is_none(monkeypatch):
    """It refuses a NumPy that is newer than it knows, by an ImportError."""
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "sklearn_blia.neural._perceptron_loop", raising=False)
    monkeypatch.delattr(sklearn_blia.neural, "_perceptron_loop", raising=False)
    _compiled._has_numba.cache_clear()
    try:
        assert not is_compilable(nets_of(SequentialClassifier((4,)), 1))
        _compiled.compile_loop()
    finally:
        _compiled._has_numba.cache_clear()


def test_layers_without_bias_are_left_to_torch():
    net = nets_of(SequentialClassifier((4,)), 1)[0]
    net.module_[0] = torch.nn.Linear(8, 4, bias=False)
    assert not is_compilable([net])


def test_few_large_networks_are_left_to_torch(monkeypatch):
    monkeypatch.setattr("sklearn_blia.neural._compiled._LARGE", 10)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert not is_compilable(nets_of(SequentialClassifier((4,)), 1))
    assert is_compilable(nets_of(SequentialClassifier((4,)), 2))


@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_one_thread_raises_ends_all_and_is_what_the_caller_gets(n_threads, monkeypatch):
    calls = []

    def on_batch():
        calls.append(1)
        if len(calls) == 5:
            raise ZeroDivisionError("stop")

    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    model = SequentialClassifier((4,), max_epochs=10_000)
    with pytest.raises(ZeroDivisionError, match="stop"):
        model.fit_together(TABLE, LABELS, [0, 1, 2], on_batch=on_batch)
    assert len(calls) <= 6  # one more, of a thread that was about to call


def test_threads_change_nothing(monkeypatch):
    model, found = SequentialClassifier((4,), max_epochs=3), []
    for n_threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda n=n_threads: n)
        found.append([m.predict_proba(TABLE) for m in model.fit_together(TABLE, LABELS, [0, 1, 2])])
    np.testing.assert_array_equal(*found)


def test_a_long_call_can_be_ended_between_its_parts(monkeypatch):
    """A part is a whole number of minibatches, whatever their size, and parts change nothing."""
    calls = []
    model = SequentialClassifier((4,), batch_size=7, max_epochs=2)
    whole = [m.predict_proba(TABLE) for m in model.fit_together(TABLE, LABELS, [0, 1, 2])]
    monkeypatch.setattr("sklearn_blia.neural._compiled._OPERATIONS_A_CALL", 1)
    in_parts = model.fit_together(TABLE, LABELS, [0, 1, 2], on_batch=lambda: calls.append(1))
    assert len(calls) == 3 * 2 * -(-300 // 7)
    np.testing.assert_array_equal([m.predict_proba(TABLE) for m in in_parts], whole)


def test_the_compiled_loop_is_what_fit_together_takes(monkeypatch):
    taken = []
    monkeypatch.setattr(_together, "train_compiled", lambda *args: taken.append(1) or torch.zeros(1, 3))
    SequentialClassifier((4,), max_epochs=1).fit_together(TABLE, LABELS, [0, 1, 2])
    assert taken == [1]
