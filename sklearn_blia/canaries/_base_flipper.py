"""What every planter shares that leaves the rows as they are: it is a label sampler, and keeps the secret."""

from abc import abstractmethod
from dataclasses import replace

import numpy as np

from ._bystanders import bystanders_of
from ._draw_canaries import draw_canaries
from ._labels import plain_labels
from ._planter import NUMBER_CONSTRAINTS, Planted, how_many
from ._random import generator
from ._rows import take_rows
from ._sampler import BaseLabelSampler


class BaseFlipper(BaseLabelSampler):
    """Base of planters that re-draw labels of some rows and change nothing else.

    A subclass implements ``_choose(X, codes, classes, rng)``, which returns rows in rising order and their units or
    None, by features and natural labels alone: nothing may follow from a coin, and none is drawn before. One whose
    decoys are not random other classes implements ``_draw``, too.
    """

    _parameter_constraints: dict = {
        **BaseLabelSampler._parameter_constraints,
        **NUMBER_CONSTRAINTS,
        "keep_bystanders": ["boolean"],
    }
    _secrets = ("canaries_", "bystanders_")
    _hidden = (
        "bystanders_",
        "canaries_",
        "canary_indices_",
        "canary_X_",
        "canary_pairs_",
        "canary_labels_",
        "canary_natural_labels_",
    )

    @abstractmethod
    def _choose(self, X, codes, classes, rng):
        """Return rows in rising order, and the unit of each, from 0, or None."""

    def _draw(self, X, codes, classes, rng):
        """Return `Canaries` in the rows that were chosen."""
        rows, units = self._choose(X, codes, classes, rng)
        return draw_canaries(rows, codes, classes, rng, units)

    def plant(self, X, y, rng):
        """Plant canaries with the randomness of a given generator; nothing is kept, and `random_state` plays no part.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of n_samples rows
            Features; they pass through untouched.
        y : array-like of shape (n_samples,)
            Natural labels.
        rng : numpy.random.Generator
            Draws everything.

        Returns
        -------
        Planted
            The same features, the new labels and the secret.
        """
        self._validate_params()
        labels = plain_labels(y)
        classes = self._find_classes(labels)
        canaries = self._draw(X, self._encode(labels, classes), classes, rng)
        return Planted(X, canaries.apply(labels), canaries)

    def _sample_labels(self, X, codes):
        rng = generator(self.random_state, type(self).__name__, X, codes)
        canaries = self._draw(X, codes, self.classes_, rng)
        self.canaries_ = replace(canaries, X=take_rows(X, canaries.rows))
        self.bystanders_ = None
        if self.keep_bystanders:
            self.bystanders_ = bystanders_of(canaries.rows, self.classes_[codes], self.classes_, X)
        new = codes.copy()
        new[canaries.rows] = np.searchsorted(self.classes_, canaries.private)
        return new

    def _count(self, n_there, what="rows"):
        return how_many(self.n_canaries, self.fraction, n_there, what)

    @property
    def canary_indices_(self):
        """Rows that are canaries."""
        return self.canaries_.rows

    @property
    def canary_X_(self):
        """Features of the canaries."""
        return self.canaries_.X

    @property
    def canary_pairs_(self):
        """Candidate labels of each canary."""
        return self.canaries_.pairs

    @property
    def canary_labels_(self):
        """Private labels."""
        return self.canaries_.private

    @property
    def canary_natural_labels_(self):
        """Natural labels."""
        return self.canaries_.natural
