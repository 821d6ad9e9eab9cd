"""DP-SGD: the account, the training, and what is left behind."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, PrivacyClaim, forget
from sklearn_blia.defences import DPSGDClassifier, epsilon_of_dp_sgd, noise_multiplier_for

pytest.importorskip("dp_accounting", reason="DP-SGD needs the extra dp")
pytest.importorskip("opacus", reason="DP-SGD needs the extra dp")

import torch

from sklearn_blia.neural import CNNClassifier, ResNet18Classifier, RNNClassifier, SequentialClassifier, _private
from sklearn_blia.neural._private import _generator

NET = SequentialClassifier((8,), max_epochs=3, batch_size=100, lr=0.01, device="cpu")


@pytest.mark.parametrize(
    ("sigma", "rate", "steps", "expected"),
    [(1.0, 0.01, 1000, 2.84), (2.0, 0.02, 1500, 3.28), (1.1, 256 / 60000, 14000, 4.22)],
)
def test_published_accounts_of_replaced_rows(sigma, rate, steps, expected):
    """Other people's figures for replace-one; add-or-remove says 1.83, 1.66 and 2.39."""
    assert epsilon_of_dp_sgd(sigma, 1e-5, rate, steps) == pytest.approx(expected, abs=0.02)


def test_one_step_of_all_rows_is_the_gaussian_mechanism_of_sensitivity_two():
    """Balle and Wang 2018, Theorem 8. dp-accounting's Renyi accountant says 2.17 for sigma = 2, and 4.38 is true."""
    epsilon = epsilon_of_dp_sgd(2.0, 1e-5, 1.0, 1)
    mu = 2 / 2.0
    spent = stats.norm.cdf(mu / 2 - epsilon / mu) - np.exp(epsilon) * stats.norm.cdf(-mu / 2 - epsilon / mu)
    assert spent == pytest.approx(1e-5, rel=0.02)
    assert epsilon == pytest.approx(4.38, abs=0.01)


def test_noise_is_enough_and_not_much_more():
    sigma = noise_multiplier_for(1.0, 1e-5, 0.05, 60)
    assert 0.99 < epsilon_of_dp_sgd(sigma, 1e-5, 0.05, 60) <= 1.0
    assert noise_multiplier_for(np.inf, 1e-5, 0.05, 60) == 0


def test_what_is_promised_is_what_was_trained(data):
    model = DPSGDClassifier(NET, 2.0, 1e-4, random_state=0).fit(*data)
    assert model.privacy_claim_ == PrivacyClaim(2.0, 1e-4)
    assert (model.sample_rate_, model.n_steps_) == (1 / 6, 18)
    assert epsilon_of_dp_sgd(model.noise_multiplier_, 1e-4, 1 / 6, 18) <= 2.0


@pytest.mark.parametrize("kind", ["table", "images"])
def test_a_step_is_clipped_gradients_plus_noise(data, kind):
    """Without noise, one step of all rows, plain SGD: the mean of gradients that have a norm of at most C, by hand."""
    X, y = data
    X = X.astype(np.float32)
    rows = torch.from_numpy(X)
    options = {"max_epochs": 1, "batch_size": 600, "lr": 1.0, "optimizer": "sgd", "momentum": 0.0, "device": "cpu"}
    net = SequentialClassifier((4,), random_state=0, **options)
    if kind == "images":  # of 4 by 4, of three channels
        X = np.random.default_rng(0).normal(size=(600, 4, 4, 3)).astype(np.float32)
        rows = torch.from_numpy(X).movedim(3, 1)
        net = CNNClassifier((4, 5), hidden_size=6, random_state=0, **options)
    model = DPSGDClassifier(net, np.inf, max_grad_norm=0.1, random_state=0).fit(X, y)
    after = [p.detach().clone() for p in model.estimator_.net_.module_.parameters()]
    # The same first weights: a training of no length from the same seed.
    start = DPSGDClassifier(net, np.inf, max_grad_norm=1e-30, random_state=0).fit(X, y).estimator_.net_.module_
    total = [torch.zeros_like(p) for p in start.parameters()]
    for row, label in zip(rows, torch.from_numpy(y), strict=True):
        start.zero_grad()
        torch.nn.functional.cross_entropy(start(row[None]), label[None]).backward()
        norm = torch.sqrt(sum((p.grad**2).sum() for p in start.parameters()))
        for one, p in zip(total, start.parameters(), strict=True):
            one += p.grad * min(1.0, 0.1 / float(norm))
    for moved, first, gradient in zip(after, start.parameters(), total, strict=True):
        torch.testing.assert_close(moved, first - gradient / 600, atol=2e-6, rtol=1e-4)


