"""Every fetcher on small files in the official form of its data set."""

import csv
import subprocess
import sys
import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from conftest import census, cifar, devign, idx, tar
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_blia.datasets import (
    _census,
    _cifar10,
    _cifar100,
    _fashion_mnist,
    _imdb,
    _parsed,
    fetch_big_vul,
    fetch_census,
    fetch_cifar10,
    fetch_cifar100,
    fetch_devign,
    fetch_fashion_mnist,
    fetch_imdb,
    make_census_preprocessor,
)
from sklearn_blia.files import pack_texts, unpack_texts

pd = pytest.importorskip("pandas")
FETCHERS = [
    fetch_big_vul,
    fetch_census,
    fetch_cifar10,
    fetch_cifar100,
    fetch_devign,
    fetch_fashion_mnist,
    fetch_imdb,
]


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


# ---- what all share


@pytest.mark.parametrize("fetch", FETCHERS, ids=lambda fetch: fetch.__name__)
def test_missing_and_not_to_be_fetched(fetch, home):
    with pytest.raises(OSError, match=r"(not found in|cannot be fetched automatically).*" + str(home)):
        fetch(data_home=home, download_if_missing=False)
    assert not home.exists()


@pytest.mark.parametrize("fetch", FETCHERS, ids=lambda fetch: fetch.__name__)
@pytest.mark.parametrize(
    ("params", "message"),
    [({"n_retries": -1}, "'n_retries'"), ({"delay": -1.0}, "'delay'"), ({"as_frame": 3}, "as_frame")],
)
def test_bad_parameters(fetch, params, message):
    with pytest.raises(ValueError, match=message):
        fetch(**params)
    with pytest.raises(TypeError):
        fetch("positional")


def test_the_environment_names_the_home(home, monkeypatch):
    put(home / "devign" / "function.json", devign(4))
    monkeypatch.setenv("SKLEARN_BLIA_DATA", str(home))
    assert len(fetch_devign().data) == 4
    with pytest.raises(OSError, match="elsewhere"):
        fetch_devign(data_home=home / "elsewhere")
    monkeypatch.delenv("SKLEARN_BLIA_DATA")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home / "sk"))
    put(home / "sk" / "sklearn_blia" / "devign" / "function.json", devign(6))
    assert len(fetch_devign().data) == 6


def test_forms_of_the_answer(home):
    put(home / "devign" / "function.json", devign(4))
    bunch = fetch_devign(data_home=home)
    assert bunch.data[1] == "int f1(void);"
    assert (bunch.target.tolist(), bunch.target_names) == ([0, 1, 0, 1], ["not vulnerable", "vulnerable"])
    assert bunch.frame is None
    assert "C-UDA" in bunch.DESCR
    X, y = fetch_devign(data_home=home, return_X_y=True, as_frame=True)
    assert isinstance(X, pd.Series)
    assert y.name == "target"
    assert fetch_devign(data_home=home, as_frame=True).frame.columns.tolist() == ["text", "target"]


# ---- parsed copies


def test_the_second_load_reads_the_parsed_copy(home, monkeypatch):
    path = home / "devign" / "function.json"
    put(path, devign(4))
    first = fetch_devign(data_home=home)
    monkeypatch.setattr("sklearn_blia.datasets._devign._parse", lambda path: pytest.fail("parsed again"))
    assert fetch_devign(data_home=home).data == first.data
    monkeypatch.undo()
    put(path, devign(5))  # another file, another copy
    assert len(fetch_devign(data_home=home).data) == 5


