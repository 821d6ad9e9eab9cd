import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import LRScheduler

from sklearn_blia.neural import CNNClassifier, ResNet18Classifier
from sklearn_blia.neural._images import BaseImageClassifier, Standardize
from sklearn_blia.neural._resnet import ResNet18

DIGITS = load_digits()
SMALL = CNNClassifier((4,), hidden_size=16, max_epochs=2, random_state=0)


@pytest.fixture(scope="module")
def colour():
    """Bytes of colour images whose class is told by the red channel of the left half."""
    rng = np.random.RandomState(0)
    X = rng.randint(0, 120, size=(300, 8, 12, 3)).astype(np.uint8)
    y = rng.randint(2, size=300)
    X[y == 1, :, :6, 0] += 120
    return X, y


@pytest.mark.portable
@pytest.mark.parametrize(
    ("model", "n_train"),
    [
        (CNNClassifier((16, 32), max_epochs=80, batch_size=100, lr=0.003), 299),
        # The rate falls to nothing: at a constant one the last steps undo a part (scores of .9 to 1 over five seeds).
        (ResNet18Classifier(8, max_epochs=20, batch_size=50, lr=0.003,
                            callbacks=[LRScheduler(policy="CosineAnnealingLR", T_max=20)]), 199),
    ],
    ids=["cnn", "resnet18"],
)  # fmt: skip
def test_learns_and_memorizes_digits(model, n_train, three_audits, surely_above):
    """Right on more than half of the held-out digits, where the majority class is one in ten; more than half of the
    canaries are stored: SR above .75, which is half stored and a coin for the others. A net that stores all has 1.
    """
    found = three_audits(model, DIGITS.images, DIGITS.target, n_train, canaries=60)
    assert found.accuracy > surely_above(0.5, found.n_test)  # .57 of 900 rows, .56 of 1,200
    assert found.success_ratio > surely_above(0.75, found.n_canaries)  # .88 of 180 canaries


def test_one_image_in_three_forms():
    """(n, h, w), (n, h, w, 1) and flat rows are the same images; a DataFrame keeps its names."""
    X, y = DIGITS.images[:300], DIGITS.target[:300]
    flat = pd.DataFrame(X.reshape(300, -1)).rename(columns=str)
    models = [clone(SMALL).fit(form, y) for form in (X, X[..., None], X.tolist(), flat)]
    expected = models[0].predict_proba(X)
    for model in models[1:]:
        assert model.image_shape_ == (8, 8, 1)
        np.testing.assert_array_equal(model.predict_proba(X if model is not models[3] else flat), expected)
    assert models[3].feature_names_in_[0] == "0"
    np.testing.assert_array_equal(models[0].predict_proba(X.reshape(300, 64)), expected)  # and mixed


@pytest.mark.portable
def test_colour_is_learned(colour, surely_above):
    """Three nets do better than chance on 100 rows, which count once."""
    X, y = colour
    model = clone(SMALL).set_params(max_epochs=20, lr=0.01)
    scores = [clone(model).set_params(random_state=s).fit(X[:200], y[:200]).score(X[200:], y[200:]) for s in range(3)]
    assert np.mean(scores) > surely_above(0.5, 100)  # .70


def test_colour_bytes(colour):
    X, y = colour
    model = clone(SMALL).fit(X[:200], y[:200])
    assert model.image_shape_ == (8, 12, 3)
    np.testing.assert_allclose(model.channel_mean_, X[:200].mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(model.channel_scale_, X[:200].std(axis=(0, 1, 2)), rtol=1e-9)
    flat = clone(SMALL).set_params(image_shape=(8, 12, 3)).fit(X.reshape(300, -1), y)
    np.testing.assert_array_equal(flat.predict_proba(X), clone(SMALL).fit(X, y).predict_proba(X))


def test_flat_square_colour_images(colour):
    X, y = colour[0][:, :, :8], colour[1]
    flat = clone(SMALL).fit(X.reshape(300, -1), y)
    assert flat.image_shape_ == (8, 8, 3)
    np.testing.assert_array_equal(flat.predict_proba(X), clone(SMALL).fit(X, y).predict_proba(X))


def test_bytes_and_floats_agree(colour):
    X, y = colour
    probas = [clone(SMALL).fit(form, y).predict_proba(form) for form in (X, X.astype(float))]
    np.testing.assert_array_equal(*probas)


def test_units_of_the_pixels_do_not_matter(colour):
    X, y = colour
    probas = [clone(SMALL).fit(form, y).predict_proba(form) for form in (X.astype(float), X / 255)]
    np.testing.assert_allclose(*probas, rtol=1e-3)


def test_channels_last_changes_the_layout_alone(colour, monkeypatch):
    X, y = colour
    model = clone(SMALL).fit(X, y)
    assert model.net_.module_[1].weight.is_contiguous(memory_format=torch.channels_last)
    monkeypatch.setattr(BaseImageClassifier, "_channels_last", False)
    plain = clone(SMALL).fit(X, y)
    assert not plain.net_.module_[1].weight.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(X), atol=1e-4)


