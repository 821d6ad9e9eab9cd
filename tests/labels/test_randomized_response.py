import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import CanaryFlipper, RandomizedResponse, epsilon_from_keep_probability, make_label_pipeline
from sklearn_blia.canaries import generator, uniforms
from sklearn_blia.metrics import flip_probability, keep_probability

N = 60_000


def released(y, epsilon, n_classes, seed=0):
    mechanism = RandomizedResponse(epsilon, classes=range(n_classes), random_state=seed)
    return mechanism.fit_resample(np.zeros((len(y), 1)), y)[1]


@pytest.mark.parametrize("epsilon", [0, 0.3, 1, 4])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_transition_frequencies(epsilon, n_classes):
    """Each label is kept with e^eps / (e^eps + K - 1) and else uniform over the others: chi-squared, p > 1e-5."""
    for label in (0, n_classes - 1):
        counts = np.bincount(released(np.full(N, label), epsilon, n_classes), minlength=n_classes)
        expected = np.full(n_classes, N / (np.exp(epsilon) + n_classes - 1))
        expected[label] *= np.exp(epsilon)
        assert stats.chisquare(counts, expected).pvalue > 1e-5


def test_rounding_never_turns_the_noise_off(monkeypatch):
    """At epsilon = 40 one minus the keep probability rounds to 0: built on it, no label would ever change."""
    import sklearn_blia.labels._mechanism as module

    monkeypatch.setattr(module, "uniforms", lambda *args: np.zeros((2, 10)))
    np.testing.assert_array_equal(released(np.zeros(10, dtype=int), 40.0, 2), 1)
    np.testing.assert_array_equal(released(np.zeros(10, dtype=int), np.inf, 2), 0)


def test_infinite_epsilon_keeps_everything():
    y = np.arange(100) % 3
    np.testing.assert_array_equal(released(y, np.inf, 3), y)


@pytest.mark.parametrize("seed", [0, None])
def test_noise_of_different_rows_is_independent(seed):
    """Neighbouring rows change together as often as independent rows do (|z| < 4.5, probability 7e-6)."""
    changed = released(np.zeros(N, dtype=int), 0.5, 2, seed) == 1
    p = 1 / (1 + np.exp(0.5))
    both = (changed[1:] & changed[:-1]).mean()
    variance = p**2 * (1 - p**2) + 2 * p**3 * (1 - p)  # of the mean of a 1-dependent sequence, times N
    assert abs(both - p**2) < 4.5 * np.sqrt(variance / N)


def test_noise_comes_from_the_system_unless_seeded():
    y = np.zeros(1000, dtype=int)
    draws = []
    for _ in range(2):
        np.random.seed(0)  # whoever seeds NumPy's global generator must not learn the noise
        draws.append(released(y, 1.0, 2, seed=None))
    assert (draws[0] != draws[1]).any()
    np.testing.assert_array_equal(released(y, 1.0, 2, seed=5), released(y, 1.0, 2, seed=5))


def test_refitting_draws_fresh_noise():
    mechanism = RandomizedResponse(0.5)
    X, y = np.zeros((500, 1)), np.arange(500) % 2
    assert (mechanism.fit_resample(X, y)[1] != mechanism.fit_resample(X, y)[1]).any()


def test_folds_get_noise_of_their_own():
    """A search fits clones with one seed: on other labels of the same number the noise differs."""
    y = np.arange(1000) % 2
    noise = [released(labels, 0.0, 2) != labels for labels in (y, 1 - y)]
    assert (noise[0] != noise[1]).any()


def test_values_and_not_their_layout_are_part_of_the_seed(tmp_path):
    """A worker gets X as a memory map, a column-major copy or a slice: the noise must not depend on that."""
    X, y = np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) % 2
    np.save(tmp_path / "X.npy", X)

    def noise(X):
        return generator(0, "coins", X, y).integers(2, size=200)

    for same in (np.asfortranarray(X), np.load(tmp_path / "X.npy", mmap_mode="r"), np.repeat(X, 2, axis=0)[::2]):
        np.testing.assert_array_equal(noise(same), noise(X))
    frame = pd.DataFrame(X)
    np.testing.assert_array_equal(noise(frame), noise(X))
    np.testing.assert_array_equal(noise(X.tolist()), noise(X))
    mixed = frame.rename(columns=str).assign(text="a")
    np.testing.assert_array_equal(noise(mixed.iloc[::-1].iloc[::-1]), noise(mixed))
    assert (noise(mixed) != noise(X)).any()
    nested = pd.DataFrame({"cell": [[i] for i in range(200)]})
    np.testing.assert_array_equal(noise(nested), noise(nested.copy()))
    texts = [f"text {i}" for i in range(200)]
    np.testing.assert_array_equal(noise(texts), noise([str(text) for text in texts]))
    ragged = [[0] * (i % 5 + 1) for i in range(200)]
    np.testing.assert_array_equal(noise(ragged), noise([list(row) for row in ragged]))
    np.testing.assert_array_equal(noise(sparse.coo_array(X)), noise(sparse.csc_array(X)))
    assert (noise(X + 1) != noise(X)).any()


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (pd.Series(np.arange(400) % 2, dtype="int8"), [0, 1, 300]),
        (pd.Series(np.arange(400) % 2 == 1), [0, 1, 2]),
    ],
)
def test_dtype_that_cannot_hold_a_class_is_given_up(y, classes):
    _, y_new = RandomizedResponse(0.0, classes=classes, random_state=0).fit_resample(np.zeros((400, 1)), y)
    assert set(y_new) == set(classes)


