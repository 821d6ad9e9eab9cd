"""Planters that choose rows: which ones, how many, and that no coin has anything to do with it."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.neighbors import LocalOutlierFactor

from sklearn_blia import forget
from sklearn_blia.canaries import (
    Canaries,
    CanaryInserter,
    CanaryRepeater,
    HardRowFlipper,
    NearDuplicates,
    OneSidedFlipper,
    Planter,
    SharedCoinFlipper,
    StratifiedFlipper,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(400, 3)), np.repeat(["a", "b", "c"], [300, 80, 20])
HOUSEHOLD = np.arange(400) // 4
ALL = [
    StratifiedFlipper(n_canaries=60),
    HardRowFlipper(n_canaries=60),
    HardRowFlipper("neighbors", n_canaries=60),
    SharedCoinFlipper(HOUSEHOLD, n_canaries=20),
    OneSidedFlipper("a", "c", n_canaries=60),
    CanaryRepeater(3, n_canaries=20),
    CanaryInserter(n_canaries=60),
]


def planted(planter, seed=0, rows=X, labels=Y):
    return planter.plant(rows, labels, np.random.default_rng(seed))


@pytest.mark.parametrize("planter", ALL, ids=repr)
def test_each_plants_and_changes_nothing_else(planter):
    assert isinstance(planter, Planter)
    before = X.copy(), Y.copy()
    made = planted(clone(planter))
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])
    np.testing.assert_array_equal(made.y[made.canaries.rows], made.canaries.private)
    others = np.setdiff1d(np.arange(len(made.y)), made.canaries.rows)
    label_of = dict(zip(map(tuple, X), Y, strict=True))
    assert all(label_of[tuple(row)] == label for row, label in zip(made.X[others], made.y[others], strict=True))
    found = {tuple(row) for row in np.asarray(made.X)}
    assert found >= set(label_of)
    if not isinstance(planter, CanaryRepeater | CanaryInserter):
        assert made.X is X
    assert set(np.unique(made.canaries.pairs)) <= set("abc")


@pytest.mark.parametrize("planter", ALL, ids=repr)
def test_coins_are_fair_and_have_nothing_to_do_with_what_was_chosen(planter):
    """300 plantings: coins, and whether labels were kept, are binomial; |z| > 4.5 has probability 7e-6."""
    n = heads = kept = 0
    for seed in range(300):
        canaries = planted(planter, seed).canaries
        coins, firsts = canaries.unit_codes(canaries.coins), canaries.firsts
        n, heads = n + canaries.n_units, heads + coins.sum()
        kept += np.sum(canaries.private[firsts] == canaries.natural[firsts])
        if isinstance(planter, HardRowFlipper) and planter.detector != "neighbors" and seed == 20:
            break  # forests take their time
    assert abs(heads - n / 2) < 4.5 * np.sqrt(n / 4)
    assert abs(kept - n / 2) < 4.5 * np.sqrt(n / 4)


def test_equal_shares():
    made = planted(StratifiedFlipper(n_canaries=60)).canaries
    assert dict(zip(*np.unique(made.natural, return_counts=True), strict=True)) == {"a": 20, "b": 20, "c": 20}
    # c has 20 rows: what is missing is shared by the others.
    made = planted(StratifiedFlipper(n_canaries=101)).canaries
    counts = dict(zip(*np.unique(made.natural, return_counts=True), strict=True))
    assert counts["c"] == 20
    assert {counts["a"], counts["b"]} == {40, 41}
    assert len(planted(StratifiedFlipper(n_canaries=400)).canaries) == 400


@pytest.mark.parametrize("kind", ["pandas", "polars", "array", "function", "values"])
def test_groups_by_column_function_or_value(kind):
    names = np.where(np.arange(400) < 30, "few", "many")
    frame = pd.DataFrame(X, columns=["x", "y", "z"]).assign(group=names)
    rows, groups = {
        "pandas": (frame, "group"),
        "polars": (pl.DataFrame(frame.to_dict("list")), "group"),
        "array": (frame.to_numpy(), 3),
        "function": (frame, lambda rows: rows["group"]),
        "values": (X, names),
    }[kind]
    made = planted(StratifiedFlipper(groups, n_canaries=40), rows=rows).canaries
    assert np.sum(made.rows < 30) == 20


def test_a_column_that_is_not_there_is_told_with_those_that_are():
    frame = pd.DataFrame(X, columns=["x", "y", "z"])
    with pytest.raises(ValueError, match=r"groups='region' gives no column of X \(X has 'x', 'y', 'z'\)"):
        planted(StratifiedFlipper("region"), rows=frame)


def test_missing_groups_are_one_stratum_and_many_units():
    values = np.where(np.arange(400) < 30, np.nan, 1.0)
    assert np.sum(planted(StratifiedFlipper(values, n_canaries=40)).canaries.rows < 30) == 20
    units = planted(SharedCoinFlipper(values, n_canaries=31)).canaries
    assert sorted(units.unit_sizes)[-2:] == [1, 370]


def test_hard_rows_are_those_far_from_all_others():
    rows = np.concatenate([RNG.normal(size=(300, 2)), RNG.uniform(20, 40, size=(10, 2))])
    labels = np.arange(310) % 2
    for detector in ("isolation-forest", "neighbors", LocalOutlierFactor(30, novelty=True)):
        made = planted(HardRowFlipper(detector, n_canaries=10), rows=rows, labels=labels).canaries
        assert np.mean(made.rows >= 300) >= 0.8


def test_hard_rows_follow_from_features_alone():
    one = planted(HardRowFlipper("neighbors", n_canaries=30), seed=0).canaries
    other = planted(HardRowFlipper("neighbors", n_canaries=30), seed=1, labels=np.roll(Y, 100)).canaries
    np.testing.assert_array_equal(one.rows, other.rows)


@pytest.mark.parametrize("rows", [pd.DataFrame({"job": ["cook", "judge"] * 200, "age": range(400)}),
                                  sparse.random(400, 30, 0.2, "csr", random_state=0),
                                  ["some words", "other words"] * 200], ids=["frame", "sparse", "texts"])  # fmt: skip
def test_hard_rows_of_any_kind(rows):
    for detector in ("isolation-forest", "neighbors"):
        assert len(planted(HardRowFlipper(detector, n_canaries=30), rows=rows).canaries) == 30


def test_rows_of_a_household_keep_or_lose_their_labels_together():
    for seed in range(20):
        made = planted(SharedCoinFlipper(HOUSEHOLD, n_canaries=20), seed).canaries
        assert (len(made), made.n_units) == (80, 20)
        kept = made.private == made.natural
        by_household = pd.Series(kept).groupby(HOUSEHOLD[made.rows])
        assert by_household.nunique().eq(1).all()
        assert by_household.first().nunique() == 2


def test_units_that_are_too_large_are_left_alone():
    units = np.where(np.arange(400) < 100, -1, HOUSEHOLD)
    made = planted(SharedCoinFlipper(units, n_canaries=75, max_rows=4)).canaries
    assert made.rows.min() == 100
    with pytest.raises(ValueError, match=r"n_canaries=76 is more than the 75 units there are"):
        planted(SharedCoinFlipper(units, n_canaries=76, max_rows=4))
    with pytest.raises(ValueError, match="max_rows=1 leaves no unit: the smallest has 4 rows"):
        planted(SharedCoinFlipper(HOUSEHOLD, max_rows=1))


def test_near_duplicates():
    rows = np.repeat(RNG.normal(size=(50, 3)), 2, axis=0)
    pairs = np.repeat(np.arange(50), 2)
    np.testing.assert_array_equal(NearDuplicates()(rows), pairs)
    np.testing.assert_array_equal(NearDuplicates()(sparse.csr_array(rows)), pairs)
    np.testing.assert_array_equal(NearDuplicates(np.float32(0.01))(rows), pairs)
    names = ["a man bit the dog", "the dog bit a man", "a man bit the dog", "Man bit the dog!"]
    assert NearDuplicates()(names).tolist() == [0, 1, 0, 2]
    zips = pd.DataFrame({"zip": np.arange(1000).astype(str), "age": np.where(np.arange(1000) < 2, np.nan, 1.0)})
    assert len(np.unique(NearDuplicates()(zips))) == 1000
    assert NearDuplicates()(zips[["age"]]).tolist() == [0, 0] + [1] * 998
    zeros = sparse.csr_array((np.array([0.0, 1, 1]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 2))
    assert NearDuplicates()(zeros).tolist() == [0, 0]
    nearly = rows + RNG.uniform(-1e-3, 1e-3, size=rows.shape)
    assert len(np.unique(NearDuplicates()(nearly))) == 100
    found = NearDuplicates(0.01)(nearly)
    assert len(np.unique(found)) == 50
    assert all(len(set(found[pairs == pair])) == 1 for pair in range(50))
    with pytest.raises(ValueError, match="radius must be a number of at least 0"):
        NearDuplicates(-1)


def test_one_sided():
    made = planted(OneSidedFlipper("a", "c", fraction=0.5)).canaries
    assert len(made) == 150
    assert set(made.natural) == {"a"}
    assert set(made.private) == {"a", "c"}


def test_repeated_rows_have_one_label():
    made = planted(CanaryRepeater(5, n_canaries=10))
    assert made.X.shape == (440, 3)
    assert (len(made.canaries), made.canaries.n_units) == (50, 10)
    for unit in range(10):
        rows = made.canaries.rows[made.canaries.units == unit]
        assert len(np.unique(made.X[rows], axis=0)) == len(np.unique(made.y[rows])) == 1


@pytest.mark.parametrize("rows", [X, sparse.csr_matrix(X * (X > 0)), pd.DataFrame(X, columns=list("xyz")),
                                  pl.DataFrame(X, schema=list("xyz")), X.reshape(400, 3, 1),
                                  pd.DataFrame({"job": pd.Categorical(["cook", "judge"] * 200), "age": range(400)})],
                         ids=["array", "sparse", "pandas", "polars", "images", "categories"])  # fmt: skip
@pytest.mark.parametrize("planter", [CanaryInserter(n_canaries=25), CanaryRepeater(2, n_canaries=25)], ids=repr)
def test_rows_are_added_to_tables_of_any_kind(planter, rows):
    made = planted(planter, rows=rows)
    assert type(made.X) is type(rows)
    assert made.X.shape == (425, *rows.shape[1:])
    assert list(getattr(made.X, "dtypes", [])) == list(getattr(rows, "dtypes", []))


@pytest.mark.parametrize("planter", [CanaryInserter(n_canaries=25), CanaryRepeater(2, n_canaries=25)], ids=repr)
def test_rows_that_are_added_are_not_known_by_their_places(planter):
    """Places of 40 plantings are uniform: the mean of at least 1,000 of them lies within 4.5 standard errors."""
    places = np.concatenate([planted(planter, seed).canaries.rows / 424 for seed in range(40)])
    assert abs(places.mean() - 0.5) < 4.5 * np.sqrt(1 / 12 / len(places))


def test_cells_of_inserted_rows_are_those_of_their_columns():
    rows = np.column_stack([np.arange(400), 1000 + np.arange(400)])
    made = planted(CanaryInserter(n_canaries=300), rows=rows)
    new = made.X[made.canaries.rows]
    assert np.isin(new[:, 0], rows[:, 0]).all()
    assert np.isin(new[:, 1], rows[:, 1]).all()
    # 300 pairs of independent draws from 400: one in 400 meets its like.
    assert np.mean(new[:, 1] - new[:, 0] == 1000) < 0.03


def test_texts_cannot_be_made():
    with pytest.raises(ValueError, match="X must be an array, a sparse matrix or a DataFrame"):
        planted(CanaryInserter(n_canaries=5), rows=["some words"] * 400)


@pytest.mark.parametrize(
    ("planter", "message"),
    [
        (StratifiedFlipper(9), "groups=9 gives no column of X"),
        (StratifiedFlipper("no"), "groups='no' gives no column of X \\(ValueError"),
        (StratifiedFlipper(np.arange(3)), "groups must give one value for each of 400 rows"),
        (SharedCoinFlipper(lambda rows: rows), "groups must give one value for each of 400 rows"),
        (StratifiedFlipper(0, n_canaries=60), "groups=0 gives 400 groups, more than the 60 canaries"),
        (StratifiedFlipper(n_canaries=401), "n_canaries=401 is more than the 400 rows"),
        (HardRowFlipper("far"), "'detector' parameter"),
        (SharedCoinFlipper(HOUSEHOLD, max_rows=0), "'max_rows' parameter"),
        (OneSidedFlipper("a", "d"), "flip_to='d' is none of the classes"),
        (OneSidedFlipper(0, "a"), "flip_from=0 is none of the classes"),
        (OneSidedFlipper("a", "a"), "flip_from and flip_to are both 'a'"),
        (OneSidedFlipper("d", "a", classes=list("abcd")), "flip_from='d': no row has that label"),
        (OneSidedFlipper("c", "a", n_canaries=21), "more than the 20 rows with the label 'c'"),
        (CanaryRepeater(1), "'n_copies' parameter"),
        (CanaryRepeater(n_canaries=401), "n_canaries=401 is more than the 400 rows"),
        (CanaryInserter(0.0), "'fraction' parameter"),
        (CanaryInserter(classes=["a", "b"]), "y holds the label c, which is not in classes"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value[:30],
)
def test_wrong_parameters(planter, message):
    with pytest.raises(ValueError, match=message):
        planted(planter)


def test_forget_drops_the_units(tmp_path):
    flipper = SharedCoinFlipper(HOUSEHOLD, n_canaries=20, random_state=0).fit(X, Y)
    assert flipper.canaries_.n_units == 20
    flipper.canaries_.save(tmp_path / "secret")
    loaded = Canaries.load(tmp_path / "secret")
    np.testing.assert_array_equal(loaded.units, flipper.canaries_.units)
    assert not hasattr(forget(flipper), "canaries_")


def test_canaries_with_units():
    pairs = [["a", "b"]] * 4
    canaries = Canaries(pairs, [1, 1, 0, 0], np.arange(4), ["a"] * 4, units=[7, 7, 2, 2])
    assert canaries.units.tolist() == [1, 1, 0, 0]
    assert canaries.unit_sizes.tolist() == [2, 2]
    assert canaries.firsts.tolist() == [2, 0]
    assert canaries.by_unit(np.array([1.0, -3, np.inf, 0])).tolist() == [1e100, -2]
    assert canaries.agreed(np.array(["x", "y", "z", "z"]), "several").tolist() == ["z", "several"]
    assert canaries.in_any(np.array([True, False, False, False])).tolist() == [False, True]
    assert canaries.unit_codes(canaries.coins).tolist() == [0, 1]
    assert canaries.unit_codes(np.array([1, 0, 1, 1])).tolist() == [1, -1]
    for _ in range(5):
        again = canaries.redrawn(RNG)
        assert again.coins[0] == again.coins[1]
        assert again.coins[2] == again.coins[3]
    with pytest.raises(ValueError, match="coins must decide for all rows of a unit whether they keep"):
        Canaries(pairs, [1, 0, 0, 0], np.arange(4), ["a"] * 4, units=[0, 0, 1, 1])
    with pytest.raises(ValueError, match="units must hold a whole number for each"):
        Canaries(pairs, [0, 0, 0, 0], np.arange(4), ["a"] * 4, units=[0, 1])


def test_rows_of_a_unit_whose_natural_labels_differ():
    """Pairs are sorted in every row; the same coin means the first candidate of one and the second of the other."""
    canaries = Canaries([["a", "b"]] * 2, [0, 1], [0, 1], ["a", "b"], units=[0, 0])  # both keep their labels
    assert canaries.turned.tolist() == [False, True]
    assert canaries.unit_codes(canaries.coins).tolist() == [0]
    assert canaries.with_coins(np.array([1])).private.tolist() == ["b", "a"]
    # Sure of "a" in the first row and of "b" in the second: both say that the labels were kept.
    assert canaries.by_unit(np.array([-0.3, 0.4])).tolist() == [-0.7]
    # Under either label of an attack that reads them: the columns change places with the sign.
    assert canaries.by_unit(np.array([[-1.0, 2.0], [3.0, 5.0]])).tolist() == [[-6.0, -1.0]]
    with pytest.raises(ValueError, match="coins must decide for all rows of a unit"):
        Canaries([["a", "b"]] * 2, [0, 0], [0, 1], ["a", "b"], units=[0, 0])
    for seed in range(10):
        made = planted(SharedCoinFlipper(np.arange(400) % 100, n_canaries=100), seed).canaries
        assert (made.pairs[:, 0] < made.pairs[:, 1]).all()
        kept = made.private == made.natural
        assert pd.Series(kept).groupby(made.units).nunique().eq(1).all()


def test_what_a_function_of_the_users_raises_is_told():
    def fails(rows):
        raise KeyError("boom")

    with pytest.raises(KeyError, match="boom"):
        planted(SharedCoinFlipper(fails))
    with pytest.raises(ValueError, match="groups=None: name a column"):
        planted(SharedCoinFlipper(None))
    for kind in (sparse.csr_array, sparse.csc_matrix):
        table = kind(np.column_stack([np.arange(400) // 4, np.ones(400)]))
        assert planted(SharedCoinFlipper(0, n_canaries=10), rows=table).canaries.n_units == 10


def test_a_detector_inside_a_pipeline_is_seeded():
    from sklearn.ensemble import IsolationForest
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    planter = HardRowFlipper(make_pipeline(StandardScaler(), IsolationForest(n_estimators=5)), n_canaries=60)
    first, second = (planted(planter).canaries.rows for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_list_of_lists_is_a_table():
    assert planted(CanaryInserter(n_canaries=5), rows=X.tolist()).X.shape == (405, 3)
    for rows in (pd.Series(["some words"] * 400), pd.DataFrame(index=range(400))):
        with pytest.raises(ValueError, match="X must be an array, a sparse matrix or a DataFrame"):
            planted(CanaryInserter(n_canaries=5), rows=rows)
