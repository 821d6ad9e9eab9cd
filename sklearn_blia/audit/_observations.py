"""From outcomes of single trainings to what is known of each model under attack, and to findings."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.base import clone

from ..canaries import candidate_codes, take_rows
from ..evidence import Observation, Outputs, Trained, collect
from ..exceptions import BelowChanceWarning
from ..metrics import TARGETS, Played, PrivacyClaim, judge
from ..report import Cell
from ._groups import SEVERAL_GROUPS
from ._trials import Failure


def observe_trials(trials, outcomes, sources, classes, X):
    """Put the evidence on each model under attack together.

    Parameters
    ----------
    trials : list of Trial
        All trainings.
    outcomes : dict of Key to Outcome or Failure
        What came of them.
    sources : tuple of Source
        What the attacks look at beside the outputs.
    classes : ndarray
        All classes.
    X : array-like
        Training rows.

    Returns
    -------
    dict of Key to Observation or Failure
        By model under attack; a Failure where its training failed, or too many of those that go with it.
    """
    return {
        trial.key: _observe(trial, outcomes, sources, classes, X if trial.X is None else trial.X)
        for trial in trials
        if trial.is_target
    }


def _observe(trial, outcomes, sources, classes, X):
    outcome = outcomes[trial.key]
    if isinstance(outcome, Failure):
        return outcome
    public = trial.canaries.public(classes)
    found = dict(outcome.found)
    if any(source.trainings() for source in sources):
        public = replace(public, X=take_rows(X, trial.canaries.rows))
        results = {key.training: one for key, one in outcomes.items() if key.target == trial.key and key.training}
        more = further_evidence(sources, found, results, public)
        if isinstance(more, Failure):
            return more
        found |= more
    # Where the mechanism prefers a label, released ones are no fair coins, and nothing can be tested on them.
    released = classes[outcome.released] if outcome.fair and outcome.released is not None else None
    return Observation.of(trial.canaries, public, found, released)


def further_evidence(sources, found, results, public):
    """Collect evidence of the sources that need further trainings.

    Parameters
    ----------
    sources : iterable of Source
        All sources.
    found : dict of Source to dict of str to ndarray
        What the model under attack said itself.
    results : dict of Training to Outcome or Failure
        Further trainings.
    public : PublicCanaries
        The canaries, with features.

    Returns
    -------
    dict of Source to dict of str to ndarray, or Failure
        The evidence; a Failure where too many trainings failed.
    """
    further = [source for source in sources if source.trainings()]
    trained = {t: trained_on_canaries(one, public.pairs) for t, one in results.items() if not isinstance(one, Failure)}
    try:
        ask = ask_canaries_alone(found[Outputs()]["proba"], public)
        return collect(further, ask, trained, public, tolerant=True)
    except ValueError as error:
        first = next((f" (a {t}: {one.error})" for t, one in results.items() if isinstance(one, Failure)), "")
        return Failure(f"{error}{first}")


def ask_canaries_alone(proba, public):
    """Return what may be asked of a model that is not here, of which the answers on the canaries were kept.

    Parameters
    ----------
    proba : ndarray of shape (n_canaries, n_classes)
        The answers.
    public : PublicCanaries
        The canaries.

    Returns
    -------
    callable
        From ``public.X`` to the answers; ValueError for other rows.
    """

    def answer(rows, proba=proba, public=public):
        if rows is not public.X or rows is None:
            raise ValueError("the model is not here any more: a source can ask about public.X alone")
        return proba

    return answer


def trained_on_canaries(outcome, pairs):
    """Return what is kept of a further training, for sources.

    Parameters
    ----------
    outcome : Outcome
        Of the training.
    pairs : ndarray of intp of shape (n_canaries, 2)
        Candidates, as positions in the classes.

    Returns
    -------
    Trained
        Its answers, and the candidates on which it was trained.
    """
    unknown = np.full(len(pairs), -1) if outcome.released is None else outcome.released
    return Trained(outcome.second, candidate_codes(unknown, pairs), outcome.left_out)


class Guesswork:
    """What attacks make of each model under attack: decided once, so that no guess that was made is made again.

    Parameters
    ----------
    attacks : dict of str to attack
        The attacks; each decision is a fresh clone's.
    """

    def __init__(self, attacks):
        self.attacks = attacks
        self._made: dict = {}

    def of(self, key, name, observation):
        """Return decision values, by target of an attack that learns from coins, or what went wrong.

        Parameters
        ----------
        key : Key
            The model under attack.
        name : str
            Of the attack.
        observation : Observation
            What is known of the model.

        Returns
        -------
        ndarray, dict of str to Played, or Exception
            Decision values.
        """
        if (key, name) not in self._made:
            try:
                self._made[key, name] = self._decide(self.attacks[name], observation)
            except Exception as error:
                self._made[key, name] = error
        return self._made[key, name]

    def _decide(self, attack, observation):
        if attack.adapts:  # it is told the coins of either target, and must not know both
            return {target: clone(attack).decide(observation, target) for target in observation.codes}
        scores = clone(attack).decide(observation, "private")
        if np.isnan(scores).any():
            raise ValueError("some of its decision values are NaN")
        return scores


def make_cells(trials, outcomes, observations, guesswork, alpha, seed, *, anytime=False, groups=None):
    """Judge each model at each budget, repeats together.

    Parameters
    ----------
    trials : list of Trial
        All trainings.
    outcomes : dict of Key to Outcome or Failure
        What came of them; without those that were not made, for the claim was refuted before.
    observations : dict of Key to Observation or Failure
        What is known of each model under attack.
    guesswork : Guesswork
        What the attacks make of them.
    alpha : float
        Level of intervals and bounds.
    seed : int
        Seed of the joint test.
    anytime : bool, default=False
        Whether repeats end when a claim is refuted.
    groups : callable, default=None
        From canaries to the group of each.

    Returns
    -------
    list of Cell
        One for each model and budget, in the order of the trials.
    """
    repeats: dict = {}
    for trial in trials:
        if trial.is_target:
            repeats.setdefault((trial.key.model, trial.key.epsilon), []).append(trial.key)
    # Every claim of a report has its chance to be refuted wrongly.
    n_claims = max(1, sum(np.isfinite(epsilon) for _, epsilon in repeats))
    settings = {"n_claims": n_claims, "alpha": alpha, "random_state": seed, "anytime": anytime, "groups": groups}
    return [
        _make_cell(model, epsilon, keys, outcomes, observations, guesswork, settings)
        for (model, epsilon), keys in repeats.items()
    ]


def _make_cell(model, epsilon, keys, outcomes, observations, guesswork, settings):
    made = {key: observations[key] for key in keys if key in observations}
    good = {key: one for key, one in made.items() if not isinstance(one, Failure)}
    # Repeats may promise different things, a delta that depends on the data say: the weakest holds for all.
    promises = [outcomes[key].claim for key in good] or [(epsilon, 0.0)]
    claim = PrivacyClaim(*map(max, zip(*promises, strict=True)))
    canaries = [one.canaries for one in good.values()]
    unit_size = max((int(one.unit_sizes.max()) for one in canaries), default=1)
    of_unit = claim.of_group(unit_size)
    known = [unit_caps(outcomes[key].caps, one.canaries, claim) for key, one in good.items() if
             outcomes[key].caps is not None]  # fmt: skip
    # Of a training elsewhere the claim is known, and not the mechanism, which might allow less.
    caps = np.concatenate(known) if known else None
    scores, failed = _scores(good, guesswork)

    def column(name):
        return np.array([getattr(outcomes[key], name, np.nan) if key in good else np.nan for key in keys])

    # Without a promise there is nothing to refute: all repeats are made, and nothing has to hold before.
    anytime = settings["anytime"] and np.isfinite(claim.epsilon)
    test = settings | {"claim": of_unit, "caps": caps, "anytime": anytime}
    if anytime:
        test["n_tried"] = len(guesswork.attacks)
    return Cell(
        model=model,
        epsilon=epsilon,
        claim=claim,
        cap=of_unit.cap() if caps is None else float(np.mean(caps)),
        train_accuracies=column("train_accuracy"),
        test_accuracies=column("test_accuracy"),
        seconds=column("seconds"),
        findings=_findings(model, list(good.values()), scores, test) if scores else None,
        errors=[one.error for one in made.values() if isinstance(one, Failure)],
        failed_attacks=failed,
        n_spared=len(keys) - len(made),
        unit_size=unit_size,
    )


def unit_caps(caps, canaries, claim):
    """Return what no attack exceeds on average at each coin.

    Parameters
    ----------
    caps : ndarray of shape (n_canaries,)
        The same at each row, as the mechanism says it.
    canaries : Canaries
        Whose rows may share coins.
    claim : PrivacyClaim
        What is promised of single labels: where several follow from one coin, their mechanism is taken to allow all of
        it.

    Returns
    -------
    ndarray of shape (n_units,)
        Numbers from 1/2 to 1.
    """
    sizes = canaries.unit_sizes
    of_groups = {size: claim.of_group(int(size)).cap() for size in np.unique(sizes)}
    return np.where(sizes == 1, caps[canaries.firsts], [of_groups[size] for size in sizes])


def _scores(good, guesswork):
    """Decision values of each attack over all repeats, and the errors of those that fail: they cost no other."""
    scores: dict = {}
    failed: dict = {}
    for name, attack in guesswork.attacks.items() if good else ():
        decided = [guesswork.of(key, name, one) for key, one in good.items()]
        errors = [one for one in decided if isinstance(one, Exception)]
        if errors:
            failed[name] = f"{type(errors[0]).__name__}: {errors[0]}"
        elif attack.adapts:
            shared = [target for target in TARGETS if all(target in one for one in decided)]
            scores[name] = {target: Played.joined([one[target] for one in decided]) for target in shared}
        else:
            scores[name] = np.concatenate(decided)
    return scores, failed


def _findings(model, observations, scores, test):
    codes = {"private": np.concatenate([one.codes["private"] for one in observations])}
    if all("released" in one.codes for one in observations):
        released = np.concatenate([one.codes["released"] for one in observations])
        if (released >= 0).any():  # else no released label is a candidate, and there is nothing to hold guesses against
            codes["released"] = released
    guessed = np.concatenate([one.guessed for one in observations])
    repeats = np.repeat(np.arange(len(observations)), [one.canaries.n_units for one in observations])
    if test["groups"] is not None:
        groups = [one.canaries.agreed(test["groups"](one.canaries), SEVERAL_GROUPS) for one in observations]
        test = test | {"groups": np.concatenate(groups)}
    findings = judge(codes, scores, guessed=guessed, repeats=repeats, **test)
    for name, finding in findings.attacks.items():
        if finding.below_chance:
            warnings.warn(
                f"{name} is right on {finding.private.success_ratio:.1%} of the private labels of {model}, far less "
                "often than a coin: either labels or predictions were put together wrongly, or it reads this model the "
                "wrong way round.",
                BelowChanceWarning,
                stacklevel=5,
            )
    return findings


def canary_columns(key, name, attack, observation, train_rows):
    """Say what an attack makes of each canary of one model.

    Parameters
    ----------
    key : Key
        Which model, budget and repeat.
    name : str
        Of the attack.
    attack : attack
        One that reads no label.
    observation : Observation
        What is known of the model.
    train_rows : ndarray of int or None
        Rows of X that the training part is; None where the planter changed them.

    Returns
    -------
    dict of str to ndarray or scalar
        Columns of `LabelAudit.to_canary_frame`.
    """
    canaries = observation.canaries
    one = clone(attack)
    score = one.decide(observation, "private").scores if attack.adapts else one.score_table(observation.evidence)
    inferred = np.where(score >= 0, canaries.pairs[:, 1], canaries.pairs[:, 0])
    told = observation.released
    released = np.full(len(canaries), -1) if told is None else canaries.codes(told)
    # Without a comparison a score is how sure the model is of the row, whatever it was trained on.
    compares = bool(attack.requires) and not attack.adapts
    return {
        "model": key.model,
        "epsilon": key.epsilon,
        "repeat": key.repeat,
        "attack": name,
        "row": -1 if train_rows is None else train_rows[canaries.rows],
        "coin": np.arange(len(canaries)) if canaries.units is None else canaries.units,
        "natural_label": canaries.natural,
        "private_label": canaries.private,
        "released_label": observation.released,
        "inferred_label": inferred,
        "first_candidate": canaries.pairs[:, 0],
        "second_candidate": canaries.pairs[:, 1],
        "score": score,
        "correct": candidate_codes(inferred, canaries.pairs) == canaries.coins,
        "memorization": np.select([compares & (released == 1), compares & (released == 0)], [score, -score], np.nan),
    }
