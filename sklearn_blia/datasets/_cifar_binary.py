"""The binary form of the CIFAR archives: records of label bytes and 3,072 bytes of pixels."""

from pathlib import PurePosixPath

import numpy as np

from ._archive import read_members
from ._parsed import parsed_copy

_PIXELS = 3 * 32 * 32


def read_cifar(fetching, name, files, archive, part, n_labels):
    """Read one part of a CIFAR data set.

    Extracted files are read as they are; out of the archive a parsed copy is kept.

    Parameters
    ----------
    fetching : Fetching
        How to find the files.
    name : str
        Data set, and its folder.
    files : list of DataFile
        Extracted files of the part.
    archive : DataFile
        The archive of all.
    part : str
        Name of the part.
    n_labels : int
        Label bytes of a record.

    Returns
    -------
    dict
        "images": uint8 of shape (n_samples, 32, 32, 3); "labels": uint8 of shape (n_samples, n_labels).

    Raises
    ------
    ValueError
        If a file is not in the official form.
    """
    found = fetching.find(name, files, [archive])
    if found[0][0].name != archive.name:
        return _records([(path, path.read_bytes()) for path, _ in found], n_labels)
    [(path, checksum)] = found

    def parse():
        wanted = [PurePosixPath(file.name) for file in files]
        members = {PurePosixPath(n): c for n, c in read_members(path, lambda n: PurePosixPath(n) in wanted)}
        if missing := [str(member) for member in wanted if member not in members]:
            raise ValueError(f"{str(path)!r} holds no {', '.join(missing)}: it is not the official archive.")
        return _records([(member, members[member]) for member in wanted], n_labels)

    return parsed_copy(path.parent, part, [checksum], parse)


def _records(contents, n_labels):
    parts = []
    for path, content in contents:
        if not content or len(content) % (n_labels + _PIXELS):
            raise ValueError(f"{str(path)!r} does not consist of records of {n_labels + _PIXELS} bytes.")
        parts.append(np.frombuffer(content, np.uint8).reshape(-1, n_labels + _PIXELS))
    records = np.concatenate(parts)
    # Each channel lies as a whole; the channels go innermost, where scikit-learn has them.
    images = np.ascontiguousarray(np.moveaxis(records[:, n_labels:].reshape(-1, 3, 32, 32), 1, -1))
    return {"images": images, "labels": records[:, :n_labels].copy()}
