"""Rows around the canaries, and the attack that asks about them."""

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.datasets import make_moons
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_blia import CanaryFlipper, NeighborhoodAttack, ThresholdAttack, make_label_pipeline
from sklearn_blia.canaries import PublicCanaries
from sklearn_blia.evidence import Neighborhood, collect, evidence_of, observe
from tests.observed import observed

RNG = np.random.default_rng(0)


def around(X, **params):
    return list(Neighborhood(**params).around(X))


def test_noise_is_scaled_to_the_column():
    """Of 2,000 rows and 4 neighbours: the deviation of the noise within 5 of its standard errors, 1.1 %."""
    X = RNG.standard_normal((2000, 2)) * [1, 1000] + [5, -3]
    moved = np.stack(around(X, n_neighbors=4, scale=0.2)) - X
    error = 5 * 0.2 / np.sqrt(2 * 8000)
    np.testing.assert_allclose(moved.std(axis=(0, 1)) / X.std(axis=0), 0.2, atol=error)


def test_whole_numbers_and_codes_keep_to_values_that_occur():
    X = np.column_stack([RNG.integers(0, 90, 300), RNG.integers(0, 2, 300), RNG.choice([3, 7, 8], 300)])
    for as_type in (int, float):
        moved = around(X.astype(as_type), n_neighbors=3, scale=0.5)
        assert not any(np.array_equal(rows, X) for rows in moved)
        for rows in moved:
            assert rows.dtype == X.astype(as_type).dtype
            for column in range(3):
                assert set(rows[:, column]) <= set(X[:, column])


def test_frames_keep_their_types():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "age": RNG.integers(20, 60, 200),
            "rate": RNG.random(200),
            "word": pd.Categorical(RNG.choice(["a", "b", "c"], 200)),
            "text": RNG.choice(["x", "y"], 200),
            "flag": RNG.random(200) < 0.5,
            "count": pd.array(RNG.integers(5, size=200), dtype="Int64"),
            "gap": np.where(RNG.random(200) < 0.1, np.nan, RNG.random(200)),
        }
    )
    frame.loc[::7, "count"] = pd.NA
    before = frame.copy()
    for rows in around(frame, n_neighbors=2, scale=0.4):
        assert (rows.dtypes == frame.dtypes).all()
        assert rows.index.equals(frame.index)
        assert (rows["gap"].isna() == frame["gap"].isna()).all()
        changed = (rows[["word", "text", "flag"]] != frame[["word", "text", "flag"]]).mean()
        assert (changed > 0.1).all()
        assert (changed < 0.4).all()
        assert (rows["rate"] != frame["rate"]).mean() > 0.9  # but for those that would leave the column's range
    pd.testing.assert_frame_equal(frame, before)


def test_arrays_of_objects():
    X = np.empty((100, 3), dtype=object)
    X[:, 0], X[:, 1], X[:, 2] = RNG.random(100).tolist(), RNG.choice(["a", "b"], 100), RNG.choice(["1", "2"], 100)
    (rows,) = around(X, n_neighbors=1)
    assert rows.dtype == object
    assert set(rows[:, 1]) == {"a", "b"}
    assert set(rows[:, 2]) == {"1", "2"}
    assert (rows[:, 0] != X[:, 0]).mean() > 0.9


def test_columns_keep_their_range_and_sign():
    X = RNG.lognormal(size=(300, 4))
    for rows in (*around(X, scale=1.0), *around(sparse.csr_array(X), scale=1.0)):
        assert rows.min() >= 0
    for rows in around(X, scale=1.0):
        assert (rows.min(axis=0) >= X.min(axis=0)).all()
        assert (rows.max(axis=0) <= X.max(axis=0)).all()


def refuse(X):
    if len(X) != 200:
        raise ValueError("only the rows that I know")
    return X


def test_a_model_that_cannot_be_asked_is_told_so():
    X, y = make_moons(200, noise=0.2, random_state=0)
    model = make_label_pipeline(CanaryFlipper(1.0), make_pipeline(FunctionTransformer(refuse), KNeighborsClassifier()))
    assert NeighborhoodAttack()(model.fit(X, y)) >= 0
    some = PublicCanaries(np.tile([0, 1], (50, 1)), np.array([0, 1]), X[:50])
    with pytest.raises(ValueError, match=r"No evidence of Neighborhood.*only the rows that I know"):
        collect([ATTACK.neighborhood], model.predict_proba, {}, some)


