"""What may be said of one model at one budget, in sentences."""

from dataclasses import dataclass
from math import ceil

from ..metrics import detectable_success_ratio, required_canaries
from ._text import p_value_text


@dataclass(frozen=True)
class Verdict:
    """What the attacks found together, of one model at one budget; ``str()`` of it is the sentence.

    Attributes
    ----------
    model : str
        Name of the model.
    epsilon : float
        The budget.
    memorized : bool or None
        Whether the labels that the model was trained on were found in it; None if nobody tells which these are.
    leaked : bool
        Whether private labels were found; without label privacy the same question.
    refuted : bool
        Whether the claim is refuted.
    mechanism_refuted : bool
        Whether the mechanism is not what it says it is.
    below_chance : list of str
        Attacks that are right far less often than a coin.
    text : str
        The sentence.
    """

    model: str
    epsilon: float
    memorized: bool | None
    leaked: bool
    refuted: bool
    mechanism_refuted: bool
    below_chance: list
    text: str

    def __str__(self):
        return self.text


def make_verdict(cell):
    """Say what was found of one model at one budget.

    Parameters
    ----------
    cell : Cell
        What was measured and found.

    Returns
    -------
    Verdict
        As data and as a sentence.
    """
    if cell.findings is None:
        why = f"every fit failed: {cell.errors[0]}" if cell.errors else "every attack failed"
        return Verdict(cell.model, cell.epsilon, None, False, False, False, [], why)
    findings = cell.findings
    leaked = _is_found(findings, "private")
    memorized = _is_found(findings, "released") if "released" in findings.targets else None
    if not cell.is_private:
        memorized = leaked
        parts = [_finding(findings, "memorized labels", "no memorization found", "private")]
    else:
        parts = [_finding(findings, "private labels leak", "no leak found", "private"), _claim(cell)]
        if memorized is None:
            several = ", or those of no coin agree" * (cell.unit_size > 1)
            parts.append(
                "what the model stored cannot be told: which labels it saw is not known, or they are no fair coins"
                f"{several}"
            )
        else:
            parts.insert(0, _finding(findings, "memorized released labels", "no memorization found", "released"))
    parts += [
        f"{target} labels of {name} are found more often than those of other groups (p = {p_value_text(p)})"
        for target in findings.targets
        for name, p in more_in_groups(findings, target).items()
        if cell.is_private or target == "private"
    ]
    below = [name for name, finding in findings.attacks.items() if finding.below_chance]
    if below:
        parts.append(
            f"{below[0]} is right FAR LESS often than a coin ({findings.attacks[below[0]].private.success_ratio:.3f}): "
            "either labels or predictions were put together wrongly, or it reads this model the wrong way round"
        )
    return Verdict(
        model=cell.model,
        epsilon=cell.epsilon,
        memorized=memorized,
        leaked=leaked,
        refuted=cell.refuted,
        mechanism_refuted=findings.mechanism_refuted,
        below_chance=below,
        text="; ".join(parts),
    )


def _is_found(findings, target):
    best = findings.attacks[findings.strongest(target)]
    return best.joint_p_values[target] < findings.alpha


def _finding(findings, found, nothing, target):
    """What the attacks found together, and if nothing, what they could have."""
    name = findings.strongest(target)
    best = findings.attacks[name]
    p = best.joint_p_values[target]
    if p < findings.alpha:
        what = f"score {best.tests[target].memorization_score:+.3f}"
        if best.by_coverage[target]:  # many guesses may be at chance where the surest are not
            what = f"success ratio {best.coverage[target]:.3f} over coverages"
        return f"{found}: {what} by {name}, joint p = {p_value_text(p)}"
    unseen = "" if findings.anytime else f"; {reach(findings, target)}"  # of an e-process that has no such form
    said = f"{nothing} (joint p = {p_value_text(p)}{unseen})"
    bound = findings.bound
    if target != "private" or bound is None or not bound.epsilon_lower_bound:
        return said
    return (
        f"{said}, but epsilon is at least {bound.epsilon_lower_bound:.2f} by {bound.n_guesses:,} guesses of "
        f"{findings.bounded_by}"
    )


def more_in_groups(findings, target):
    """Return the groups whose labels are found more often than those of the others, where any are found.

    Parameters
    ----------
    findings : Findings
        All attacks.
    target : {"private", "released"}
        Against which labels.

    Returns
    -------
    dict of str to float
        Names and p-values, below the level of the findings.
    """
    found = findings.groups.get(target)
    # Only where anything was found at all: else the tests of groups would alarm beside the joint one, and too often.
    groups = found.groups if found is not None and _is_found(findings, target) else {}
    return {name: one.more_p_value for name, one in groups.items() if one.more_p_value < findings.alpha}


def reach(findings, target):
    """Say what label-blind attacks could have shown by counts, at the Bonferroni level: max-T has none in closed form.

    Each label-blind attack is tried twice, by its count and over coverages, but for those that learn from coins: each
    of these has the share of the level that all others have together.

    Parameters
    ----------
    findings : Findings
        All attacks.
    target : {"private", "released"}
        Against which labels.

    Returns
    -------
    str
        Part of a sentence.
    """
    blind = findings.blind
    if not blind:
        return "every attack reads labels"
    by_coverage = sum(target in finding.coverage for finding in blind)
    fixed = len(findings.attacks) - len(blind) + by_coverage
    shares = len(blind) - by_coverage + bool(fixed)
    level = findings.alpha / shares / max(1, fixed + by_coverage)
    tested, planted = (blind[0].tests[which].n_canaries for which in (target, "private"))
    ratio = detectable_success_ratio(tested, alpha=level)
    if ratio > 1:
        return "so few canaries would hardly have shown any"
    text = f"would have seen a success ratio of {ratio:.3f} with 80 % power"
    # Where a released label is no candidate, its canary is planted and not tested.
    needed = ceil(required_canaries(0.55, alpha=level) * planted / tested)
    return text if ratio <= 0.55 else f"{text}; to see .55 takes {needed:,} canaries"


def _claim(cell):
    claim, bound, findings = cell.promise, cell.bound, cell.findings
    if bound is None:
        why = "no attack here bounds an epsilon with a delta" if findings.blind else "every attack reads labels"
        return f"{claim} is not checked, for {why}"
    of_several = f", as one of {findings.n_claims} claims" if findings.n_claims > 1 else ""
    if cell.refuted:
        said = f"{claim} is REFUTED (bound {bound:.2f}{of_several})"
    elif bound > cell.unit_claim.epsilon:
        said = f"{claim} is not refuted{of_several} (bound {bound:.2f} by itself)"
    else:
        said = f"{claim} is not refuted (bound {bound:.2f}; these guesses could show up to {findings.ceiling:.2f})"
    if findings.mechanism_refuted:
        said += f"; the mechanism is NOT what it says (p = {p_value_text(findings.mechanism_p_value)} by its cap)"
    return said
