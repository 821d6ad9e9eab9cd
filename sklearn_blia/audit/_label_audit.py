"""The whole experiment as one estimator: every privacy budget, every attack, with repeats."""

import secrets
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context, clone, is_classifier
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..attacks import BaseAttack
from ..attacks._base import neighborhoods_of
from ..attacks._neighbors import check_neighborhoods
from ..labels._canary_flipper import count_of
from ._audit import check_attacks, default_attacks
from ._canaries import canary_columns, in_labels
from ._companions import companions_for, with_side
from ._engines import ENGINES, choose_engine, make_jobs, run_jobs
from ._members import Failure, Protocol, companions_of, make_members
from ._preparation import check_epsilons, check_samplers, default_n_canaries, label_samplers, split_rows
from ._progress import Progress
from ._results import make_cell
from ._store import FitStore
from ._sweep_report import SweepReport


class LabelAudit(MetaEstimatorMixin, BaseEstimator):
    """Audit a classifier over privacy budgets, attacks and repeats: Section 6 of the BLIA paper with error bars.

    A part of the rows is held out with clean labels. For every budget and repeat fresh canaries get fair coins
    for labels, all labels pass fresh randomized response, a clone of the classifier is trained on the result,
    and every attack guesses the canaries from its outputs. Counts of the repeats are pooled into exact tests.

    Nothing is selected: there is no best budget but the one that you choose from the results.

    Parameters
    ----------
    estimator : classifier
        Unfitted, with ``predict_proba``. Every ``random_state`` in it is set anew for each fit.
    epsilons : array-like of float, default=(inf, 4, 2, 1, 0.8, 0.5, 0.3)
        Privacy budgets; ``inf`` trains without randomized response. The default is the paper's.
    canary_fraction : float, default=None
        Canaries of each fit, as a share of the training rows; the paper's is 0.02.
    n_canaries : int, default=None
        Their number, in place of the share. Without both it is 2 % of the training rows, but at least 500 and
        at most a quarter.
    attacks : dict of str to attack, default=None
        Attacks by name; None takes the paper's. Reference and shadow models that an attack needs are trained as well,
        and shared by the attacks. Each is held against both targets, whatever its own `target`.
    n_repeats : int, default=5
        Fits for each budget, each with canaries, coins, noise and training seeds of its own.
    target : {"private", "released"}, default="private"
        Which labels the report's p-values and verdicts speak of; the results hold both.
    test_size : float, default=0.25
        Share of the rows held out.
    alpha : float, default=0.05
        Level of intervals, bounds and verdicts, between 0.0001 and 0.5. The bounds at one budget are corrected
        for its label-blind attacks (Bonferroni), so that the largest may be quoted.
    engine : {"auto", "batched", "loop"}, default="auto"
        "loop" trains one clone after another, any classifier. "batched" trains many in one go, which for small
        neural networks takes far less time and gives each what training it alone gives, up to rounding: for
        classifiers of `sklearn_blia.neural`, also at the end of a pipeline whose transformers do not look at the
        labels. "auto" takes the faster one that is possible.
    n_jobs : int, default=None
        Fits at a time, or trainings of many fits, as joblib takes it; ``joblib.parallel_config`` chooses the backend.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; None takes the system's entropy.
    cache_dir : str or path-like, default=None
        Folder in which finished fits are stored: the same audit, started again, repeats none of them, and
        repeats those that failed. Needs a fixed `random_state`. The file holds the canaries' coins and is as
        secret as the private labels.
    verbose : bool or int, default=0
        Tell on standard error how far the fits are.

    Attributes
    ----------
    results_ : dict of str to ndarray
        One entry for each budget in every array (``params`` is a list), in the manner of ``cv_results_``:
        ``param_epsilon``, ``mean_train_accuracy`` (on released labels, the paper's column), ``std_``,
        ``repeat0_``, ...;
        ``mean_test_accuracy`` (clean labels); ``cap``; ``epsilon_lower_bound``; ``claim_refuted``; ``n_failed``;
        and for each attack, under names like ``private_success_ratio_threshold (fixed)``, success ratio,
        interval, chance level, p-value and max-T p-value against private and released labels;
        ``epsilon_lower_bound_threshold (fixed)`` and the number of guesses that it rests on, ``n_guesses_...``.
    report_ : SweepReport
        ``str()`` of it is a table, ``to_dict()`` plain data for JSON.
    cells_ : list of Cell
        The same as objects, with a `MemorizationTest` for each attack.
    errors_ : dict of (float, int) to str
        Errors of the fits that failed, by budget and repeat.
    classes_ : ndarray
        Class labels.
    attacks_ : dict of str to attack
        The attacks that were run.
    outputs_ : dict of (float, int) to CanaryOutputs
        Outputs on the canaries, and their labels, by budget and repeat; ``indices`` are rows of X. They are the secret
        of the audit, in every pickle of it: call ``forget()`` before it leaves your hands.
    seconds_ : float
        Time that all fits took together, of shadows too, whenever they were run.
    n_canaries_ : int
        Canaries of each fit.
    engine_ : str
        The engine that ran, and why that one.

    See Also
    --------
    audit_models : Several classifiers, one budget, one fit each.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia.audit import LabelAudit
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> audit = LabelAudit(DecisionTreeClassifier(), epsilons=[float("inf"), 1], n_repeats=3, random_state=0).fit(X, y)
    >>> audit.results_["released_success_ratio_threshold (fixed)"]   # a full tree stores every label
    array([1., 1.])
    >>> audit.results_["claim_refuted"]
    array([False, False])
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "get_params"])],
        "epsilons": ["array-like"],
        "canary_fraction": [Interval(Real, 0, 1, closed="right"), None],
        "n_canaries": [Interval(Integral, 1, None, closed="left"), None],
        "attacks": [dict, None],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "target": [StrOptions({"private", "released"})],
        "test_size": [Interval(Real, 0, 1, closed="neither")],
        "alpha": [Interval(Real, 1e-4, 0.5, closed="both")],
        "engine": [StrOptions(set(ENGINES))],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "cache_dir": [str, PathLike, None],
        "verbose": ["verbose"],
    }

    _secrets = ("outputs_",)

    def __init__(
        self,
        estimator,
        *,
        epsilons=(np.inf, 4, 2, 1, 0.8, 0.5, 0.3),
        canary_fraction=None,
        n_canaries=None,
        attacks=None,
        n_repeats=5,
        target="private",
        test_size=0.25,
        alpha=0.05,
        engine="auto",
        n_jobs=None,
        random_state=None,
        cache_dir=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.epsilons = epsilons
        self.canary_fraction = canary_fraction
        self.n_canaries = n_canaries
        self.attacks = attacks
        self.n_repeats = n_repeats
        self.target = target
        self.test_size = test_size
        self.alpha = alpha
        self.engine = engine
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.cache_dir = cache_dir
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=False)  # the classifier's own parameters are to be checked
    def fit(self, X, y):
        """Run the experiment.

        Parameters
        ----------
        X : array-like, sparse matrix, DataFrame or list of n_samples rows
            Features, as the classifier takes them.
        y : array-like of shape (n_samples,)
            Natural labels.

        Returns
        -------
        self
            With `results_` and `report_`.

        Raises
        ------
        ValueError
            If a parameter, the labels or the classifier are unfit for an audit; before any training.
        RuntimeError
            If every fit failed.
        """
        self.attacks_ = attacks = self._check_attacks()
        epsilons = check_epsilons(self.epsilons)
        self._check_estimator()
        entropy = self._entropy()
        rng = np.random.RandomState(entropy % 2**32)
        X_train, X_test, y_train, y_test, train_rows = split_rows(X, y, self.test_size, rng)
        self.classes_ = np.unique(np.asarray(y))
        self.n_canaries_ = self._find_n_canaries(len(y_train))
        members = make_members(epsilons, self.n_repeats, entropy, companions_for(attacks))
        for member in companions_of(members):
            if member.repeat:
                continue
            seeds = member.coin_seed, member.noise_seed
            check_samplers(label_samplers(member.epsilon, self.n_canaries_, self.classes_, *seeds), X_train, y_train)
        check_neighborhoods(neighborhoods_of(attacks.values()), X_train)
        engine, why = choose_engine(self.engine, self.estimator, X_train, y_train)
        self.engine_ = f"{engine}: {why}"
        protocol = Protocol(self.classes_, self.n_canaries_, neighborhoods_of(attacks.values()))
        arguments = (self.estimator, X_train, y_train, X_test, y_test, protocol)
        fits = self._run(engine, members, arguments)
        seed = int(rng.randint(2**31))
        self.seconds_ = float(sum(fit.seconds for fit in fits.values() if not isinstance(fit, Failure)))
        targets = self._targets(members, fits)
        self.outputs_ = {
            (m.epsilon, m.repeat): in_labels(fit.outputs, self.classes_, train_rows, y_train)
            for m, fit in targets.items() if not isinstance(fit, Failure)
        }  # fmt: skip
        self._evaluate(targets, epsilons, attacks, seed, n_train=len(y_train), n_test=len(y_test))
        return self

    def to_frame(self):
        """Return the results as a table, one row for each budget and attack.

        Returns
        -------
        DataFrame
            Epsilon, accuracies, cap and bound of the budget; attack, success ratios with their intervals, chance
            levels and p-values, memorization score.
        """
        check_is_fitted(self, "cells_")
        import pandas as pd

        return pd.DataFrame(self.report_.rows())

    def to_canary_frame(self, *, epsilon=None, attacks=None):
        """Return a table of single canaries: what was planted, what was inferred, and which were memorized most.

        Parameters
        ----------
        epsilon : float, default=None
            Budget; None takes all.
        attacks : str or sequence of str, default=None
            Names of attacks that read no label; None takes all of these.

        Returns
        -------
        DataFrame
            One row for each canary, attack and fit: ``epsilon``, ``repeat``, ``attack``; ``row`` of X as it was given
            to ``fit``; ``natural_label``, ``private_label``, ``released_label``, ``inferred_label``,
            ``first_candidate``, ``second_candidate``; ``score``, the attack's decision value, at least 0 for the
            second candidate, whose size says how sure it is; ``correct``, whether the private label was
            inferred; ``memorization``, the score towards the released label of an attack that compares: as far as the
            attack finds anything at all, the largest belong to the rows that the model memorized most. It is NaN where
            the released label is no candidate, and for attacks that compare with nothing, whose scores say how sure
            the model is of a row, whatever it was trained on.
        """
        import pandas as pd

        names, found = self._find_outputs(epsilon, attacks)
        tables = [
            pd.DataFrame(canary_columns(key, name, self.attacks_[name], outputs))
            for key, outputs in found.items()
            for name in names
        ]
        return pd.concat(tables, ignore_index=True)

    def canary_scores(self, attack, *, epsilon=None, target=None):
        """Return an attack's decision values over all repeats, and the coins that they are held against.

        Parameters
        ----------
        attack : str
            Name of an attack that reads no label.
        epsilon : float, default=None
            Budget; None takes the largest.
        target : {"private", "released"}, default=None
            Which labels; None takes the audit's.

        Returns
        -------
        coins : ndarray of bool of shape (n_canaries,)
            False for the first candidate, True for the second.
        scores : ndarray of shape (n_canaries,)
            At least 0 where the second candidate is inferred; their size orders the canaries.
        """
        check_is_fitted(self, "cells_")
        epsilon = max(cell.epsilon for cell in self.cells_) if epsilon is None else epsilon
        (name,), found = self._find_outputs(epsilon, attack)
        own = clone(self.attacks_[name]).set_params(target=self.report_.target if target is None else target)
        scored = [own.score_canaries(outputs) for outputs in found.values()]
        return np.concatenate([s.coins for s in scored]), np.concatenate([s.own for s in scored])

    def forget(self):
        """Drop what the audit knows of single canaries, and the seed from which they could be drawn again.

        Returns
        -------
        self
            Without `outputs_` and `random_state`; results and report stay.
        """
        for name in self._secrets:
            self.__dict__.pop(name, None)
        self.random_state = None
        if "report_" in vars(self):
            self.report_: SweepReport = replace(self.report_, random_state=None)
        return self

    def plot(self, *, target=None, attacks=None, ax=None):
        """Draw train accuracy and success ratios over epsilon.

        Parameters
        ----------
        target : {"private", "released"}, default=None
            Labels that the attacks are held against; None takes the audit's.
        attacks : sequence of str, default=None
            Names of attacks; None takes all.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        EpsilonSweepDisplay
            With ``ax_`` and ``figure_``.
        """
        from ..inspection import EpsilonSweepDisplay

        return EpsilonSweepDisplay.from_estimator(self, target=target, attacks=attacks, ax=ax)

    def _run(self, engine, members, arguments):
        jobs = make_jobs(members, engine, self.n_jobs)
        progress = Progress(len(members), self.verbose)
        if self.cache_dir is None:
            return self._fit_missing(jobs, engine, arguments, {}, None, progress)
        data, protocol = arguments[1:5], arguments[5]
        settings = (self.estimator, protocol.classes, protocol.n_canaries, engine)
        with FitStore(self.cache_dir, data, settings, protocol.neighborhoods) as store:
            fits = {member: fit for member in members if (fit := store.get(member)) is not None}
            progress.stored(len(fits))
            return self._fit_missing(jobs, engine, arguments, fits, store, progress)

    def _fit_missing(self, jobs, engine, arguments, fits, store, progress):
        # Jobs are divided before it is known what is missing: fits that are repeated together were so before.
        jobs = [missing for job in jobs if (missing := tuple(member for member in job if member not in fits))]
        try:
            for results in run_jobs(jobs, arguments, engine, self.n_jobs):
                fits |= results
                if store is not None:
                    store.put({member: fit for member, fit in results.items() if not isinstance(fit, Failure)})
                progress.finished(len(results), _told(results))
        finally:
            progress.close()
        return fits

    def _targets(self, members, fits):
        targets = {target: with_side(fits, target, others) for target, others in companions_of(members).items()}
        failed = {(m.epsilon, m.repeat): fit.error for m, fit in targets.items() if isinstance(fit, Failure)}
        if len(failed) == len(targets):
            raise RuntimeError(f"All {len(targets)} fits failed; the first with {next(iter(failed.values()))}")
        self.errors_ = failed
        return targets

    def _evaluate(self, targets, epsilons, attacks, seed, **sizes):
        self.cells_ = [
            make_cell(epsilon, [fit for m, fit in targets.items() if m.epsilon == epsilon], attacks,
                      len(self.classes_), self.alpha, seed)
            for epsilon in epsilons
        ]  # fmt: skip
        self.report_ = SweepReport(
            cells=self.cells_,
            estimator=repr(self.estimator),
            engine=self.engine_,
            target=self.target,
            alpha=self.alpha,
            n_repeats=self.n_repeats,
            n_classes=len(self.classes_),
            n_canaries=self.n_canaries_,
            random_state=int(self.random_state) if isinstance(self.random_state, Integral) else None,
            **sizes,
        )
        self.results_ = self.report_.columns()

    def _find_outputs(self, epsilon, attacks):
        """Names of attacks, and outputs by budget and repeat."""
        check_is_fitted(self, "cells_")
        if not hasattr(self, "outputs_"):
            raise ValueError("The audit has dropped its canaries by forget(): fit it again.")
        known = [name for name, attack in self.attacks_.items() if not attack.reads_labels]
        names = [attacks] if isinstance(attacks, str) else known if attacks is None else list(attacks)
        if not names or not set(names) <= set(known):
            raise ValueError(f"attacks must name attacks of the audit that read no label, {known}; got {attacks!r}.")
        found = {key: outputs for key, outputs in self.outputs_.items() if epsilon is None or key[0] == epsilon}
        if not found:
            raise ValueError(f"epsilon={epsilon!r} must be a budget of the audit, with a fit that did not fail.")
        return names, found

    def _check_attacks(self):
        attacks = default_attacks() if self.attacks is None else self.attacks
        bad = [
            name for name, attack in attacks.items() if not (isinstance(name, str) and isinstance(attack, BaseAttack))
        ]
        if not attacks or bad:
            raise ValueError(
                f"attacks must be a dict of attacks by name, a string, one at least; {bad or attacks} is not."
            )
        check_attacks(attacks)
        return {name: clone(attack) for name, attack in attacks.items()}

    def _check_estimator(self):
        if any("canary_indices_" in getattr(part, "_secrets", ()) for part in self.estimator.get_params().values()):
            raise ValueError(
                f"{type(self.estimator).__name__} holds a canary sampler, and LabelAudit plants canaries itself: pass "
                "the classifier alone."
            )
        if getattr(self.estimator, "final_estimator", "") is None:
            return  # a stack whose last level is the default one knows its methods only when it is fitted
        if not is_classifier(self.estimator) or not hasattr(self.estimator, "predict_proba"):
            raise ValueError(
                f"{type(self.estimator).__name__} is no classifier with predict_proba, which every attack needs; "
                "CalibratedClassifierCV gives it to a classifier that lacks it."
            )

    def _find_n_canaries(self, n_train):
        if self.canary_fraction is None:
            return default_n_canaries(n_train) if self.n_canaries is None else self.n_canaries
        if self.n_canaries is not None:
            raise ValueError("canary_fraction and n_canaries say the same thing: give one of them.")
        return count_of(self.canary_fraction, n_train, "canary_fraction")

    def _entropy(self):
        if self.random_state is None:
            if self.cache_dir is not None:
                raise ValueError(
                    "cache_dir needs a fixed random_state: without it no later audit asks for the same fits."
                )
            # Not NumPy's global generator, which someone may have seeded: label privacy rests on this noise.
            return secrets.randbits(62)
        return int(check_random_state(self.random_state).randint(2**62, dtype=np.int64))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = True
        tags.input_tags = get_tags(self.estimator).input_tags
        tags.no_validation = True
        return tags


def _told(results):
    """What the progress says of fits that were finished together."""
    epsilons = sorted({f"{member.epsilon:g}" for member in results}, key=float)
    errors = {fit.error for fit in results.values() if isinstance(fit, Failure)}
    return f"epsilon {', '.join(epsilons)}" + "".join(f", FAILED: {error}" for error in sorted(errors))
