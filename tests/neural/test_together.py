"""Classifiers fitted together are the classifiers that fit gives alone."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import LRScheduler

from sklearn_blia.neural import (
    CNNClassifier,
    PretrainedTransformerClassifier,
    ResNet18Classifier,
    RNNClassifier,
    SequentialClassifier,
    TransformerClassifier,
)
from sklearn_blia.neural._threads import divided_threads

SEEDS = [3, 4, 5]
RNG = np.random.RandomState(0)
N = 300
TABLE = RNG.standard_normal((N, 8))
IMAGES = RNG.randint(0, 256, (N, 8, 8, 3)).astype(np.uint8)
IDS = RNG.randint(1, 40, (N, 11)) * (np.arange(11) < RNG.randint(0, 12, (N, 1)))  # some rows are empty,
IDS[::7, 2] = 0  # and some have a padding inside
LABELS = np.array(["a", "b", "c"])[RNG.randint(3, size=(len(SEEDS), N))]
CASES = {
    "MLP": (SequentialClassifier((16, 8)), TABLE),
    "MLP, SGD with momentum": (SequentialClassifier((16,), optimizer="sgd", lr=0.05, weight_decay=0.01), TABLE),
    "MLP, AdamW, no hidden layer": (SequentialClassifier((), optimizer="adamw", weight_decay=0.1), TABLE),
    "MLP, a sparse table": (SequentialClassifier((16, 8)), TABLE * (RNG.random_sample(TABLE.shape) < 0.2)),
    "CNN": (CNNClassifier((4, 8), hidden_size=16), IMAGES),
    "CNN, grey": (CNNClassifier((4,), hidden_size=16), IMAGES[..., 0]),
    "GRU": (RNNClassifier(embedding_size=8, hidden_size=8), IDS),
    "LSTM, two layers": (RNNClassifier(cell="lstm", n_layers=2, embedding_size=8, hidden_size=8), IDS),
    "GRU, forwards": (RNNClassifier(bidirectional=False, n_layers=2, embedding_size=8, hidden_size=8), IDS),
}


@pytest.fixture(autouse=True, params=["compiled", "stacked"])
def loop(request, monkeypatch):
    """Perceptrons are trained by either loop; others by the stacked one alone."""
    if request.param == "stacked":
        monkeypatch.setattr("sklearn_blia.neural._together.is_compilable", lambda nets: False)
    elif "case" in request.fixturenames and "MLP" not in request.getfixturevalue("case"):
        pytest.skip("no perceptron")
    return request.param


def alone(model, X):
    return [clone(model).set_params(random_state=seed).fit(X, y) for seed, y in zip(SEEDS, LABELS, strict=True)]


def largest_difference(first, second, X):
    pairs = zip(first, second, strict=True)
    return max(np.abs(a.predict_proba(X) - b.predict_proba(X)).max() for a, b in pairs)


@pytest.mark.parametrize("case", CASES)
def test_double_precision_three_epochs(case):
    model, X = CASES[case]
    model = clone(model).set_params(precision="float64", max_epochs=3, batch_size=64)  # the last batch is smaller
    together, single = model.fit_together(X, LABELS, SEEDS), alone(model, X)
    assert largest_difference(together, single, X) < 1e-8
    assert largest_difference(together[:1], together[1:2], X) > 1e-3  # and they are not all the same
    for a, b in zip(together, single, strict=True):
        assert a.get_params() == b.get_params()
        assert a.net_.history[:, "train_loss"] == pytest.approx(b.net_.history[:, "train_loss"])
        assert vars(a).keys() == vars(b).keys()
    # Optimiser and random stream are where training alone leaves them.
    going_on = [[m.partial_fit(X, y) for m, y in zip(ms, LABELS, strict=True)] for ms in (together, single)]
    assert largest_difference(*going_on, X) < 1e-8


@pytest.mark.parametrize("case", CASES)
def test_single_precision_fifty_steps(case):
    model, X = CASES[case]
    model = clone(model).set_params(max_epochs=1, batch_size=6)
    assert largest_difference(model.fit_together(X, LABELS, SEEDS), alone(model, X), X) < 1e-4


def test_mixed_precision_within_its_rounding():
    model = SequentialClassifier((16,), max_epochs=2, precision="bfloat16")
    assert largest_difference(model.fit_together(TABLE, LABELS, SEEDS), alone(model, TABLE), TABLE) < 0.02


def test_nothing_of_the_callers_is_touched():
    X, before, state = TABLE.copy(), TABLE.copy(), torch.get_rng_state()
    model = SequentialClassifier((4,), max_epochs=1)
    model.fit_together(X, LABELS, SEEDS)
    assert not hasattr(model, "net_")
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (ResNet18Classifier(), "batch normalisation"),
        (TransformerClassifier(), "attention"),
        (PretrainedTransformerClassifier("x"), "dropout"),
        (CNNClassifier(dropout=0.1), "dropout=0.1"),
        (RNNClassifier(dropout=0.1), "dropout=0.1"),
        (SequentialClassifier(early_stopping=True), "early_stopping=True"),
        (SequentialClassifier(callbacks=[("lr", LRScheduler)]), "callbacks"),
        (SequentialClassifier(warm_start=True), "warm_start=True"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(model, reason):
    assert reason in model.why_not_together()
    with pytest.raises(ValueError, match=reason):
        model.fit_together(TABLE, LABELS, SEEDS)


def test_bad_input():
    model = SequentialClassifier((4,), max_epochs=1)
    with pytest.raises(ValueError, match=r"labels of shape \(3, 300\) and 2 random_states"):
        model.fit_together(TABLE, LABELS, SEEDS[:2])
    with pytest.raises(ValueError, match="labels must be of shape"):
        model.fit_together(TABLE, LABELS[0], SEEDS)
    with pytest.raises(ValueError, match=r"labels\[1\] holds the classes"):
        model.fit_together(TABLE, np.stack([LABELS[0], np.where(LABELS[1] == "c", "a", LABELS[1])]), [1, 2])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        model.fit_together(TABLE[:-1], LABELS, SEEDS)
    with pytest.raises(ValueError, match="'lr' parameter"):
        SequentialClassifier(lr=-1.0).fit_together(TABLE, LABELS, SEEDS)


def test_one_diverges_and_the_others_do_not(monkeypatch):
    make = SequentialClassifier._make_net

    def broken(self, device):
        net = make(self, device)
        if self.random_state == 4:
            net.initialize()
            net.module_[0].weight.data[0, 0] = np.inf
            net.initialize = lambda: net
        return net

    monkeypatch.setattr(SequentialClassifier, "_make_net", broken)
    model = SequentialClassifier((8,), max_epochs=2)
    with pytest.raises(ValueError, match="Training diverged: the loss is nan in epoch 1"):
        model.fit_together(TABLE, LABELS, SEEDS)
    models = model.fit_together(TABLE, LABELS, SEEDS, return_exceptions=True)
    assert isinstance(models[1], ValueError)
    monkeypatch.undo()
    kept = [models[0], models[2]]
    assert largest_difference(kept, [alone(model, TABLE)[i] for i in (0, 2)], TABLE) < 1e-4


def test_it_can_be_ended_from_outside():
    batches = []

    def on_batch():
        batches.append(1)
        if len(batches) == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SequentialClassifier().fit_together(TABLE, LABELS, SEEDS, on_batch=on_batch)
    assert len(batches) == 7


def test_a_subclass_that_trains_its_own_way_is_left_alone():
    class Mine(SequentialClassifier):
        pass

    assert "subclass" in Mine().why_not_together()


def test_overlapping_blocks_give_torch_its_threads_back():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        first, second = divided_threads(2), divided_threads(4)
        first.__enter__()
        assert torch.get_num_threads() == 2
        second.__enter__()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)
