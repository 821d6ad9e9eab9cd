"""What an attacker can make for himself, without the target's labels."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Shadows:
    """Outputs of models like the target, trained on the same rows with coins of their own on the canaries.

    Attributes
    ----------
    second_proba : ndarray of shape (n_shadows, n_canaries)
        Their probability of each of the target's canaries' second candidate, renormalised.
    coins : ndarray of int8 of shape (n_shadows, n_canaries)
        Candidate on which the shadow was trained: 0 the first, 1 the second; -1 where randomized response
        released neither.
    """

    second_proba: np.ndarray
    coins: np.ndarray

    def __len__(self):
        return len(self.coins)

    def first(self, count):
        """Leave out all but the first ones.

        Parameters
        ----------
        count : int
            How many to keep.

        Returns
        -------
        Shadows
            So many, or all where there are fewer.
        """
        return Shadows(self.second_proba[:count], self.coins[:count])

    def without(self, number):
        """Leave one out.

        Parameters
        ----------
        number : int
            Which.

        Returns
        -------
        Shadows
            The others.
        """
        return Shadows(np.delete(self.second_proba, number, axis=0), np.delete(self.coins, number, axis=0))

    def of(self, kept):
        """Leave out canaries.

        Parameters
        ----------
        kept : ndarray of bool of shape (n_canaries,)
            Which to keep.

        Returns
        -------
        Shadows
            The same models.
        """
        return Shadows(self.second_proba[:, kept], self.coins[:, kept])


@dataclass(frozen=True, eq=False)
class SideInformation:
    """Everything beside the target's outputs that an attack may use. It holds no label of the target's.

    Attributes
    ----------
    reference : ndarray of shape (n_canaries,) or None
        Probability of each canary's second candidate from a model fitted without the canary rows.
    shadows : Shadows or None
        Models with training seeds of their own.
    matched_shadows : Shadows or None
        Models with the target's training seed: the worst case, in which the auditor knows it.
    neighbors : dict of Neighborhood to ndarray of shape (n_neighbors, n_canaries), or None
        The target's probabilities of the second candidate at rows around each canary.
    """

    reference: np.ndarray | None = None
    shadows: Shadows | None = None
    matched_shadows: Shadows | None = None
    neighbors: dict | None = None

    def of(self, kept):
        """Leave out canaries.

        Parameters
        ----------
        kept : ndarray of bool of shape (n_canaries,)
            Which to keep.

        Returns
        -------
        SideInformation
            The same models.
        """
        return SideInformation(
            reference=None if self.reference is None else self.reference[kept],
            shadows=None if self.shadows is None else self.shadows.of(kept),
            matched_shadows=None if self.matched_shadows is None else self.matched_shadows.of(kept),
            neighbors=self.neighbors and {key: around[:, kept] for key, around in self.neighbors.items()},
        )
