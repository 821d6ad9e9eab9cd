"""How the fits of a sweep are run: one by one or many in one training, here or wherever joblib spreads them."""

import threading
from contextlib import nullcontext
from math import ceil

import numpy as np
from joblib import effective_n_jobs
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed  # these hand scikit-learn's configuration on

from ._batched import fit_together, split_front, why_not_batched
from ._members import Failure, fit_member

ENGINES = ("auto", "batched", "loop")

# More save little time each, and would be lost together when the process is killed.
_MOST_TOGETHER = 20


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


def make_jobs(members, engine, n_jobs):
    """Divide fits into jobs: one each for the loop, else as few as keep all workers busy.

    Parameters
    ----------
    members : list of Member
        What to fit.
    engine : {"batched", "loop"}
        How.
    n_jobs : int or None
        As joblib takes it.

    Returns
    -------
    list of tuple of Member
        Jobs of almost equal size.
    """
    if engine == "loop":
        return [(member,) for member in members]
    together = [member for member in members if member.role != "reference"]
    n_workers = effective_n_jobs(n_jobs)
    n_turns = ceil(len(together) / (n_workers * _MOST_TOGETHER))
    n_parts = min(n_workers * n_turns, len(together))
    jobs = [tuple(together[i] for i in part) for part in np.array_split(np.arange(len(together)), n_parts)]
    # A reference has other rows, and is trained alone.
    return jobs + [(member,) for member in members if member.role == "reference"]


def run_jobs(jobs, arguments, engine, n_jobs):
    """Run fits through joblib, with whatever backend is set, and yield those of each job as it is finished.

    Trainings of many fits spend their time in large products, which run side by side in threads; what is
    smaller gets processes.

    Parameters
    ----------
    jobs : list of tuple of Member
        What to fit; the members of one job in one training.
    arguments : tuple
        What every fit is given before its member. Passed as they are and not in a container, so that a
        distributed backend sends each once to a worker and not once for every fit.
    engine : {"batched", "loop"}
        How.
    n_jobs : int or None
        As joblib takes it.

    Yields
    ------
    dict of Member to Fit or Failure
        What came of one job.
    """
    left, together = list(jobs), engine == "batched"
    prefer = "threads" if together else "processes"
    backend = get_active_backend(prefer=prefer)[0]
    in_threads = getattr(backend, "supports_sharedmem", False)
    stop = Stop() if in_threads else None
    as_they_come = "generator_unordered" if backend.supports_return_generator else "list"
    parallel = Parallel(n_jobs=n_jobs, prefer=prefer, return_as=as_they_come)
    n_at_a_time = max(1, min(effective_n_jobs(n_jobs), len(jobs)))
    with _threads(n_at_a_time) if together and in_threads else nullcontext():
        try:
            for results in parallel(delayed(try_job)(*arguments, job, together, stop) for job in jobs):
                left.remove(tuple(results))
                yield results
        except Exception:
            # try_job lets none through, so a worker is lost, or what goes to it or comes back.
            yield from _one_by_one(left, arguments, together, backend)
        finally:
            if stop:
                stop.set()


def _threads(n_at_a_time):
    from ..neural._threads import divided_threads

    return divided_threads(n_at_a_time)


class Stop(threading.Event):
    """Ends trainings in threads, which no signal reaches, when the sweep is interrupted."""

    def check(self):
        """Raise where the sweep has been interrupted."""
        if self.is_set():
            raise SystemExit


def try_job(estimator, X_train, y_train, X_test, y_test, protocol, job, together=False, stop=None):
    """Fit the members of a job; an exception costs its own fit alone, not the others.

    Parameters
    ----------
    estimator, X_train, y_train, X_test, y_test, protocol
        What every fit is given, as in `fit_member`.
    job : tuple of Member
        What to fit.
    together : bool, default=False
        In one training; else there is one member.
    stop : Stop, default=None
        Ends a training of several from outside.

    Returns
    -------
    dict of Member to Fit or Failure
        What came of them.
    """
    arguments = (estimator, X_train, y_train, X_test, y_test, protocol)
    try:
        fits = fit_together(*arguments, job, stop and stop.check) if together else [fit_member(*arguments, job[0])]
    except MemoryError as error:
        if len(job) == 1:
            return {job[0]: Failure.of(error)}
        half = len(job) // 2
        return try_job(*arguments, job[:half], together, stop) | try_job(*arguments, job[half:], together, stop)
    except Exception as error:
        return {member: Failure.of(error) for member in job}
    return dict(zip(job, fits, strict=True))


def _one_by_one(jobs, arguments, together, backend):
    """A worker died, and took the others' work along: each job runs by itself, to find the deadly fit."""
    for job in jobs:
        try:
            yield _by_itself(job, arguments, together, backend)
        except Exception as error:
            if len(job) > 1:
                yield from _one_by_one([(member,) for member in job], arguments, together, backend)
                continue
            told = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            yield {job[0]: Failure(f"The worker process died ({told}); it may have run out of memory.")}


def _by_itself(job, arguments, together, backend):
    if hasattr(backend, "client"):  # Dask's; joblib would run a single task here, and this process with it to its death
        return backend.client.submit(try_job, *arguments, job, together, pure=False).result()
    executor = get_reusable_executor(max_workers=1, reuse=False)
    try:
        return executor.submit(try_job, *arguments, job, together).result()
    finally:
        executor.shutdown(kill_workers=True)
