import numpy as np
import pytest

from sklearn_blia.datasets import read_table


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
