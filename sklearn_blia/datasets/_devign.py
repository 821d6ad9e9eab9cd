"""Devign, functions of C projects: a second vulnerability data set."""

import json

import numpy as np
from sklearn.utils._param_validation import validate_params

from ..files import pack_texts, unpack_texts
from ._bunch import FETCHING, bunch_of_texts, with_fetching_docs
from ._files import Fetching, checksum_of
from ._parsed import parsed_copy

FORMS = ("function.json", "devign.jsonl")
_HINT = (
    "download function.json (Google Drive id 1x6hoF7G-tSYxg8AFybggypLZgMGDNHfF, linked from "
    "https://sites.google.com/view/devign)"
)
_TARGETS = ["not vulnerable", "vulnerable"]
_DESCR = """Devign, Zhou et al. 2019, "Devign: Effective Vulnerability Identification by Learning Comprehensive Program
Semantics via Graph Neural Networks", NeurIPS. The functions that were published, of FFmpeg and QEMU; licence as stated
with the copy in CodeXGLUE: C-UDA.

Task: was a C function vulnerable? 27,318 functions, 12,460 of them vulnerable; 86 functions occur twice with
conflicting labels. The BLIA paper uses Big-Vul, not this set.
"""


@with_fetching_docs
@validate_params(FETCHING, prefer_skip_nested_validation=True)
def fetch_devign(
    *,
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Load Devign, labelled by whether a C function was vulnerable.

    The file cannot be fetched automatically: put ``function.json``, as published, or ``devign.jsonl``, one JSON
    object a line, into the folder ``devign`` of the data home. There is no official split.

    Parameters
    ----------
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: list of str, C functions, or a Series; ``target``: 1 for vulnerable; ``target_names``,
        ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If the file is missing; says which file to put where.
    ValueError
        If the file is not in the official form.
    """
    path = Fetching(data_home, download_if_missing, n_retries, delay).find_local("devign", FORMS, _HINT)
    arrays = parsed_copy(path.parent, "all", [checksum_of(path)], lambda: _parse(path))
    return bunch_of_texts(unpack_texts(arrays), arrays["target"], list(_TARGETS), _DESCR, return_X_y, as_frame)


def _parse(path):
    try:
        with open(path, encoding="utf-8") as file:
            rows = json.load(file) if path.suffix == ".json" else [json.loads(line) for line in file if line.strip()]
        target = np.array([int(row["target"]) for row in rows])
        if not rows or not set(target.tolist()) <= {0, 1}:
            raise ValueError("no functions, or targets other than 0 and 1")
        return {**pack_texts(row["func"] for row in rows), "target": target}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{str(path)!r} is not in the form of Devign, objects with 'func' and 'target': {error!r}."
        ) from error
