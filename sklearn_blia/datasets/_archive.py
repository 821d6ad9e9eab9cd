"""Members of a tar archive, read without extracting any."""

import tarfile

from ..files import is_bomb


def read_members(path, wanted):
    """Yield the wanted files of an archive.

    Nothing is written to the disk, so that an archive cannot place anything outside its folder; links and
    devices are passed over.

    Parameters
    ----------
    path : Path
        The archive, compressed or not.
    wanted : callable
        Takes a member's name and says whether it is wanted.

    Yields
    ------
    name : str
        Name of the member.
    content : bytes
        What it holds.

    Raises
    ------
    ValueError
        If the file is no whole tar archive.
    """
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if is_bomb(member.size, path.stat().st_size):
                    raise ValueError(f"{member.name!r} claims {member.size:,} bytes, far more than the archive has")
                content = archive.extractfile(member) if member.isfile() and wanted(member.name) else None
                if content is not None:
                    yield member.name, content.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ValueError(
            f"{str(path)!r} is no whole tar archive: {error}. Remove it to have it fetched anew."
        ) from error
