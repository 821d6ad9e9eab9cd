"""How the trainings of an audit are run: one by one or many at once, here or wherever joblib spreads them."""

import multiprocessing
import os
import threading
from contextlib import nullcontext
from dataclasses import replace
from math import ceil
from typing import Protocol

import numpy as np
from joblib import effective_n_jobs
from joblib.parallel import BACKENDS, get_active_backend
from sklearn.utils.parallel import Parallel, delayed  # these hand scikit-learn's configuration on

from ._batched import train_together, why_not_batched
from ._concurrency import SideBySide, share_of_cores
from ._fronts import split_front
from ._training import train
from ._trials import Data, Failure
from ._workers import Lost, call_in_workers

ENGINES = ("auto", "batched", "loop")

# More save no time, leave a core idle at the end, and would be lost together when the process is killed.
_MOST_TOGETHER = 9
_PREFERRED = {"together": "threads", "threads": "threads", "processes": "processes"}
# Jobs of each worker between two looks at what is finished, where a backend does not tell of each.
_ROUNDS = 4


class Trainer(Protocol):
    """Runs trials, in whatever order and wherever."""

    def run(self, trials, done=frozenset()):
        """Run trials.

        Parameters
        ----------
        trials : sequence of Trial
            What to train.
        done : collection of Trial, default=frozenset()
            Those among them whose outcomes are there already.

        Yields
        ------
        dict of Trial to Outcome or Failure
            Those that were finished together.
        """


class JoblibTrainer:
    """Runs trials through joblib, with whatever backend is set.

    Parameters
    ----------
    data : dict of str to Data
        By model: what every training of it is given.
    how : {"together", "threads", "processes"}
        Whether many trials make one training; else each is a job of its own, in a thread or a process.
    n_jobs : int or None
        As joblib takes it.
    fit_timeout : float, default=None
        Seconds that a fit may take; a job of many has as many times that, and if it is ended each is tried alone. None
        sets no limit; else each job runs in a process that can be ended, with a copy of the data.
    """

    def __init__(self, data, how, n_jobs, fit_timeout=None):
        self.data = data
        self.how = how
        self.n_jobs = n_jobs
        self.fit_timeout = fit_timeout

    def run(self, trials, done=frozenset()):
        """Run trials, those of one job together.

        Parameters
        ----------
        trials : sequence of Trial
            What to train.
        done : collection of Trial, default=frozenset()
            Those among them that need not be run.

        Yields
        ------
        dict of Trial to Outcome or Failure
            What came of one job.
        """
        # Jobs are divided before it is asked what is done: trials that are repeated together were so before.
        jobs = make_jobs(trials, self.how, self.n_jobs)
        missing = [left for job in jobs if (left := tuple(trial for trial in job if trial not in done))]
        if self.fit_timeout is None:
            yield from run_jobs(missing, self.data, self.how, self.n_jobs)
        else:
            yield from _each_by_itself(missing, self.data, self.how, self.n_jobs, self.fit_timeout)


def check_timeout(fit_timeout):
    """Raise ValueError if fits are to be ended where they cannot be.

    Parameters
    ----------
    fit_timeout : float or None
        Seconds that a training may take.
    """
    if fit_timeout is None:
        return
    if multiprocessing.current_process().daemon:
        raise ValueError(
            f"fit_timeout={fit_timeout:g} needs processes that can be ended, and a daemon of multiprocessing "
            "may start none: run the audit in another process, or take fit_timeout=None."
        )
    backend = get_active_backend(prefer="processes")[0]
    if backend.nesting_level:
        return  # in a worker of joblib's, where it is threads that joblib itself would take
    if type(backend) not in [BACKENDS.get(name) for name in ("loky", "multiprocessing", "sequential")]:
        raise ValueError(
            f"fit_timeout={fit_timeout:g} needs processes of this machine, which can be ended, and joblib's backend is "
            f"{type(backend).__name__}: take the default backend, or fit_timeout=None."
        )


