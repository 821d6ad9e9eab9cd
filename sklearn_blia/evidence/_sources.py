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
    n_folds : int
        Where it is more than 1 and the canaries are left out, the other rows are dealt into so many parts, and those
        of the part `number` are left out, too.
    """

    canaries: str = "redrawn"
    number: int = 0
    same_seed: bool = False
    n_folds: int = 1

    def __post_init__(self):
        if self.canaries not in CANARIES:
            raise ValueError(f"canaries must be one of {CANARIES}, got {self.canaries!r}.")
        if self.canaries == "left out" and self.same_seed:
            raise ValueError("same_seed is for trainings with redrawn canaries.")
        if self.n_folds > 1 and not (self.canaries == "left out" and 0 <= self.number < self.n_folds):
            raise ValueError("n_folds is for trainings that leave the canaries and the part of that number out.")

    def __str__(self):
        if self.canaries == "left out":
            return "reference model" + f" without part {self.number}" * (self.n_folds > 1)
        return f"shadow model {self.number}" + " with the same seed" * self.same_seed

    def keeps(self, rows, canary_rows):
        """Tell which rows it is trained on.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Rows of the training data.
        canary_rows : ndarray of int of shape (n_canaries,)
            Those of the canaries.

        Returns
        -------
        ndarray of bool of shape (n_rows,)
            Whether it is.
        """
        if self.canaries == "redrawn":
            return np.ones(len(rows), dtype=bool)
        kept = ~np.isin(rows, canary_rows)
        return kept & (fold_of(rows, self.n_folds) != self.number) if self.n_folds > 1 else kept


def fold_of(rows, n_folds):
    """Deal rows into parts as if by chance, each by its number alone, so that pieces of a table can be dealt.

    Parameters
    ----------
    rows : ndarray of int of shape (n_rows,)
        Rows of the training data.
    n_folds : int
        Parts.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        Part of each: the number mixed by splitmix64 (Steele, Lea and Flood 2014), modulo `n_folds`.
    """
    mixed = np.asarray(rows).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(n_folds)).astype(int)


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
    left_out : ndarray of shape (n_left_out, n_classes) or None
        Of a training that leaves a part of the other rows out: its probabilities of the bystanders among them, in
        their order.
    """

    second: np.ndarray
    codes: np.ndarray
    left_out: np.ndarray | None = None


@runtime_checkable
class Source(Protocol):
    """Where one kind of evidence comes from.

    A source is hashable and compares by value, a frozen dataclass say: it is the key under which its evidence is
    found and stored, and its ``repr`` has to tell it from every other. One that looks at training rows that are no
    canaries says so by an attribute ``needs_bystanders`` that is True; one without which an audit goes on, but for the
    attacks that look at it, by ``may_be_missing``.
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
            Candidates, classes and features of the canaries, and the bystanders for a source that needs them.

        Returns
        -------
        dict of str to ndarray
            The evidence.
        """


def need_bystanders(sources):
    """Tell whether any of several sources looks at training rows that are no canaries.

    Parameters
    ----------
    sources : iterable of Source
        Which.

    Returns
    -------
    bool
        Whether one does.
    """
    return any(getattr(source, "needs_bystanders", False) for source in sources)


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
