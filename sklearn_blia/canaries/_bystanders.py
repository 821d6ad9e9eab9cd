"""Training rows that are no canaries: nobody keeps their labels from an attacker."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._canaries import second_proba
from ._pairs import positions_of
from ._rows import take_rows

# More rows, or more probabilities of them, teach a regression of a few coefficients nothing.
_MOST_ROWS = 10_000
_MOST_PROBABILITIES = 2**22


@dataclass(frozen=True, eq=False, repr=False)
class Bystanders:
    """Training rows that are no canaries, with the labels that the model was trained on.

    Each has two candidates like a canary, its label and a random other class. Attackers are assumed to know the labels
    of all rows but those that they infer, so that none of this is secret.

    Attributes
    ----------
    rows : ndarray of int of shape (n_bystanders,)
        Rows of the training data.
    pairs : ndarray of intp of shape (n_bystanders, 2)
        Candidates, as positions in the classes, in rising order.
    codes : ndarray of int8 of shape (n_bystanders,)
        Which of them is the label: 0 or 1.
    X : array-like of n_bystanders rows
        Their features, or whatever whoever is asked about them knows them by.
    """

    rows: np.ndarray
    pairs: np.ndarray
    codes: np.ndarray
    X: Any

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        return f"Bystanders({len(self):,})"

    @classmethod
    def of(cls, rows, labels, n_classes, X):
        """Give each row its candidates.

        Parameters
        ----------
        rows : ndarray of int of shape (n_bystanders,)
            Rows of the training data.
        labels : ndarray of intp of shape (n_bystanders,)
            Labels that the model was trained on, as positions in the classes.
        n_classes : int
            Number of classes.
        X : array-like of n_bystanders rows
            Their features.

        Returns
        -------
        Bystanders
            The same for the same number of rows, labels and classes.
        """
        decoys = (labels + np.random.default_rng(0).integers(1, n_classes, size=len(labels))) % n_classes
        pairs = np.sort(np.column_stack([labels, decoys]), axis=1)
        return cls(rows, pairs, (pairs[:, 1] == labels).astype(np.int8), X)

    def second(self, proba):
        """Return the probability of each one's second candidate, renormalised over the two.

        Parameters
        ----------
        proba : ndarray of shape (n_bystanders, n_classes)
            Class probabilities.

        Returns
        -------
        ndarray of shape (n_bystanders,)
            In [0, 1].
        """
        return second_proba(proba, self.pairs)


def bystander_rows(canary_rows, rows, n_classes):
    """Choose rows that are no canaries, where there are very many a random part of them.

    Parameters
    ----------
    canary_rows : ndarray of int of shape (n_canaries,)
        Canaries.
    rows : ndarray of int of shape (n_rows,)
        Rows to choose from, canaries among them; in rising order.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of int
        In rising order; the same for the same rows, whatever the coins.
    """
    others = np.setdiff1d(rows, canary_rows, assume_unique=True)
    most = min(_MOST_ROWS, max(1, _MOST_PROBABILITIES // n_classes))
    if len(others) <= most:
        return others
    return np.sort(np.random.default_rng(0).choice(others, most, replace=False))


def bystanders_of(canary_rows, labels, classes, X):
    """Gather the bystanders of a training.

    Parameters
    ----------
    canary_rows : ndarray of int of shape (n_canaries,)
        Canaries.
    labels : ndarray of shape (n_samples,)
        Labels that the model was trained on.
    classes : ndarray of shape (n_classes,)
        Class labels.
    X : array-like of n_samples rows
        Training rows.

    Returns
    -------
    Bystanders
        With features.
    """
    rows = bystander_rows(canary_rows, np.arange(len(labels)), len(classes))
    codes = positions_of(np.asarray(labels)[rows], classes)
    return Bystanders.of(rows, codes, len(classes), take_rows(X, rows))
