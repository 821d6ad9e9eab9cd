import bz2
import datetime
import decimal
import gzip
import io
import lzma
import warnings
import zipfile

import numpy as np
import pytest
from sklearn.utils.multiclass import type_of_target

from sklearn_blia.datasets import read_table
from sklearn_blia.exceptions import TextColumnsWarning
from sklearn_blia.files import _packed


def write(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_numbers_categories_and_gaps(tmp_path):
    # blanks after commas as in the UCI files
    path = write(tmp_path, "age, job, pay\n31, nurse, low\n, , high\n44, cook, low\n")
    X, y = read_table(path, "pay")
    assert list(X.columns) == ["age", "job"]
    assert X["age"].dtype.kind == "f"
    assert X.isna().sum().tolist() == [1, 1]
    assert list(y) == ["low", "high", "low"]
    np.testing.assert_array_equal(X["age"][[0, 2]], [31, 44])


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("age,income\n1,2\n", "incme", r"has no column 'incme'; did you mean 'income'\?"),
        ("a,b\n1,2\n", "zzz", r"has no column 'zzz'; it has a, b\."),
        ("y\n1\n", "y", "no column besides 'y'"),
        ("a,y\n", "y", "columns but no rows"),
        ("x,z,y\n1,2,0,9\n2,3,1,8\n", "y", "more fields than its header"),
        ("a;y\n1;0\n", "y", "are not separated by commas"),
        ("a,y,y\n1,0,0\n", "y", "two columns named 'y'"),
        ("a,a,y\n1,0,0\n", "y", "two columns named 'a'"),
        ("a,y\ninf,0\n2,1\n", "y", "Column 'a' of .* holds infinity"),
        ("a,y\n1,0\n2,\n", "y", r"misses the label in 1 row\(s\), the first in data row 2"),
        ("", "y", "no CSV file with a header line"),
        ('a,y\n"1,2\n', "y", "no CSV file"),
    ],
)
def test_bad_tables(tmp_path, text, target, message):
    with pytest.raises(ValueError, match=message):
        read_table(write(tmp_path, text), target)


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match="There is no file"):
        read_table(tmp_path / "none.csv", "y")


def test_a_folder_and_a_number(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        read_table(tmp_path, "y")
    with pytest.raises(ValueError, match="target must be the name of a column, got 0"):
        read_table(tmp_path, 0)


def test_binary_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(128, 256)) * 10)
    with pytest.raises(ValueError, match="not encoded in UTF-8"):
        read_table(path, "y")


def test_labels_stay_as_they_are_written(tmp_path):
    _, y = read_table(write(tmp_path, "a, y\n1, 001\n2, 1\n3, NA\n4, 1.0\n"), "y")
    assert list(y) == ["001", "1", "NA", "1.0"]


def test_byte_order_mark(tmp_path):
    path = tmp_path / "bom.csv"
    path.write_text("y,a\n0,1\n", encoding="utf-8-sig")
    assert list(read_table(path, "y")[1]) == ["0"]


def test_a_long_column_has_one_type(tmp_path):
    """pandas reads 2 ** 19 rows of two columns at a time, and would make the first of them numbers."""
    rows = ["7,0"] * 600_000 + ["007,1", "x,0", ",1"]
    X, _ = read_table(write(tmp_path, "a,y\n" + "\n".join(rows)), "y")
    assert X["a"].dropna().value_counts().to_dict() == {"7": 600_000, "007": 1, "x": 1}
    assert X["a"].isna().sum() == 1


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        # whole numbers that do not fit into 64 bits
        (["99999999999999999999999", "1"], [1e23, 1]),
        (["-1", "18446744073709551615", ""], [-1, 2.0**64, np.nan]),
        (["1e3", ".5", " 7 "], [1000, 0.5, 7]),
        (["007", "7"], [7, 7]),
    ],
)
def test_columns_of_numbers_are_numeric(tmp_path, values, numbers):
    X, _ = read_table(write(tmp_path, "a,y\n" + "".join(f"{value},0\n" for value in values)), "y")
    assert X["a"].dtype.kind in "iuf"
    np.testing.assert_array_equal(X["a"], numbers)


@pytest.mark.parametrize("values", [["007", "7", "x"], ["1_000", "2"], ["0x1F", "1"], ["True", "1"], ["\uff11", "2"]])
def test_other_columns_are_text_as_written(tmp_path, values):
    X, _ = read_table(write(tmp_path, "a,y\n" + "".join(f"{value},0\n" for value in values)), "y")
    assert list(X["a"]) == values


