"""One model at one privacy budget, over all repeats: what was measured and what was found."""

from dataclasses import dataclass, field

import numpy as np

from ..metrics import Findings, PrivacyClaim


@dataclass(frozen=True)
class Cell:
    """One model at one privacy budget.

    Attributes
    ----------
    model : str
        Name of the model.
    epsilon : float
        The budget; ``inf`` without label privacy.
    claim : PrivacyClaim
        What the mechanism or the defence promised at that budget.
    cap : float
        Success ratio against private labels that no label-blind attack exceeds on average, if the mechanism is what it
        says it is.
    train_accuracies, test_accuracies, seconds : ndarray of shape (n_repeats,)
        Of each repeat: on the labels that it was trained on, on clean held-out labels, time; NaN for a fit that failed.
    findings : Findings or None
        All attacks, repeats together; None where every fit failed, or every attack.
    errors : list of str
        Errors of the fits that failed.
    failed_attacks : dict of str to str
        Errors of the attacks that failed, by name; they are not among the findings.
    n_spared : int
        Repeats that were not made, for the claim was refuted before.
    unit_size : int
        Labels that one coin decides at most. Where there are more than one, success ratios, `cap` and bounds are of
        coins, and a claim of epsilon for single labels is held to so many times that (group privacy).
    """

    model: str
    epsilon: float
    claim: PrivacyClaim
    cap: float
    train_accuracies: np.ndarray
    test_accuracies: np.ndarray
    seconds: np.ndarray
    findings: Findings | None
    errors: list = field(default_factory=list)
    failed_attacks: dict = field(default_factory=dict)
    n_spared: int = 0
    unit_size: int = 1

    @property
    def n_made(self):
        """Repeats that were made, those that failed included."""
        return len(self.seconds) - self.n_spared

    @property
    def is_private(self):
        """Whether label privacy was promised."""
        return self.claim.epsilon != np.inf

    @property
    def attacks(self):
        """Findings by the attacks' names; empty where every fit failed."""
        return {} if self.findings is None else self.findings.attacks

    @property
    def refuted(self):
        """Whether the bound refutes the claim."""
        return self.findings is not None and self.findings.refuted

    @property
    def unit_claim(self):
        """What the claim says of all labels that one coin decides."""
        return self.claim.of_group(self.unit_size)

    @property
    def promise(self):
        """The claim as a text, with what it says of a coin where that decides several labels."""
        if self.unit_size == 1 or self.claim.epsilon == np.inf:
            return str(self.claim)
        return f"{self.claim} ({self.unit_claim} for the {self.unit_size} labels of a coin)"

    @property
    def bound(self):
        """The largest bound on epsilon; None where no attack gives one."""
        found = None if self.findings is None else self.findings.bound
        return None if found is None else found.epsilon_lower_bound

    def mean(self, name):
        """Return the mean of a measure over the repeats that did not fail.

        Parameters
        ----------
        name : {"train_accuracies", "test_accuracies", "seconds"}
            Which.

        Returns
        -------
        float
            NaN where every fit failed.
        """
        values = getattr(self, name)
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else float("nan")
