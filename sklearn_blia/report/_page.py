"""An audit with canaries as one dictionary of plain values, which a page shows."""

from datetime import date

from ._comparison import comparison_table
from ._how_to_read import METHOD, limits, reading
from ._memorized import most_memorized
from ._plain_words import make_statement
from ._render import bar, draw, percent, section
from ._tables import attack_table, group_table
from ._text import estimator_text, versions

_STATUS = {
    "found": "Memorized",
    "within": "Not refuted",
    "refuted": "Claim refuted",
    "mechanism": "Mechanism refuted",
    "clear": "Nothing found",
    "unknown": "Unknown",
}


def page_of(report, secrets=None):
    """Gather what a page shows.

    Parameters
    ----------
    report : AuditReport
        The report.
    secrets : DataFrame, default=None
        Single canaries, to be named on the page.

    Returns
    -------
    dict
        Plain values and lists.
    """
    s = report.settings
    lowest = min((low for cell in report.cells for low in _lows(cell)), default=0.0)
    first = 0.4 if lowest >= 0.4 else 0.0
    cells = [_cell(report, cell, first) for cell in report.cells]
    return {
        "title": s.title or "Audit of labels",
        "cells": cells,
        "question": "Does the label privacy hold, and did the model memorize its labels?"
        if any(cell.is_private for cell in report.cells)
        else "Did the model memorize the labels it was trained on?",
        "summary": _summary(cells) if len(cells) > 1 else None,
        "overview": _overview(report, first) if len(cells) > 1 else None,
        "facts": _facts(report),
        "notes": list(s.notes),
        "method": METHOD,
        "reading": reading(report),
        "limits": limits(report),
        "advice": _advice(report),
        "comparison": comparison_table(report),
        "secrets": None if secrets is None else most_memorized(secrets),
    }


def privacy_text(cell):
    """What was promised of a training."""
    if not cell.is_private:
        return "no label privacy"
    return str(cell.claim) if cell.claim.epsilon == cell.epsilon else f"budget {cell.epsilon:g}, promises {cell.claim}"


def canaries_text(settings, where):
    """How many canaries there are, and how many coins where rows share these."""
    shared = "" if settings.n_coins is None else f" with {settings.n_coins:,} coins"
    return f"{settings.n_canaries:,} {where}{shared}"


def _lows(cell):
    """Lower ends of all intervals."""
    if cell.findings is None:
        return
    for finding in cell.attacks.values():
        for test in finding.tests.values():
            yield test.confidence_interval[0]
    for found in cell.findings.groups.values():
        for one in found.groups.values():
            yield one.confidence_interval[0]


def _summary(cells):
    """How many trainings came out which way."""
    counts: dict = {}
    for cell in cells:
        counts[cell["status_text"]] = counts.get(cell["status_text"], 0) + 1
    told = "; ".join(f"{text[:1].lower()}{text[1:]}: {count}" for text, count in counts.items())
    return f"Of {len(cells)} trainings: {told}."


def _cell(report, cell, first):
    statement = make_statement(cell)
    target = report.target_of(cell)
    shown = {
        "model": cell.model,
        "privacy": privacy_text(cell),
        "status": statement.status,
        "status_text": _STATUS[statement.status],
        "headline": statement.headline,
        "details": statement.details,
        "accuracy": _accuracy(cell),
        "errors": sorted(set(cell.errors)),
        "sections": [],
    }
    if cell.findings is None:
        return shown
    cap = cell.cap if cell.is_private and target == "private" else None
    rows = []
    for name, finding in cell.attacks.items():
        test = finding.tests[target]
        rows.append(bar(name, test.success_ratio, test.confidence_interval, test.chance_level))
    title = f"Success ratio against {target} labels, by attack"
    table = attack_table(report, cell)
    shown["sections"] = [section(draw(rows, first, title, cap), table, notes=table["chances"])]
    found = cell.findings.groups.get(target)
    if found:
        bars = [bar(name, one.success_ratio, one.confidence_interval, 0.5) for name, one in found.groups.items()]
        title = f"Success ratio against {target} labels by {found.attack}, by group"
        chart, heading = draw(bars, first, title, cap), f"By group: {cell.model}, {privacy_text(cell)}"
        shown["sections"].append(section(chart, group_table(found, report.settings.alpha), heading))
    return shown


