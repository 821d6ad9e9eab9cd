import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted

from sklearn_blia import CanaryFlipper
from sklearn_blia.metrics import memorization_test, pool


def test_X_comes_back_as_it_was_and_only_canaries_change(data):
    X, y = data
    before_X, before_y = X.copy(), y.copy()
    flipper = CanaryFlipper(fraction=0.3, random_state=0)
    X_same, y_new = flipper.fit_resample(X, y)
    assert X_same is X
    np.testing.assert_array_equal(X, before_X)
    np.testing.assert_array_equal(y, before_y)
    canaries = flipper.canary_indices_
    assert len(canaries) == len(set(canaries)) == 180
    others = np.setdiff1d(np.arange(600), canaries)
    np.testing.assert_array_equal(y_new[others], y[others])
    np.testing.assert_array_equal(y_new[canaries], flipper.canary_labels_)
    np.testing.assert_array_equal(y[canaries], flipper.canary_natural_labels_)
    np.testing.assert_array_equal(flipper.canary_X_, X[canaries])


@pytest.mark.parametrize(
    ("n_rows", "n_canaries"), [(26_048, 520), (25_000, 500), (60_000, 1200), (50_000, 1000), (150_908, 3018)]
)
def test_two_percent_gives_the_papers_counts(n_rows, n_canaries):
    # The train_size and n_canaries columns of the paper's tables.
    y = np.arange(n_rows) % 2
    assert len(CanaryFlipper().fit(np.zeros((n_rows, 1)), y).canary_indices_) == n_canaries


def test_fraction_is_not_lost_to_rounding():
    # 0.29 * 100 is 28.999999999999996 in binary floating point
    assert len(CanaryFlipper(0.29).fit(np.zeros((100, 1)), np.arange(100) % 2).canary_indices_) == 29


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_coins_are_fair_and_independent_of_the_natural_label(n_classes):
    """Private labels are the pair's second with probability 1/2, whatever the natural label.

    Every count below is binomial; |z| < 4.5 has probability 7e-6 for each, and there are 16 of them.
    """
    y = np.arange(70_000) % n_classes
    flipper = CanaryFlipper(1.0, random_state=1).fit(np.zeros((len(y), 1)), y)
    second = flipper.canary_labels_ == flipper.canary_pairs_[:, 1]
    natural = flipper.canary_natural_labels_
    for kept in [second, natural == flipper.canary_labels_]:
        for label in range(n_classes):
            at = natural == label
            z = (kept[at].sum() - at.sum() / 2) / np.sqrt(at.sum() / 4)
            assert abs(z) < 4.5
    # The number of flipped labels varies as a binomial does: it is not "exactly half".
    counts = [
        (CanaryFlipper(1.0, random_state=s).fit(np.zeros((200, 1)), y[:200]).canary_labels_ == y[:200]).sum()
        for s in range(200)
    ]
    # Sample variance of Bin(200, 1/2), 50; its ratio to 50 times 199 is chi-squared with 199 degrees.
    assert stats.chi2.ppf(1e-5, 199) < 199 * np.var(counts, ddof=1) / 50 < stats.chi2.isf(1e-5, 199)


def test_decoys_are_uniform_over_the_other_classes():
    y = np.zeros(30_000, dtype=int)
    flipper = CanaryFlipper(1.0, classes=range(5), random_state=0).fit(np.zeros((len(y), 1)), y)
    np.testing.assert_array_equal(flipper.canary_pairs_[:, 0], 0)
    counts = np.bincount(flipper.canary_pairs_[:, 1], minlength=5)[1:]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_pairs_are_sorted_and_hold_both_labels(three_classes):
    X, y = three_classes
    flipper = CanaryFlipper(0.5, random_state=0).fit(X, y)
    assert (flipper.canary_pairs_[:, 0] < flipper.canary_pairs_[:, 1]).all()
    for labels in (flipper.canary_labels_, flipper.canary_natural_labels_):
        assert (labels[:, None] == flipper.canary_pairs_).any(axis=1).all()


def test_seed_repeats_and_none_does_not(data):
    draw = [CanaryFlipper(0.5, random_state=s).fit_resample(*data)[1] for s in (3, 3, None, None)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert (draw[2] != draw[3]).any()


@pytest.mark.parametrize("order", ["mixed", "sorted"])
def test_folds_draw_coins_of_their_own(order):
    """Cross-validation fits clones with one seed; were the coins the same in all folds they could not be pooled.

    200 cross-validations of a constant model, five folds pooled: p < .05 in at most .05 and three standard errors.
    With sorted labels the default, stratified folds all see the same labels, and only their rows differ.
    """
    X = np.arange(100.0)[:, None]
    y = np.arange(100) % 2 if order == "mixed" else np.arange(100) // 50
    alarms = 0
    for seed in range(200):
        tests = []
        for train, _ in StratifiedKFold(5).split(X, y):
            flipper = CanaryFlipper(n_canaries=40, random_state=seed).fit(X[train], y[train])
            tests.append(memorization_test(int((flipper.canary_labels_ == 1).sum()), 40))
        alarms += pool(tests).p_value < 0.05
    assert alarms / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "category", "string", "bool"])