def test_standardize_is_a_plain_transformation():
    layer = Standardize(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    images = torch.full((1, 2, 3, 3), 5, dtype=torch.uint8)
    np.testing.assert_allclose(layer(images)[0, :, 0, 0], [2.0, 0.75])


def test_constant_channel(colour):
    X, y = colour
    X = X.copy()
    X[..., 2] = 7
    assert np.isfinite(clone(SMALL).fit(X, y).predict_proba(X)).all()


def test_resnet18_is_the_network_of_the_paper():
    """11,173,962 parameters for ten classes of 32×32×3: counted from He et al. 2016, Table 1, with a 3×3 stem.

    Stem 3·64·9; stages of four 3×3 convolutions each (the first of a stage doubles the maps), 1×1 shortcuts
    where they double, two numbers of batch normalisation a map, and the last layer 512·10 + 10.
    """
    stages = [(64, 64), (64, 128), (128, 256), (256, 512)]
    count = 3 * 64 * 9 + 2 * 64
    for n_in, n_out in stages:
        count += 9 * n_in * n_out + 3 * 9 * n_out * n_out + 4 * 2 * n_out
        count += n_in * n_out + 2 * n_out if n_in != n_out else 0
    count += 512 * 10 + 10
    module = ResNet18((32, 32, 3), 10, np.zeros(3), np.ones(3), 64)
    assert sum(p.numel() for p in module.parameters()) == count == 11_173_962
    depth = [m for m in module.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len([m for m in depth if getattr(m, "kernel_size", None) != (1, 1)]) == 18
    sizes = []
    for block in module:
        block.register_forward_hook(lambda block, args, out: sizes.append(tuple(out.shape[1:])))
    module(torch.zeros(2, 3, 32, 32))
    assert {(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)} <= set(sizes)


def test_cnn_has_the_layers_asked_for():
    module = CNNClassifier((4, 6), hidden_size=16, max_epochs=1).fit(DIGITS.images, DIGITS.target).net_.module_
    shapes = [tuple(p.shape) for p in module.parameters() if p.ndim > 1]
    assert shapes == [(4, 1, 3, 3), (6, 4, 3, 3), (16, 6 * 2 * 2), (10, 16)]


def test_search_over_parameters(colour):
    search = GridSearchCV(SMALL, {"channels": [(4,), (4, 4)], "lr": [1e-3, 1e-2]}, cv=2, n_jobs=2).fit(*colour)
    assert len(search.cv_results_["params"]) == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X: X.reshape(300, -1)[:, :70], r"70 columns, which are no square image.*: give image_shape"),
        (lambda X: np.moveaxis(X, -1, 1), r"looks like channels first.*np.moveaxis\(X, 1, -1\)"),
        (lambda X: [*X[:299], X[0, :4]], "images of one shape"),
        (lambda X: np.where(X > 118, np.nan, X), "contains NaN"),
        (lambda X: X[..., None], r"X has 5 dimensions; images are"),
    ],
)
def test_bad_images(colour, make, message):
    X, y = colour
    with pytest.raises(ValueError, match=message):
        clone(SMALL).fit(make(X), y)


def test_other_shapes_than_in_fit(colour):
    X, y = colour
    model = clone(SMALL).fit(X, y)
    with pytest.raises(
        ValueError, match=r"images of .* \(12, 8, 3\), but CNNClassifier was fitted on images of \(8, 1"
    ):
        model.predict(np.swapaxes(X, 1, 2))
    with pytest.raises(ValueError, match="X has 96 features"):
        model.predict(X[..., 0])
    with pytest.raises(ValueError, match=r"image_shape=\(8, 8\) does not fit X, which has images of \(8, 12, 3\)"):
        clone(SMALL).set_params(image_shape=(8, 8)).fit(X, y)
    with pytest.raises(ValueError, match=r"image_shape must be \(height, width\)"):
        clone(SMALL).set_params(image_shape=(8,)).fit(X, y)
    with pytest.raises(ValueError, match="channels must hold whole numbers"):
        clone(SMALL).set_params(channels=()).fit(X, y)


def test_resnet_takes_no_minibatch_of_one_row():
    X, y = DIGITS.images[:65], DIGITS.target[:65]
    model = ResNet18Classifier(2, batch_size=64, max_epochs=1).fit(X, y)
    assert model.net_.history[0, "train_batch_count"] == 1
    with pytest.raises(ValueError, match="batch_size=2 at least"):
        ResNet18Classifier(2, batch_size=1, max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="two rows"):
        model.partial_fit(X[:1], y[:1])
