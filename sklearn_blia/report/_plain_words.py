"""What was found, in the words of somebody who has to decide something."""

from dataclasses import dataclass

from ._verdicts import make_verdict, more_in_groups, reach


@dataclass(frozen=True)
class Statement:
    """What may be said of one model at one budget, for readers who know no statistics.

    Attributes
    ----------
    status : {"refuted", "mechanism", "found", "within", "clear", "unknown"}
        A claim does not hold; a mechanism is not what it says; labels were found; they were, as far as the claim
        allows; none were found; nothing can be said.
    headline : str
        The answer.
    details : list of str
        How sure that is.
    """

    status: str
    headline: str
    details: list


def make_statement(cell):
    """Say what was found of one model at one budget.

    Parameters
    ----------
    cell : Cell
        What was measured and found.

    Returns
    -------
    Statement
        The answer, and how sure it is.
    """
    verdict = make_verdict(cell)
    name = cell.model[:1].upper() + cell.model[1:]
    if cell.findings is None:
        return Statement("unknown", f"Nothing can be said of {cell.model}.", [verdict.text])
    say = _with_privacy if cell.is_private else _without_privacy
    statement = say(name, cell, verdict)
    if verdict.below_chance and not verdict.refuted:
        # Luck does not do that: whatever else the numbers seem to say, they were put together wrongly.
        attack = verdict.below_chance[0]
        ratio = cell.attacks[attack].private.success_ratio
        return Statement(
            "unknown",
            f"Something is wrong with the answers of {cell.model}: nothing can be said.",
            [
                f"An attack ({attack}) is right on {ratio:.1%} of the labels, far less often than luck, which no model "
                "brings about: labels or predictions were put together wrongly, two classes exchanged, say, or the "
                "attack reads this model the wrong way round."
            ],
        )
    return statement


def _without_privacy(name, cell, verdict):
    if verdict.memorized:
        headline, details = f"{name} memorized labels that it was trained on.", [_how_found(cell, "private")]
    else:
        headline, details = f"No memorized labels were found in {cell.model}.", [_how_not_found(cell, "private")]
    return Statement("found" if verdict.memorized else "clear", headline, details + _notes(cell))


def _with_privacy(name, cell, verdict):
    status, headline, details = _on_claim(name, cell, verdict)
    if verdict.mechanism_refuted:
        p = odds(cell.findings.mechanism_p_value)
        details.append(
            "The mechanism that protects the labels is not what it says it is: if it were, so many right guesses would "
            f"come with a probability of {p}."
        )
        if not verdict.refuted:
            status = "mechanism"
            headline = f"The mechanism that protects the labels of {cell.model} is not what it says it is."
    if verdict.leaked:
        details.append(_how_found(cell, "private"))
        if status == "clear":
            details.append("A promise of this size allows that: it limits how well labels can be guessed, to the cap.")
    else:
        details.append(_how_not_found(cell, "private"))
    if verdict.memorized:
        details.append(
            "The labels that it was trained on, after the protection, were memorized, and can be read out of it: with "
            "the protection these are other labels than the true ones."
        )
    if status == "clear" and (verdict.leaked or verdict.memorized):
        status = "within"
    return Statement(status, headline, details + _notes(cell))


