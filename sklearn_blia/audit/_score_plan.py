"""From what is known of a model that was trained on a plan's labels to the report."""

from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral, Real

import numpy as np

from ..metrics import PrivacyClaim
from ..report import AuditReport, Settings
from ._groups import groups_of
from ._look import look
from ._observations import Guesswork, canary_columns, make_cells
from ._trials import Key, Outcome, Trial

_SEEDED = "The plan was seeded: whoever knows the seed and the natural labels can draw its coins again."


def score_plan(plan, answers, claim, groups, name, alpha, n_jobs, random_state):
    """Audit a model that was trained on a plan's labels; parameters as in `AuditPlan.score`.

    Returns
    -------
    AuditReport
        With one cell.
    """
    if isinstance(random_state, bool) or not isinstance(random_state, Integral) or random_state < 0:
        raise ValueError(f"random_state must be a whole number of at least 0, got {random_state!r}.")
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError(f"name must be a text, got {name!r}.")
    claim = _check_claim(plan, claim)
    groups = plan.groups if groups is None else _groups(plan, groups)
    seen = look(plan, answers, name, n_jobs, random_state)
    observation = seen.observation
    if claim is not None and plan.claim is None and not seen.tells:
        # Whoever trained says to have put noise on the labels: nobody tells which the model saw.
        observation = replace(observation, released=None)
    claim = claim or plan.claim or seen.claim or PrivacyClaim(np.inf)
    key = Key(seen.name, claim.epsilon, 0)
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
    guesswork = Guesswork(seen.attacks)
    cells = make_cells(trials, {key: outcome}, {key: observation}, guesswork, alpha, random_state, groups=of)
    if cells[0].findings is None:
        attack, error = next(iter(cells[0].failed_attacks.items()))
        raise RuntimeError(f"All attacks failed; {attack} with {error}")
    # What is claimed may be less than what the plan's mechanism allows.
    cell = replace(cells[0], cap=min(cells[0].cap, cells[0].unit_claim.cap()))
    return AuditReport([cell], _settings(plan, seen, alpha))


def canary_frame(plan, answers, name, n_jobs, random_state):
    """Say what every attack makes of each canary; parameters as in `AuditPlan.to_canary_frame`."""
    import pandas as pd

    seen = look(plan, answers, name, n_jobs, random_state)
    claim = plan.claim or seen.claim or PrivacyClaim(np.inf)
    ids = plan.ids[plan.canary_places]
    rows = np.arange(plan.settings.n_rows)
    key = Key(seen.name, claim.epsilon, 0)
    tables = [
        pd.DataFrame(canary_columns(key, title, attack, seen.observation, rows)).assign(id=ids)
        for title, attack in seen.attacks.items()
        if not attack.reads_labels
    ]
    return pd.concat(tables, ignore_index=True)


def _check_claim(plan, claim):
    """The claim as such, or None; ValueError for what is none."""
    if isinstance(claim, Real) and not isinstance(claim, bool):
        claim = PrivacyClaim(float(claim))
    if claim is not None and not isinstance(claim, PrivacyClaim):
        raise ValueError(f"claim must be an epsilon or a PrivacyClaim, got {claim!r}.")
    if claim is not None and claim.epsilon == np.inf:
        if plan.claim is not None:
            raise ValueError(f"claim is infinite, and the plan's mechanism promises {plan.claim}: leave the claim out.")
        return None
    return claim


def _groups(plan, groups):
    """Group of each canary, from those of all rows or, by id, of all that were asked about."""
    n, ids = plan.settings.n_rows, [str(one) for one in plan.ids]
    if isinstance(groups, Mapping) or (hasattr(groups, "index") and hasattr(groups, "to_dict")):
        by_id = {str(key): value for key, value in dict(groups).items()}
        missing = [one for one in ids if one not in by_id]
        if not missing:
            found = np.array([by_id[one] for one in ids], dtype=object)
            return groups_of(found, len(ids), "groups")[plan.canary_places]
        if isinstance(groups, Mapping) or [*by_id] != [str(row) for row in range(n)]:
            raise ValueError(
                f"groups has no group for {len(missing):,} of {len(ids):,} ids that were asked about, such as "
                f"{missing[0]!r}: its index must hold them, or be that of the rows, 0 to {n - 1:,}."
            )
    return groups_of(groups, n, "groups")[plan.canaries.rows]


def _settings(plan, seen, alpha):
    s = plan.settings
    return Settings(
        title=s.title,
        models={seen.name: seen.model},
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
        n_coins=None if plan.canaries.units is None else plan.canaries.n_units,
        random_state=None,  # with it whoever has the natural labels could draw the coins again
        notes=(*seen.notes, _SEEDED) if s.seeded else seen.notes,
    )