def test_ensembles_seed_the_samplers_of_their_members():
    """Why the docs say to put samplers around an ensemble: scikit-learn replaces even random_state=None inside."""
    X, y = np.arange(100.0)[:, None], np.arange(100) % 2
    members = BaggingClassifier(make_label_pipeline(RandomizedResponse(), DecisionTreeClassifier()), n_estimators=2)
    for member in members.fit(X, y).estimators_:
        assert member.named_steps_.randomizedresponse.random_state is not None


def test_one_seed_for_all_samplers_gives_unrelated_streams():
    """A user gives every sampler random_state=0; the noise must not follow the coins.

    Rows in which both draws fall below 1/2 are Binomial(N, 1/4) if the streams are independent.
    """
    first, second = (
        generator(0, owner, np.zeros((9, 1)), np.arange(9)).random(N)
        for owner in ("CanaryFlipper", "RandomizedResponse")
    )
    both = ((first < 0.5) & (second < 0.5)).sum()
    assert abs(both - N / 4) < 4.5 * np.sqrt(N * 3 / 16)


def test_system_uniforms_fill_the_unit_interval():
    u = uniforms(None, "x", np.arange(9), (2, N))
    assert u.shape == (2, N)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-5
    assert u.max() < 1


def test_keeps_released_labels_but_not_which_were_changed():
    mechanism = RandomizedResponse(1.0, random_state=0)
    X, y = np.zeros((50, 1)), np.arange(50) % 2
    _, y_new = mechanism.fit_resample(X, y)
    np.testing.assert_array_equal(mechanism.released_labels_, y_new)
    lengths = [name for name, value in vars(mechanism).items() if np.size(value) == 50]
    assert lengths == ["released_labels_"]
    assert "released_labels_" not in vars(mechanism.forget())


def test_long_class_names_are_not_cut():
    y = np.array(["a", "b"] * 50)  # dtype <U1
    mechanism = RandomizedResponse(0.0, classes=["a", "b", "long name"], random_state=0)
    assert set(mechanism.fit_resample(np.zeros((100, 1)), y)[1]) == {"a", "b", "long name"}


def test_single_class_part_needs_classes():
    X, y = np.zeros((20, 1)), np.zeros(20, dtype=int)
    with pytest.raises(ValueError, match=r"pass all classes as classes="):
        RandomizedResponse().fit(X, y)
    RandomizedResponse(classes=[0, 1]).fit(X, y)


@pytest.mark.parametrize("epsilon", [-1, -0.001, np.nan, "1", None])
def test_bad_epsilon(epsilon):
    with pytest.raises(ValueError, match="'epsilon' parameter of RandomizedResponse must be"):
        RandomizedResponse(epsilon).fit(np.zeros((4, 1)), [0, 1, 0, 1])


@pytest.mark.parametrize("sampler", [CanaryFlipper(0.5), RandomizedResponse()])
def test_nan_in_y(sampler):
    with pytest.raises(ValueError, match="Input y contains NaN"):
        sampler.fit(np.zeros((4, 1)), [0, 1, np.nan, 1])


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("epsilon", [0.0, 0.3, 2.0, 20.0])
def test_epsilon_from_keep_probability_inverts(epsilon, n_classes):
    keep = keep_probability(epsilon, n_classes)
    assert epsilon_from_keep_probability(keep, n_classes) == pytest.approx(epsilon, abs=1e-7)
    assert keep + flip_probability(epsilon, n_classes) == pytest.approx(1)


def test_redrawing_from_all_labels_is_weaker_than_claimed():
    # ln(1 + 2 e^0.3), the paper's README: 1.31 where 0.3 is claimed
    redraw = 1 / (1 + np.exp(0.3))
    assert epsilon_from_keep_probability(1 - redraw / 2) == pytest.approx(np.log(1 + 2 * np.exp(0.3)))


def test_extreme_probabilities():
    np.testing.assert_array_equal(epsilon_from_keep_probability([0, 1]), [np.inf, np.inf])
    assert keep_probability(np.inf, 3) == 1
    # at epsilon = 40 one minus the rounded keep probability is 0: a mechanism built on it never flips
    assert flip_probability(40.0) == pytest.approx(np.exp(-40))
    for bad in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="keep_probability must lie in"):
            epsilon_from_keep_probability(bad)
    with pytest.raises(ValueError, match="n_classes must be"):
        keep_probability(1.0, 1)
