"""What an audit without canaries found, as one dictionary of plain values, which a page shows."""

from datetime import date

from scipy.stats import binomtest

from ._observational_words import ADVICE, HEADLINES, LIMITS, METHOD, READING, STATUS
from ._render import bar, draw, section
from ._text import estimator_text, p_value_text, versions


def observational_page(report):
    """Gather what a page shows.

    Parameters
    ----------
    report : ObservationalReport
        The report.

    Returns
    -------
    dict
        For `render`.
    """
    status, status_text = STATUS[report.memorized]
    cell = {
        "model": estimator_text(report.settings.model),
        "privacy": "trained already",
        "status": status,
        "status_text": status_text,
        "headline": HEADLINES[report.memorized],
        "details": [report.verdict[:1].upper() + report.verdict[1:]],
        "accuracy": "",
        "errors": [],
        "sections": [_bounds_section(report), *([_calibration_section(report)] if report.calibration else [])],
    }
    return {
        "title": report.settings.title or "Audit of labels without canaries",
        "question": "Did the model memorize the labels it was trained on?",
        "summary": None,
        "cells": [cell],
        "overview": None,
        "notes": [],
        "method": METHOD,
        "reading": READING,
        "limits": LIMITS,
        "advice": ADVICE[report.memorized],
        "comparison": None,
        "secrets": None,
        "facts": _facts(report.settings),
    }


def bounds_table(report):
    """Lay out what was found on each kind of rows: ``header`` and ``rows`` of texts."""
    rows = [
        [
            name,
            f"{bound.n_rows:,}",
            f"{bound.n_hits:,}",
            f"{bound.expected_hits:,.1f}",
            p_value_text(bound.p_value),
            f"{bound.epsilon_plus_gamma:.2f}" + " (Gamma alone)" * (name == "held-out"),
        ]
        for name, bound in report.kinds_of_rows.items()
    ]
    return {"header": ["rows", "counted", "named", "expected", "p", "eps + Gamma >="], "rows": rows}


def diagnostics(report):
    """Say how far the proxy and the held-out rows are to be trusted, in a sentence."""
    said = [f"the proxy is not certain of {report.overlap:.0%} of the counted training rows"]
    if report.gamma is not None:
        estimate, low, high = map(_gamma_text, (report.gamma.estimate, *report.gamma.confidence_interval))
        said.append(f"held-out rows suggest a Gamma of {estimate} [{low}, {high}]")
    if report.auc is not None:
        said.append(
            f"by features alone held-out rows are told from training rows with an AUC of {report.auc:.2f} "
            f"(p = {p_value_text(report.alike_p_value)})"
        )
    elif report.held_out is not None:
        said.append("nobody compared the features of held-out rows with those of training rows")
    return "; ".join(said)


def _gamma_text(gamma):
    """A shift, infinite where the search for it ended."""
    return f"{gamma:+.2f}" if abs(gamma) < 39 else f"{'+' if gamma > 0 else '-'}inf"


def _bounds_section(report):
    bars = []
    for name, bound in report.kinds_of_rows.items():
        # Wider than need be where chances differ from row to row (Hoeffding 1956).
        interval = binomtest(bound.n_hits, bound.n_rows).proportion_ci(1 - report.settings.alpha, method="exact")
        bars.append(bar(f"{name} rows", bound.n_hits / bound.n_rows, interval, bound.expected_hits / bound.n_rows))
    chart = draw(bars, _first(bars), "Labels named by the model", expected="what the proxy expects")
    note = diagnostics(report)
    return section(chart, bounds_table(report), notes=[f"{note[:1].upper()}{note[1:]}."])


def _calibration_section(report):
    bars, rows = [], []
    for one in report.calibration:
        bars.append(bar(f"said {one.predicted:.0%}", one.observed, one.confidence_interval, one.predicted))
        interval = " to ".join(f"{end:.3f}" for end in one.confidence_interval)
        rows.append([f"{one.predicted:.3f}", f"{one.n_rows:,}", f"{one.observed:.3f}", interval])
    title = "How often the proxy's most probable label is right, held-out rows"
    table = {"header": ["probability", "rows", "right", "interval"], "rows": rows}
    return section(draw(bars, _first(bars), title, expected="what it said"), table, "Is the proxy honest?")


def _first(bars):
    """Where the axis of a chart begins."""
    return 0.4 if min(min(one["low"], one["chance"]) for one in bars) >= 0.4 else 0.0


def _facts(settings):
    s = settings
    return [
        ("Data", s.title or "not named"),
        ("Training rows", f"{s.n_train:,}"),
        ("Held-out rows", f"{s.n_holdout:,}"),
        ("Classes", f"{s.n_classes:,}"),
        ("Model", estimator_text(s.model)),
        ("Proxy", estimator_text(s.proxy)),
        ("Rows counted", "all" if s.share == 1 else f"the surest {100 * s.share:g} %"),
        ("Confidence", f"{100 * (1 - s.alpha):g} %"),
        ("Seed", "none told" if s.random_state is None else str(s.random_state)),
        ("Software of this audit", ", ".join(f"{name} {number}" for name, number in versions().items())),
        ("Written", date.today().isoformat()),
    ]
