"""CIFAR-100, the paper's colour images of many classes."""

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from ._binary import binary_task
from ._bunch import FETCHING, bunch_of_images, in_subset, joined, with_fetching_docs
from ._cifar_binary import read_cifar
from ._files import DataFile, Fetching

ARCHIVE = DataFile(
    "cifar-100-binary.tar.gz",
    "md5:03b5dce01913d631647c71ecec9e9cb8",
    "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
)
FILES = {
    "train": [DataFile("cifar-100-binary/train.bin", "md5:6172c7755cfe09b2fe270c85cebc1b15")],
    "test": [DataFile("cifar-100-binary/test.bin", "md5:4499cfba6c016c1be1438163640a0898")],
}
# In the order of the official coarse_label_names.txt, each with its five classes.
SUPERCLASSES = {
    "aquatic_mammals": "beaver dolphin otter seal whale",
    "fish": "aquarium_fish flatfish ray shark trout",
    "flowers": "orchid poppy rose sunflower tulip",
    "food_containers": "bottle bowl can cup plate",
    "fruit_and_vegetables": "apple mushroom orange pear sweet_pepper",
    "household_electrical_devices": "clock keyboard lamp telephone television",
    "household_furniture": "bed chair couch table wardrobe",
    "insects": "bee beetle butterfly caterpillar cockroach",
    "large_carnivores": "bear leopard lion tiger wolf",
    "large_man-made_outdoor_things": "bridge castle house road skyscraper",
    "large_natural_outdoor_scenes": "cloud forest mountain plain sea",
    "large_omnivores_and_herbivores": "camel cattle chimpanzee elephant kangaroo",
    "medium_mammals": "fox porcupine possum raccoon skunk",
    "non-insect_invertebrates": "crab lobster snail spider worm",
    "people": "baby boy girl man woman",
    "reptiles": "crocodile dinosaur lizard snake turtle",
    "small_mammals": "hamster mouse rabbit shrew squirrel",
    "trees": "maple_tree oak_tree palm_tree pine_tree willow_tree",
    "vehicles_1": "bicycle bus motorcycle pickup_truck train",
    "vehicles_2": "lawn_mower rocket streetcar tank tractor",
}
NAMES = sorted(name for classes in SUPERCLASSES.values() for name in classes.split())  # the official order
_GROUPS = {coarse: [NAMES.index(name) for name in classes.split()] for coarse, classes in SUPERCLASSES.items()}
_ANIMALS = (
    "aquatic_mammals", "fish", "insects", "large_carnivores", "large_omnivores_and_herbivores", "medium_mammals",
    "non-insect_invertebrates", "people", "reptiles", "small_mammals",
)  # fmt: skip
SPLITS = {
    "animals-and-people": (_ANIMALS, "other", "animal or person"),
    "vehicles": (("vehicles_1", "vehicles_2"), "other", "vehicle"),
}
_DESCR = """CIFAR-100, Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", technical report;
please cite it. No licence is stated. https://www.cs.toronto.edu/~kriz/cifar.html

Colour images of 32 by 32 pixels, 100 classes of equal size in 20 superclasses; 50,000 to train on, 10,000 to test on.

Binary tasks: "animals-and-people" (10 of the 20 superclasses, half of the images), "vehicles" (10 %), any superclasses
or classes against the rest. The BLIA paper does not say which it used.
"""


@with_fetching_docs
@validate_params(
    {"subset": [StrOptions({"train", "test", "all"})], "binary": [str, "array-like", None], **FETCHING},
    prefer_skip_nested_validation=True,
)
def fetch_cifar100(
    *,
    subset="train",
    binary="animals-and-people",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Fetch CIFAR-100, labelled by whether an image shows an animal or a person.

    Read from the binary archive or the files extracted from it; no pickle is opened.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The official parts of 50,000 and 10,000 images, or both.
    binary : str, list of str or None, default="animals-and-people"
        "animals-and-people" (half of the images), "vehicles", a superclass or a class, or a list of these for the
        positive side; None for all hundred classes.
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: uint8 of shape (n_samples, 3072), one image a row, the channels innermost; ``images``: the same
        as (n_samples, 32, 32, 3); ``coarse_target``: superclasses, ``coarse_target_names``; ``target``,
        ``target_names``, ``feature_names``, ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If the archive is missing and cannot be fetched.
    ValueError
        If a file is not in the official form, or `binary` names no class.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)
    parts = in_subset(subset, lambda part: read_cifar(fetching, "cifar100", FILES[part], ARCHIVE, part, 2))
    labels = joined(parts, "labels")
    target, target_names = binary_task(labels[:, 1], NAMES, binary, SPLITS, _GROUPS)
    found = bunch_of_images(joined(parts, "images"), target, target_names, _DESCR, return_X_y, as_frame)
    if return_X_y:
        return found
    found.update(coarse_target=labels[:, 0].astype(np.int64), coarse_target_names=list(SUPERCLASSES))
    return found