def test_sparse_rows_keep_their_pattern():
    X = sparse.random(50, 20, density=0.2, format="csr", random_state=0)
    (rows,) = around(X, n_neighbors=1)
    np.testing.assert_array_equal(rows.indices, X.indices)
    assert (rows.data != X.data).all()


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3)])
def test_images_are_shifted_and_mirrored(shape):
    images = RNG.integers(256, size=(4, *shape), dtype=np.uint8)
    neighbors = around(images, n_neighbors=20, scale=0.2)
    kinds = set()
    for rows in neighbors:
        assert rows.dtype == images.dtype
        assert rows.shape == images.shape
        for mirrored in (False, True):
            plain = rows[:, :, ::-1] if mirrored else rows
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    # Inside, where no edge is repeated, a shift is a shift.
                    shifted = np.roll(images, (down, right), axis=(1, 2))[:, 1:-1, 1:-1]
                    if np.array_equal(plain[:, 1:-1, 1:-1], shifted):
                        kinds.add((mirrored, down, right))
    assert {mirrored for mirrored, _, _ in kinds} == {False, True}
    assert (False, 0, 0) not in kinds
    assert len({rows.tobytes() for rows in neighbors[:17]}) == 17  # all of 3 x 3 x 2 but the image itself, none twice
    assert len(kinds) > 5
    flat = around(images.reshape(4, -1), n_neighbors=20, scale=0.2, kind="images", image_shape=shape)
    np.testing.assert_array_equal(np.stack(flat).reshape(20, *images.shape), np.stack(neighbors))


def test_tokens_are_left_out_in_order():
    ids = np.array([[3, 4, 5, 6, 0, 0], [7, 0, 0, 0, 0, 0], [2, 3, 4, 5, 6, 7]])
    for rows in around(ids, n_neighbors=30, kind="tokens", scale=0.4):
        assert rows.dtype == ids.dtype
        for row, own in zip(rows, ids, strict=True):
            kept = [token for token in row if token]
            assert kept
            assert list(row[len(kept) :]) == [0] * (6 - len(kept))
            places = iter(own)
            assert all(token in places for token in kept)  # a subsequence


def test_words_are_left_out():
    texts = ["one two three four five six", "alone", ""]
    for rows in around(texts, n_neighbors=30, scale=0.5):
        assert rows[1:] == ["alone", ""]
        places = iter(texts[0].split())
        assert all(word in places for word in rows[0].split())
    assert len({rows[0] for rows in around(texts, n_neighbors=30, scale=0.5)}) > 10


@pytest.mark.parametrize(
    ("X", "params", "match"),
    [
        (np.zeros((3, 4)), {"kind": "images"}, "for flat rows give image_shape"),
        (np.zeros((3, 4)), {"kind": "tokens"}, "takes rows of token ids"),
        (np.zeros((3, 4, 5)), {"kind": "table"}, "of numbers or words, got rows that make an array of shape"),
        (np.zeros((3, 4)), {"kind": "images", "image_shape": (3, 3)}, "for flat rows give image_shape"),
        (np.zeros((3, 8, 8)), {"image_shape": (4, 16)}, "for flat rows give image_shape"),
        (np.zeros((3, 3, 8, 8)), {}, "the channels last"),
        (sparse.eye(3, format="csr"), {"kind": "images"}, "is not for sparse rows"),
        ([[1], [1, 2], [1]], {}, "rows that make an array of shape"),
        ([{"a": 1}, {"a": 2}], {}, "rows that make an array of shape"),
        (np.zeros((3, 4)), {"kind": "texts"}, "takes a list, array or Series of strings"),
    ],
    ids=[
        "flat",
        "no ids",
        "no table",
        "other shape",
        "whole",
        "channels first",
        "sparse",
        "ragged",
        "dicts",
        "no texts",
    ],
)
def test_rows_of_another_kind_are_refused(X, params, match):
    with pytest.raises(ValueError, match=match):
        around(X, **params)


GAP, NOISE, M = 1.0, 0.5, 4000
ATTACK = NeighborhoodAttack(8)


def simulated(seed=0, gap=GAP, m=M):
    """Logits that differ from canary to canary; only at the canary itself do they move with its label."""
    rng = np.random.default_rng(seed)
    coins, middle = rng.integers(2, size=m), 2 * rng.standard_normal(m)
    own = middle + gap * (coins - 0.5)
    near = middle + NOISE * rng.standard_normal((8, m))
    return observed(1 / (1 + np.exp(-own)), coins, found={ATTACK.neighborhood: {"second": 1 / (1 + np.exp(-near))}})


