import os
import stat

import pytest

from sklearn_blia.files import whole_file, write_whole


def test_what_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    write_whole(path, "old ε")
    with pytest.raises(TypeError), whole_file(path) as file:
        file.writelines([b"half of the new", None])
    assert path.read_bytes() == "old ε".encode()
    assert os.listdir(tmp_path) == ["file.txt"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_private_files_are_for_their_owner_alone(tmp_path):
    path = tmp_path / "secret"
    path.write_text("was readable by all")
    write_whole(path, "now not", private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