def test_a_spoiled_copy_is_made_anew(home):
    put(home / "devign" / "function.json", devign(4))
    fetch_devign(data_home=home)
    [copy] = (home / "devign" / "parsed").iterdir()
    whole = copy.read_bytes()
    for spoiled in (b"", whole[:100], whole[: len(whole) // 2], b"x" * len(whole)):
        copy.write_bytes(spoiled)
        assert len(fetch_devign(data_home=home).data) == 4
    assert copy.read_bytes() == whole


def test_a_copy_that_somebody_else_may_have_planted_is_not_read(home, monkeypatch):
    put(home / "devign" / "function.json", devign(4))
    fetch_devign(data_home=home)
    [copy] = (home / "devign" / "parsed").iterdir()
    planted = copy.read_bytes()
    put(home / "devign" / "function.json", devign(5))  # the file is another, the copy stays under its name
    fetch_devign(data_home=home)
    [of_five] = set((home / "devign" / "parsed").iterdir()) - {copy}
    of_five.write_bytes(planted)
    assert len(fetch_devign(data_home=home).data) == 4  # of this user, who may do as he likes
    of_five.chmod(0o666)
    assert len(fetch_devign(data_home=home).data) == 5
    of_five.write_bytes(planted)
    of_five.chmod(0o644)
    monkeypatch.setattr(_parsed.os, "getuid", lambda: of_five.stat().st_uid + 1)
    monkeypatch.setattr(_parsed, "_ADMINISTRATOR", -1)  # who may run the tests
    assert len(fetch_devign(data_home=home).data) == 5


def test_no_room_for_a_copy_costs_a_warning_alone(home, monkeypatch):
    put(home / "devign" / "function.json", devign(4))

    def full(file, **arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_parsed.np, "savez_compressed", full)
    with pytest.warns(UserWarning, match="No parsed copy was kept.*No space left"):
        assert len(fetch_devign(data_home=home).data) == 4
    assert list((home / "devign" / "parsed").iterdir()) == []


def test_texts_of_every_kind_survive_packing():
    texts = ["", "plain", "naïve Ω 🎬", "a\r\nb\0c", "\udc80"]
    assert unpack_texts(pack_texts(texts)) == texts


# ---- Census


@pytest.fixture
def census_home(home, publish, monkeypatch):
    files = {
        "train": publish(_census.FILES["train"], census(40)),
        "test": publish(_census.FILES["test"], census(8, True)),
    }
    monkeypatch.setattr(_census, "FILES", files)
    return home


def test_census(census_home):
    bunch = fetch_census(data_home=census_home)
    assert bunch.data.shape == (40, 14)
    assert bunch.data[1].tolist() == [21, "State-gov", 77516, "Bachelors", 13, "Never-married", "?", "Not-in-family",
                                      "White", "Male", 2174, 0, 40, "Cuba"]  # fmt: skip
    assert bunch.target.tolist() == [1, 0, 0, 0] * 10
    test = fetch_census(data_home=census_home, subset="test")
    assert test.target.tolist() == [1, 0, 0, 0] * 2  # the remark, the dots and the blank line are gone
    assert len(fetch_census(data_home=census_home, subset="all").data) == 48


def test_census_as_frame_and_preprocessor(census_home):
    X, y = fetch_census(data_home=census_home, return_X_y=True, as_frame=True)
    assert X["age"].dtype == int
    assert X["occupation"].dtype == "category"
    assert list(X.columns) == list(_census.COLUMNS)
    model = make_pipeline(make_census_preprocessor(), LogisticRegression())
    arrays = fetch_census(data_home=census_home, return_X_y=True)
    probas = [model.fit(X, y).predict_proba(X), model.fit(*arrays).predict_proba(arrays[0])]
    np.testing.assert_allclose(*probas)


def test_census_paper_split(census_home):
    """80 % of adult.data to train on, the rest to test on; of the real file that makes 26,048 rows."""
    parts = [fetch_census(data_home=census_home, subset=s, paper_split=True).data[:, 0] for s in ("train", "test")]
    assert [len(part) for part in parts] == [32, 8]
    assert sorted(np.concatenate(parts)) == list(range(20, 60))
    other = fetch_census(data_home=census_home, paper_split=True, random_state=1).data[:, 0]
    assert set(other) != set(parts[0])


@pytest.mark.parametrize("line", ["39, State-gov", "x" + ", 1" * 14, ", ".join(["1"] * 14) + ", maybe"])
def test_census_in_another_form(home, line):
    put(home / "census" / "adult.data", census(2) + line.encode())
    with (
        pytest.warns(UserWarning, match="not the published"),
        pytest.raises(ValueError, match=r"Line 4 of .*adult.data"),
    ):
        fetch_census(data_home=home)


@pytest.mark.filterwarnings("ignore:These files")
def test_census_empty_or_marked(home):
    put(home / "census" / "adult.data", b"")
    with pytest.raises(ValueError, match=r"adult.data' holds no rows"):
        fetch_census(data_home=home)
    put(home / "census" / "adult.data", b"\xef\xbb\xbf" + census(4))
    assert len(fetch_census(data_home=home).data) == 4
    put(home / "census" / "adult.data", b"\xff\xfe" + census(4))
    with pytest.raises(ValueError, match=r"Line 1 of .*adult.data"):
        fetch_census(data_home=home)


@pytest.mark.filterwarnings("ignore:These files")
def test_labels_of_no_class(home):
    put(home / "cifar10" / "cifar-10-batches-bin" / "test_batch.bin", cifar([3, 200]))
    with pytest.raises(ValueError, match="labels go up to 200, but there are only 10 classes"):
        fetch_cifar10(data_home=home, subset="test", binary=None)


def test_another_file_than_the_published_is_read_with_a_warning(home):
    put(home / "census" / "adult.data", census(4))
    with pytest.warns(UserWarning, match=r"not the published ones, by their checksums: adult.data \(sha256:"):
        assert len(fetch_census(data_home=home).data) == 4


# ---- IMDB


def reviews(prefix=""):
    return {
        f"{prefix}aclImdb/{part}/{side}/{i}_{i}.txt": f"{part} {side} <br /> {i} é".encode()
        for part in ("train", "test") for side in ("pos", "neg") for i in range(3)
    } | {f"{prefix}aclImdb/train/unsup/0_0.txt": b"unlabelled", f"{prefix}aclImdb/README": b"readme"}  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "./"])
