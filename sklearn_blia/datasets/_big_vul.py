"""Big-Vul, functions of C and C++ projects: the paper's vulnerability data set."""

import csv

import numpy as np
from sklearn.utils._param_validation import StrOptions, validate_params

from ..files import pack_texts, unpack_texts
from ._bunch import FETCHING, bunch_of_texts, joined, with_fetching_docs
from ._files import Fetching
from ._parsed import parsed_copy

WHOLE = "MSR_data_cleaned.csv"
SPLITS = {"train": "train.csv", "val": "val.csv", "test": "test.csv"}
_COLUMNS = (("func_before", "vul"), ("processed_func", "target"))
_HINT = (
    "download MSR_data_cleaned.csv (Fan et al. 2020; Google Drive id 1-0VhnHBp9IGh90s2wCNjeCMuy70HPl8X, linked from "
    "https://github.com/ZeoVan/MSR_20_Code_vulnerability_CSV_Dataset), or LineVul's train.csv, val.csv and test.csv "
    "(https://github.com/awsm-research/LineVul)"
)
_TARGETS = ["not vulnerable", "vulnerable"]
_DESCR = """Big-Vul, Fan et al. 2020, "A C/C++ Code Vulnerability Dataset with Code Changes and CVE Summaries", MSR. No
licence is stated.

Task: was a C or C++ function vulnerable? Functions before the change that their project made; few are vulnerable.
LineVul (Fu and Tantithamthavorn 2022), the paper's model for it, published splits of the same functions.
"""


@with_fetching_docs
@validate_params(
    {"subset": [StrOptions({"train", "val", "test", "all"})], **FETCHING}, prefer_skip_nested_validation=True
)
def fetch_big_vul(
    *,
    subset="all",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Load Big-Vul, labelled by whether a C or C++ function was vulnerable.

    The files cannot be fetched automatically: put ``MSR_data_cleaned.csv`` (about 10 GB) or LineVul's
    ``train.csv``, ``val.csv`` and ``test.csv`` into the folder ``big_vul`` of the data home. They are read row by
    row: of 10 GB only the functions themselves are kept, which takes about twice their size of memory, and a
    parsed copy makes the next load quick.

    Parameters
    ----------
    subset : {"train", "val", "test", "all"}, default="all"
        Which of LineVul's splits; the whole file of Big-Vul has none, and takes "all".
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: list of str, C and C++ functions, or a Series; ``target``: 1 for vulnerable; ``target_names``,
        ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If the file is missing; says which file to put where.
    ValueError
        If a file is not in one of the official forms.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)
    if subset == "all" and (fetching.folder("big_vul") / WHOLE).is_file():
        names = [WHOLE]
    else:
        names = list(SPLITS.values()) if subset == "all" else [SPLITS[subset]]
    parts = [_read(fetching.find_local("big_vul", [name], _HINT)) for name in names]
    texts = [text for part in parts for text in unpack_texts(part)]
    return bunch_of_texts(texts, joined(parts, "target"), list(_TARGETS), _DESCR, return_X_y, as_frame)


def _read(path):
    # A checksum of 10 GB takes longer than is worth while; size and time of change tell other files apart.
    mark = f"stat:{path.stat().st_size}.{path.stat().st_mtime_ns}"
    return parsed_copy(path.parent, path.stem, [mark], lambda: _parse(path))


def _parse(path):
    target = []

    def functions():
        with open(path, newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            code, label = _columns(path, header)
            for row in rows:
                if row:
                    target.append(_label(path, rows.line_num, row, header, label))
                    yield row[code]

    limit = csv.field_size_limit(2**31 - 1)  # patches run to megabytes
    try:
        texts = pack_texts(functions())
    except csv.Error as error:
        raise ValueError(f"{str(path)!r} is no CSV file: {error}.") from error
    finally:
        csv.field_size_limit(limit)
    if not target:
        raise ValueError(f"{str(path)!r} has a header but no rows.")
    return {**texts, "target": np.array(target)}


def _columns(path, header):
    for code, label in _COLUMNS:
        if code in header and label in header:
            return header.index(code), header.index(label)
    raise ValueError(f"{str(path)!r} has neither the columns of Big-Vul (func_before, vul) nor LineVul's.")


def _label(path, line, row, header, place):
    if len(row) != len(header) or row[place].strip() not in {"0", "1", "0.0", "1.0"}:
        raise ValueError(
            f"The row that ends in line {line} of {str(path)!r} is damaged: {len(row)} of {len(header)} fields, or a "
            "label that is neither 0 nor 1."
        )
    return int(float(row[place]))