def _on_claim(name, cell, verdict):
    """Status, headline and first details, by what was found of the claim."""
    claim, bound, findings = cell.promise, cell.bound, cell.findings
    level, chance = f"{100 * (1 - findings.alpha):g} %", f"{100 * findings.alpha:g} %"
    at_delta = f" at a delta of {cell.unit_claim.delta:g}" if cell.unit_claim.delta else ""
    if bound is None:
        headline = f"Whether {cell.model} keeps its promise of {claim} was not checked."
        return "unknown", headline, ["No attack here can bound such an epsilon."]
    best = findings.bound
    shown = (
        f"its {best.n_guesses:,} surest guesses, of which {best.n_correct:,} are right"
        if best.n_guesses < best.n_canaries
        else f"its {best.n_guesses:,} guesses, of which {best.n_correct:,} are right"
    )
    if verdict.refuted:
        return (
            "refuted",
            f"{name} does not keep its promise of {claim}.",
            [
                f"Its training spent an epsilon of at least {bound:.2f}{at_delta}, at {level} confidence. That follows "
                f"from the attack {findings.bounded_by} and {shown}: too many for the promise. Audits of models that "
                f"keep theirs say so in {chance} of cases at most."
            ],
        )
    if bound > cell.unit_claim.epsilon:
        return (
            "unknown",
            f"The promise of {claim} that {cell.model} makes is in doubt.",
            [
                f"By itself this training seems to have spent at least {bound:.2f}{at_delta} ({level} confidence), but "
                f"as one of {findings.n_claims} promises that were checked it is not refuted: audit it again."
            ],
        )
    if cell.unit_size > 1 and cell.unit_claim.delta > 0.5:
        return (
            "unknown",
            f"The promise of {cell.claim} that {cell.model} makes says nothing of {cell.unit_size:,} labels at once.",
            ["No number of right guesses could refute it: plant in smaller units (max_rows, n_copies)."],
        )
    if findings.ceiling is not None and findings.ceiling <= cell.unit_claim.epsilon:
        return (
            "unknown",
            f"This audit is too small to check the promise of {claim} that {cell.model} makes.",
            [
                f"Even if every guess were right, these canaries could show an epsilon of {findings.ceiling:.2f} at "
                "most: plant more, or repeat the audit."
            ],
        )
    return (
        "clear",
        f"Nothing contradicts the promise of {claim} that {cell.model} makes.",
        [
            f"The attacks show that at least {bound:.2f}{at_delta} was spent ({level} confidence); with these canaries "
            f"they could have shown {findings.ceiling:.2f} at most. That a promise was not refuted does not prove it."
        ],
    )


def _how_found(cell, target):
    findings = cell.findings
    name = findings.strongest(target)
    finding = findings.attacks[name]
    test, p = finding.tests[target], odds(finding.joint_p_values[target])
    low, high = test.confidence_interval
    said = (
        f"Of {_decided(test.n_canaries, cell)}, an attack ({name}) reads "
        f"{test.success_ratio:.1%} out of the model, where luck gives {test.chance_level:.1%} "
        f"({100 * (1 - findings.alpha):g}% interval {low:.1%} to {high:.1%})."
    )
    if finding.by_coverage[target]:
        said += " It is surest where it is right: that more than the share tells it from luck."
    return f"{said} Had nothing been memorized, the best of all attacks would do so with a probability of {p}."


def _how_not_found(cell, target):
    findings = cell.findings
    finding = findings.attacks[findings.strongest(target)]
    said = (
        f"Of {_decided(finding.tests[target].n_canaries, cell)}, the best attack reads "
        f"{finding.tests[target].success_ratio:.1%} out of the model, as luck may (p = "
        f"{finding.joint_p_values[target]:.2g})."
    )
    if findings.anytime:
        return said
    could = reach(findings, target).replace("with 80 % power", "in four of five cases")
    return f"{said} The audit {could}; less may be there unseen."


def _decided(n, cell):
    if cell.unit_size == 1:
        return f"{n:,} labels that only a coin had decided"
    return f"{n:,} coins, each of which had decided up to {cell.unit_size:,} labels at once"


def _notes(cell):
    more = dict.fromkeys(name for target in cell.findings.targets for name in more_in_groups(cell.findings, target))
    said = [f"Labels of {', '.join(more)} are read out more often than those of the other groups."] if more else []
    return said + [f"The attack {name} failed: {error}" for name, error in cell.failed_attacks.items()]


def odds(p):
    """Write a probability as people say it.

    Parameters
    ----------
    p : float
        The probability.

    Returns
    -------
    str
        A small one as one in so many.
    """
    if p >= 0.01:
        return f"{p:.0%}"
    return f"1 in {float(f'{1 / p:.2g}'):,.0f}" if p > 1e-6 else "less than 1 in a million"
