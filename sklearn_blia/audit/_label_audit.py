"""The whole experiment as one estimator: models, privacy budgets, attacks and repeats."""

import secrets
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import _num_samples, check_is_fitted

from ..attacks import BaseAttack, named_attacks
from ..canaries import PlainInterval, TakenRows, fingerprinted, shared_rows, take_rows
from ..labels import RandomizedResponse
from ..metrics import check_epsilons, check_random
from ..report import AuditReport, Settings
from ._canary_tables import CanaryTablesMixin
from ._checks import budgets_of, check_models, check_sampler, split_rows
from ._groups import check_groups, groups_of
from ._make_trials import check_canaries, check_labels, check_planter, make_trials, planting
from ._observations import Guesswork, make_cells, observe_trials
from ._plan_attacks import asked_sources, sources_of
from ._rounds import by_repeat, until_refuted
from ._run import TrialRunner, choose_engines, engine_text
from ._stages import in_stages
from ._trainers import ENGINES, check_timeout
from ._trials import Common, Data, Failure


class LabelAudit(CanaryTablesMixin, MetaEstimatorMixin, BaseEstimator):
    """Audit classifiers over privacy budgets, attacks and repeats: Section 6 of the BLIA paper with error bars.

    A part of the rows is held out with clean labels. For every budget and repeat fresh canaries get fair coins
    for labels, all labels pass a fresh mechanism, a clone of each classifier is trained on the result,
    and every attack guesses the canaries from what it may look at. Repeats are pooled into exact tests.

    Nothing is selected: there is no best budget but the one that you choose from the results.

    Parameters
    ----------
    estimator : classifier or dict of str to classifier
        Unfitted, with ``predict_proba``; in a dict by name. Every ``random_state`` in them is set anew for each fit.
        At one budget and repeat all are trained on the same labels.
    mechanism : label sampler with ``epsilon``, "randomized-response" or None, default="randomized-response"
        What protects the labels: `RandomizedResponse` or another sampler that takes an ``epsilon``. None if the
        classifier itself holds a mechanism or a defence: `epsilons` then set the ``epsilon`` of that. One in both
        places is an error.
    epsilons : array-like of float, default=(inf, 4, 2, 1, 0.8, 0.5, 0.3)
        Privacy budgets; ``inf`` trains without the mechanism. The default is the paper's.
    planter : Planter, default=None
        What plants the canaries, of `sklearn_blia.canaries` say; None takes ``CanaryFlipper(n_canaries=n_canaries)``.
        The paper's is ``CanaryFlipper(fraction=0.02)``.
    n_canaries : int, default=None
        Canaries of each fit, where no planter says it: None takes 2 % of the training rows, but at least 500 and
        at most a quarter.
    attacks : {"quick", "strong"}, attack, list of attack, or dict of str to attack, default="quick"
        "quick" are the paper's attacks; "strong" adds those that look around each canary or compare with a reference
        and 16 shadow models. What attacks compare with is trained as well, and shared by them. Each is held against
        both targets, whatever its own `target`.
    n_repeats : int, default=5
        Fits for each model and budget, each with canaries, coins, noise and training seeds of its own.
    stop_when_refuted : bool, default=False
        Whether a model at a budget gets no further repeat once its claim is refuted. Joint p-values and bounds then
        hold whenever one stops (e-processes), which costs some of what they see; repeats are run one after another.
    target : {"private", "released"}, default="private"
        Labels that the report's table shows intervals of; the results hold both.
    test_size : float, default=0.25
        Share of the rows held out.
    alpha : float, default=0.05
        Level of intervals, bounds and verdicts, between 0.0001 and 0.5. The bounds of one model at one budget are
        corrected for its label-blind attacks, so that the largest may be quoted.
    engine : {"auto", "batched", "loop"}, default="auto"
        "loop" trains one clone after another, any classifier. "batched" trains many in one go, which for small
        neural networks takes far less time and gives each what training it alone gives, up to rounding: for
        classifiers of `sklearn_blia.neural`, also at the end of a pipeline whose transformers do not look at the
        labels. "auto" takes the faster one that is possible.
    n_jobs : int, default=None
        Fits at a time, or trainings of many fits, as joblib takes it; ``joblib.parallel_config`` chooses the backend.
        Forests, boosting and others that let go of the interpreter's lock run in threads unless it says "loky".
    fit_timeout : float, default=None
        Seconds that a fit may take, with all that is asked of it, before it is ended and counts as failed; a training
        of many fits gets as many times that. None sets no limit. With one, fits run in processes with a copy of the
        rows each, `n_jobs` at a time; threads and clusters, in which nothing can be ended, are refused.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; None takes the system's entropy.
    cache_dir : str or path-like, default=None
        Folder in which finished fits are stored: the same audit, started again, repeats none of them, and
        repeats those that failed. Needs a fixed `random_state`. The file gives the canaries' coins away and is as
        secret as the private labels.
    title : str, default=""
        Name of the data, for the report.
    verbose : bool or int, default=0
        Tell on standard error how far the fits are.

    Attributes
    ----------
    report_ : AuditReport
        ``str()`` of it is a page, ``verdicts`` what may be said, ``to_dict()`` plain data for JSON.
    results_ : dict of str to ndarray
        One entry for each model and budget in every array (``params`` is a list), in the manner of ``cv_results_``:
        ``param_model``, ``param_epsilon``; ``mean_train_accuracy`` (on the labels trained on, the paper's column),
        ``std_``, ``repeat0_``, ...;
        ``mean_test_accuracy`` (clean labels); ``cap``; ``epsilon_lower_bound``; ``claim_refuted``; ``n_failed``;
        and for each attack, under names like ``private_success_ratio_threshold (fixed)``, success ratio,
        canaries counted, interval, chance level, p-value and max-T p-value against private and released labels;
        ``epsilon_lower_bound_threshold (fixed)`` and the number of guesses that it rests on, ``n_guesses_...``.
    errors_ : dict of Key to str
        Errors of the fits that failed, by model, budget and repeat.
    classes_ : ndarray
        Class labels.
    attacks_ : dict of str to attack
        The attacks that were run.
    observations_ : dict of Key to Observation
        What is known of each model under attack, by model, budget and repeat; rows of the canaries are rows of the
        training part. They are the secret of the audit, in every pickle of it: call ``forget()`` before it leaves your
        hands.
    train_rows_ : ndarray of int of shape (n_train,)
        Rows of X that the training part is.
    seconds_ : float
        Time that all fits took together, of shadows too, whenever they were run.
    n_canaries_, n_fits_ : int
        Canaries of each fit; fits that succeeded, those of shadows too.
    engine_ : str
        The engine that ran, and why that one; with several models, which for which.

    See Also
    --------
    sklearn_blia.audit.train_shadows : What strong attacks compare one fitted model with.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import LabelAudit
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> audit = LabelAudit(DecisionTreeClassifier(), epsilons=[float("inf"), 1], n_repeats=3, random_state=0).fit(X, y)
    >>> audit.results_["released_success_ratio_threshold (fixed)"]   # a full tree stores every label
    array([1., 1.])
    >>> audit.results_["claim_refuted"]
    array([False, False])
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "get_params"]), dict],
        "mechanism": [StrOptions({"randomized-response"}), HasMethods(["fit_resample", "get_params"]), None],
        "epsilons": ["array-like"],
        "planter": [HasMethods(["plant"]), None],
        "n_canaries": [PlainInterval(Integral, 1, None, closed="left"), None],
        "attacks": [str, dict, list, tuple, BaseAttack],
        "n_repeats": [PlainInterval(Integral, 1, None, closed="left")],
        "stop_when_refuted": ["boolean"],
        "target": [StrOptions({"private", "released"})],
        "test_size": [PlainInterval(Real, 0, 1, closed="neither")],
        "alpha": [PlainInterval(Real, 1e-4, 0.5, closed="both")],
        "engine": [StrOptions(set(ENGINES))],
        "n_jobs": [PlainInterval(Integral, None, None, closed="neither"), None],
        "fit_timeout": [PlainInterval(Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
        "cache_dir": [str, PathLike, None],
        "title": [str],
        "verbose": ["verbose"],
    }

    _secrets = ("observations_",)

    def __init__(
        self,
        estimator,
        *,
        mechanism="randomized-response",
        epsilons=(np.inf, 4, 2, 1, 0.8, 0.5, 0.3),
        planter=None,
        n_canaries=None,
        attacks="quick",
        n_repeats=5,
        stop_when_refuted=False,
        target="private",
        test_size=0.25,
        alpha=0.05,
        engine="auto",
        n_jobs=None,
        fit_timeout=None,
        random_state=None,
        cache_dir=None,
        title="",
        verbose=0,
    ):
        self.estimator = estimator
        self.mechanism = mechanism
        self.epsilons = epsilons
        self.planter = planter
        self.n_canaries = n_canaries
        self.attacks = attacks
        self.n_repeats = n_repeats
        self.stop_when_refuted = stop_when_refuted
        self.target = target
        self.test_size = test_size
        self.alpha = alpha
        self.engine = engine
        self.n_jobs = n_jobs
        self.fit_timeout = fit_timeout
        self.random_state = random_state
        self.cache_dir = cache_dir
        self.title = title
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=False)  # the classifiers' own parameters are to be checked
    def fit(self, X, y, groups=None):
        """Run the experiment: plan, train, collect, judge.

        Parameters
        ----------
        X : array-like, sparse matrix, DataFrame or list of n_samples rows
            Features, as the classifiers take them.
        y : array-like of shape (n_samples,)
            Natural labels.
        groups : array-like of shape (n_samples,), default=None
            Group of each row: the report tells findings of each, and whether the labels of one are found more often
            than those of the others. For planters that leave the rows as they are, without `stop_when_refuted`.

        Returns
        -------
        self
            With `report_` and `results_`.

        Raises
        ------
        ValueError
            If a parameter, the labels or a classifier are unfit for an audit; before any training.
        RuntimeError
            If every fit failed.
        """
        rng, entropy = self._randomness()
        groups = None if groups is None else groups_of(groups, _num_samples(X), "groups")
        trials, data = self._plan(X, y, rng, entropy)
        if groups is not None:
            check_groups(trials, self.stop_when_refuted)
            groups = groups[self.train_rows_]
        seed = int(rng.randint(2**31))
        runner = self._runner(trials, data)
        train, guesswork = in_stages(runner, self.attacks_, self.classes_), Guesswork(self.attacks_)

        def observe(some, outcomes):
            return observe_trials(some, outcomes, self._sources, self.classes_, runner.data.X_train)

        def cells_of(outcomes, observations):
            options = {"groups": None if groups is None else lambda canaries: groups[canaries.rows]}
            options["anytime"] = self.stop_when_refuted
            return make_cells(trials, outcomes, observations, guesswork, self.alpha, seed, **options)

        rounds = by_repeat(trials) if self.stop_when_refuted else [trials]
        outcomes, observations, cells = until_refuted(rounds, train, observe, cells_of)
        self._keep(trials, outcomes, observations)
        self._judge(cells, data)
        return self

    def _plan(self, X, y, rng, entropy):
        """Everything that can be said before any training, and everything that can be wrong."""
        check_timeout(self.fit_timeout)
        models = check_models(self.estimator)
        epsilons = check_epsilons(self.epsilons)
        mechanism = check_sampler(RandomizedResponse() if self.mechanism == "randomized-response" else self.mechanism)
        if self.stop_when_refuted and getattr(mechanism, "delta", 0):
            raise ValueError(f"stop_when_refuted=True checks claims with delta = 0, and {mechanism!r} has a delta.")
        self.attacks_ = named_attacks(self.attacks)
        self._sources = sources_of(self.attacks_)
        budgets = budgets_of(models, mechanism, epsilons, self._sources)
        y_train, y_test, self.train_rows_, test_rows = split_rows(X, y, self.test_size, rng)
        X_train = shared_rows(take_rows(X, self.train_rows_))
        self.classes_ = np.unique(np.concatenate([y_train, y_test]))
        self._planter = check_planter(self.planter, self.n_canaries, len(y_train))
        for attack in self.attacks_.values():
            attack.check_rows(X_train)
        common = Common(models, mechanism, budgets, self.classes_, asked_sources(self._sources))
        plant = planting(self._planter, X_train, y_train, self.classes_)
        with fingerprinted(X_train):  # once for all seeds that follow the data
            trials = make_trials(models, epsilons, self.n_repeats, entropy, self._sources, plant)
            check_labels(common, X_train, y_train, trials)
        self._sizes = check_canaries(trials, self.attacks_)
        self.n_canaries_ = self._sizes["n_canaries"]
        # Not X_train itself: whoever needs a copy of all rows takes one.
        return trials, Data(common, TakenRows(X, self.train_rows_), y_train, TakenRows(X, test_rows), y_test)

    def _runner(self, trials, data):
        engines = choose_engines(self.engine, data, any(trial.X is not None for trial in trials))
        self.engine_ = engine_text(engines)
        options = {name: getattr(self, name) for name in ("n_jobs", "fit_timeout", "cache_dir", "verbose")}
        return TrialRunner(trials, data, engines, **options)

    def _keep(self, trials, outcomes, observations):
        seconds = [one.seconds for one in outcomes.values() if not isinstance(one, Failure)]
        self.n_fits_, self.seconds_ = len(seconds), float(sum(seconds))
        self.errors_ = {key: one.error for key, one in observations.items() if isinstance(one, Failure)}
        if len(self.errors_) == len(observations):
            raise RuntimeError(
                f"All {len(observations)} fits failed; the first with {next(iter(self.errors_.values()))}"
            )
        self._changed_rows = {trial.key for trial in trials if trial.X is not None}
        self.observations_ = {key: one for key, one in observations.items() if not isinstance(one, Failure)}

    def _judge(self, cells, data):
        common = data.common
        if all(cell.findings is None for cell in cells):
            name, error = next(iter(next(cell for cell in cells if cell.failed_attacks).failed_attacks.items()))
            raise RuntimeError(f"All attacks failed; {name} with {error}")
        settings = Settings(
            title=self.title,
            models={name: repr(model) for name, model in common.models.items()},
            mechanism=repr(common.mechanism),
            planter=repr(self._planter),
            engine=self.engine_,
            target=self.target,
            alpha=self.alpha,
            n_repeats=self.n_repeats,
            n_classes=len(common.classes),
            n_test=len(data.y_test),
            **self._sizes | {"n_train": self._sizes["n_train"] or len(data.y_train)},
            random_state=int(self.random_state) if isinstance(self.random_state, Integral) else None,
            stop_when_refuted=bool(self.stop_when_refuted),
        )
        self.report_ = AuditReport(cells, settings)
        self.results_ = self.report_.columns()

    def to_frame(self):
        """Return the results as a table, one row for each model, budget and attack.

        Returns
        -------
        DataFrame
            Model, epsilon, accuracies, cap; attack, success ratios with their intervals, chance levels and p-values,
            memorization score, bound.
        """
        check_is_fitted(self, "report_")
        return self.report_.to_frame()

    def forget(self):
        """Drop what the audit knows of single canaries, and the seed from which they could be drawn again.

        Returns
        -------
        self
            Without `observations_` and `random_state`; results and report stay.
        """
        for name in self._secrets:
            self.__dict__.pop(name, None)
        self.random_state = None
        if "report_" in vars(self):
            settings = replace(self.report_.settings, random_state=None)
            self.report_ = replace(self.report_, settings=settings)
        return self

    def plot(self, *, model=None, target=None, attacks=None, ax=None):
        """Draw train accuracy and success ratios over epsilon; of several models, clean accuracy side by side.

        Parameters
        ----------
        model : str, default=None
            Name of the model; None takes the only one, or draws several side by side.
        target : {"private", "released"}, default=None
            Labels that the attacks are held against; None takes the audit's. For one model.
        attacks : sequence of str, default=None
            Names of attacks; None takes all. For one model.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        EpsilonSweepDisplay or ComparisonDisplay
            With ``ax_`` and ``figure_``.
        """
        from ..report import ComparisonDisplay, EpsilonSweepDisplay

        if hasattr(self, "report_") and model is target is attacks is None and len(self.report_.settings.models) > 1:
            return ComparisonDisplay.from_estimator(self, ax=ax)
        return EpsilonSweepDisplay.from_estimator(self, model=model, target=target, attacks=attacks, ax=ax)

    def _randomness(self):
        """A generator for what is drawn once, and the seed that all fits follow from."""
        if self.random_state is None:
            if self.cache_dir is not None:
                raise ValueError(
                    "cache_dir needs a fixed random_state: without it no later audit asks for the same fits."
                )
            # Not NumPy's global generator, which someone may have seeded: label privacy rests on this noise.
            entropy = secrets.randbits(62)
        else:
            entropy = int(check_random("random_state", self.random_state).randint(2**62, dtype=np.int64))
        return np.random.RandomState(entropy % 2**32), entropy

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = True
        if not isinstance(self.estimator, dict):
            tags.input_tags = get_tags(self.estimator).input_tags
        tags.no_validation = True
        return tags
