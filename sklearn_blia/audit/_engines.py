"""How the fits of a sweep are run: one after another, or spread by joblib."""

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ._members import Failure, try_member


def run_loop(members, arguments, n_jobs):
    """Run fits through joblib, with whatever backend is set, and yield each as it is finished.

    Parameters
    ----------
    members : list of Member
        What to fit.
    arguments : tuple
        What every fit is given before its member. Passed as they are and not in a container, so that a
        distributed backend sends each once to a worker and not once for every fit.
    n_jobs : int or None
        As joblib takes it.

    Yields
    ------
    member : Member
        Which fit.
    result : Fit or Failure
        What came of it.
    """
    left = list(members)
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    try:
        for member, result in parallel(delayed(_labelled)(*arguments, member) for member in members):
            left.remove(member)
            yield member, result
    except TerminatedWorkerError:
        yield from _one_by_one(left, arguments)


def _labelled(*arguments):
    return arguments[-1], try_member(*arguments)


def _one_by_one(members, arguments):
    """A worker died, and took the others' work along: each fit gets a process of its own, to find the deadly one."""
    for member in members:
        executor = get_reusable_executor(max_workers=1, reuse=False)
        try:
            yield executor.submit(_labelled, *arguments, member).result()
        except TerminatedWorkerError as error:
            told = str(error).splitlines()[0]
            yield member, Failure(f"The worker process died ({told}); it may have run out of memory.")
        finally:
            executor.shutdown(kill_workers=True)
