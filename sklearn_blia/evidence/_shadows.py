"""What models like the one under attack say of the canaries, trained with coins of their own."""

from dataclasses import dataclass

import numpy as np

from ._sources import Training


@dataclass(frozen=True)
class Shadows:
    """Models like the one under attack, trained on the same rows with fresh coins on the canaries.

    Evidence: ``second`` of shape (n_shadows, n_canaries), their probabilities of each second candidate, renormalised,
    and ``codes`` of the same shape, the candidate on which each was trained (-1 for neither). The coins are independent
    of those of the model under attack.

    Parameters
    ----------
    n_shadows : int, default=16
        How many.
    same_seed : bool, default=False
        Whether they are given the training seed of the model under attack: the worst case, in which the auditor knows
        it.
    """

    n_shadows: int = 16
    same_seed: bool = False

    def trainings(self):
        """Return the further trainings; those of fewer shadows are among those of more.

        Returns
        -------
        tuple of Training
            One for each shadow.
        """
        return tuple(Training("redrawn", number, self.same_seed) for number in range(self.n_shadows))

    def collect(self, ask, trained, public):
        """Put the shadows' answers and coins together.

        Parameters
        ----------
        ask : callable
            Not used.
        trained : list of Trained
            The shadows.
        public : PublicCanaries
            The canaries.

        Returns
        -------
        dict of str to ndarray
            ``second`` and ``codes``.
        """
        if len(trained) < 2:
            raise ValueError(f"of {self.n_shadows} shadow models {len(trained)} are left, and two are needed")
        return {"second": np.stack([t.second for t in trained]), "codes": np.stack([t.codes for t in trained])}
