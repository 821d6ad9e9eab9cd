"""Census Income, the paper's table."""

import csv

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import Bunch
from sklearn.utils._param_validation import StrOptions, validate_params

from ._bunch import FETCHING, import_pandas, in_subset, joined, with_fetching_docs
from ._files import DataFile, Fetching
from ._parsed import parsed_copy

_URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/"
FILES = {
    "train": DataFile(
        "adult.data",
        "sha256:5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
        _URL + "adult.data",
    ),
    "test": DataFile(
        "adult.test",
        "sha256:a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
        _URL + "adult.test",
    ),
}
COLUMNS = """
age workclass fnlwgt education education-num marital-status occupation relationship race sex capital-gain capital-loss
hours-per-week native-country
""".split()  # noqa: SIM905
NUMBERS = [0, 2, 4, 10, 11, 12]
WORDS = [place for place in range(len(COLUMNS)) if place not in NUMBERS]
_TARGETS = ["<=50K", ">50K"]
_PAPER_ROWS = 26_048
_DESCR = """Census Income ("Adult"), Becker and Kohavi 1996, UCI Machine Learning Repository,
https://doi.org/10.24432/C5XW20, licence CC BY 4.0.

Task: does a person earn more than 50,000 dollars a year? 14 columns, 6 of them numbers; "?" is a missing word, left
as the category that it is. 32,561 rows in adult.data (24.1 % positive) and 16,281 in adult.test.

The BLIA paper trains on 26,048 rows, which is 80 % of adult.data; it does not say which. paper_split=True draws them.
"""


@with_fetching_docs
@validate_params(
    {
        "subset": [StrOptions({"train", "test", "all"})],
        "paper_split": ["boolean"],
        "random_state": ["random_state"],
        **FETCHING,
    },
    prefer_skip_nested_validation=True,
)
def fetch_census(
    *,
    subset="train",
    paper_split=False,
    random_state=0,
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Fetch Census Income, labelled by whether a person earns more than 50,000 dollars a year.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        adult.data (32,561 rows), adult.test (16,281 rows), or both. With `paper_split` the parts of adult.data.
    paper_split : bool, default=False
        Split adult.data as the BLIA paper's sizes say: 26,048 rows to train on, the other 6,513 to test on,
        drawn by `random_state`.
    random_state : int, RandomState instance or None, default=0
        Draws the rows of `paper_split`.
    {fetching}

    Returns
    -------
    Bunch or tuple of (data, target)
        ``data``: ndarray of objects of shape (n_samples, 14), or a DataFrame whose words are categories;
        ``target``: 1 for more than 50,000 dollars; ``feature_names``, ``target_names``, ``frame``, ``DESCR``.

    Raises
    ------
    OSError
        If a file is missing and cannot be fetched.
    ValueError
        If a file is not in the official form.

    See Also
    --------
    make_census_preprocessor : Turns the rows into numbers for any classifier.
    """
    fetching = Fetching(data_home, download_if_missing, n_retries, delay)

    def read(part):
        [(path, checksum)] = fetching.find("census", [FILES[part]])
        return parsed_copy(path.parent, part, [checksum], lambda: _parse(path))

    parts = in_subset("train" if paper_split else subset, read)
    numbers, words, target = (joined(parts, name) for name in ("numbers", "words", "target"))
    if paper_split and subset != "all":
        train_size = min(_PAPER_ROWS, int(0.8 * len(target)))
        split = train_test_split(np.arange(len(target)), train_size=train_size, random_state=random_state)
        rows = np.sort(split[0 if subset == "train" else 1])
        numbers, words, target = numbers[rows], words[rows], target[rows]
    data = np.empty((len(target), len(COLUMNS)), dtype=object)
    data[:, NUMBERS], data[:, WORDS] = numbers, words
    frame = None
    if as_frame:
        pd = import_pandas()
        columns = {name: pd.Series(data[:, place]) for place, name in enumerate(COLUMNS)}
        kinds = {name: "int64" if place in NUMBERS else "category" for place, name in enumerate(COLUMNS)}
        data = pd.DataFrame(columns).astype(kinds)
        target = pd.Series(target, name="target")
        frame = pd.concat([data, target], axis=1)
    if return_X_y:
        return data, target
    return Bunch(
        data=data, target=target, frame=frame, feature_names=list(COLUMNS), target_names=list(_TARGETS), DESCR=_DESCR
    )


def make_census_preprocessor():
    """Make a transformer of the rows of `fetch_census`: numbers scaled, words one-hot.

    Fitted on all of adult.data it makes 108 columns; on a part of it fewer, where a rare word is missing. It does
    not look at labels.

    Returns
    -------
    ColumnTransformer
        Unfitted; takes the rows as an array or a DataFrame.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_blia import CanaryFlipper, make_label_pipeline
    >>> from sklearn_blia.datasets import make_census_preprocessor
    >>> model = make_label_pipeline(CanaryFlipper(), make_pipeline(make_census_preprocessor(), LogisticRegression()))
    """
    return make_column_transformer(
        (StandardScaler(), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS),
        verbose_feature_names_out=False,
    )


def _parse(path):
    numbers, words, target = [], [], []
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        for line, row in enumerate(csv.reader(file, skipinitialspace=True), start=1):
            if not row or row[0].startswith("|"):  # a blank line ends adult.data, a remark begins adult.test
                continue
            label = row[-1].strip().removesuffix(".")  # adult.test ends its labels with a dot
            try:
                if len(row) != len(COLUMNS) + 1:
                    raise ValueError(f"{len(row)} fields instead of {len(COLUMNS) + 1}")
                numbers.append([int(row[place]) for place in NUMBERS])
                words.append([row[place].strip() for place in WORDS])
                target.append(_TARGETS.index(label))
            except ValueError as error:
                raise ValueError(
                    f"Line {line} of {str(path)!r} is not in the form of the Census files: {error}."
                ) from error
    if not target:
        raise ValueError(f"{str(path)!r} holds no rows.")
    return {"numbers": np.array(numbers), "words": np.array(words), "target": np.array(target)}