def write_column(tmp_path, values):
    path = tmp_path / "shop.csv"
    path.write_text("price,plain,y\n" + "".join(f'"{value}",{i},{i % 2}\n' for i, value in enumerate(values)), "utf-8")
    return path


@pytest.mark.parametrize(
    "form",
    [
        "1,{:03}",
        "1,234,{:03}.50",
        "1.234.{:03},5",
        "1 234 {:03}",
        "1\u202f{:03},25",
        "1'{:03}.20",
        "12,34,{:03}",
        "{}%",
        "{},5 %",
        "${}",
        "-${}.99",
        "$-{}",
        "US${}",
        "{} \u20ac",
        "EUR {}",
        "(1,{:03})",
        "\u2212{}",
        "{},5",
        "{},5e3",
    ],
)
def test_numbers_with_separators_and_signs_are_text_with_a_warning(tmp_path, form):
    values = [form.format(i) for i in range(100, 111)]
    path = write_column(tmp_path, [*values, ""])
    with pytest.warns(TextColumnsWarning, match=r"'.*shop\.csv' look like numbers .* because of separators") as caught:
        X, _ = read_table(path, "y")
    assert len(caught) == 1
    assert f"'price' ({values[0]!r}). They will be one-hot encoded: write them" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert list(X["price"][:-1]) == values


def test_numbers_partly_with_separators(tmp_path):
    """The example is one with a separator, not the first value."""
    path = write_column(tmp_path, [*range(990, 1000), *(f"1,{i:03}" for i in range(10))])
    with pytest.warns(TextColumnsWarning, match=r"'price' \('1,000'\)"):
        read_table(path, "y")


@pytest.mark.parametrize(
    "values",
    [
        [f"{i}%" for i in range(10)] * 5,  # so few may be meant as categories
        [*(f"${i}" for i in range(50)), "free"],
        [*(str(i) for i in range(50)), "n/a?"],
        [f"2020-01-{i:02}" for i in range(1, 29)],
        [f"{i:02}.01.2020" for i in range(1, 29)],
        [f"{i}:30" for i in range(24)],
        [f"1.2.{i}" for i in range(24)],
        [f"{i},{i},{i}" for i in range(24)],
        [f"1,23{i},4" for i in range(24)],
        [f"12{i}-45-678" for i in range(24)],
        [f"{i}/3" for i in range(24)],
        [f"{i} km" for i in range(24)],
        [f"id{i}" for i in range(24)],
        [chr(97 + i) for i in range(24)],
        list(range(24)),
        [""] * 24,
    ],
)
def test_no_warning_of_other_text(tmp_path, values):
    read_table(write_column(tmp_path, values), "y")


@pytest.mark.parametrize("value", ["%", "$", "-", ",", "()", "$%", "1,2,", "e5", "1%%", "$$1", "1 2", "--1", "1,23,4"])
def test_no_warning_with_a_value_that_is_no_number(tmp_path, value):
    read_table(write_column(tmp_path, [value, *(f"{i}%" for i in range(20)), value]), "y")


def test_warning_of_many_columns_names_ten(tmp_path):
    names = [f"c{i}" for i in range(12)]
    rows = [",".join([f"{i}%"] * 12 + ["0"]) for i in range(20)]
    path = write(tmp_path, ",".join([*names, "y"]) + "\n" + "\n".join(rows))
    with pytest.warns(TextColumnsWarning, match=r"'c9' \('0%'\) and 2 more\. They") as caught:
        read_table(path, "y")
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TextColumnsWarning)
        assert read_table(path, "y")[0].shape == (20, 12)


