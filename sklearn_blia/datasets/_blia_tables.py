"""The figures that the BLIA paper published."""

import csv
from importlib import resources

import numpy as np
from sklearn.utils import Bunch

_DESCR = """Figures of Tables 1 to 8 of "BLIA: Detect model memorization in binary classification model through passive
Label Inference attack" (arXiv 2503.12801), one row for each benchmark and privacy budget, ratios in percent.

benchmark: census, imdb, fashion_mnist, cifar10, cifar100, big_vul
train_size, n_canaries: rows the model was trained on, and canaries among them
architecture: sequential, rnn, cnn, resnet18, transformer
epsilon: of the randomized response; inf without
train_accuracy: in percent
threshold_success_ratio, delta_margin_success_ratio: Eq. 1 for the paper's two attacks, in percent
source: the table of the paper

Table 2 repeats the rows with epsilon = inf (it gives CIFAR-100 and Big-Vul the same figures, but 52.08 for Big-Vul's
delta margin where Table 8 has 52.09).
"""

_NUMBERS = {
    "train_size": int,
    "n_canaries": int,
    "epsilon": float,
    "train_accuracy": float,
    "threshold_success_ratio": float,
    "delta_margin_success_ratio": float,
}


def load_blia_tables(*, as_frame=False):
    """Load the figures of the BLIA paper's tables.

    Parameters
    ----------
    as_frame : bool, default=False
        Also give them as a pandas DataFrame, in ``frame``.

    Returns
    -------
    Bunch
        One array of 42 entries for each column: ``benchmark``, ``train_size``, ``n_canaries``,
        ``architecture``, ``epsilon``, ``train_accuracy``, ``threshold_success_ratio``,
        ``delta_margin_success_ratio`` (the last three in percent) and ``source``; ``DESCR``, and ``frame``
        (None unless asked for).

    Raises
    ------
    ImportError
        If `as_frame` is asked for without pandas.

    Examples
    --------
    >>> from sklearn_blia.datasets import load_blia_tables
    >>> tables = load_blia_tables()
    >>> census = (tables.benchmark == "census") & (tables.epsilon == float("inf"))
    >>> tables.threshold_success_ratio[census], tables.n_canaries[census]
    (array([51.73]), array([520]))
    """
    text = resources.files(__package__).joinpath("data", "blia_tables.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    columns = {name: np.array([_NUMBERS.get(name, str)(row[name]) for row in rows]) for name in rows[0]}
    frame = None
    if as_frame:
        import pandas as pd

        frame = pd.DataFrame(columns)
    return Bunch(**columns, frame=frame, DESCR=_DESCR)
