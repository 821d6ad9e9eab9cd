"""Evidence on a model that is fitted already: it is asked, and only what attacks compare it with is trained."""

from dataclasses import replace

import numpy as np

from ..canaries import bystanders_of
from ..evidence import Observation, Outputs, collect, need_bystanders
from ._make_trials import make_trials
from ._observations import further_evidence
from ._run import TrialRunner
from ._trials import Common, Data, Failure


def observe_fitted(found, sources, unfitted, X, y, *, labels=None, mechanism=None, epsilon=np.inf, seed, n_jobs=None):
    """Collect evidence on a fitted model.

    Parameters
    ----------
    found : FoundCanaries
        The canaries, with features, and the model.
    sources : sequence of Source
        What attacks look at beside the outputs.
    unfitted : classifier
        Trained anew for each further training: on the rows with coins of its own on the canaries.
    X : array-like of n_samples rows
        Training rows.
    y : ndarray of shape (n_samples,)
        Natural labels.
    labels : ndarray of shape (n_samples,), default=None
        Labels that the model was trained on, canaries aside; None for the natural ones.
    mechanism : sampler, default=None
        Unfitted; what the labels pass through, unless `unfitted` holds it.
    epsilon : float, default=inf
        Its budget.
    seed : int
        Seeds further trainings.
    n_jobs : int, default=None
        Fits at a time.

    Returns
    -------
    Observation
        For every attack's ``evaluate``.

    Raises
    ------
    RuntimeError
        If too many trainings failed.
    """
    public = found.public
    if need_bystanders(sources):
        told = y if labels is None else labels
        public = replace(public, bystanders=bystanders_of(found.canaries.rows, told, found.classes, X))
    here = [source for source in sources if not source.trainings()]
    evidence = collect([Outputs(), *here], found.ask, {}, public, tolerant=True)
    if len(here) < len(sources):
        plain = found.without_features
        trials = make_trials(["model"], [epsilon], 1, seed, sources, lambda _: (plain, None, None))
        further = [trial for trial in trials if not trial.is_target]
        common = Common({"model": unfitted}, mechanism, {}, found.classes)
        data = Data(common, X, y, X, y)
        outcomes = TrialRunner(further, data, {"model": ("loop", "")}, n_jobs=n_jobs)(further)
        more = further_evidence(sources, evidence, {key.training: o for key, o in outcomes.items()}, public)
        if isinstance(more, Failure):
            raise RuntimeError(more.error)
        evidence |= more
    return Observation.of(found.canaries, public, evidence, found.released)
