"""What the model under attack says of training rows that are no canaries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BystanderOutputs:
    """The probabilities that the model under attack gives training rows that are no canaries, and their labels.

    Evidence: ``rows`` of shape (n_bystanders,), rows of the training data; ``pairs`` of shape (n_bystanders, 2), two
    candidates of each, its label and a random other one, as positions in the classes; ``codes`` of shape
    (n_bystanders,), which of the two the label is that the model was trained on; ``second`` of the same shape, the
    probability of the second candidate, renormalised over the two.
    """

    needs_bystanders = True
    may_be_missing = True

    def trainings(self):
        """Return no further trainings.

        Returns
        -------
        tuple
            Empty.
        """
        return ()

    def collect(self, ask, trained, public):
        """Ask about the bystanders.

        Parameters
        ----------
        ask : callable
            From rows to probabilities.
        trained : list
            Not used.
        public : PublicCanaries
            With bystanders.

        Returns
        -------
        dict of str to ndarray
            ``rows``, ``pairs``, ``codes`` and ``second``.
        """
        others = require_bystanders(public)
        second = others.second(ask(others.X))
        return {"rows": others.rows, "pairs": others.pairs, "codes": others.codes, "second": second}


def require_bystanders(public):
    """Return the bystanders, or ValueError where nobody kept them.

    Parameters
    ----------
    public : PublicCanaries
        What may be known of the canaries.

    Returns
    -------
    Bystanders
        Ten at least.
    """
    if public.bystanders is None:
        raise ValueError(
            "training rows that are no canaries were not kept: plant with CanaryFlipper(keep_bystanders=True), or let "
            "LabelAudit or train_shadows collect the evidence"
        )
    if len(public.bystanders) < 10:
        raise ValueError(f"ten training rows that are no canaries are needed, there are {len(public.bystanders)}")
    return public.bystanders
