"""From answers to a plan, or a model fitted on its labels, to the report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
from sklearn.base import clone

from ..canaries import canaries_of_fitted, candidate_codes, predicted_labels, second_proba, take_rows
from ..evidence import Observation, Outputs, Trained, collect
from ..metrics import PrivacyClaim
from ..report import AuditReport, Settings
from ._answers import read_answers
from ._groups import groups_of
from ._observations import Guesswork, ask_canaries_alone, canary_columns, make_cells
from ._plan_attacks import sources_of
from ._prefit import observe_fitted
from ._trials import Key, Outcome, Trial

_SEEDED = "The plan was seeded: whoever knows the seed and the data can draw its coins again."


@dataclass(frozen=True, eq=False, repr=False)
class Seen:
    """What is known of a model that was trained on a plan's labels.

    Attributes
    ----------
    observation : Observation
        Evidence and secret.
    train_accuracy : float
        On the rows that were asked about and the labels that the plan gave them.
    model : str
        How it prints.
    engine : str
        How the answers were come by.
    notes : tuple of str
        What a reader has to know of that.
    """

    observation: Observation
    train_accuracy: float
    model: str
    engine: str
    notes: tuple = ()


def score_plan(plan, answers, claim, groups, name, alpha, n_jobs, random_state):
    """Audit a model that was trained on a plan's labels; parameters as in `AuditPlan.score`.

    Returns
    -------
    AuditReport
        With one cell.
    """
    claim, known = _check_claim(plan, claim)
    groups = plan.groups if groups is None else _groups(plan, groups)
    name, seen = _look(plan, answers, name, n_jobs, random_state)
    observation = seen.observation
    if not known:  # whoever trained says to have put noise on the labels: what the model saw is not known here
        observation = replace(observation, released=None)
    key = Key(name, claim.epsilon, 0)
    outcome = Outcome(
        train_accuracy=seen.train_accuracy,
        test_accuracy=np.nan,
        second=observation.evidence.second,
        released=None,
        fair=plan.fair,
        claim=(claim.epsilon, claim.delta),
        caps=plan.caps,
    )
    of = None if groups is None else lambda _: groups
    trials = [Trial(key, plan.canaries, 0, 0)]
    guesswork = Guesswork(plan.attacks)
    cells = make_cells(trials, {key: outcome}, {key: observation}, guesswork, alpha, random_state, groups=of)
    if cells[0].findings is None:
        attack, error = next(iter(cells[0].failed_attacks.items()))
        raise RuntimeError(f"All attacks failed; {attack} with {error}")
    return AuditReport(cells, _settings(plan, name, seen, alpha))


def canary_frame(plan, answers, name, n_jobs, random_state):
    """Say what every attack makes of each canary; parameters as in `AuditPlan.to_canary_frame`."""
    import pandas as pd

    name, seen = _look(plan, answers, name, n_jobs, random_state)
    epsilon = np.inf if plan.claim is None else plan.claim.epsilon
    ids = plan.ids[np.searchsorted(plan.asked, plan.canaries.rows)]
    rows = np.arange(plan.settings.n_rows)
    tables = [
        pd.DataFrame(canary_columns(Key(name, epsilon, 0), title, attack, seen.observation, rows)).assign(id=ids)
        for title, attack in plan.attacks.items()
        if not attack.reads_labels
    ]
    return pd.concat(tables, ignore_index=True)


def _look(plan, answers, name, n_jobs, random_state):
    """Ask a fitted model, or read answers from elsewhere."""
    if hasattr(answers, "predict_proba") or (hasattr(answers, "fit") and hasattr(answers, "predict")):
        return name or type(answers).__name__, _ask_model(plan, answers, n_jobs, random_state)
    return name or "model", _read(plan, answers)


def _check_claim(plan, claim):
    """The claim to check, and whether the labels that the model saw are those of the plan."""
    if claim is None:
        return plan.claim or PrivacyClaim(np.inf), True
    if isinstance(claim, Real) and not isinstance(claim, bool):
        claim = PrivacyClaim(float(claim))
    if not isinstance(claim, PrivacyClaim):
        raise ValueError(f"claim must be an epsilon or a PrivacyClaim, got {claim!r}.")
    return claim, plan.claim is not None or claim.epsilon == np.inf


def _groups(plan, groups):
    """Group of each canary, from those of all rows or, by id, of all that were asked about."""
    n = plan.settings.n_rows
    if isinstance(groups, Mapping) or (hasattr(groups, "index") and hasattr(groups, "to_dict") and len(groups) != n):
        by_id = {str(key): value for key, value in dict(groups).items()}
        ids = plan.ids[np.searchsorted(plan.asked, plan.canaries.rows)]
        missing = sum(str(one) not in by_id for one in plan.ids)
        if missing:
            raise ValueError(f"groups lacks {missing:,} of the ids that were asked about.")
        found = np.array([by_id[str(one)] for one in ids], dtype=object)
        return groups_of(found, len(found), "groups")
    return groups_of(groups, n, "groups")[plan.canaries.rows]


def _ask_model(plan, model, n_jobs, random_state):
    """A model that is fitted already: nothing is trained but what the attacks compare it with."""
    data = plan.require_data("rows")
    canaries = replace(plan.canaries, X=take_rows(data.X, plan.canaries.rows))
    labels = data.labels[canaries.rows] if plan.fair else None
    found = canaries_of_fitted(model, canaries, plan.classes, labels)
    sources = sources_of(plan.attacks)
    unfitted = clone(model) if any(source.trainings() for source in sources) else None
    seed = int(np.random.SeedSequence([random_state, int(plan.settings.name, 16)]).generate_state(1)[0])
    epsilon = np.inf if plan.claim is None else plan.claim.epsilon
    observation = observe_fitted(
        found,
        sources,
        unfitted,
        data.X,
        data.natural,
        mechanism=data.mechanism,
        epsilon=epsilon,
        seed=seed,
        n_jobs=n_jobs,
    )
    predicted = predicted_labels(model, data.X, plan.classes)
    accuracy = float(np.mean(predicted == data.labels))
    return Seen(observation, accuracy, " ".join(repr(model).split()), "fitted before the audit")


def _read(plan, answers):
    """Answers from elsewhere."""
    column, *_ = plan.columns
    found = read_answers(plan, answers)
    model = found[column]
    public = plan.canaries.public(plan.classes)
    if plan.data is not None:
        public = replace(public, X=take_rows(plan.data.X, plan.canaries.rows))
    places = np.searchsorted(plan.asked, plan.canaries.rows)
    trained = {}
    for name, training in plan.trainings.items():
        if training is not None and name in found:
            codes = plan.columns[name][places]
            labels = np.where(codes < 0, -1, candidate_codes(codes, public.pairs)).astype(np.int8)
            trained[training] = Trained(second_proba(found[name].proba, public.pairs), labels)
    evidence = collect([Outputs()], lambda _: model.proba, {}, public)
    ask = ask_canaries_alone(model.proba, public)
    evidence |= collect([s for s in sources_of(plan.attacks) if s.trainings()], ask, trained, public)
    for attack, source in [(a, s) for a in plan.attacks.values() for s in a.requires if not s.trainings()]:
        try:
            evidence |= collect([source], ask, {}, public)
        except ValueError as error:
            raise ValueError(
                f"attacks: {attack!r} needs the fitted model, or the plan with its rows: pass these, or leave it out "
                f"({error})."
            ) from error
    labels = plan.columns[column]
    released = plan.classes[labels[places]] if plan.fair else None
    notes = []
    if any(one.are_labels for one in found.values()):
        notes.append("The answers are labels, not probabilities, in which attacks see less.")
    if len(found) < len(plan.columns):
        notes.append(f"Answers of {len(plan.columns) - len(found)} of {len(plan.columns)} trainings did not come.")
    return Seen(
        observation=Observation.of(plan.canaries, public, evidence, released),
        train_accuracy=float(np.mean(model.predicted == labels)),
        model="trained elsewhere",
        engine="elsewhere",
        notes=tuple(notes),
    )


def _settings(plan, name, seen, alpha):
    s = plan.settings
    return Settings(
        title=s.title,
        models={name: seen.model},
        mechanism=s.mechanism,
        planter=s.planter,
        engine=seen.engine,
        target="private",
        alpha=alpha,
        n_repeats=1,
        n_classes=len(plan.classes),
        n_train=s.n_rows,
        n_test=0,
        n_canaries=len(plan.canaries),
        random_state=None,  # with it whoever has the natural labels could draw the coins again
        notes=seen.notes if s.random_state is None else (*seen.notes, _SEEDED),
    )