def test_imdb_from_the_archive(home, publish, monkeypatch, prefix):
    monkeypatch.setattr(_imdb, "ARCHIVE", publish(_imdb.ARCHIVE, tar(**reviews(prefix))))
    bunch = fetch_imdb(data_home=home)
    assert bunch.data[0] == "train neg <br /> 0 é"
    assert bunch.target.tolist() == [0, 0, 0, 1, 1, 1]
    assert fetch_imdb(data_home=home, subset="all").target.sum() == 6
    assert sorted(path.name for path in (home / "imdb").iterdir()) == ["aclImdb_v1.tar.gz", "parsed"]


def test_imdb_from_a_folder(home):
    for name, content in reviews().items():
        put(home / "imdb" / name, content)
    with pytest.warns(UserWarning, match=r"testing reviews in .* not those published: 6 files"):
        bunch = fetch_imdb(data_home=home, subset="test")
    assert bunch.data[-1] == "test pos <br /> 2 é"
    with pytest.warns(UserWarning, match="not those published"):  # from the parsed copy as well
        fetch_imdb(data_home=home, subset="test")
    put(home / "imdb" / "aclImdb" / "test" / "pos" / "9_9.txt", "one more")
    with pytest.warns(UserWarning, match="7 files"):
        assert fetch_imdb(data_home=home, subset="test").data[-1] == "one more"


def test_an_archive_that_tries_to_escape(home, publish, monkeypatch):
    """Nothing is ever extracted: members elsewhere, links and devices are passed over."""
    link = tarfile.TarInfo("aclImdb/train/pos/7_7.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    evil = {
        "../../escaped.txt": b"x",
        "/tmp/escaped.txt": b"x",
        "aclImdb/train/pos/../../../../escaped.txt": b"x",
        "l": link,
    }
    monkeypatch.setattr(_imdb, "ARCHIVE", publish(_imdb.ARCHIVE, tar(**evil, **reviews())))
    before = set(Path(home.parent).rglob("*"))
    assert len(fetch_imdb(data_home=home).data) == 6
    new = {path.relative_to(home).parts[0] for path in set(home.parent.rglob("*")) - before if path != home}
    assert new == {"imdb"}
    assert sorted(path.name for path in (home / "imdb").iterdir()) == ["aclImdb_v1.tar.gz", "parsed"]


