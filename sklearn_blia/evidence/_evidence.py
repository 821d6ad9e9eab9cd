"""What an attacker may look at, and what an audit keeps beside it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..canaries import (
    Canaries,
    align_proba,
    check_classes,
    check_proba,
    find_canaries,
    positions_of,
    second_proba,
)
from ._sources import Outputs

MISSING = "missing"  # in place of evidence: why there is none


@dataclass(frozen=True, eq=False, repr=False)
class Evidence:
    """Everything that an attacker may look at, by source. It holds no label of the model under attack.

    Attributes
    ----------
    pairs : ndarray of intp of shape (n_canaries, 2)
        Candidate labels of each canary, as positions in the classes.
    found : dict of Source to dict of str to ndarray
        What each source gave.
    classes : ndarray of shape (n_classes,) or None
        Class labels; None where they have no names.
    """

    pairs: np.ndarray
    found: dict
    classes: np.ndarray | None = None

    def __len__(self):
        return len(self.pairs)

    def __repr__(self):
        return f"Evidence({len(self)} canaries; {', '.join(map(repr, self.found))})"

    def __getitem__(self, source):
        """Return what a source gave: a dict of arrays."""
        try:
            arrays = self.found[source]
            if MISSING in arrays:
                raise ValueError(str(arrays[MISSING]))
            return arrays
        except KeyError:
            held = ", ".join(map(repr, self.found)) or "nothing"
            raise ValueError(
                f"There is no evidence of {source!r}, only of {held}: let LabelAudit collect it, or "
                "train_shadows(model, X, y, attacks=...) for a fitted model, or observe(model, sources=...)."
            ) from None

    @property
    def candidates(self):
        """Candidate labels of each canary, of shape (n_canaries, 2); without names the positions of their classes."""
        return self.pairs if self.classes is None else self.classes[self.pairs]

    @property
    def proba(self):
        """The model's probabilities of all classes, of shape (n_canaries, n_classes)."""
        return self[Outputs()]["proba"]

    @cached_property
    def second(self):
        """The model's probability of each canary's second candidate, renormalised over the two candidates."""
        return second_proba(self.proba, self.pairs)

    @property
    def argmax_is_candidate(self):
        """Whether the model's most probable class is a candidate of the canary; all True with two classes."""
        return np.take_along_axis(self.proba, self.pairs, axis=1).max(axis=1) >= self.proba.max(axis=1)


@dataclass(frozen=True, eq=False, repr=False)
class Observation:
    """What an audit knows of one trained model: the evidence, and the canaries. It holds the secret.

    Attributes
    ----------
    canaries : Canaries
        The canaries.
    evidence : Evidence
        What an attack gets.
    released : ndarray of shape (n_canaries,) or None
        Labels that the model was trained on; None if nobody tells.
    """

    canaries: Canaries
    evidence: Evidence
    released: np.ndarray | None

    def __repr__(self):
        return f"Observation({len(self.canaries)} canaries, secret)"

    @classmethod
    def of(cls, canaries, public, found, released):
        """Put together what was found.

        Parameters
        ----------
        canaries : Canaries
            The canaries.
        public : PublicCanaries
            What of them may be known.
        found : dict of Source to dict of str to ndarray
            What each source gave.
        released : ndarray of shape (n_canaries,) or None
            Labels that the model was trained on.

        Returns
        -------
        Observation
            Evidence and secret.
        """
        return cls(canaries, Evidence(public.pairs, found, public.classes), released)

    @property
    def codes(self):
        """By target, which candidate each coin chose; released ones, where known, are -1 if its rows do not agree."""
        known = {"private": self.canaries.coins}
        if self.released is not None:
            known["released"] = self.canaries.codes(self.released)
        return {target: self.canaries.unit_codes(codes) for target, codes in known.items()}

    @property
    def guessed(self):
        """Whether the most probable class of a row is one of its candidates, of any row of each coin."""
        return self.canaries.in_any(self.evidence.argmax_is_candidate)

    def codes_of(self, target):
        """Return which candidate each coin chose, by labels of one kind.

        Parameters
        ----------
        target : {"private", "released"}
            Which labels.

        Returns
        -------
        ndarray of int8 of shape (n_units,)
            0, 1, or -1 for a label that is neither, or rows that do not agree.

        Raises
        ------
        ValueError
            If nobody tells the released labels.
        """
        if target not in self.codes:
            raise ValueError(
                "target='released' needs a sampler that keeps released_labels_, and one behind the canaries does not: "
                "use target='private'."
            )
        return self.codes[target]


def collect(sources, ask, trained, public, *, tolerant=False):
    """Collect evidence from sources.

    Parameters
    ----------
    sources : iterable of Source
        Which.
    ask : callable
        From rows to probabilities of the model under attack.
    trained : dict of Training to Trained
        Outcomes of further trainings; those that failed are left out.
    public : PublicCanaries
        The canaries.

    tolerant : bool, default=False
        Whether a source that may be missing is passed over where it cannot be collected: the attacks that look at it
        then say why.

    Returns
    -------
    dict of Source to dict of str to ndarray
        What each gave.

    Raises
    ------
    ValueError
        If a source cannot be collected.
    """
    found = {}
    for source in dict.fromkeys(sources):
        outcomes = [trained[training] for training in source.trainings() if training in trained]
        try:
            collected = source.collect(ask, outcomes, public)
            if not isinstance(collected, dict):
                raise ValueError(f"collect() must return a dict of arrays, got {type(collected).__name__}")
            arrays = {name: np.asarray(array) for name, array in collected.items()}
        except Exception as error:
            if tolerant and getattr(source, "may_be_missing", False):
                found[source] = {MISSING: np.array(f"No evidence of {source!r}: {error}")}
                continue
            raise ValueError(f"No evidence of {source!r}: {error}") from error
        objects = [name for name, array in arrays.items() if array.dtype == object]
        if objects:
            raise ValueError(f"No evidence of {source!r}: {objects[0]!r} must be an array of numbers.")
        found[source] = arrays
    return found


