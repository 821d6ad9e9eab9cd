"""What a plan consists of."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PlanSettings:
    """What a plan was made of, and may be told.

    Attributes
    ----------
    name : str
        Of the plan, random: answers of one plan are no answers of another.
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
    seeded : bool
        Whether coins and noise follow a seed.
    """

    name: str
    target: str
    id_column: str
    has_own_ids: bool
    n_rows: int
    title: str
    planter: str
    mechanism: str
    seeded: bool


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
    """

    X: Any
    natural: np.ndarray
    labels: np.ndarray
    columns: dict = field(default_factory=dict)
    mechanism: Any = None


def new_name():
    """A name for a plan, that nothing else gives away and no reader takes for a number."""
    return f"p{secrets.token_hex(4)[1:]}"


def own_ids(plan, rows):
    """Ids of rows that carry the plan's name, so that answers of another plan are told apart."""
    return np.char.add(f"{plan}-", rows.astype(str))
