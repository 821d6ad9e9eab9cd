"""Models or defences side by side: what each promises, what was found, and what it costs."""

import numpy as np

from ._text import ratio_text


def comparison_rows(cells):
    """Return one row for each model and budget.

    Parameters
    ----------
    cells : sequence of Cell
        What was found.

    Returns
    -------
    list of dict
        ``model``; what is promised, ``epsilon`` and ``delta``; ``unit_size``, the labels of a coin, and
        ``unit_epsilon``, what is promised of all of them; ``clean_accuracy`` and its standard error over the
        repeats; the largest ``success_ratio`` of a label-blind attack on private labels, and the ``attack``; ``cap``;
        ``cap_kept``, whether right guesses are no more than the mechanism's own caps allow (None where nobody checked);
        ``epsilon_lower_bound``; ``claim_refuted``; ``seconds`` of one fit.
    """
    return [_row(cell) for cell in cells]


def _row(cell):
    accuracies = cell.test_accuracies[~np.isnan(cell.test_accuracies)]
    error = accuracies.std(ddof=1) / np.sqrt(len(accuracies)) if len(accuracies) > 1 else float("nan")
    blind = {name: one.private.success_ratio for name, one in cell.attacks.items() if not one.private.reads_labels}
    attack = max(blind, key=lambda name: blind[name], default=None)
    checked = cell.findings is not None and cell.findings.mechanism_p_value is not None
    return {
        "model": cell.model,
        "epsilon": cell.claim.epsilon,
        "delta": cell.claim.delta,
        "clean_accuracy": cell.mean("test_accuracies"),
        "clean_accuracy_error": float(error),
        "success_ratio": float("nan") if attack is None else blind[attack],
        "attack": attack,
        "unit_size": cell.unit_size,
        "unit_epsilon": cell.unit_claim.epsilon,
        "cap": cell.cap,
        "cap_kept": not cell.findings.mechanism_refuted if checked else None,
        "epsilon_lower_bound": cell.bound,
        "claim_refuted": cell.refuted,
        "seconds": cell.mean("seconds"),
    }


def comparison_table(report):
    """Lay out the comparison of a report.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    dict or None
        ``header`` and ``rows`` of texts; None for a single model.
    """
    rows = comparison_rows(report.cells)
    if len({row["model"] for row in rows}) < 2:
        return None
    return {
        "header": ["model", "epsilon", "clean", "SR", "cap", "eps >=", "refuted", "s/fit"],
        "rows": [
            [
                row["model"],
                f"{row['epsilon']:g}",
                _known(row["clean_accuracy"]),
                _known(row["success_ratio"]),
                _known(row["cap"]) + "!" * (row["cap_kept"] is False),
                "-" if row["epsilon_lower_bound"] is None else f"{row['epsilon_lower_bound']:.2f}",
                _refuted(row),
                "-" if np.isnan(row["seconds"]) else f"{row['seconds']:.2g}",
            ]
            for row in rows
        ],
    }


def _refuted(row):
    """Nothing where there is no claim, or nothing to hold against it."""
    if row["epsilon"] == np.inf or row["epsilon_lower_bound"] is None:
        return "-"
    return "YES" if row["claim_refuted"] else "no"


def _known(ratio):
    return "-" if np.isnan(ratio) else ratio_text(ratio)
