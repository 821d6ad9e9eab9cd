"""Run the trainings of an audit: each model with its engine, nothing twice, no end of failures."""

from ._progress import Progress
from ._store import FitStore, StoredTrainer
from ._trainers import JoblibTrainer, choose_engine
from ._trials import Failure


def choose_engines(engine, models, X, y, changed):
    """Choose how each model is trained.

    Parameters
    ----------
    engine : {"auto", "batched", "loop"}
        What was asked for.
    models : dict of str to classifier
        Unfitted.
    X : array-like
        Training rows.
    y : ndarray
        Labels.
    changed : bool
        Whether the planter changes the rows.

    Returns
    -------
    dict of str to tuple of (str, str)
        By model: the engine, and why this one.

    Raises
    ------
    ValueError
        If it has to be "batched" and cannot be.
    """
    if changed and engine == "batched":
        raise ValueError("engine='batched' needs the same rows in every training, and the planter changes them.")
    if changed and engine == "auto":
        return dict.fromkeys(models, ("loop", "the planter gives every training other rows"))
    return {name: choose_engine(engine, model, X, y) for name, model in models.items()}


def engine_text(engines):
    """Say which engine ran.

    Parameters
    ----------
    engines : dict of str to tuple of (str, str)
        By model: the engine, and why this one.

    Returns
    -------
    str
        Of one model with the reason, of several without.
    """
    if len(engines) == 1:
        return ": ".join(next(iter(engines.values())))
    kinds = dict.fromkeys(engine for engine, _ in engines.values())
    named = {kind: ", ".join(name for name, (engine, _) in engines.items() if engine == kind) for kind in kinds}
    return "; ".join(f"{kind} for {names}" for kind, names in named.items())


def run_trials(trials, data, engines, *, n_jobs=None, fit_timeout=None, cache_dir=None, verbose=0):
    """Run all trainings of an audit.

    Parameters
    ----------
    trials : list of Trial
        What to train.
    data : tuple
        What every training is given: `Common`, rows and labels to train on, rows and labels held out.
    engines : dict of str to tuple of (str, str)
        How each model is trained.
    n_jobs : int, default=None
        As joblib takes it.
    fit_timeout : float, default=None
        Seconds that a fit may take, in a training of many for each.
    cache_dir : path-like, default=None
        Where outcomes are stored.
    verbose : bool or int, default=0
        Whether to tell how far it is.

    Returns
    -------
    dict of Key to Outcome or Failure
        What came of each.
    """
    engine_of = {name: engine for name, (engine, _) in engines.items()}
    progress = Progress(len(trials), verbose)

    def trainer(together):
        return JoblibTrainer(data, together, n_jobs, fit_timeout)

    if cache_dir is None:
        return _run(trials, engine_of, trainer, progress, {})
    with FitStore(cache_dir, data[1:], data[0], engine_of) as store:
        done = {trial: outcome for trial in trials if (outcome := store.get(trial)) is not None}
        progress.stored(len(done))
        return _run(trials, engine_of, lambda together: StoredTrainer(trainer(together), store), progress, done)


def _run(trials, engine_of, trainer_of, progress, done):
    """Loop trainings first; trainings of many at once one model after the other."""
    outcomes = dict(done)
    loop = [trial for trial in trials if engine_of[trial.key.model] == "loop"]
    together = {name: [t for t in trials if t.key.model == name] for name, e in engine_of.items() if e != "loop"}
    runs = [(loop, False), *((group, True) for group in together.values())]
    try:
        for group, as_one in runs:
            trainer = trainer_of(as_one)
            for part in [group] if as_one else _rehearsed(group, outcomes):
                for results in trainer.run(part, outcomes.keys() & set(part)):
                    outcomes |= results
                    progress.finished(results)
    finally:
        progress.close()
    return {trial.key: outcome for trial, outcome in outcomes.items()}


def _rehearsed(trials, outcomes):
    """Give the first training of each model, and then all others but those that cannot succeed.

    Rows or parameters that a model does not take fail in its first training as in its hundredth: once is enough, and
    the others are marked as not tried. Whatever else fails may succeed with another seed.
    """
    first: dict = {}
    for trial in trials:
        first.setdefault(trial.key.model, trial)  # a model under attack, where there is one
    yield [trial for trial in first.values() if trial not in outcomes]
    for trial in trials:
        failed = outcomes.get(first[trial.key.model])
        if isinstance(failed, Failure) and failed.of_input:
            outcomes.setdefault(trial, Failure(f"not tried, for the first fit failed: {failed.error}", of_input=True))
    yield trials
