"""The findings of a report as columns and as rows of plain numbers."""

import numpy as np

from ..metrics import TARGETS

_OF_A_TEST = {
    "n_canaries": lambda test: test.n_canaries,
    "success_ratio": lambda test: test.success_ratio,
    "low": lambda test: test.confidence_interval[0],
    "high": lambda test: test.confidence_interval[1],
    "chance": lambda test: test.chance_level,
    "p_value": lambda test: test.p_value,
    "memorization_score": lambda test: test.memorization_score,
}


def columns_of(cells, attacks, n_repeats):
    """Return the results as columns, one entry for each model and budget, in the manner of ``cv_results_``.

    Parameters
    ----------
    cells : sequence of Cell
        What was found.
    attacks : sequence of str
        Names of the attacks.
    n_repeats : int
        Repeats.

    Returns
    -------
    dict of str to ndarray
        Columns by name; ``params`` is a list.
    """
    columns = {
        "param_model": np.array([cell.model for cell in cells]),
        "param_epsilon": np.array([cell.epsilon for cell in cells]),
        "params": [{"model": cell.model, "epsilon": cell.epsilon} for cell in cells],
    }
    for name, attribute in (("train_accuracy", "train_accuracies"), ("test_accuracy", "test_accuracies"),
                            ("fit_time", "seconds")):  # fmt: skip
        values = np.array([getattr(cell, attribute) for cell in cells])
        for repeat in range(n_repeats):
            columns[f"repeat{repeat}_{name}"] = values[:, repeat]
        columns[f"mean_{name}"] = _over_repeats(np.nanmean, values)
        columns[f"std_{name}"] = _over_repeats(np.nanstd, values)
    columns["n_failed"] = np.array([len(cell.errors) for cell in cells])
    columns["n_repeats"] = np.array([cell.n_made for cell in cells])
    columns["cap"] = np.array([cell.cap for cell in cells])
    columns["unit_size"] = np.array([cell.unit_size for cell in cells])
    columns["epsilon_lower_bound"] = np.array([_number(cell.bound) for cell in cells])
    columns["claim_refuted"] = np.array([cell.refuted for cell in cells])
    for attack in attacks:
        rows = [numbers_of(cell.attacks.get(attack)) for cell in cells]
        for name in numbers_of(None):
            columns[f"{name}_{attack}"] = np.array([row[name] for row in rows])
    return columns


def rows_of(cells, attacks):
    """Return the results as rows, one for each model, budget and attack.

    Parameters
    ----------
    cells : sequence of Cell
        What was found.
    attacks : sequence of str
        Names of the attacks.

    Returns
    -------
    list of dict
        Rows of plain numbers and names.
    """
    return [
        {
            "model": cell.model,
            "epsilon": cell.epsilon,
            "train_accuracy": cell.mean("train_accuracies"),
            "test_accuracy": cell.mean("test_accuracies"),
            "cap": cell.cap,
            "unit_size": cell.unit_size,
            "n_failed": len(cell.errors),
            "n_repeats": cell.n_made,
            "claim_refuted": cell.refuted,
            "attack": attack,
            **numbers_of(cell.attacks.get(attack)),
        }
        for cell in cells
        for attack in attacks
    ]


def numbers_of(finding):
    """Plain numbers of one attack; NaN where there are none.

    Parameters
    ----------
    finding : Finding or None
        None where every fit failed.

    Returns
    -------
    dict of str to float
        Numbers by name.
    """
    row = {}
    for target in TARGETS:
        test = None if finding is None else finding.tests.get(target)
        for name, get in _OF_A_TEST.items():
            row[f"{target}_{name}"] = np.nan if test is None else float(get(test))
        row[f"{target}_coverage_average"] = np.nan if test is None else finding.coverage.get(target, np.nan)
        between = None if finding is None else finding.between.get(target)
        low, high = (np.nan, np.nan) if between is None else between.confidence_interval
        row |= {f"{target}_between_low": low, f"{target}_between_high": high}
        row[f"{target}_repeats_differ_p_value"] = np.nan if between is None else between.p_value
        row[f"{target}_joint_p_value"] = np.nan if test is None else finding.joint_p_values[target]
    bound = None if finding is None else finding.bound
    row["epsilon_lower_bound"] = np.nan if bound is None else bound.epsilon_lower_bound
    row["n_guesses"] = np.nan if bound is None else float(bound.n_guesses)
    return row


def _number(value):
    return np.nan if value is None else float(value)


def _over_repeats(function, values):
    """Means and deviations over the repeats that did not fail; NaN, without a warning, where all did."""
    alive = ~np.isnan(values).all(axis=1)
    out = np.full(len(values), np.nan)
    out[alive] = function(values[alive], axis=1)
    return out
