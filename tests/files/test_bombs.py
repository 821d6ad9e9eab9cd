"""Files that unpack to far more than they are, and tables of very many columns."""

import gzip
import io
import tarfile
import time

import pytest

from sklearn_blia.datasets import read_table
from sklearn_blia.datasets._archive import read_members
from sklearn_blia.files import _packed, check_packed, is_bomb, open_table


def test_what_was_made_to_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_packed, "_MUCH", 2**20)
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"a,b\n" + b"0" * 2**23))
    for read in (check_packed, open_table, lambda path: read_table(path, "a")):
        with pytest.raises(ValueError, match="unpacks to more than 200 times its size"):
            read(bomb)
    honest = tmp_path / "honest.csv.gz"
    honest.write_bytes(gzip.compress(b"".join(b"%d,%d\n" % (i, i * i % 977) for i in range(300_000))))
    check_packed(honest)  # larger than the limit, and not suspicious


def test_real_limits():
    assert is_bomb(2**31, 10**6)
    assert not is_bomb(2**31, 2**27)  # a sixteenth
    assert not is_bomb(10**6, 10)  # small files may be anything


def test_an_archive_that_claims_more_than_it_has(tmp_path):
    path = tmp_path / "claims.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("data_batch_1")
        member.size = 10
        archive.addfile(member, io.BytesIO(b"0123456789"))
    content = bytearray(path.read_bytes())
    content[124:136] = b"%011o\0" % (2**33 - 1)  # the size that the header claims
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    path.write_bytes(content)
    with pytest.raises(ValueError, match="claims 8,589,934,591 bytes"):
        list(read_members(path, lambda name: True))


def test_very_many_columns_take_no_square_of_their_number(tmp_path):
    """Comparing each name with each other takes 4e10 comparisons, minutes; counting takes none."""
    path = tmp_path / "wide.csv"
    names = ",".join(f"column{i}" for i in range(200_000))
    path.write_text(f"{names}\n{','.join('0' * 200_000)}\n")
    began = time.perf_counter()
    assert len(open_table(path).columns) == 200_000
    assert time.perf_counter() - began < 30