@pytest.mark.filterwarnings("ignore:These files")
@pytest.mark.parametrize(
    "content", [b"", b"no archive", tar(**reviews())[:200], tar(other=b"x")], ids=["empty", "text", "cut", "other"]
)
def test_damaged_archive(home, content):
    put(home / "imdb" / "aclImdb_v1.tar.gz", content)
    with pytest.raises(ValueError, match=r"no whole tar archive|holds no reviews"):
        fetch_imdb(data_home=home)


# ---- Fashion-MNIST


@pytest.fixture
def fashion_home(home, publish, monkeypatch):
    images = np.random.RandomState(0).randint(256, size=(20, 28, 28)).astype(np.uint8)
    contents = [idx(images), idx(np.arange(20, dtype=np.uint8) % 10)]
    files = {
        part: [publish(f, c) for f, c in zip(_fashion_mnist.FILES[part], contents, strict=True)]
        for part in ("train", "test")
    }
    monkeypatch.setattr(_fashion_mnist, "FILES", files)
    return home, images


def test_fashion_mnist(fashion_home):
    home, images = fashion_home
    bunch = fetch_fashion_mnist(data_home=home)
    np.testing.assert_array_equal(bunch.images, images)
    np.testing.assert_array_equal(bunch.data, images.reshape(20, 784))
    # T-shirt 0, Pullover 2, Dress 3, Coat 4, Shirt 6
    assert bunch.target[:10].tolist() == [1, 0, 1, 1, 1, 0, 1, 0, 0, 0]
    assert bunch.target_names == ["other", "worn on the upper body"]
    assert len(bunch.feature_names) == 784
    assert fetch_fashion_mnist(data_home=home, binary=None).target[:10].tolist() == list(range(10))
    assert fetch_fashion_mnist(data_home=home, subset="all").data.shape == (40, 784)
    X, y = fetch_fashion_mnist(data_home=home, return_X_y=True, as_frame=True)
    assert (X.shape, X.columns[-1], len(y)) == ((20, 784), "pixel783", 20)


def test_tasks(fashion_home):
    home, _ = fashion_home

    def positive(binary):
        bunch = fetch_fashion_mnist(data_home=home, binary=binary)
        return bunch.target[:10].nonzero()[0].tolist(), bunch.target_names[1]

    assert positive("footwear") == ([5, 7, 9], "footwear")
    assert positive("Bag") == ([8], "Bag")
    assert positive(["Bag", "Trouser"]) == ([1, 8], "Bag or Trouser")
    assert positive(["footwear", "Bag"]) == ([5, 7, 8, 9], "footwear or Bag")
    with pytest.raises(ValueError, match=r"binary='Bagg' is neither a named split nor a class; did you mean 'Bag'\?"):
        positive("Bagg")
    with pytest.raises(ValueError, match="leaves one side without a class"):
        positive(_fashion_mnist.NAMES)


@pytest.mark.filterwarnings("ignore:These files")
@pytest.mark.parametrize(
    "content",
    [b"", b"plain", idx(np.zeros(5, np.uint8)), idx(np.zeros((2, 28, 28), np.uint8))[:-30]],
    ids=["empty", "text", "labels", "cut"],
)
def test_damaged_idx(fashion_home, content):
    home, _ = fashion_home
    put(home / "fashion_mnist" / "train-images-idx3-ubyte.gz", content)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz' is no IDX file"):
        fetch_fashion_mnist(data_home=home)


# ---- CIFAR


