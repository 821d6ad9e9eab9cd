"""What a plan consists of."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PlanSettings:
    """What a plan was made of, and may be told.

    Attributes
    ----------
    name : str
        Of the plan, eight hexadecimal digits: answers of one plan are no answers of another.
    target : str
        Name of the column of labels.
    id_column : str
        Name of the column of ids.
    has_own_ids : bool
        Whether the ids are the plan's, made of its name and the number of the row; else the user's.
    n_rows : int
        Training rows.
    title, planter, mechanism : str
        Name of the data, what planted, what protected the labels.
    random_state : int or None
        Seed, where one was given.
    """

    name: str
    target: str
    id_column: str
    has_own_ids: bool
    n_rows: int
    title: str
    planter: str
    mechanism: str
    random_state: int | None


@dataclass(frozen=True, eq=False, repr=False)
class PlanData:
    """Rows and labels of a plan. They hold the secret.

    Attributes
    ----------
    X : array-like of n_samples rows
        Training rows.
    natural : ndarray of shape (n_samples,)
        Natural labels.
    labels : ndarray of shape (n_samples,)
        Labels to train the model on.
    columns : dict of str to ndarray of int of shape (n_samples,)
        As in the plan, of all rows.
    mechanism : sampler or None
        Unfitted.
    y : array-like
        Labels in the container in which they were given.
    """

    X: Any
    natural: np.ndarray
    labels: np.ndarray
    columns: dict = field(default_factory=dict)
    mechanism: Any = None
    y: Any = None


def own_ids(plan, rows):
    """Ids of rows that carry the plan's name, so that answers of another plan are told apart."""
    return np.char.add(f"{plan}-", rows.astype(str))
