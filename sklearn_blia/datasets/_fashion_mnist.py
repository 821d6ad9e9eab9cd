"""Fashion-MNIST, the paper's grey images."""

import gzip
import math
import struct
import zlib

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from ..files import is_bomb
from ._binary import binary_task
from ._bunch import FETCHING, bunch_of_images, in_subset, joined, with_fetching_docs
from ._files import DataFile, Fetching

_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}
FILES = {
    part: [DataFile(name, checksum, _URL + name) for name, checksum in _CHECKSUMS.items() if name.startswith(prefix)]
    for part, prefix in (("train", "train"), ("test", "t10k"))
}
NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
SPLITS = {
    "tops": (("T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"), "other", "worn on the upper body"),
    "footwear": (("Sandal", "Sneaker", "Ankle boot"), "other", "footwear"),
}
_DESCR = """Fashion-MNIST, Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747, licence MIT.
https://github.com/zalandoresearch/fashion-mnist

Grey images of 28 by 28 pixels of articles of clothing, ten classes of equal size; 60,000 to train on, 10,000 to test
on.

Binary tasks: "tops" (T-shirt/top, Pullover, Dress, Coat, Shirt: half of the images), "footwear" (Sandal, Sneaker,
Ankle boot: 30 %), any class against the rest. The BLIA paper does not say which it used.
"""


@with_fetching_docs
@validate_params(
    {"subset": [StrOptions({"train", "test", "all"})], "binary": [str, "array-like", None], **FETCHING},
    prefer_skip_nested_validation=True,
)
def fetch_fashion_mnist(
    *,
    subset="train",
    binary="tops",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Fetch Fashion-MNIST, labelled by whether an article is worn on the upper body.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The official parts of 60,000 and 10,000 images, or both.
    binary : str, list of str or None, default="tops"
        "tops" (half of the images), "footwear", a class or a list of classes for the positive side; None for
        all ten classes.
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: uint8 of shape (n_samples, 784), one image a row; ``images``: the same as (n_samples, 28, 28);
        ``target``, ``target_names``, ``feature_names``, ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If a file is missing and cannot be fetched.
    ValueError
        If a file is not in the official form, or `binary` names no class.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)

    def read(part):
        (images, _), (labels, _) = fetching.find("fashion_mnist", FILES[part])
        arrays = {"images": read_idx(images, 3), "labels": read_idx(labels, 1)}
        if len(arrays["images"]) != len(arrays["labels"]):
            raise ValueError(f"{str(images)!r} and {str(labels)!r} hold different numbers of rows.")
        return arrays

    parts = in_subset(subset, read)
    target, target_names = binary_task(joined(parts, "labels"), NAMES, binary, SPLITS)
    return bunch_of_images(joined(parts, "images"), target, target_names, _DESCR, return_X_y, as_frame)


def read_idx(path, n_dimensions):
    """Read bytes in the IDX format of the MNIST files: a magic number, the dimensions, the values.

    Parameters
    ----------
    path : Path
        The file, compressed by gzip.
    n_dimensions : int
        How many dimensions it should have.

    Returns
    -------
    ndarray of uint8
        The values.

    Raises
    ------
    ValueError
        If the file is something else, or incomplete.
    """
    try:
        with gzip.open(path) as file:
            magic, *shape = struct.unpack(f">I{n_dimensions}I", file.read(struct.calcsize(f">I{n_dimensions}I")))
            if magic != 0x0800 + n_dimensions:  # 08: unsigned bytes
                raise ValueError(f"its magic number is {magic:#x}")
            size = math.prod(shape)
            if is_bomb(size, path.stat().st_size):
                raise ValueError(f"it claims {size:,} values, far more than it has")
            content = file.read(size + 1)  # one more would be too many
        return np.frombuffer(content, np.uint8).reshape(shape).copy()  # a buffer cannot be written to
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise ValueError(f"{str(path)!r} is no IDX file of {n_dimensions} dimensions: {error}.") from error