def zipped(*contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in enumerate(contents):
            archive.writestr(f"{place}.csv", content)
    return out.getvalue()


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": zipped}


@pytest.fixture(scope="module")
def long_csv():
    numbers = np.random.default_rng(0).normal(size=30_000)
    return ("a,y\n" + "".join(f"{number},{i % 2}\n" for i, number in enumerate(numbers))).encode()


def cut(content):
    return content[: len(content) // 2]


def cut_a_little(content):
    return content[:-5]


def damage(content):
    middle = len(content) // 2
    return content[:middle] + bytes(255 - byte for byte in content[middle : middle + 50]) + content[middle + 50 :]


def replace_by_text(content):
    return b"a,y\n1,0\n2,1\n"


@pytest.mark.parametrize("kind", PACKERS)
def test_compressed(tmp_path, long_csv, kind):
    path = tmp_path / f"t.csv.{kind}"
    path.write_bytes(PACKERS[kind](long_csv))
    assert read_table(path, "y")[0].shape == (30_000, 1)


@pytest.mark.parametrize("spoil", [cut, cut_a_little, damage, replace_by_text])
@pytest.mark.parametrize("kind", PACKERS)
def test_compressed_and_spoilt(tmp_path, long_csv, kind, spoil):
    path = tmp_path / f"t.csv.{kind}"
    path.write_bytes(spoil(PACKERS[kind](long_csv)))
    with pytest.raises(ValueError, match=rf"t\.csv\.{kind}' is cut, damaged or no \.{kind} file .*: fetch or write it"):
        read_table(path, "y")


@pytest.mark.parametrize("contents", [[], [b"a,y\n1,0\n"] * 2])
def test_zip_of_not_one_file(tmp_path, contents):
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(*contents))
    with pytest.raises(ValueError, match=rf"t\.zip' holds {len(contents)} files: pack the table alone"):
        read_table(path, "y")


@pytest.mark.parametrize("name", ["t.tar", "t.tar.gz"])
def test_no_tar_archive(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a,y\n1,0\n") if name.endswith("gz") else b"a,y\n1,0\n")
    with pytest.raises(ValueError, match="cannot be read: "):
        read_table(path, "y")


def test_zstd(tmp_path):
    path = tmp_path / "t.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd")
    with pytest.raises(ValueError, match="is compressed by zstd, which is not supported: unpack it, or use gzip"):
        read_table(path, "y")


def test_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_packed, "open", refuse, raising=False)
    with pytest.raises(ValueError, match=r"table\.csv' cannot be read: Permission denied"):
        read_table(write(tmp_path, "a,y\n1,0\n"), "y")


@pytest.fixture
def parquet(tmp_path):
    pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")

    def write(**columns):
        path = tmp_path / "table.parquet"
        pd.DataFrame(columns).to_parquet(path)
        return path

    return write


def test_parquet_keeps_its_types(parquet):
    X, y = read_table(parquet(age=[31, 44], job=["nurse", None], pay=[True, False]), "pay")
    assert list(X.columns) == ["age", "job"]
    assert X["age"].dtype == int
    assert X["job"].isna().tolist() == [False, True]
    assert y.tolist() == [True, False]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, 2], "y": [0, None]}, r"misses the label in 1 row\(s\), the first in data row 2"),
        ({"a": [1.0, np.inf], "y": [0, 1]}, "Column 'a' of .* holds infinity"),
        ({"a": [[1], [2]], "y": [0, 1]}, "Column 'a' of .* holds lists"),
        ({"a": [], "y": []}, "columns but no rows"),
        ({"a": [1, 2], "z": [0, 1]}, "has no column 'y'"),
        ({"y": [0, 1]}, "no column besides 'y'"),
    ],
)
def test_bad_parquet(parquet, columns, message):
    with pytest.raises(ValueError, match=message):
        read_table(parquet(**columns), "y")


def test_no_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "table.parquet"
    path.write_text("a,y\n1,2\n")
    with pytest.raises(ValueError, match="is no Parquet file"):
        read_table(path, "y")


@pytest.mark.parametrize("spoil", [cut, cut_a_little, damage])
def test_spoilt_parquet(parquet, spoil):
    """A writer's checksums tell of damage that would be read as other numbers."""
    path = parquet(a=np.random.default_rng(0).normal(size=5000), y=[0, 1] * 2500)
    pd = pytest.importorskip("pandas")
    pd.read_parquet(path).to_parquet(path, write_page_checksum=True)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=r"table\.parquet' is no Parquet file, or a damaged one .*: write it anew"):
        read_table(path, "y")


def test_parquet_with_damaged_types(parquet, monkeypatch):
    """Damage to what pandas writes beside the data shows as errors of any type: these were seen."""
    pd = pytest.importorskip("pandas")
    path = parquet(a=[1, 2], y=[0, 1])
    for error in (KeyError("pandas_type"), TypeError("data type 'In|64' not understood"), NotImplementedError("x")):

        def fail(*args, error=error, **options):
            raise error

        monkeypatch.setattr(pd, "read_parquet", fail)
        with pytest.raises(ValueError, match="is no Parquet file, or a damaged one"):
            read_table(path, "y")


HALVES = [0, 1] * 20


