"""What planters share that add rows."""

from abc import ABCMeta, abstractmethod
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _num_samples

from ._labels import plain_labels
from ._pairs import encode, find_classes
from ._planter import NUMBER_CONSTRAINTS, Planted, how_many
from ._rows import take_rows


class BaseRowAdder(BaseEstimator, metaclass=ABCMeta):
    """Base of planters that add rows, and are therefore no label samplers.

    A subclass implements ``_plant(X, codes, classes, n_canaries, rng)``; codes are natural labels as positions in the
    classes.
    """

    _parameter_constraints: dict = {
        **NUMBER_CONSTRAINTS,
        "classes": ["array-like", None],
    }

    def plant(self, X, y, rng):
        """Plant canaries with the randomness of a given generator.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix or DataFrame
            Features.
        y : array-like of shape (n_samples,)
            Natural labels.
        rng : numpy.random.Generator
            Draws everything.

        Returns
        -------
        Planted
            More rows than there were, in random order, for those that were added would else be known by their places;
            labels, and the secret.
        """
        self._validate_params()
        labels = plain_labels(y)
        if _num_samples(X) != len(labels):
            raise ValueError(f"X has {_num_samples(X)} rows and y {len(labels)} labels.")
        classes = find_classes(labels, self.classes, type(self).__name__)
        n_canaries = how_many(self.n_canaries, self.fraction, len(labels))
        planted = self._plant(X, encode(labels, classes), classes, n_canaries, rng)
        return _shuffled(planted, rng.permutation(len(planted.y)))

    @abstractmethod
    def _plant(self, X, codes, classes, n_canaries, rng):
        """Return `Planted`, rows that were added at the end."""


def _shuffled(planted, order):
    """The same rows in another order; an index of pandas would name some of them twice, and is made anew."""
    X = take_rows(planted.X, order)
    if hasattr(X, "reset_index"):
        X = X.reset_index(drop=True)
    rows = np.argsort(order)[planted.canaries.rows]
    return Planted(X, planted.y[order], replace(planted.canaries, rows=rows))
