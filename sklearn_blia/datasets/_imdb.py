"""IMDB reviews, the paper's texts."""

import hashlib
import re
import warnings

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from ..files import pack_texts, unpack_texts
from ._archive import read_members
from ._bunch import FETCHING, bunch_of_texts, in_subset, joined, with_fetching_docs
from ._files import DataFile, Fetching
from ._parsed import parsed_copy

ARCHIVE = DataFile(
    "aclImdb_v1.tar.gz",
    "md5:7c2ac02c03563afcf9b574c7e56c153a",
    "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
)
# SHA-256 of the labelled reviews in the order of their names, each followed by a zero byte: a folder has no checksum.
CONTENT = {
    "train": "b1b52208ee4e30d8867acdcdd5264fb4c4dac833b83d0a0ff2f7957f4eaf3186",
    "test": "f5e4c8af417ce61f66ae980aff62bb9f6778f71afc70ba133e2b44c9e0011476",
}
_SIDES = ["neg", "pos"]
_DESCR = """Large Movie Review Dataset, Maas et al. 2011, "Learning Word Vectors for Sentiment Analysis", ACL; please
cite it. No licence is stated. https://ai.stanford.edu/~amaas/data/sentiment/

Task: is a review positive (7 to 10 stars) or negative (1 to 4)? 25,000 reviews to train on and 25,000 to test on, half
of each positive. 418 reviews repeat another's text.

The negative reviews come first: shuffle before cutting off a part.
"""


@with_fetching_docs
@validate_params({"subset": [StrOptions({"train", "test", "all"})], **FETCHING}, prefer_skip_nested_validation=True)
def fetch_imdb(
    *,
    subset="train",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Fetch the IMDB reviews, labelled by whether they are positive.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The official halves of 25,000 reviews each, or both.
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: list of str, or a Series; ``target``: 1 for positive; ``target_names``, ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If the archive is missing and cannot be fetched.
    ValueError
        If the archive or folder is not in the official form.

    See Also
    --------
    sklearn_blia.neural.TextVectorizer : Turns the texts into token ids.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)
    folder = fetching.folder("imdb")
    if (folder / "aclImdb").is_dir() and not (folder / ARCHIVE.name).is_file():

        def read(part):
            return _read_folder(folder, part)
    else:
        [(path, checksum)] = fetching.find("imdb", [ARCHIVE])

        def read(part):
            return parsed_copy(folder, part, [checksum], lambda: _parse(_members(path, part), path, part))

    parts = in_subset(subset, read)
    texts = [text for part in parts for text in unpack_texts(part)]
    return bunch_of_texts(texts, joined(parts, "target"), list(_SIDES), _DESCR, return_X_y, as_frame)


def _members(path, part):
    pattern = re.compile(rf"(?:\./)?aclImdb/{part}/(neg|pos)/([^/]+\.txt)")
    found = read_members(path, pattern.fullmatch)
    return {pattern.sub(r"\1/\2", name): content for name, content in found}


def _read_folder(folder, part):
    paths = {
        f"{side}/{path.name}": path for side in _SIDES for path in (folder / "aclImdb" / part / side).glob("*.txt")
    }
    stats = sorted(f"{name}{path.stat().st_size}.{path.stat().st_mtime_ns}" for name, path in paths.items())
    mark = "stat:" + hashlib.sha256("".join(stats).encode()).hexdigest()
    arrays = parsed_copy(
        folder, part, [mark], lambda: _parse({name: p.read_bytes() for name, p in paths.items()}, folder, part)
    )
    if str(arrays["digest"]) != CONTENT[part]:
        warnings.warn(
            f"The {part}ing reviews in {str(folder / 'aclImdb')!r} are not those published: {len(arrays['target'])} "
            "files, of another checksum. They are read as they are.",
            UserWarning,
            stacklevel=2,
        )
    return arrays


def _parse(reviews, source, part):
    names = sorted(reviews)
    target = np.array([_SIDES.index(name.split("/")[0]) for name in names])
    if len(set(target.tolist())) < 2:
        raise ValueError(f"{str(source)!r} holds no reviews aclImdb/{part}/neg/*.txt and aclImdb/{part}/pos/*.txt.")
    digest = hashlib.sha256(b"".join(reviews[name] + b"\0" for name in names)).hexdigest()
    texts = pack_texts(reviews[name].decode("utf-8", "replace") for name in names)
    return {**texts, "target": target, "digest": np.array(digest)}