def both(first, second):
    return [(first, second)[half] for half in HALVES]


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (both(b"no", b"yes"), r"bytes: decode them, as by \.str\.decode\('utf-8'\)"),
        (both(decimal.Decimal("0.5"), decimal.Decimal("1")), "decimal: write them as text or whole numbers"),
        (both(decimal.Decimal(2**70), decimal.Decimal(1)), "decimal: write"),
        (both(datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)), "date: write"),
        (both(datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 2)), "datetime: write"),
        (both(datetime.time(1), datetime.time(2)), "time: write"),
        (both(datetime.timedelta(1), datetime.timedelta(2)), "timedelta: write"),
    ],
)
def test_labels_that_are_no_classes(parquet, labels, kind):
    with pytest.raises(ValueError, match=rf"Column 'y' of '.*table\.parquet' holds labels of type {kind}"):
        read_table(parquet(a=HALVES, y=labels), "y")


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (both(0, 1), "Int64"),
        (both(0, 1), "UInt8"),
        (both(0.0, 1.0), "Float64"),
        (both(False, True), "boolean"),
        (both(False, True), "category"),
        (both("no", "yes"), "string"),
        (both("no", "yes"), "category"),
        (both(0, 1), "category"),
        (both(decimal.Decimal("0.00"), decimal.Decimal("1.00")), object),
    ],
)
def test_labels_of_any_type_are_classes(parquet, labels, dtype):
    """scikit-learn takes them all, and sees two classes."""
    pd = pytest.importorskip("pandas")
    _, y = read_table(parquet(a=HALVES, y=pd.Series(labels, dtype=dtype)), "y")
    assert list(y) == labels
    assert type_of_target(y) == "binary"
    np.testing.assert_array_equal(np.unique(np.asarray(y)), sorted(set(labels)))


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (both(0, 1), "Int64"),
        (both(False, True), "boolean"),
        (both("no", "yes"), "string"),
        (both("no", "yes"), "category"),
        (both(b"no", b"yes"), object),
        (both(decimal.Decimal(0), decimal.Decimal(1)), object),
    ],
)
def test_labels_of_any_type_may_not_be_missing(parquet, labels, dtype):
    pd = pytest.importorskip("pandas")
    y = pd.Series(labels, dtype=dtype)
    y[3] = None
    with pytest.raises(ValueError, match=r"misses the label in 1 row\(s\), the first in data row 4"):
        read_table(parquet(a=HALVES, y=y), "y")


def test_parquet_with_every_type_of_missing_value(parquet):
    from sklearn_blia.audit import table_preprocessor

    pd = pytest.importorskip("pandas")
    columns = {
        "whole": pd.Series([1, 2, None, 4], dtype="Int64"),
        "float": pd.Series([1, 2, None, 4], dtype="Float64"),
        "decimal": [decimal.Decimal("1.5"), decimal.Decimal("-2"), None, decimal.Decimal(3)],
        "duration": pd.to_timedelta([1, 2, None, 3], unit="D"),
        "flag": pd.Series([True, False, None, True], dtype="boolean"),
        "text": pd.Series(["a", "b", None, "a"], dtype="string"),
        "category": pd.Series(["a", "b", None, "a"], dtype="category"),
        "date": [datetime.date(2020, 1, 1), datetime.date(9999, 12, 31), None, datetime.date(2020, 1, 1)],
        "moment": pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-01"], utc=True),
        "time": [datetime.time(1), datetime.time(2), None, datetime.time(1)],
        "bytes": [b"a", b"b", None, b"a"],
    }
    X, _ = read_table(parquet(**columns, y=[0, 1, 0, 1]), "y")
    assert list(X.columns) == list(columns)
    assert X.isna().to_numpy().sum(axis=0).tolist() == [1] * len(columns)
    out = table_preprocessor(X).fit_transform(X)
    # four numbers, and seven categories of two values and a missing one
    assert out.shape == (4, 4 + 7 * 3)
    assert np.isfinite(out).all()


def test_digits_that_parquet_calls_text(parquet):
    """Postal codes, say: whoever wrote the file gave them a type."""
    codes = [f"{i:03}" for i in range(20)]
    assert list(read_table(parquet(a=codes, y=[0, 1] * 10), "y")[0]["a"]) == codes


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_numbers_with_signs_in_parquet(parquet, dtype):
    pd = pytest.importorskip("pandas")
    path = parquet(a=pd.Series([*(f"{i}%" for i in range(19)), None], dtype=dtype), y=[0, 1] * 10)
    with pytest.warns(TextColumnsWarning, match=r"'a' \('0%'\)"):
        read_table(path, "y")
