"""Where one kind of evidence comes from: the contract, and the model's outputs."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

CANARIES = ("redrawn", "left out")


@dataclass(frozen=True, order=True)
class Training:
    """A further training that a source of evidence needs beside that of the model under attack.

    The same classifier on the same rows, through fresh noise of the same mechanism.

    Attributes
    ----------
    canaries : {"redrawn", "left out"}
        Whether the canaries have fresh coins, or their rows are left out.
    number : int
        Which of several.
    same_seed : bool
        Whether the classifier is given the training seed of the model under attack.
    """

    canaries: str = "redrawn"
    number: int = 0
    same_seed: bool = False

    def __post_init__(self):
        if self.canaries not in CANARIES:
            raise ValueError(f"canaries must be one of {CANARIES}, got {self.canaries!r}.")
        if self.canaries == "left out" and self.same_seed:
            raise ValueError("same_seed is for trainings with redrawn canaries.")

    def __str__(self):
        if self.canaries == "left out":
            return "reference model"
        return f"shadow model {self.number}" + " with the same seed" * self.same_seed


@dataclass(frozen=True, eq=False, repr=False)
class Trained:
    """What is kept of a further training: its answer on the canaries, and on which label of each it was trained.

    Attributes
    ----------
    second : ndarray of shape (n_canaries,)
        Its probability of each canary's second candidate, renormalised over the two.
    codes : ndarray of int8 of shape (n_canaries,)
        Candidate on which it was trained: 0 the first, 1 the second; -1 where it was neither, the canaries' rows were
        left out, or nobody tells.
    """

    second: np.ndarray
    codes: np.ndarray


@runtime_checkable
class Source(Protocol):
    """Where one kind of evidence comes from.

    A source is hashable and compares by value, a frozen dataclass say: it is the key under which its evidence is
    found and stored, and its ``repr`` has to tell it from every other.
    """

    def trainings(self):
        """Return the further trainings that it needs.

        Returns
        -------
        tuple of Training
            Sources that need the same one share it.
        """

    def collect(self, ask, trained, public):
        """Collect the evidence.

        Parameters
        ----------
        ask : callable
            From rows to the probabilities, of shape (n_rows, n_classes), that the model under attack gives them. A
            source with further trainings is collected when the model is gone, and can ask about ``public.X`` alone.
        trained : list of Trained
            Outcomes of the further trainings, in their order; those that failed are left out.
        public : PublicCanaries
            Candidates, classes and features of the canaries.

        Returns
        -------
        dict of str to ndarray
            The evidence.
        """


@dataclass(frozen=True)
class Outputs:
    """The probabilities that the model under attack gives the canaries, of all classes.

    Evidence: ``proba`` of shape (n_canaries, n_classes).
    """

    def trainings(self):
        """Return no further trainings.

        Returns
        -------
        tuple
            Empty.
        """
        return ()

    def collect(self, ask, trained, public):
        """Ask about the canaries.

        Parameters
        ----------
        ask : callable
            From rows to probabilities.
        trained : list
            Not used.
        public : PublicCanaries
            The canaries.

        Returns
        -------
        dict of str to ndarray
            ``proba``.
        """
        return {"proba": ask(public.X)}
