"""What models say of rows that they did not see: of the canaries, and of part of the other training rows."""

from dataclasses import dataclass

import numpy as np

from ._sources import Training


@dataclass(frozen=True)
class CrossFit:
    """Models trained without the canaries and without a part of the other rows, each part left out once.

    Evidence: ``second`` of shape (n_folds, n_canaries), their probabilities of each second candidate, renormalised;
    and by number of the part ``left_out_0`` and so on, of shape (n_left_out, n_classes), what each says of the
    bystanders that it did not see, in the order of their rows.

    Attributes
    ----------
    n_folds : int
        Parts, two at least.
    """

    n_folds: int = 2
    may_be_missing = True

    def trainings(self):
        """Return the further trainings.

        Returns
        -------
        tuple of Training
            One for each part.
        """
        return tuple(Training("left out", number, n_folds=self.n_folds) for number in range(self.n_folds))

    def collect(self, ask, trained, public):
        """Put the answers together.

        Parameters
        ----------
        ask : callable
            Not used.
        trained : list of Trained
            All of the models.
        public : PublicCanaries
            The canaries.

        Returns
        -------
        dict of str to ndarray
            ``second`` and ``left_out_...``.
        """
        if len(trained) < self.n_folds:
            raise ValueError(f"of {self.n_folds} models without a part of the rows {len(trained)} are left")
        parts = {f"left_out_{number}": one.left_out for number, one in enumerate(trained)}
        return {"second": np.stack([one.second for one in trained])} | parts