def test_noise_has_the_promised_size(data):
    """Rows whose gradients are clipped to nothing: one step of SGD moves weights by noise alone, sd sigma C / n."""
    X, y = data
    net = SequentialClassifier(
        (64,), max_epochs=1, batch_size=600, lr=1.0, optimizer="sgd", device="cpu", random_state=0
    )
    moved = []
    for epsilon in (1.0, np.inf):
        model = DPSGDClassifier(net, epsilon, max_grad_norm=1.0, random_state=0)
        model.fit(np.zeros_like(X), y)
        moved.append(model.estimator_.net_.module_[0].weight.detach().numpy())
    # Rows of zeros have no gradient in the first weights.
    noise = (moved[0] - moved[1]).ravel()
    sd = noise_multiplier_for(1.0, 1e-5, 1.0, 1) / 600
    assert stats.chi2.cdf(np.sum(noise**2) / sd**2, len(noise)) == pytest.approx(0.5, abs=0.49999)


def test_nothing_of_single_rows_is_left(data):
    model = DPSGDClassifier(NET, 2.0, random_state=0).fit(*data)
    for parameter in model.estimator_.net_.module_.parameters():
        assert vars(parameter) == {}
        assert parameter.grad is None
    assert not model.estimator_.net_.module_._forward_hooks


def test_nothing_is_left_that_the_noise_could_be_drawn_from(data):
    """Two fits without a seed differ; whatever a pickle of one holds, nothing in it is a generator or its state."""
    net = clone(NET).set_params(random_state=0)
    first, second = (DPSGDClassifier(net, 2.0).fit(*data) for _ in range(2))
    assert not np.array_equal(first.predict_proba(data[0]), second.predict_proba(data[0]))
    held = [("estimator_", first)]
    states = (np.random.Generator, np.random.BitGenerator, np.random.RandomState, torch.Generator)
    seen = set()
    while held:
        name, one = held.pop()
        assert not isinstance(one, states), name
        if id(one) not in seen and hasattr(one, "__dict__") and not isinstance(one, type):
            seen.add(id(one))
            held += list(vars(one).items())
    assert not hasattr(first.estimator_, "_stream")
    seeded = forget(DPSGDClassifier(net, 2.0, random_state=1234567).fit(*data))
    assert b"1234567" not in repr(vars(seeded)).encode() + repr(vars(seeded.estimator_)).encode()


def test_seeds_have_128_bits():
    keys = {_generator(seed).bit_generator.state["state"]["key"].tobytes() for seed in (None, None, 0, 2**31 - 1)}
    assert len(keys) == 4
    assert all(len(key) == 16 for key in keys)


def test_a_private_training_does_not_go_on(data):
    model = DPSGDClassifier(NET, 2.0).fit(*data).estimator_
    with pytest.raises(ValueError, match="has spent what it promised"):
        model.partial_fit(*data)
    model.fit(*data)
    model.partial_fit(*data)


def steps_of(model, data):
    """What each step of a training takes: masks of rows, and the weights before and after it."""
    taken, weights = [], []
    step = _private._step

    def noted(module, optimizer, rows, mask, device):
        before = torch.cat([p.detach().ravel().clone() for p in module.parameters()])
        step(module, optimizer, rows, mask, device)
        taken.append(mask)
        weights.append((before, torch.cat([p.detach().ravel().clone() for p in module.parameters()])))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_private, "_step", noted)
        model.fit(*data)
    return np.array(taken), weights