def choose_engine(engine, estimator, X, y):
    """Choose how the fits are run.

    Parameters
    ----------
    engine : {"auto", "batched", "loop"}
        What was asked for.
    estimator : classifier
        Unfitted.
    X : array-like
        Training rows.
    y : array-like
        Labels.

    Returns
    -------
    name : {"batched", "loop"}
        The engine.
    reason : str
        Why this one.

    Raises
    ------
    ValueError
        If it has to be "batched" and cannot be.
    """
    if engine == "loop":
        return "loop", "as asked for"
    why_not = why_not_batched(estimator, X, y)
    if engine == "batched":
        if why_not:
            raise ValueError(f"engine='batched' cannot run this: {why_not}. engine='loop' takes any classifier.")
        return "batched", "as asked for"
    why_loop = why_not or split_front(estimator)[1].why_slow_together()
    if why_loop:
        return "loop", why_loop
    return "batched", "one training for many fits, each equal to its own alone up to rounding"


def make_jobs(trials, how, n_jobs):
    """Divide trials into jobs: one each for the loop, else as few as keep all workers busy.

    Parameters
    ----------
    trials : sequence of Trial
        What to train.
    how : {"together", "threads", "processes"}
        Whether many make one training.
    n_jobs : int or None
        As joblib takes it.

    Returns
    -------
    list of tuple of Trial
        Jobs of almost equal size.
    """
    if how != "together":
        return [(trial,) for trial in trials]
    # One that leaves rows out has others, and is trained alone.
    alone = [trial for trial in trials if trial.leaves_out]
    many = [trial for trial in trials if not trial.leaves_out]
    n_workers = effective_n_jobs(n_jobs)
    n_turns = ceil(len(many) / (n_workers * _MOST_TOGETHER))
    n_parts = max(1, min(n_workers * n_turns, len(many)))
    jobs = [tuple(many[i] for i in part) for part in np.array_split(np.arange(len(many)), n_parts)]
    return [job for job in jobs if job] + [(trial,) for trial in alone]


def shares_memory(how):
    """Tell whether jobs see the memory of this process, with the backend that is set.

    Parameters
    ----------
    how : {"together", "threads", "processes"}
        As in `JoblibTrainer`.

    Returns
    -------
    bool
        Whether they do.
    """
    return getattr(get_active_backend(prefer=_PREFERRED[how])[0], "supports_sharedmem", False)


def run_jobs(jobs, data, how, n_jobs):
    """Run jobs through joblib, and yield the outcomes of each as it is finished.

    Parameters
    ----------
    jobs : list of tuple of Trial
        What to train; the trials of one job in one training.
    data : dict of str to Data
        By model: what every training of it is given.
    how : {"together", "threads", "processes"}
        Whether a job is one training, and what is preferred for a job: trainings of many spend their time in products,
        which run side by side in threads.
    n_jobs : int or None
        As joblib takes it.

    Yields
    ------
    dict of Trial to Outcome or Failure
        What came of one job.
    """
    if not jobs:
        return
    left = dict(enumerate(jobs))
    together, prefer = how == "together", _PREFERRED[how]
    backend = get_active_backend(prefer=prefer)[0]
    n_at_a_time = max(1, min(effective_n_jobs(n_jobs), len(jobs)))
    beside = SideBySide(n_at_a_time) if shares_memory(how) else None
    as_they_come = "generator_unordered" if backend.supports_return_generator else "list"
    parallel = Parallel(n_jobs=n_jobs, prefer=prefer, return_as=as_they_come)
    # A backend that gives its results all at once is asked for a few at a time: what is finished is stored.
    n_asked = len(jobs) if as_they_come != "list" else n_at_a_time * _ROUNDS
    numbered = list(enumerate(jobs))
    data = _with_shares(data, None if hasattr(backend, "client") else n_at_a_time)
    with _divided(beside, together, n_at_a_time):
        try:
            for start in range(0, len(jobs), n_asked):
                some = numbered[start : start + n_asked]
                tasks = (
                    delayed(try_job)(*data[job[0].key.model], job, together, beside, number, os.getpid())
                    for number, job in some
                )
                for number, results in parallel(tasks):
                    yield dict(zip(left.pop(number), results, strict=True))
        except Exception:
            # try_job lets none through, so a worker is lost, or what goes to it or comes back.
            if hasattr(backend, "client"):
                yield from _on_cluster(list(left.values()), data, how)
            else:
                yield from _each_by_itself(list(left.values()), data, how, n_jobs)
        finally:
            if beside:
                beside.set()


def _with_shares(data, n_at_a_time):
    """Tell of each model's trainings how many threads they may take on this machine; on others they know it."""
    n_threads = None if n_at_a_time is None else share_of_cores(n_at_a_time)
    return {name: one._replace(common=replace(one.common, n_threads=n_threads)) for name, one in data.items()}