def _accuracy(cell):
    """Accuracies that are known, in a sentence."""
    known = {
        "held-out rows": cell.mean("test_accuracies"),
        "training rows and their labels": cell.mean("train_accuracies"),
    }
    said = [f"{percent(value)} on {name}" for name, value in known.items() if value == value]
    return f"Accuracy: {', '.join(said)}." if said else ""


def _overview(report, first):
    """The attack that found most, of every model at every budget."""
    rows = []
    for cell in report.cells:
        if cell.findings is not None:
            target = report.target_of(cell)
            test = cell.attacks[cell.findings.strongest(target)].tests[target]
            cap = cell.cap if cell.is_private and target == "private" else None
            name = f"{cell.model}, {privacy_text(cell)}"
            rows.append(bar(name, test.success_ratio, test.confidence_interval, test.chance_level, cap))
    return draw(rows, first, "Success ratio of the attack that found most, by training")


def _facts(report):
    s = report.settings
    claims = dict.fromkeys(str(cell.claim) for cell in report.cells if cell.is_private)
    facts = [
        ("Data", s.title or "not named"),
        ("Training rows", f"{s.n_train:,}"),
        ("Canaries", f"{canaries_text(s, 'of these rows')}, with a label by a fair coin between two candidates"),
        ("Classes", f"{s.n_classes:,}"),
        ("Repeats", f"{s.n_repeats:,}"),
        ("Planted by", estimator_text(s.planter)),
        ("Labels protected by", s.mechanism if s.mechanism != "None" else "the models themselves, where they say so"),
        ("Trained", s.engine),
        ("Promises that were checked", ", ".join(claims) or "none"),
        ("Attacks", ", ".join(report.attacks)),
        ("Seed", "none told" if s.random_state is None else str(s.random_state)),
        ("Software of this audit", ", ".join(f"{name} {number}" for name, number in versions().items())),
        ("Written", date.today().isoformat()),
    ]
    if s.n_test:
        facts.insert(2, ("Rows held out", f"{s.n_test:,}"))
    return facts + [(f"Model: {name}", estimator_text(text)) for name, text in s.models.items()]


def _advice(report):
    verdicts = report.verdicts
    cells = report.cells
    said = []
    if any(verdict.refuted or verdict.mechanism_refuted for verdict in verdicts):
        said.append(
            "Do not rely on the claim that is refuted. Hold the labels before and after the mechanism against it "
            "(sklearn-blia check-mechanism), and count how often the same labels were released: epsilons add up."
        )
    if any(verdict.memorized and not cell.is_private for verdict, cell in zip(verdicts, cells, strict=True)):
        said.append(
            "Where labels are sensitive, treat a model that memorized them as you treat the labels. Train it with less "
            "capacity or fewer passes, or protect the labels (RandomizedResponse), and audit again."
        )
    if any(
        cell.is_private and not verdict.refuted and verdict.leaked
        for verdict, cell in zip(verdicts, cells, strict=True)
    ):
        said.append(
            "Where a promise was not refuted and labels leak, ask whether a promise of that size is enough: a smaller "
            "epsilon lets less through, and costs accuracy."
        )
    if any(not (verdict.leaked or verdict.memorized) for verdict in verdicts):
        said.append(
            "Where nothing was found, more canaries, more repeats and attacks that compare with other models (attacks="
            "'strong') see more."
        )
    said.append("Canaries carry wrong labels: what goes into production is better trained without them.")
    return said
