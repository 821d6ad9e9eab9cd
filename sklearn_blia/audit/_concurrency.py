"""How fits of known classifiers share a machine: which run side by side in threads, and which take all cores if let."""

import threading
from contextlib import nullcontext

import numpy as np
from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from .._blas import limited_blas
from ._boosters import EncodedLabelsClassifier
from ._fronts import split_front

# Their fits let go of the interpreter's lock: threads do as well as processes, and need no start and no second copy of
# the rows (measured in benchmarks/any_classifier.py).
# For each the rows from which on they do: scikit-learn's boosting grows its trees in Python, which counts with few.
_LETS_GO = {
    ("sklearn", "DecisionTreeClassifier"): 0,
    ("sklearn", "ExtraTreeClassifier"): 0,
    ("sklearn", "ExtraTreesClassifier"): 0,
    ("sklearn", "HistGradientBoostingClassifier"): 50_000,
    ("sklearn", "KNeighborsClassifier"): 0,
    ("sklearn", "LogisticRegression"): 0,
    ("sklearn", "RandomForestClassifier"): 0,
    ("lightgbm", "LGBMClassifier"): 0,
    ("xgboost", "XGBClassifier"): 0,
    ("xgboost", "XGBRFClassifier"): 0,
}
# They count the machine's cores themselves, whatever the threads' or processes' share is.
_TAKES_ALL = {("lightgbm", "LGBMClassifier"): "n_jobs", ("catboost", "CatBoostClassifier"): "thread_count"}


def runs_in_threads(estimator, shares_front, n_rows):
    """Tell whether several fits of a classifier make use of several cores from threads of one process.

    Parameters
    ----------
    estimator : classifier
        Unfitted.
    shares_front : bool
        Whether transformers in front of it, if any, are fitted once for all fits; they may hold the lock.
    n_rows : int
        Rows of a fit.

    Returns
    -------
    bool
        Whether they do. A subclass of a known one may do otherwise.
    """
    steps, final = split_front(estimator)
    if isinstance(final, EncodedLabelsClassifier):
        final = final.estimator
    if getattr(final, "solver", None) == "liblinear":
        return False  # whose random numbers all threads draw from one stream
    return (shares_front or not steps) and n_rows >= _LETS_GO.get(_kind(final), np.inf)


def with_threads(estimator, n_threads):
    """Tell the classifiers in an estimator that would take all cores how many to take.

    Parameters
    ----------
    estimator : classifier
        Unfitted; changed in place, where its parameter leaves the number open.
    n_threads : int or None
        Threads of each fit; None changes nothing.

    Returns
    -------
    classifier
        The same.
    """
    if n_threads is None:
        return estimator
    for part in [estimator, *estimator.get_params().values()]:
        parameter = _TAKES_ALL.get(_kind(part))
        if parameter and part.get_params().get(parameter) is None:
            part.set_params(**{parameter: n_threads})
    return estimator


def share_of_cores(n_at_a_time):
    """Return the threads of each of several fits on this machine; None for one alone, which takes what it likes."""
    return None if n_at_a_time <= 1 else max(1, cpu_count() // n_at_a_time)


def _kind(estimator):
    return type(estimator).__module__.partition(".")[0], type(estimator).__name__


class SideBySide(threading.Event):
    """What trainings in threads of one process share: the word to end, and the numerical libraries' threads.

    Parameters
    ----------
    n_at_a_time : int
        Trainings at a time.
    """

    def __init__(self, n_at_a_time):
        super().__init__()
        self.n_each = share_of_cores(n_at_a_time)
        self._openmp = ThreadpoolController().select(user_api="openmp") if self.n_each else None

    def check(self):
        """Raise where the audit has been interrupted: no signal reaches a thread."""
        if self.is_set():
            raise SystemExit

    def around_all(self):
        """Limit BLAS, whose number belongs to the process, while trainings run."""
        return nullcontext() if self.n_each is None else limited_blas(self.n_each)

    def around_one(self):
        """Limit OpenMP, whose number belongs to the thread that trains."""
        if self._openmp is None:
            return nullcontext()
        present = min((library["num_threads"] for library in self._openmp.info()), default=self.n_each)
        return self._openmp.limit(limits=min(self.n_each, present))
