"""Run the trainings of an audit: each model with its engine, nothing twice, no end of failures."""

from joblib import effective_n_jobs

from ._code_key import code_key
from ._concurrency import runs_in_threads
from ._fronts import Front, split_front, why_not_shared
from ._progress import Progress
from ._store import FitStore, StoredTrainer
from ._trainers import JoblibTrainer, Trainer, choose_engine, shares_memory
from ._trials import Failure


def choose_engines(engine, data, changed):
    """Choose how each model is trained.

    Parameters
    ----------
    engine : {"auto", "batched", "loop"}
        What was asked for.
    data : Data
        What every training is given.
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
    models = data.common.models
    if changed and engine == "batched":
        raise ValueError("engine='batched' needs the same rows in every training, and the planter changes them.")
    if changed and engine == "auto":
        return dict.fromkeys(models, ("loop", "the planter gives every training other rows"))
    return {name: choose_engine(engine, model, data.X_train, data.y_train) for name, model in models.items()}


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


class TrialRunner:
    """Runs trainings of an audit: what they share is made ready once, at the start.

    Parameters
    ----------
    trials : list of Trial
        All that there may be.
    data : Data
        What every training is given.
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
    """

    def __init__(self, trials, data, engines, *, n_jobs=None, fit_timeout=None, cache_dir=None, verbose=0):
        self.engine_of = {name: engine for name, (engine, _) in engines.items()}
        self.n_jobs, self.fit_timeout, self.cache_dir, self.verbose = n_jobs, fit_timeout, cache_dir, verbose
        if fit_timeout is not None and "batched" in self.engine_of.values():
            from ..neural import compile_loop  # torch is slow to import, and only networks are trained at once

            compile_loop()  # here, where no time is counted
        self.data_key = None if cache_dir is None else data.key()
        may_share = [name for name, engine in self.engine_of.items() if engine == "batched" or fit_timeout is None]
        fronts = _shared_fronts(data, may_share)
        self.data_of = {name: data.with_front(fronts.get(name)) for name in self.engine_of}
        behind_fronts = all(one.fits_front(trial) for one in self.data_of.values() for trial in trials)
        here = all(shares_memory(how) for names, how in _groups(self.engine_of, self.data_of) if names)
        if not (behind_fronts and here):
            data = data.with_rows()  # one copy for all
            self.data_of = {name: data.with_front(fronts.get(name)) for name in self.engine_of}

    @property
    def data(self):
        """What every training is given, of any model: rows as `take_rows` takes them."""
        return next(iter(self.data_of.values()))

    def __call__(self, trials):
        """Run some of the trainings.

        Parameters
        ----------
        trials : list of Trial
            What to train.

        Returns
        -------
        dict of Key to Outcome or Failure
            What came of each.
        """
        progress = Progress(len(trials), self.verbose)
        if self.cache_dir is None:
            return self._run(trials, progress, {})
        with FitStore(self.cache_dir, self.data_key, self.data.common, self.engine_of) as store:
            done = {trial: outcome for trial in trials if (outcome := store.get(trial)) is not None}
            progress.stored(len(done))
            return self._run(trials, progress, done, store)

    def _run(self, trials, progress, done, store=None):
        """Loop trainings first; trainings of many at once one model after the other."""
        outcomes = dict(done)
        try:
            for names, how in _groups(self.engine_of, self.data_of):
                group = [trial for trial in trials if trial.key.model in names]
                data_of = {name: self.data_of[name] for name in names}
                inner = JoblibTrainer(data_of, how, self.n_jobs, self.fit_timeout)
                trainer: Trainer = inner if store is None else StoredTrainer(inner, store)
                for part in [group] if how == "together" else _rehearsed(group, outcomes, self.n_jobs):
                    for results in trainer.run(part, outcomes.keys() & set(part)):
                        outcomes |= results
                        progress.finished(results)
        finally:
            progress.close()
        return {trial.key: outcome for trial, outcome in outcomes.items()}


def _shared_fronts(data, names):
    """Transformers in front of models, fitted once where they may be; models that have the same share them too.

    Where a fit may be ended, its transformers are fitted with it.
    """
    steps_of = {name: split_front(data.common.models[name])[0] for name in names}
    # Before anything is fitted, for a key follows what a function of the user's own reads. It takes lambdas, too.
    keys = {name: key for name, steps in steps_of.items() if steps and (key := _front_key(steps)) is not None}
    fitted = {key: _fitted_once(steps_of[name], data) for key, name in {k: n for n, k in keys.items()}.items()}
    return {name: fitted[key] for name, key in keys.items()}


def _front_key(steps):
    """What tells transformers from others; None where nothing does, and each training fits its own."""
    try:
        return code_key(steps)
    except ValueError:
        return None


def _fitted_once(steps, data):
    if why_not_shared(steps, data.X_train, data.y_train):
        return None
    try:
        return Front.fitted(steps, data.X_train, data.X_test)
    except Exception:  # each training tells of it
        return None


def _groups(engine_of, data_of):
    """Models that are trained side by side, and how."""
    looped = [name for name, engine in engine_of.items() if engine == "loop"]
    in_threads = []
    for name in looped:
        data = data_of[name]
        if runs_in_threads(data.common.models[name], data.steps is not None, len(data.y_train)):
            in_threads.append(name)
    in_processes = [name for name in looped if name not in in_threads]
    yield in_processes, "processes"
    yield in_threads, "threads"
    for name in engine_of:
        if name not in looped:
            yield [name], "together"


def _rehearsed(trials, outcomes, n_jobs):
    """Give the first trainings of each model, and then all others but those that cannot succeed.

    Rows or parameters that a model does not take fail in its first training as in its hundredth: once is enough, and
    the others are marked as not tried. Whatever else fails may succeed with another seed.
    """
    first: dict = {}
    for trial in trials:
        first.setdefault(trial.key.model, trial)  # a model under attack, where there is one
    missing = [trial for trial in trials if trial not in outcomes]
    rehearsal = [trial for trial in first.values() if trial not in outcomes]
    # So many more that no core is idle meanwhile.
    others = [trial for trial in missing if trial not in rehearsal]
    yield rehearsal + others[: max(0, effective_n_jobs(n_jobs) - len(rehearsal))] if rehearsal else []
    for trial in trials:
        failed = outcomes.get(first[trial.key.model])
        if isinstance(failed, Failure) and failed.of_input:
            outcomes.setdefault(trial, Failure(f"not tried, for the first fit failed: {failed.error}", of_input=True))
    yield trials
