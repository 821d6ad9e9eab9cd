"""What `table_preprocessor` makes of the columns of users' tables."""

import datetime
import decimal
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from sklearn_blia.audit import table_preprocessor

MISSING = [None, np.nan, pd.NA, pd.NaT]


def prepared(column):
    frame = pd.DataFrame({"column": column})
    return table_preprocessor(frame).fit_transform(frame)


def days(*numbers):
    return [None if number is None else datetime.timedelta(number) for number in numbers]


NUMBERS = {
    "float": pd.Series([1.5, -2, None, 4, 7]),
    "half": pd.Series([1.5, -2, None, 4, 7], dtype="float16"),
    "Int64": pd.Series([1, -2, None, 4, 7], dtype="Int64"),
    "Float64": pd.Series([1.5, -2, None, 4, 7], dtype="Float64"),
    "sparse": pd.Series(pd.arrays.SparseArray([1.5, -2, np.nan, 4, 7])),
    "decimal": pd.Series([decimal.Decimal("1.5"), decimal.Decimal(-2), None, decimal.Decimal(4), decimal.Decimal(7)]),
    "duration": pd.Series(days(1, -2, None, 4, 7), dtype="timedelta64[ns]"),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_any_type(kind):
    """Scaled, and the median (of 1.5 or 1, -2, 4 and 7) in place of the missing one."""
    expected = np.array([1 if kind in ("Int64", "duration") else 1.5, -2, 0, 4, 7], dtype=float)
    expected[2] = np.median(np.delete(expected, 2))
    np.testing.assert_allclose(prepared(NUMBERS[kind]), StandardScaler().fit_transform(expected[:, None]))


def test_numbers_of_arrow_types():
    pa = pytest.importorskip("pyarrow")
    types = {
        "whole": (pa.int64(), [1, -2, None, 4]),
        "decimal": (pa.decimal128(5, 2), [decimal.Decimal("1.5"), decimal.Decimal(-2), None, decimal.Decimal(4)]),
        "duration": (pa.duration("s"), days(1, -2, None, 4)),
    }
    for type_, values in types.values():
        out = prepared(pd.Series(values, dtype=pd.ArrowDtype(type_)))
        assert out.shape == (4, 1)
        assert np.isfinite(out).all()
        assert out[2] == pytest.approx(np.median(np.delete(out, 2)))


def test_durations_are_seconds():
    frame = pd.DataFrame({"column": pd.to_timedelta([1000, 2500, 86_400_000, None], unit="ms")})
    table = table_preprocessor(frame).fit(frame)
    scaler = table.named_transformers_["numbers"].named_steps["standardscaler"]
    # the median goes in place of the missing one
    assert scaler.mean_ == pytest.approx((1 + 2.5 + 86_400 + 2.5) / 4)


CATEGORIES = {
    "object": (["a", "b", "a"], object),
    "str": (["a", "b", "a"], "str"),
    "string": (["a", "b", "a"], "string"),
    "category": (["a", "b", "a"], "category"),
    "category of numbers": ([1, 2, 1], "category"),
    "category of dates": (list(pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-01"])), "category"),
    "boolean": ([True, False, True], "boolean"),
    "flags": ([True, False, True], object),
    "moment": (["2020-01-01", "2020-01-02", "2020-01-01"], "datetime64[ns]"),
    "moment in a zone": (["2020-01-01", "2020-01-02", "2020-01-01"], "datetime64[ns, UTC]"),
    "date": ([datetime.date(2020, 1, 1), datetime.date(9999, 12, 31), datetime.date(2020, 1, 1)], object),
    "month": (["2020-01", "2020-02", "2020-01"], "period[M]"),
    "bytes": ([b"a", b"b", b"a"], object),
    "mixed": (["007", 7, "007"], object),
}


@pytest.mark.parametrize("kind", CATEGORIES)
def test_missing_values_are_a_category(kind):
    values, dtype = CATEGORIES[kind]
    out = prepared(pd.Series([*values, None, None], dtype=dtype))
    assert sorted(out.sum(axis=0)) == [1, 2, 2]
    np.testing.assert_array_equal(out.sum(axis=1), 1)
    np.testing.assert_array_equal(out[3], out[4])
    np.testing.assert_array_equal(out[0], out[2])


def test_missing_values_are_all_the_same():
    out = prepared(pd.Series([*MISSING, "a"], dtype=object))
    np.testing.assert_array_equal(out[:, out[0] == 1].ravel(), [1, 1, 1, 1, 0])


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("dtype", [object, "string", "category", "Int64", "boolean", "timedelta64[ns]"])
def test_columns_without_any_value(dtype, missing):
    if dtype == "timedelta64[ns]" and missing is pd.NA:
        missing = None  # pandas takes no NA there
    if dtype in ("Int64", "boolean") and missing is pd.NaT:
        missing = None
    assert np.isfinite(prepared(pd.Series([missing] * 3, dtype=dtype))).all()


@pytest.mark.parametrize("dtype", ["string", "category", object])
def test_missing_after_the_fit_and_too_many_categories(dtype):
    frame = pd.DataFrame({"column": pd.Series([f"id{i}" for i in range(200)] + ["a"] * 9, dtype=dtype)})
    table = table_preprocessor(frame).fit(frame)
    frame["column"] = pd.Series([None] * len(frame), dtype=dtype)
    out = table.transform(frame)
    assert out.shape == (209, 50)
    assert np.isfinite(out).all()


def test_complex_numbers():
    with pytest.raises(ValueError, match="Column 'column' of X holds complex numbers: make two columns of them"):
        prepared(pd.Series([1 + 2j, 3]))


def test_columns_named_by_numbers():
    """They are the columns of these names, not those at these places."""
    frame = pd.DataFrame({1: ["a", "b"], 0: [3.0, 4.0], 2020: [True, False]})
    np.testing.assert_array_equal(prepared_frame(frame), [[-1, 1, 0, 0, 1], [1, 0, 1, 1, 0]])


def prepared_frame(frame):
    return table_preprocessor(frame).fit_transform(frame)


def test_single_precision_stays():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(20, 3)).astype(np.float32), columns=list("abc"))
    assert prepared_frame(frame).dtype == np.float32
    assert prepared_frame(frame.assign(d=1.0)).dtype == np.float64


def test_works_as_transformers_do():
    """Copied, pickled, in any order of columns, with names of what comes out, as a frame."""
    frame = pd.DataFrame({"job": pd.Series(["nurse", None, "cook"], dtype="string"), "age": [31, 44, 27]})
    table = table_preprocessor(frame)
    out = table.fit_transform(frame)
    np.testing.assert_array_equal(clone(table).fit_transform(frame), out)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(table)).transform(frame[["age", "job"]]), out)
    names = ["numbers__age", "categories__job_cook", "categories__job_nurse", "categories__job_nan"]
    assert list(table.get_feature_names_out()) == names
    as_frame = clone(table).set_output(transform="pandas").fit_transform(frame)
    assert list(as_frame.columns) == names
    np.testing.assert_array_equal(as_frame, out)


def test_arrays_are_numbers():
    X = np.array([[1.0, np.nan], [3.0, 4.0], [5.0, 6.0]])
    expected = StandardScaler().fit_transform([[1, 5], [3, 4], [5, 6]])
    np.testing.assert_allclose(table_preprocessor(X).fit_transform(X), expected)


def test_frames_of_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"a": [1.0, None, 3.0, 4.0], "word": ["x", "y", None, "x"]})
    expected = frame.to_pandas()
    np.testing.assert_array_equal(
        table_preprocessor(frame).fit_transform(frame), table_preprocessor(expected).fit_transform(expected)
    )