def observe(estimator, *, sources=()):
    """Find the canaries in a fitted model and collect evidence that needs no further training.

    Parameters
    ----------
    estimator : estimator
        A fitted model with a `CanaryFlipper` inside.
    sources : sequence of Source, default=()
        What to collect beside the outputs: ``attack.requires``.

    Returns
    -------
    Observation
        For every attack's ``evaluate``.

    Raises
    ------
    ValueError
        As `find_canaries`; or if a source needs further trainings.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia import CanaryFlipper, make_label_pipeline
    >>> from sklearn_blia.evidence import observe
    >>> X, y = make_classification(random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), LogisticRegression())
    >>> observe(model.fit(X, y)).evidence
    Evidence(10 canaries; Outputs())
    """
    model = find_canaries(estimator)
    wanting = [source for source in sources if source.trainings()]
    if wanting:
        raise ValueError(
            f"{wanting[0]!r} compares with other models, and there are none: let LabelAudit train them, or "
            "train_shadows(model, X, y, attacks=...) for a fitted model."
        )
    public = model.public
    found = collect([Outputs(), *sources], model.ask, {}, public)
    return Observation.of(model.canaries, public, found, model.released)


def evidence_of(proba, pairs=None, classes=None, *, found=None):
    """Make evidence of what a model elsewhere said.

    Parameters
    ----------
    proba : array-like of shape (n_canaries, n_classes) or (n_canaries,), or DataFrame
        Class probabilities; a 1-D array is the probability of the second of two classes. Columns of a frame are
        labels.
    pairs : array-like of shape (n_canaries, 2), default=None
        Candidate labels; may be left out with two classes.
    classes : array-like of shape (n_columns,), default=None
        Labels of the columns. By default those of the frame, or the labels that occur in `pairs`, or 0 and 1.
    found : dict of Source to dict of str to array-like, default=None
        Evidence of other sources.

    Returns
    -------
    Evidence
        For ``attack.score``.

    Raises
    ------
    ValueError
        If probabilities, candidates and classes do not fit each other, or a name is missing, or there twice.

    Examples
    --------
    >>> from sklearn_blia.evidence import evidence_of
    >>> evidence_of([[0.2, 0.5, 0.3]], pairs=[["a", "c"]], classes=["a", "b", "c"]).second
    array([0.6])
    """
    pairs, proba, classes = named_proba(proba, pairs, classes)
    found = {source: {name: np.asarray(a) for name, a in arrays.items()} for source, arrays in (found or {}).items()}
    return Evidence(pairs, {Outputs(): {"proba": proba}} | found, classes)


def named_proba(proba, pairs=None, classes=None):
    """Return candidates as positions in the classes, and probabilities in the order of the classes, by name.

    Parameters
    ----------
    proba : array-like of shape (n_canaries, n_classes) or (n_canaries,), or DataFrame
        Class probabilities, as in `evidence_of`.
    pairs : array-like of shape (n_canaries, 2), default=None
        Candidate labels.
    classes : array-like of shape (n_columns,), default=None
        Labels of the columns.

    Returns
    -------
    pairs : ndarray of intp of shape (n_canaries, 2)
        Positions.
    proba : ndarray of shape (n_canaries, n_classes)
        Probabilities.
    classes : ndarray of shape (n_classes,)
        Class labels.

    Raises
    ------
    ValueError
        If something does not fit.
    """
    columns = getattr(proba, "columns", None)
    proba = check_proba(proba)
    if proba.ndim == 1:
        if classes is not None and len(classes) != 2:
            raise ValueError(f"proba in one dimension is for two classes, not {len(classes)}: give all columns.")
        proba = np.column_stack([1 - proba, proba])
    names = check_classes(_names(columns, pairs, classes))
    if len(names) != proba.shape[1]:
        hint = "pass the candidate labels as pairs=flipper.canary_pairs_ and " if pairs is None else "pass "
        raise ValueError(
            f"proba has {proba.shape[1]} columns and there are {len(names)} classes: {hint}classes=model.classes_."
        )
    if columns is not None:
        proba = align_proba(proba, columns, names, trained_on=names, whose="the columns of proba")
    if pairs is None:
        if len(names) != 2:
            raise ValueError(
                f"proba has {proba.shape[1]} columns: with other than two classes pass the candidate labels as pairs="
                "flipper.canary_pairs_."
            )
        return np.tile(np.arange(2), (len(proba), 1)), proba, names
    pairs = np.asarray(pairs)
    if pairs.shape != (len(proba), 2):
        raise ValueError(f"pairs must have shape ({len(proba)}, 2) to go with proba, got {pairs.shape}.")
    at = positions_of(pairs, names)
    if (at < 0).any():
        raise ValueError(
            f"pairs hold the label {pairs[at < 0][0]!r}, and the columns of proba are {names.tolist()[:6]}: labels "
            "must match by name, type included. Give a class that the model never saw a column of zeros."
        )
    if (at[:, 0] == at[:, 1]).any():
        raise ValueError("pairs must hold two different labels for each canary.")
    return at, proba, names


def _names(columns, pairs, classes):
    if classes is not None:
        return classes
    if columns is not None:
        return np.asarray(columns)
    return np.array([0, 1]) if pairs is None else np.unique(np.asarray(pairs))
