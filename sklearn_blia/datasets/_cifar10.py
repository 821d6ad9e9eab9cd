"""CIFAR-10, the paper's colour images."""

from sklearn.utils._param_validation import StrOptions, validate_params

from ._binary import binary_task
from ._bunch import FETCHING, bunch_of_images, in_subset, joined, with_fetching_docs
from ._cifar_binary import read_cifar
from ._files import DataFile, Fetching

ARCHIVE = DataFile(
    "cifar-10-binary.tar.gz",
    "md5:c32a1d4ab5d03f1284b67883e8d87530",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
)
FILES = {
    "train": [
        DataFile("cifar-10-batches-bin/data_batch_1.bin", "md5:5dd7e06a14cb22eb9f671a540d1b7c25"),
        DataFile("cifar-10-batches-bin/data_batch_2.bin", "md5:5ea93a67294ea407fff1d09f752e9692"),
        DataFile("cifar-10-batches-bin/data_batch_3.bin", "md5:942cd6a4bcdd0dd3c604fbe906cb4421"),
        DataFile("cifar-10-batches-bin/data_batch_4.bin", "md5:ae636b3ba5c66a11e91e8cb52e771fcb"),
        DataFile("cifar-10-batches-bin/data_batch_5.bin", "md5:53f37980c15c3d472c316c40844f3f0d"),
    ],
    "test": [DataFile("cifar-10-batches-bin/test_batch.bin", "md5:803d5f7f4d78ea53de84dbe85f74fb6d")],
}
NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
_ANIMALS = (("bird", "cat", "deer", "dog", "frog", "horse"), "vehicle", "animal")
SPLITS = {
    "animals-vs-vehicles": _ANIMALS,
    "animals": _ANIMALS,
    "vehicles": (("airplane", "automobile", "ship", "truck"), "animal", "vehicle"),
    "mammals": (("cat", "deer", "dog", "horse"), "other", "mammal"),
}
_DESCR = """CIFAR-10, Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", technical report; please
cite it. No licence is stated. https://www.cs.toronto.edu/~kriz/cifar.html

Colour images of 32 by 32 pixels, ten classes of equal size; 50,000 to train on, 10,000 to test on.

Binary tasks: "animals-vs-vehicles" (60 % are animals), "vehicles" (the other side), "mammals" (40 %), any class against
the rest. The BLIA paper does not say which it used.
"""


@with_fetching_docs
@validate_params(
    {"subset": [StrOptions({"train", "test", "all"})], "binary": [str, "array-like", None], **FETCHING},
    prefer_skip_nested_validation=True,
)
def fetch_cifar10(
    *,
    subset="train",
    binary="animals-vs-vehicles",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Fetch CIFAR-10, labelled by whether an image shows an animal.

    Read from the binary archive or the files extracted from it; no pickle is opened.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The official parts of 50,000 and 10,000 images, or both.
    binary : str, list of str or None, default="animals-vs-vehicles"
        "animals-vs-vehicles" (60 % animals), "vehicles", "mammals", a class or a list of classes for the positive
        side; None for all ten classes.
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: uint8 of shape (n_samples, 3072), one image a row, the channels innermost; ``images``: the same
        as (n_samples, 32, 32, 3); ``target``, ``target_names``, ``feature_names``, ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If the archive is missing and cannot be fetched.
    ValueError
        If a file is not in the official form, or `binary` names no class.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)
    parts = in_subset(subset, lambda part: read_cifar(fetching, "cifar10", FILES[part], ARCHIVE, part, 1))
    target, target_names = binary_task(joined(parts, "labels")[:, 0], NAMES, binary, SPLITS)
    return bunch_of_images(joined(parts, "images"), target, target_names, _DESCR, return_X_y, as_frame)