def test_cifar10(home, publish, monkeypatch):
    labels = np.arange(4) * 3  # airplane, cat, frog, truck
    members = {f.name: cifar(labels, seed) for seed, f in enumerate(_cifar10.FILES["train"] + _cifar10.FILES["test"])}
    monkeypatch.setattr(_cifar10, "ARCHIVE", publish(_cifar10.ARCHIVE, tar(**members)))
    bunch = fetch_cifar10(data_home=home)
    assert bunch.images.shape == (20, 32, 32, 3)
    assert bunch.images[:, 0, 0].tolist() == [[1, 2, 3]] * 20  # red, green, blue of the first pixel
    raw = np.frombuffer(members[_cifar10.FILES["train"][1].name], np.uint8).reshape(4, 3073)
    assert bunch.images[5, 7, 30].tolist() == [raw[1, 1 + 1024 * c + 7 * 32 + 30] for c in range(3)]
    assert bunch.target.tolist() == [0, 1, 1, 0] * 5
    assert bunch.target_names == ["vehicle", "animal"]
    assert fetch_cifar10(data_home=home, subset="test", binary=None).target.tolist() == labels.tolist()
    np.testing.assert_array_equal(fetch_cifar10(data_home=home).images, bunch.images)  # from the parsed copy
    for name, content in members.items():
        put(home / "extracted" / "cifar10" / name, content)
    with pytest.warns(UserWarning, match=r"not the published ones.*data_batch_1.bin .*data_batch_5.bin"):
        extracted = fetch_cifar10(data_home=home / "extracted")
    np.testing.assert_array_equal(extracted.images, bunch.images)


def test_cifar100(home, publish, monkeypatch):
    names = ["apple", "beaver", "boy", "bus"]
    coarse = ["fruit_and_vegetables", "aquatic_mammals", "people", "vehicles_1"]
    labels = [
        [list(_cifar100.SUPERCLASSES).index(c), _cifar100.NAMES.index(n)] for c, n in zip(coarse, names, strict=True)
    ]
    members = {"cifar-100-binary/train.bin": cifar(labels), "cifar-100-binary/test.bin": cifar(labels[:1])}
    monkeypatch.setattr(_cifar100, "ARCHIVE", publish(_cifar100.ARCHIVE, tar(**members)))
    bunch = fetch_cifar100(data_home=home)
    assert bunch.target.tolist() == [0, 1, 1, 0]
    assert [bunch.coarse_target_names[code] for code in bunch.coarse_target] == coarse
    fine = fetch_cifar100(data_home=home, binary=None)
    assert [fine.target_names[code] for code in fine.target] == names
    assert fetch_cifar100(data_home=home, binary=["people", "bus"]).target.tolist() == [0, 0, 1, 1]
    assert fetch_cifar100(data_home=home, binary="vehicles").target.tolist() == [0, 0, 0, 1]
    X, y = fetch_cifar100(data_home=home, subset="all", return_X_y=True)
    assert (X.shape, len(y)) == ((5, 3072), 5)


def test_cifar100_names_are_the_official_ones():
    """100 fine names in alphabetical order, five for each of 20 superclasses; half of them animals."""
    assert len(set(_cifar100.NAMES)) == 100
    assert all(len(classes.split()) == 5 for classes in _cifar100.SUPERCLASSES.values())
    assert list(_cifar100.SUPERCLASSES) == sorted(_cifar100.SUPERCLASSES)
    assert [_cifar100.NAMES[code] for code in (0, 19, 49, 99)] == ["apple", "cattle", "mountain", "worm"]
    assert len(_cifar100.SPLITS["animals-and-people"][0]) == 10


@pytest.mark.filterwarnings("ignore:These files")
def test_damaged_cifar(home):
    put(home / "cifar10" / "cifar-10-binary.tar.gz", tar(**{"cifar-10-batches-bin/data_batch_1.bin": b"x"}))
    with pytest.raises(ValueError, match=r"holds no cifar-10-batches-bin/data_batch_2.bin"):
        fetch_cifar10(data_home=home)
    put(home / "cifar100" / "cifar-100-binary" / "train.bin", b"x" * 3073)
    with pytest.raises(ValueError, match="does not consist of records of 3074 bytes"):
        fetch_cifar100(data_home=home)


# ---- vulnerabilities


def test_devign_in_lines(home):
    put(
        home / "devign" / "devign.jsonl",
        '{"id": "a/0", "project": "a", "target": 1, "func": "f"}\n\n{"target": 0, "func": "g"}\n',
    )
    assert fetch_devign(data_home=home, return_X_y=True)[0] == ["f", "g"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '[{"func": "f"}]', '[{"func": "f", "target": 2}]', "[3]"])
