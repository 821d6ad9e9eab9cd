"""What a model says of the canaries that never saw them."""

from dataclasses import dataclass

from ._sources import Training


@dataclass(frozen=True)
class Reference:
    """One model trained without the canaries' rows.

    Evidence: ``second`` of shape (n_canaries,), its probability of each second candidate, renormalised.
    """

    def trainings(self):
        """Return the one further training.

        Returns
        -------
        tuple of Training
            Without the canaries' rows.
        """
        return (Training("left out"),)

    def collect(self, ask, trained, public):
        """Take the reference's answer.

        Parameters
        ----------
        ask : callable
            Not used.
        trained : list of Trained
            The reference.
        public : PublicCanaries
            The canaries.

        Returns
        -------
        dict of str to ndarray
            ``second``.
        """
        if not trained:
            raise ValueError("the reference model failed")
        return {"second": trained[0].second}
