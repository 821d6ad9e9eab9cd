"""The secret of an audit: what it holds, what it tells, and how it is kept."""

import pickle

import numpy as np
import pytest

from sklearn_blia import CanaryFlipper, RandomizedResponse, make_label_pipeline
from sklearn_blia.canaries import Canaries


def canaries(m=200, **changes):
    rng = np.random.default_rng(0)
    parts = {
        "pairs": np.tile(["no", "yes"], (m, 1)),
        "coins": rng.integers(2, size=m),
        "rows": rng.permutation(1000)[:m],
        "natural": rng.choice(["no", "yes"], m),
    }
    return Canaries(**parts | changes)


def test_what_it_tells():
    made = canaries()
    np.testing.assert_array_equal(made.private, np.where(made.coins == 1, "yes", "no"))
    np.testing.assert_array_equal(made.codes(made.private), made.coins)
    assert made.codes(["maybe"] * 200).tolist() == [-1] * 200
    labels = made.apply(np.full(1000, "no"))
    np.testing.assert_array_equal(labels[made.rows], made.private)
    assert (np.delete(labels, made.rows) == "no").all()


def test_long_class_names_are_not_cut():
    made = Canaries([["a", "a long name"]], [1], [0], ["a"])
    assert made.apply(np.array(["a", "b"])).tolist() == ["a long name", "b"]


def test_fresh_coins_are_independent_of_the_old():
    """Of 200 coins 100 agree; four standard errors are 28."""
    made = canaries()
    fresh = made.redrawn(np.random.default_rng(1))
    assert abs(np.sum(fresh.coins == made.coins) - 100) < 28
    np.testing.assert_array_equal(fresh.rows, made.rows)


def test_what_is_public_holds_no_coin():
    public = canaries().public(["maybe", "no", "yes"])
    assert set(vars(public)) == {"pairs", "classes", "X", "bystanders"}
    np.testing.assert_array_equal(public.pairs, np.tile([1, 2], (200, 1)))
    assert public.second(np.tile([0.5, 0.1, 0.4], (200, 1))) == pytest.approx(np.full(200, 0.8))
    with pytest.raises(ValueError, match="does not hold the candidate label"):
        canaries().public(["maybe", "no"])


@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1], [False, True], [0.5, 1.5]], ids=str)
def test_a_file_gives_it_back_and_nobody_else_reads_it(tmp_path, labels):
    made = canaries(pairs=np.tile(labels, (200, 1)), natural=np.full(200, labels[0]))
    path = tmp_path / "secret.npz"
    made.save(path)
    made.save(path)  # what was there is replaced
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.npz"]
    again = Canaries.load(path)
    for name in ("pairs", "coins", "rows", "natural"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))


def test_labels_in_objects_are_stored_without_a_pickle(tmp_path):
    made = canaries(pairs=np.tile(np.array(["no", "yes"], dtype=object), (200, 1)))
    made.save(tmp_path / "secret")
    np.testing.assert_array_equal(Canaries.load(tmp_path / "secret").private, made.private)


def test_damaged_and_foreign_files_are_named(tmp_path):
    path = tmp_path / "secret"
    canaries().save(path)
    whole = path.read_bytes()
    for spoiled in (whole[:100], b"garbage", b"", pickle.dumps([1])):
        path.write_bytes(spoiled)
        with pytest.raises(ValueError, match="is no file of canaries, or damaged"):
            Canaries.load(path)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="is no file of canaries"):
        Canaries.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        Canaries.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": np.tile([1.0, np.nan], (200, 1))}, "pairs holds NaN"),
        ({"pairs": np.tile([1j, 2j], (200, 1))}, "pairs must hold numbers, strings or booleans"),
        ({"pairs": np.tile([b"a", b"b"], (200, 1))}, "pairs must hold numbers, strings or booleans"),
        ({"pairs": np.tile(np.array(["a", None], dtype=object), (200, 1))}, "pairs holds NaN, infinity or None"),
        ({"pairs": np.tile(["a", "a"], (200, 1))}, "two different labels"),
        ({"pairs": np.zeros((200, 3))}, r"must have shape \(n_canaries, 2\)"),
        ({"coins": np.full(200, 2)}, "coins must hold only 0"),
        ({"coins": np.zeros(3)}, r"and the others \(n_canaries,\)"),
        ({"rows": np.zeros(200)}, "rows must be different"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        canaries(**changes)


def secrets_in(text, flipper):
    """Rows and labels of the canaries that a text gives away."""
    shown = np.array2string(flipper.canary_indices_, threshold=4, separator=",").strip("[]").split(",...,")
    return [part for part in shown if part in text.replace(" ", "")]


def test_no_display_holds_a_secret(data):
    """scikit-learn's notebook display shows fitted attributes; those of samplers are not for showing."""
    X, y = data
    flipper = CanaryFlipper(0.2, random_state=0).fit(X, y)
    response = RandomizedResponse(1.0, random_state=0).fit(X, y)
    for text in (repr(flipper), flipper._repr_html_()):
        assert "canary_" not in text
        assert not secrets_in(text, flipper)
    assert "classes_" in flipper._repr_html_() or "classes_" not in response._repr_html_()
    assert "released_labels_" not in response._repr_html_()
    assert "secret" in repr(flipper.canaries_)
    model = make_label_pipeline(CanaryFlipper(0.2), RandomizedResponse(), "passthrough").steps[0][1]
    assert "canary_" not in model._repr_html_()