def test_rows_are_taken_by_coins(data):
    """Poisson sampling: 600 rows with 1/6 each in 90 steps. Counts of rows and of steps: chi-squared, p > 1e-5."""
    net = clone(NET).set_params(max_epochs=15)
    taken, _ = steps_of(DPSGDClassifier(net, 8.0, random_state=0), data)
    assert taken.shape == (90, 600)
    rate = 1 / 6
    for counts, n in ((taken.sum(axis=1), 600), (taken.sum(axis=0), 90)):
        spread = np.sum((counts - n * rate) ** 2) / (n * rate * (1 - rate))
        assert 1e-5 < stats.chi2.sf(spread, len(counts)) < 1 - 1e-5


def test_steps_without_a_row_add_noise(data):
    """600 rows, one on average: a third of the steps takes none, and moves the weights by noise of sigma C / 1."""
    net = SequentialClassifier(
        (4,), max_epochs=1, batch_size=1, lr=1.0, optimizer="sgd", momentum=0.0, device="cpu", random_state=0
    )
    model = DPSGDClassifier(net, 8.0, random_state=0)
    taken, weights = steps_of(model, data)
    empty = np.flatnonzero(~taken.any(axis=1))
    assert abs(len(empty) / 600 - np.exp(-1)) < 4.5 * np.sqrt(0.25 / 600)
    moved = np.concatenate([(after - before).numpy() for before, after in (weights[step] for step in empty)])
    spread = np.sum((moved / model.noise_multiplier_) ** 2)
    assert 1e-5 < stats.chi2.sf(spread, len(moved)) < 1 - 1e-5


def test_whether_a_training_diverges_hangs_on_no_single_row(data):
    """A row whose gradient is no number has none; a loss that is none is nobody's business."""
    X, y = data[0].copy(), data[1]
    X[0] = 3e38
    model = DPSGDClassifier(clone(NET).set_params(max_epochs=20), 8.0, random_state=0).fit(X, y)
    assert all(torch.isfinite(p).all() for p in model.estimator_.net_.module_.parameters())


def test_behind_transformers_and_in_an_audit(data):
    X, y = data
    model = DPSGDClassifier(make_pipeline(StandardScaler(), NET))
    audit = LabelAudit(model, mechanism=None, epsilons=[4.0], n_repeats=1, n_canaries=50, random_state=0).fit(X, y)
    assert not audit.errors_
    assert not audit.results_["claim_refuted"].any()
    assert "epsilon = 4" in str(audit.report_)


def test_batch_normalisation_is_refused_with_the_way_out():
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 8, 8)), np.arange(40) % 2
    net = ResNet18Classifier(width=4, max_epochs=1, batch_size=20, device="cpu")
    with pytest.raises(ValueError, match=r"BatchNorm.*group_norm=True"):
        DPSGDClassifier(net).fit(X, y)
    model = DPSGDClassifier(net, group_norm=True, random_state=0).fit(X, y)
    assert any(isinstance(part, torch.nn.GroupNorm) for part in model.estimator_.net_.module_.modules())
    assert model.predict_proba(X).shape == (40, 2)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (DecisionTreeClassifier(), "DecisionTreeClassifier cannot be trained by DP-SGD"),
        (SequentialClassifier((4,), early_stopping=True), "early_stopping=True looks at labels"),
        (SequentialClassifier((4,), warm_start=True), "no warm_start"),
    ],
)
def test_slips(data, estimator, message):
    with pytest.raises(ValueError, match=message):
        DPSGDClassifier(estimator).fit(*data)


def test_recurrent_networks_are_told():
    X = np.random.default_rng(0).integers(1, 5, size=(40, 6))
    with pytest.raises(ValueError, match="without gradients of single rows"):
        DPSGDClassifier(RNNClassifier(max_epochs=1, device="cpu")).fit(X, np.arange(40) % 2)
