"""Whatever happens on the way, the file is there as a whole or not at all."""

import errno
import hashlib
import subprocess
import sys
import warnings

import pytest

from sklearn_blia.datasets import _download
from sklearn_blia.datasets._download import download

CONTENT = bytes(range(256)) * 4000
CHECKSUM = "md5:" + hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def fetch(server, tmp_path):
    server.files["file.bin"] = CONTENT

    def fetch(checksum=CHECKSUM, name="file.bin", n_retries=3):
        download(server.url + name, tmp_path / "folder" / "file.bin", checksum, n_retries=n_retries, delay=0.0)
        return (tmp_path / "folder" / "file.bin").read_bytes()

    return fetch


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "folder").iterdir())


def test_whole(fetch, server, tmp_path):
    assert fetch() == CONTENT
    assert left(tmp_path) == ["file.bin"]
    assert fetch("sha256:" + hashlib.sha256(CONTENT).hexdigest()) == CONTENT
    (tmp_path / "plain").touch()
    assert (tmp_path / "folder" / "file.bin").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_cut_connection_is_resumed(fetch, server, tmp_path):
    server.troubles = ["cut", "busy", "cut"]
    with pytest.warns(UserWarning, match="Retrying") as warned:
        assert fetch() == CONTENT
    assert len(warned) == 3
    half = len(CONTENT) // 2
    assert [start for _, start in server.requests] == [0, half, half, half + half // 2]
    assert left(tmp_path) == ["file.bin"]


def test_a_server_that_cannot_resume_starts_anew(fetch, server):
    server.ranges, server.troubles = False, ["cut"]
    with pytest.warns(UserWarning, match="Retrying"):
        assert fetch() == CONTENT


def test_a_file_that_shrank_meanwhile(fetch, server):
    """416: there is nothing behind what has come; it is fetched anew."""
    server.troubles = ["cut", "beyond"]
    with pytest.warns(UserWarning, match="Retrying"):
        assert fetch() == CONTENT
    assert [start for _, start in server.requests] == [0, len(CONTENT) // 2, 0]


def test_retries_end(fetch, server, tmp_path):
    server.troubles = ["busy"] * 3
    with (
        pytest.warns(UserWarning, match="Retrying"),
        pytest.raises(OSError, match=r"Cannot fetch .*503.*fetch the file yourself and put it into"),
    ):
        fetch(n_retries=2)
    assert len(server.requests) == 3
    assert left(tmp_path) == []


def test_not_found_is_not_retried(fetch, server, tmp_path):
    with pytest.raises(OSError, match=r"Cannot fetch .*404"):
        fetch(name="other.bin")
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_nobody_there(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(OSError, match=r"Cannot fetch http://127\.0\.0\.1:1/"):
            download("http://127.0.0.1:1/x", tmp_path / "folder" / "x", CHECKSUM, n_retries=1, delay=0.0)
    assert left(tmp_path) == []


def test_a_wrong_checksum_is_refused(fetch, tmp_path):
    with pytest.raises(OSError, match=r"is not the published file.bin: its checksum is md5:.*Nothing was kept"):
        fetch("md5:" + "0" * 32)
    assert left(tmp_path) == []


def test_a_full_disk(fetch, monkeypatch, tmp_path):
    def full(file, chunk):
        raise _download._WriteError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_download, "_write", full)
    with pytest.raises(
        OSError, match=r"Cannot write file.bin into .*No space left.*another folder as data_home"
    ) as caught:
        fetch()
    assert caught.value.errno == errno.ENOSPC
    assert left(tmp_path) == []


def test_a_disk_that_is_really_full(server, tmp_path):
    """The system's own limit on the size of a file stands in for the disk; the process must live on to tell."""
    server.files["file.bin"] = CONTENT
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from sklearn_blia.datasets._download import download\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        f"    path = Path({str(tmp_path)!r}) / 'folder' / 'f'\n"
        f"    download({server.url!r} + 'file.bin', path, {CHECKSUM!r}, n_retries=3, delay=0)\n"
        "except OSError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Cannot write f into" in run.stdout
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_ctrl_c_leaves_nothing(fetch, monkeypatch, tmp_path):
    def stop(file, chunk):
        raise KeyboardInterrupt

    monkeypatch.setattr(_download, "_write", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert left(tmp_path) == []


def test_two_processes_at_once(server, tmp_path):
    server.files["file.bin"] = CONTENT
    code = (
        "from pathlib import Path\n"
        "from sklearn_blia.datasets._download import download\n"
        f"path = Path({str(tmp_path)!r}) / 'folder' / 'file.bin'\n"
        "for _ in range(20):\n"
        f"    download({server.url!r} + 'file.bin', path, {CHECKSUM!r}, n_retries=0, delay=0)\n"
        "    assert len(path.read_bytes()) == 1024000\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    assert left(tmp_path) == ["file.bin"]


def test_a_server_that_drips_is_given_up(fetch, server, monkeypatch):
    """A byte each hundredth of a second, where a thousand a second are asked for over a tenth of one."""
    monkeypatch.setattr(_download, "_TIMEOUT", 0.1)
    monkeypatch.setattr(_download, "_SLOWEST", 1000)
    server.troubles = ["drip"] * 2
    with (
        pytest.warns(UserWarning, match="fewer than 1000 bytes a second"),
        pytest.raises(OSError, match="Cannot fetch"),
    ):
        fetch(n_retries=1)


def test_what_is_announced_as_larger_than_any_file_is_refused_at_once(fetch, server, tmp_path):
    server.troubles = ["huge"]
    with pytest.raises(OSError, match=r"Cannot fetch http.*more than 1 GiB"):
        fetch()
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_what_grows_larger_than_any_file_is_given_up(fetch, server, monkeypatch, tmp_path):
    """A server that announces nothing could fill the disk."""
    monkeypatch.setattr(_download, "_LARGEST", len(CONTENT) - 1)
    server.troubles = ["words"]
    with pytest.raises(OSError, match="sends more than"):
        fetch()
    assert left(tmp_path) == []


def test_a_length_that_is_no_number_is_none(fetch, server):
    server.troubles = ["words"]
    assert fetch() == CONTENT
