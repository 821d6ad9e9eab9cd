"""What is known of a model that was trained on a plan's labels: by asking it, or from its answers."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from sklearn.base import clone

from ..canaries import (
    Bystanders,
    bystander_rows,
    canaries_of_fitted,
    candidate_codes,
    fitted_steps,
    predicted_labels,
    released_labels,
    second_proba,
    take_rows,
)
from ..evidence import Observation, Outputs, Trained, collect, fold_of
from ..metrics import PrivacyClaim
from ._answers import Asked, read_answers
from ._observations import ask_canaries_alone
from ._plan_attacks import sources_of
from ._prefit import observe_fitted


@dataclass(frozen=True, eq=False, repr=False)
class Seen:
    """What is known of a model that was trained on a plan's labels.

    Attributes
    ----------
    name : str
        What the report calls it.
    observation : Observation
        Evidence and secret; its released labels are those that the model saw if nothing but the plan changed them.
    train_accuracy : float
        On the rows that were asked about and the labels that the plan gave them.
    attacks : dict of str to attack
        Those that there is evidence for.
    model : str
        How it prints.
    engine : str
        How the answers were come by.
    claim : PrivacyClaim or None
        What a mechanism inside the model promised.
    tells : bool
        Whether the model itself tells which labels it saw.
    notes : tuple of str
        What a reader has to know of that.
    """

    name: str
    observation: Observation
    train_accuracy: float
    attacks: dict
    model: str
    engine: str
    claim: PrivacyClaim | None = None
    tells: bool = False
    notes: tuple = ()


def look(plan, answers, name, n_jobs, random_state):
    """Ask a fitted model, or read answers from elsewhere; parameters as in `AuditPlan.score`.

    Returns
    -------
    Seen
        What is known of the model.
    """
    if hasattr(answers, "predict_proba") or (hasattr(answers, "fit") and hasattr(answers, "predict")):
        return _ask(plan, answers, name or type(answers).__name__, n_jobs, random_state)
    return _read(plan, answers, name or "model")


def _ask(plan, model, name, n_jobs, random_state):
    """A model that is fitted already: nothing is trained but what the attacks compare it with."""
    data = plan.require_data("rows")
    canaries = replace(plan.canaries, X=take_rows(data.X, plan.canaries.rows))
    found = canaries_of_fitted(model, canaries, plan.classes, data.labels[canaries.rows] if plan.fair else None)
    promises = [getattr(step, "privacy_claim_", None) for step in fitted_steps(model)]
    claims = [one for one in promises if one is not None and one.epsilon != np.inf]
    if claims and plan.claim is not None:
        raise ValueError(
            f"{name} promises {claims[0]} of its own, beside the plan's mechanism: plant with mechanism=None, or leave "
            "it out of the model."
        )
    sources = sources_of(plan.attacks)
    observation = observe_fitted(
        found,
        sources,
        clone(model) if any(source.trainings() for source in sources) else None,
        data.X,
        data.natural,
        labels=_trained_on(model, data.labels),
        mechanism=data.mechanism,
        epsilon=np.inf if plan.claim is None else plan.claim.epsilon,
        seed=int(np.random.SeedSequence([random_state, *plan.settings.name.encode()]).generate_state(1)[0]),
        n_jobs=n_jobs,
    )
    predicted = predicted_labels(model, data.X, plan.classes)
    return Seen(
        name=name,
        observation=observation,
        train_accuracy=float(np.mean(predicted == data.labels)),
        attacks=plan.attacks,
        model=" ".join(repr(model).split()),
        engine="fitted before the audit",
        claim=claims[0] if claims else None,
        tells=bool(claims) and found.released is not None,
    )


def _trained_on(model, labels):
    """Labels that a model says it was trained on, else those that it was given."""
    released = released_labels(fitted_steps(model), labels)
    return labels if released is None else released


def _read(plan, answers, name):
    """Answers from elsewhere."""
    column, *_ = plan.columns
    found = read_answers(Asked.of(plan), answers)
    model = found[column]
    public = plan.canaries.public(plan.classes)
    public = replace(public, bystanders=_bystanders(plan, public, column))
    if plan.data is not None:
        public = replace(public, X=take_rows(plan.data.X, plan.canaries.rows))
    said = {name: np.split(one.proba, [len(plan.canaries)]) for name, one in found.items()}
    of_canaries, of_bystanders = said[column]
    evidence = collect([Outputs()], lambda _: of_canaries, {}, public)
    canaries_alone = ask_canaries_alone(of_canaries, public)
    more, attacks, notes = _compared(
        plan, said, public, lambda rows: of_bystanders if rows is public.bystanders.X else canaries_alone(rows)
    )
    if (of_canaries == of_canaries[0]).all():
        notes.append("The answers are the same for every canary: no attack can find anything in them.")
    if any(one.are_labels for one in found.values()):
        notes.append("The answers are labels, not probabilities, in which attacks see less.")
    labels = plan.columns[column]
    released = plan.classes[labels[plan.canary_places]] if plan.fair else None
    return Seen(
        name=name,
        observation=Observation.of(plan.canaries, public, evidence | more, released),
        train_accuracy=float(np.mean(model.predicted == labels)),
        attacks=attacks,
        model="trained elsewhere",
        engine="elsewhere",
        notes=tuple(notes),
    )


def _bystanders(plan, public, column):
    """Rows that were asked about and are no canaries; without features they go by their numbers."""
    rows = bystander_rows(plan.canaries.rows, plan.asked, len(plan.classes))
    labels = plan.columns[column][np.searchsorted(plan.asked, rows)]
    X = rows if plan.data is None else take_rows(plan.data.X, rows)
    return Bystanders.of(rows, labels, len(plan.classes), X)


def _compared(plan, said, public, ask):
    """Evidence beside the outputs, the attacks that have all of theirs, and what is to be said of the others."""
    trained = {}
    for name, training in plan.trainings.items():
        if training is not None and name in said:
            codes = plan.columns[name][plan.canary_places]
            labels = np.where(codes < 0, -1, candidate_codes(codes, public.pairs)).astype(np.int8)
            of_canaries, left_out = said[name]
            if training.n_folds > 1:
                left_out = left_out[fold_of(public.bystanders.rows, training.n_folds) == training.number]
            trained[training] = Trained(second_proba(of_canaries, public.pairs), labels, left_out)
    evidence: dict = {}
    attacks, notes = {}, []
    twins = [(a, b) for a, b in combinations(said, 2) if np.array_equal(said[a][0], said[b][0])]
    if twins:
        notes.append(f"The answers of {' and '.join(twins[0])} are the same: was one file sent for both?")
    if len(said) < len(plan.columns):
        notes.append(f"Answers of {len(plan.columns) - len(said)} of {len(plan.columns)} trainings did not come.")
    for name, attack in plan.attacks.items():
        try:
            evidence |= collect(attack.requires, ask, trained, public)
        except ValueError as error:
            if not any(source.trainings() for source in attack.requires):
                raise ValueError(
                    f"attacks: {name!r} needs the fitted model, or the plan with its rows: pass these, or leave it out "
                    f"({error})."
                ) from error
            notes.append(f"The attack {name} was left out: {error}.")
            continue
        attacks[name] = attack
    if not attacks:
        raise ValueError(f"answers: no attack of the plan can be run. {' '.join(notes)}")
    return evidence, attacks, notes