def relabelled(seen, coins):
    """The same model, held against other coins."""
    return observed(seen.evidence.second, coins, found=seen.evidence.found)


def test_it_has_the_share_that_theory_gives_it():
    """Phi(gap / 2 / (noise / sqrt(8))) = .998 of the guesses are right; 4 standard errors of 4,000, and clipping."""
    share = stats.norm.cdf(GAP / 2 / (NOISE / np.sqrt(8)))
    assert ATTACK.evaluate(simulated()).success_ratio == pytest.approx(share, abs=0.006)
    small = stats.norm.cdf(0.1 / 2 / (NOISE / np.sqrt(8)))  # .611
    found = ATTACK.evaluate(simulated(gap=0.1)).success_ratio
    assert abs(found - small) < 4 * np.sqrt(small * (1 - small) / M)


def test_innocent_models_are_not_accused():
    """300 models that memorized other coins; at most the 99.9 % quantile of Binomial(300, .05) alarms.

    Whole numbers on a grid: rows around a canary often are those of other canaries, whose labels the model stored.
    """
    rng, alarms = np.random.default_rng(0), 0
    for seed in range(300):
        X, y = rng.integers(6, size=(300, 2)), rng.integers(3, size=300)
        model = make_label_pipeline(CanaryFlipper(0.4, random_state=seed), KNeighborsClassifier(1)).fit(X, y)
        seen = observe(model, sources=ATTACK.requires)
        other = relabelled(seen, rng.integers(2, size=120))
        alarms += ATTACK.evaluate(other).p_value < 0.05
    assert alarms <= stats.binom.ppf(0.999, 300, 0.05)


def test_other_labels_of_the_target_change_no_guess():
    outputs = simulated(m=200)
    flipped = relabelled(outputs, 1 - outputs.canaries.coins)
    assert ATTACK.evaluate(outputs).n_correct + ATTACK.evaluate(flipped).n_correct == 200


def test_where_all_around_is_the_same_the_output_decides():
    proba = np.array([0.0, 1.0, 0.3])
    evidence = evidence_of(proba, found={ATTACK.neighborhood: {"second": np.tile(proba, (8, 1))}})
    np.testing.assert_array_equal(ATTACK.infer(evidence), [0, 1, 0])


def test_it_sees_what_the_threshold_cannot():
    """A neighbour's own label is one vote in five: with four others it rarely decides, and always shows."""
    X, y = make_moons(2000, noise=0.2, random_state=0)
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), KNeighborsClassifier()).fit(X, y)
    threshold, around = ThresholdAttack().evaluate(model), NeighborhoodAttack().evaluate(model)
    assert threshold.confidence_interval[1] < around.confidence_interval[0]


def test_a_model_elsewhere_is_asked_by_hand():
    X, y = make_moons(500, noise=0.2, random_state=0)
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), KNeighborsClassifier()).fit(
        X, np.array(["a", "b"])[y]
    )
    flipper, classifier = model.named_steps_.canaryflipper, model.named_steps_.kneighborsclassifier
    answers = [classifier.predict_proba(rows) for rows in ATTACK.neighborhood.around(flipper.canary_X_)]
    named = flipper.canary_pairs_, model.classes_
    around = ATTACK.neighborhood.evidence(answers, *named)
    evidence = evidence_of(classifier.predict_proba(flipper.canary_X_), *named, found=around)
    inferred = ATTACK.infer(evidence)
    assert np.mean(inferred == flipper.canary_labels_) == ATTACK.evaluate(model).success_ratio


def test_outputs_can_be_shared_and_must_be_there():
    X, y = make_moons(500, noise=0.2, random_state=0)
    model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), KNeighborsClassifier()).fit(X, y)
    outputs = observe(model, sources=ATTACK.requires)
    assert ATTACK.evaluate(outputs) == ATTACK.evaluate(model)
    assert outputs.evidence[ATTACK.neighborhood]["second"].shape == (8, 100)
    for attack, seen in ((ATTACK, observe(model)), (NeighborhoodAttack(8, random_state=1), outputs)):
        with pytest.raises(ValueError, match=r"There is no evidence of Neighborhood.*observe\(model, sources=\.\.\.\)"):
            attack.evaluate(seen)
