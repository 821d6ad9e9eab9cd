"""What was found, in the words of somebody who has to decide something."""

from dataclasses import dataclass

from ._text import p_value_text
from ._verdicts import make_verdict, more_in_groups, reach


@dataclass(frozen=True)
class Statement:
    """What may be said of one model at one budget, for readers who know no statistics.

    Attributes
    ----------
    status : {"found", "refuted", "mechanism", "clear", "unknown"}
        Memorization or a leak was found; a claim does not hold; a mechanism is not what it says; nothing was found;
        nothing can be said.
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
    if cell.findings is None:
        return Statement("unknown", f"Nothing can be said of {cell.model}.", [verdict.text])
    if not cell.is_private:
        return _without_privacy(cell, verdict)
    return _with_privacy(cell, verdict)


def _without_privacy(cell, verdict):
    if verdict.memorized:
        headline, details = f"{cell.model} memorized labels that it was trained on.", [_how_found(cell, "private")]
    else:
        headline, details = f"No memorized labels were found in {cell.model}.", [_how_not_found(cell, "private")]
    return Statement("found" if verdict.memorized else "clear", headline, details + _warnings(cell, verdict))


def _with_privacy(cell, verdict):
    claim, level = cell.claim, f"{100 * (1 - cell.findings.alpha):g} %"
    at_delta = f" at a delta of {claim.delta:g}" if claim.delta else ""
    if cell.bound is None:
        headline = f"Whether {cell.model} keeps its promise of {claim} was not checked."
        details = ["No attack here can bound such an epsilon."]
    elif verdict.refuted:
        headline = f"{cell.model} does not keep its promise of {claim}."
        details = [
            f"Its training spent an epsilon of at least {cell.bound:.2f}{at_delta}, at {level} confidence: were the "
            "promise kept, hardly ever could an attack guess so many labels, however clever."
        ]
    elif cell.bound > claim.epsilon:
        headline = f"The promise of {claim} that {cell.model} makes is in doubt."
        details = [
            f"By itself this training seems to have spent at least {cell.bound:.2f}{at_delta} ({level} confidence), "
            f"but as one of {cell.findings.n_claims} promises that were checked it is not refuted: audit it again."
        ]
    else:
        headline = f"Nothing contradicts the promise of {claim} that {cell.model} makes."
        details = [
            f"The attacks show that at least {cell.bound:.2f}{at_delta} was spent ({level} confidence); with these "
            f"canaries they could have shown {cell.findings.ceiling:.2f} at most. That a promise was not refuted does "
            "not prove it."
        ]
    if verdict.mechanism_refuted:
        p = p_value_text(cell.findings.mechanism_p_value)
        details.append(f"The mechanism that protects the labels is not what it says it is (p = {p}).")
        if not verdict.refuted:
            headline = f"The mechanism that protects the labels of {cell.model} is not what it says it is."
    target = "private"
    details.append(_how_found(cell, target) if verdict.leaked else _how_not_found(cell, target))
    if verdict.memorized is not None:
        details.append(
            "The labels that it was trained on, after the protection, "
            + ("were memorized: they can be read out of it." if verdict.memorized else "were not found in it.")
        )
    if verdict.refuted:
        status = "refuted"
    elif verdict.mechanism_refuted:
        status = "mechanism"
    else:
        status = "found" if verdict.leaked or verdict.memorized else "clear"
    return Statement(status, headline, details + _warnings(cell, verdict))


def _how_found(cell, target):
    findings = cell.findings
    name = findings.strongest(target)
    finding = findings.attacks[name]
    test, p = finding.tests[target], p_value_text(finding.joint_p_values[target])
    low, high = test.confidence_interval
    said = (
        f"Of {test.n_canaries:,} labels that only a coin had decided, an attack ({name}) reads "
        f"{test.success_ratio:.1%} out of the model, where luck gives {test.chance_level:.1%} "
        f"({100 * (1 - findings.alpha):g} % interval {low:.1%} to {high:.1%})."
    )
    if finding.by_coverage[target]:
        said += " It is surest where it is right: that more than the share tells it from luck."
    return f"{said} Had nothing been memorized, the best of all attacks would do so with a probability of {p}."


def _how_not_found(cell, target):
    findings = cell.findings
    test = findings.attacks[findings.strongest(target)].tests[target]
    p = p_value_text(findings.attacks[findings.strongest(target)].joint_p_values[target])
    said = (
        f"Of {test.n_canaries:,} labels that only a coin had decided, the best attack reads "
        f"{test.success_ratio:.1%} out of the model, as luck may (p = {p})."
    )
    return said if findings.anytime else f"{said} {reach(findings, target).capitalize()}; less may be there unseen."


def _warnings(cell, verdict):
    said = []
    if verdict.below_chance:
        said.append(
            f"Something may be wrong: {verdict.below_chance[0]} is right far less often than luck, as if labels or "
            "predictions had been put together wrongly."
        )
    more = dict.fromkeys(name for target in cell.findings.targets for name in more_in_groups(cell.findings, target))
    if more:
        said.append(f"Labels of {', '.join(more)} are read out more often than those of the other groups.")
    said += [f"{name} failed: {error}" for name, error in cell.failed_attacks.items()]
    return said