def test_pandas_dtypes(dtype):
    y = pd.Series(np.arange(100) % 2 == 1 if dtype in ("boolean", "bool") else np.arange(100) % 2, name="t")
    y = (y.astype(str) if dtype == "string" else y).astype(dtype)
    flipper = CanaryFlipper(0.5, random_state=0)
    _, y_new = flipper.fit_resample(np.zeros((100, 1)), y)
    assert y_new.dtype == y.dtype
    assert flipper.classes_.dtype.kind in {"string": "U", "boolean": "b", "bool": "b"}.get(dtype, "i")
    assert (y_new != y).sum() == (flipper.canary_labels_ != flipper.canary_natural_labels_).sum()


def test_category_that_y_does_not_have():
    y = pd.Series(["a", "b"] * 50, dtype="category")
    flipper = CanaryFlipper(1.0, classes=["a", "b", "c"], random_state=0)
    _, y_new = flipper.fit_resample(np.zeros((100, 1)), y)
    assert set(y_new) == {"a", "b", "c"}


def test_missing_nullable_label():
    with pytest.raises(ValueError, match="Input y contains NaN: 1 label"):
        CanaryFlipper(0.5).fit(np.zeros((4, 1)), pd.Series([True, False, None, True], dtype="boolean"))
    with pytest.raises(ValueError, match="Input y contains NaN: 1 label"):
        CanaryFlipper(0.5).fit(np.zeros((4, 1)), pd.Series(["a", pd.NA, "b", "a"], dtype=object))


def test_containers(words):
    X, y = words
    index = np.arange(600) + 1000
    frame, series = pd.DataFrame(X, index=index), pd.Series(y, index=index, name="label")
    flipper = CanaryFlipper(0.1, random_state=0)
    same, y_new = flipper.fit_resample(frame, series)
    assert same is frame
    assert y_new.name == "label"
    pd.testing.assert_index_equal(y_new.index, series.index)
    pd.testing.assert_frame_equal(flipper.canary_X_, frame.iloc[flipper.canary_indices_])
    categories = series.astype("category")
    assert flipper.fit_resample(frame, categories)[1].dtype == categories.dtype
    flipper.fit(sparse.coo_array(X), y)
    np.testing.assert_array_equal(flipper.canary_X_.toarray(), X[flipper.canary_indices_])
    texts = [f"text {i}" for i in range(600)]
    flipper.fit(texts, y)
    assert list(flipper.canary_X_) == [texts[i] for i in flipper.canary_indices_]
    images = X.reshape(600, 2, 4)
    assert flipper.fit(images, y).canary_X_.shape == (60, 2, 4)
    assert flipper.fit(X, y == "yes").canary_labels_.dtype == bool


def test_forget_drops_every_secret(data):
    flipper = CanaryFlipper(0.1, random_state=0).fit(*data)
    kept = flipper.forget().__dict__
    assert not [name for name in kept if name.startswith("canary")]
    assert flipper.random_state is None  # the seed would draw the same coins again
    assert b"canary_labels_" not in pickle.dumps(flipper)
    assert len(flipper.fit(*data).canary_labels_) == 60
    with pytest.raises(NotFittedError):
        check_is_fitted(CanaryFlipper().forget())


@pytest.mark.parametrize("fraction", [0, -0.1, 1.5, np.nan, "half"])
def test_fraction_out_of_range(data, fraction):
    with pytest.raises(ValueError, match="'fraction' parameter of CanaryFlipper must be"):
        CanaryFlipper(fraction).fit(*data)


def test_fewer_than_one_canary(data):
    with pytest.raises(ValueError, match=r"fewer than one canary: raise fraction to at least 0.00167"):
        CanaryFlipper(0.001).fit(*data)
    with pytest.raises(ValueError, match="n_canaries=601 is more than the 600 rows"):
        CanaryFlipper(n_canaries=601).fit(*data)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0.0, 1.0, np.nan], "Input y contains NaN: 1 label"),
        ([0.0, np.inf, 1.0], "missing or infinite, the first in row 1"),
        (np.array(["a", None, "b"], dtype=object), "Input y contains NaN"),
        (np.array(["a", 1, "b"], dtype=object), "mix types"),
        ([0.1, 0.2, 0.3], "Unknown label type"),
        ([1, 1, 1], r"only one class \(.*1.*\)"),
        ([[0, 1], [1, 0], [1, 1]], "1d array"),
        (None, "y cannot be None|requires y to be passed"),
        ([0, 1], "inconsistent numbers of samples"),
    ],
)
def test_bad_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        CanaryFlipper(n_canaries=1).fit(np.zeros((3, 1)), labels)


def test_label_outside_classes(data):
    with pytest.raises(ValueError, match=r"label .*1.*, which is not in classes"):
        CanaryFlipper(classes=[0, 2]).fit(*data)


def test_no_transform():
    # With one, a stock Pipeline would take the sampler and train on unchanged labels.
    assert not hasattr(CanaryFlipper(), "transform")