def _divided(beside, together, n_at_a_time):
    """Divide the threads of numerical libraries among trainings in threads."""
    if beside is None:
        return nullcontext()
    if not together:
        return beside.around_all()
    from ..neural import divided_threads  # torch is slow to import, and only networks are trained at once

    return divided_threads(n_at_a_time)


def try_job(
    common, X_train, y_train, X_test, y_test, steps, ready_train, ready_test, job, together=False, beside=None,
    number=0, home=None,
):  # fmt: skip
    """Run the trials of a job; an exception costs its own training alone, not the others.

    Parameters
    ----------
    common, X_train, y_train, X_test, y_test, steps, ready_train, ready_test
        What every training of the model is given, as in `Data`.
    job : tuple of Trial
        What to train.
    together : bool, default=False
        In one training; else there is one trial.
    beside : SideBySide, default=None
        What it shares with others in threads of one process.
    number : int, default=0
        Of the job: objects that come back from another process are not those that went there.
    home : int, default=None
        Process that runs the audit, where the user's Ctrl-C ends it.

    Returns
    -------
    number : int
        As it was given.
    results : list of Outcome or Failure
        What came of the trials, in their order.
    """
    data = Data(common, X_train, y_train, X_test, y_test, steps, ready_train, ready_test)
    if beside:
        beside.check()
    try:
        if together:
            return number, train_together(data, job, beside and beside.check)
        with beside.around_one() if beside else nullcontext():
            return number, [train(data, job[0])]
    except MemoryError as error:
        if len(job) == 1:
            return number, [Failure.of(error)]
        half = len(job) // 2
        halves = (try_job(*data, part, together, beside)[1] for part in (job[:half], job[half:]))
        return number, [result for results in halves for result in results]
    except BaseException as error:
        if _ends_the_audit(error, beside, home):
            raise
        return number, [Failure.of(error)] * len(job)


def _ends_the_audit(error, beside, home):
    """Whether it was the user who wanted to; all else that a fit raises is its own affair."""
    if isinstance(error, KeyboardInterrupt):  # signals come to the main thread of the process that runs the audit
        return os.getpid() == home and threading.current_thread() is threading.main_thread()
    return isinstance(error, SystemExit) and beside is not None and beside.is_set()


def _each_by_itself(jobs, data, how, n_jobs, fit_timeout=None, *, last=False):
    """Run jobs in processes that have one each, so that whatever kills or blocks one is known and costs no other.

    Those whose process died while others ran are run once more with nothing beside them: short of memory, the system
    may have killed the wrong one.
    """
    limits = None if fit_timeout is None else [fit_timeout * len(job) for job in jobs]
    n_workers = 1 if last else effective_n_jobs(n_jobs)
    again, alone = [], []
    data = {name: one.with_rows() for name, one in _with_shares(data, min(n_workers, len(jobs))).items()}

    def run(job):
        return try_job(*(*data[job[0].key.model], job, how == "together"))[1]

    calls = call_in_workers(run, jobs, n_workers, limits)
    for number, result in calls:
        job = jobs[number]
        if not isinstance(result, Lost):
            yield dict(zip(job, result, strict=True))
        elif len(job) > 1:
            alone += [(trial,) for trial in job]
        elif result.died and not last and (n_workers > 1 or not result.begun):
            again.append(job)
        else:
            yield {job[0]: _failure(result)}
    if alone:
        yield from _each_by_itself(alone, data, how, n_jobs, fit_timeout)
    if again:
        yield from _each_by_itself(again, data, how, n_jobs, fit_timeout, last=True)


def _failure(lost):
    return Failure(f"{lost.why} It may have run out of memory." if lost.died else lost.why)


def _on_cluster(jobs, data, how):
    """Run jobs on Dask's workers one after another: of several at a time it would not tell which one was deadly."""
    client = get_active_backend()[0].client
    for job in jobs:
        try:
            _, results = client.submit(try_job, *data[job[0].key.model], job, how == "together", pure=False).result()
        except Exception as error:
            if len(job) > 1:
                yield from _on_cluster([(trial,) for trial in job], data, how)
                continue
            told = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            yield {job[0]: _failure(Lost(f"The worker process died ({told}).", died=True))}
        else:
            yield dict(zip(job, results, strict=True))