def test_devign_in_another_form(home, content):
    put(home / "devign" / "function.json", content)
    with pytest.raises(ValueError, match="is not in the form of Devign"):
        fetch_devign(data_home=home)


def test_vulnerabilities_say_which_file_to_put_where(home):
    with pytest.raises(OSError, match=r"function.json .*1x6hoF7G.*and put it into .*devign"):
        fetch_devign(data_home=home)
    with pytest.raises(OSError, match=r"MSR_data_cleaned.csv .*LineVul.*and put it into .*big_vul"):
        fetch_big_vul(data_home=home)


def big_vul(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", "CVE ID", "func_after", "func_before", "patch", "vul"])
        writer.writerows(rows)


def test_big_vul(home):
    """Line breaks and quotes within functions, and patches beyond the usual limit of a field."""
    functions = ['int f() {\n\treturn "a, \\"b\\"";\r\n}', "g", "h\n"]
    rows = [[i, "CVE-1", "after", f, "+" * 200_000, i % 2] for i, f in enumerate(functions)]
    big_vul(home / "big_vul" / "MSR_data_cleaned.csv", rows)
    limit = csv.field_size_limit()
    bunch = fetch_big_vul(data_home=home)
    assert csv.field_size_limit() == limit
    assert bunch.data == functions
    assert bunch.target.tolist() == [0, 1, 0]
    with pytest.raises(OSError, match=r"train\.csv"):
        fetch_big_vul(data_home=home, subset="train")


def test_linevul(home):
    for name, start in (("train", 0), ("val", 1), ("test", 2)):
        put(
            home / "big_vul" / f"{name}.csv",
            f'index,processed_func,target,flaw_line\n0,"f{start}\n",1,\n1,g{start},0,x\n',
        )
    assert fetch_big_vul(data_home=home, subset="val").data == ["f1\n", "g1"]
    assert fetch_big_vul(data_home=home).target.tolist() == [1, 0] * 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "neither the columns of Big-Vul"),
        ("func_before,vul\nf,1\ng\n", "The row that ends in line 3 of .* is damaged: 1 of 2 fields"),
        ("func_before,vul\nf,maybe\n", "a label that is neither 0 nor 1"),
        ("func_before,vul\n", "a header but no rows"),
        ("", "neither the columns"),
    ],
)
def test_damaged_big_vul(home, content, message):
    put(home / "big_vul" / "MSR_data_cleaned.csv", content)
    with pytest.raises(ValueError, match=message):
        fetch_big_vul(data_home=home)


def test_big_vul_in_bounded_memory(home):
    """200 MB of patches around 200 kB of functions: memory grows by far less than the file."""
    path = home / "big_vul" / "MSR_data_cleaned.csv"
    big_vul(path, ([i, "CVE", "after", f"int f{i}() {{\n}}", "+ int a;" * 2_500, i % 2] for i in range(10_000)))
    assert path.stat().st_size > 200e6
    code = (
        "import resource\n"
        "from sklearn_blia.datasets import fetch_big_vul\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"bunch = fetch_big_vul(data_home={str(home)!r})\n"
        "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(len(bunch.data), bunch.target.sum(), grown / 1024)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_rows, n_vulnerable, mebibytes = run.stdout.split()
    assert (n_rows, n_vulnerable) == ("10000", "5000")
    assert float(mebibytes) < 50
    path.unlink()


def test_two_processes_fetch_at_once(census_home, server):
    code = (
        "from dataclasses import replace\n"
        "from sklearn_blia.datasets import _census, fetch_census\n"
        f"_census.FILES['train'] = {_census.FILES['train']!r}\n"
        f"print(fetch_census(data_home={str(census_home)!r}).target.sum())\n"
    ).replace("DataFile(", "_census.DataFile(")
    runs = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["10\n", "10\n"]
    names = sorted(path.name for path in (census_home / "census").iterdir())
    assert names == ["adult.data", "parsed"]


def test_no_warning_when_the_file_is_the_published_one(census_home):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetch_census(data_home=census_home)
        fetch_census(data_home=census_home)
