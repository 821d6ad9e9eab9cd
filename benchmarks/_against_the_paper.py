"""How far the paper's success ratios lie from ours, in standard errors, with either mechanism."""

import numpy as np
from scipy import stats

from sklearn_blia.datasets import load_blia_tables
from sklearn_blia.paper import BENCHMARKS, EPSILONS, markdown_table, number_text, title_of

ATTACKS = {"threshold": "threshold (fixed)", "delta-margin": "delta-margin (oracle)"}
FAR = 3.5  # the largest of 84 independent standard normal numbers is farther from 0 in 4 % of runs


def distances(rows, mistaken):
    """A row for each figure of the paper that has one of ours beside it.

    Distances are those of the test of two binomial proportions (Agresti, Categorical Data Analysis, section 3.1): the
    difference, over its standard error where both are one. They know of coins alone: that one training differs from
    the next is no part of them, so that they are too large where trainings do.
    """
    cells = [{(row["benchmark"], row["attack"], row["epsilon"]): row for row in group if has_figure(row)}
             for group in (rows, mistaken)]  # fmt: skip
    told = []
    for (name, attack, epsilon), ours in cells[0].items():
        if attack in ATTACKS.values():
            half = cells[1].get((name, attack, epsilon))
            known = {"benchmark": name, "size": ours["size"], "attack": attack, "epsilon": epsilon}
            known |= {"paper": ours["paper_success_ratio"], "paper_canaries": canaries_of(name, epsilon)}
            told.append(known | beside("correct", known, ours) | beside("half_rate", known, half))
    return told


def has_figure(row):
    return row["status"] == "run" and row["private_success_ratio"] is not None


def canaries_of(name, epsilon):
    """How many the paper counts."""
    tables = load_blia_tables()
    return int(tables.n_canaries[(tables.benchmark == BENCHMARKS[name].figures) & (tables.epsilon == epsilon)][0])


def beside(mechanism, known, row):
    if row is None:
        return {mechanism: None, f"{mechanism}_canaries": None, f"{mechanism}_distance": None}
    ours, n, paper, n_paper = row["private_success_ratio"], row["n_canaries"], known["paper"], known["paper_canaries"]
    both = (n * ours + n_paper * paper) / (n + n_paper)
    error = np.sqrt(both * (1 - both) * (1 / n + 1 / n_paper))
    distance = float((paper - ours) / error) if error else 0.0
    return {mechanism: ours, f"{mechanism}_canaries": n, f"{mechanism}_distance": distance}


def fits(told):
    """For each benchmark, attack and mechanism: whether the paper's figures with label privacy can be the same as ours.

    The sum of the squares of the distances is chi-squared with as many degrees of freedom as there are cells where they
    are.
    """
    rows = []
    for name, attack in dict.fromkeys((row["benchmark"], row["attack"]) for row in told):
        cells = [row for row in told if (row["benchmark"], row["attack"]) == (name, attack)]
        cells = [row for row in cells if np.isfinite(row["epsilon"])]
        known = {"benchmark": name, "size": cells[0]["size"], "attack": attack, "cells": len(cells)}
        for mechanism in ("correct", "half_rate"):
            found = [row[f"{mechanism}_distance"] for row in cells if row[f"{mechanism}_distance"] is not None]
            worst = max(found, key=abs, default=None)
            squares = float(np.square(found).sum())
            known |= {f"{mechanism}_squares": squares, f"{mechanism}_p": float(stats.chi2.sf(squares, len(found)))}
            known |= {f"{mechanism}_worst": worst, f"{mechanism}_far": sum(abs(one) > FAR for one in found)}
        rows.append(known)
    return rows


def mechanisms(rows, mistaken):
    """Markdown, narrow enough for a telephone: the paper's figures beside ours by either mechanism."""
    told = distances(rows, mistaken)
    parts = []
    for name in dict.fromkeys(row["benchmark"] for row in mistaken):
        ours, half = ({row["epsilon"]: row for row in group if row["benchmark"] == name
                       and row["attack"] == ATTACKS["threshold"]} for group in (rows, mistaken))  # fmt: skip
        finite = [epsilon for epsilon in EPSILONS if epsilon in half]
        title = f"{title_of(ours[finite[0]])}: {ours[finite[0]]['n_repeats']} fits for each correct cell, "
        title += f"{half[finite[0]]['n_repeats']} for each at half rate"
        parts.append(markdown_table(title, ["epsilon", "train: paper", "correct", "half-rate"],
                                    accuracy_lines(finite, ours, half)))  # fmt: skip
        for short, attack in ATTACKS.items():
            cells = [row for row in told if (row["benchmark"], row["attack"]) == (name, attack)]
            head = ["epsilon", f"{short}: paper", "correct", "SE", "half-rate", "SE"]
            parts.append("\n".join(markdown_table("", head, [attack_line(row) for row in cells]).splitlines()[2:]))
    return "\n\n".join(parts) + "\n"


def accuracy_lines(finite, ours, half):
    """A line for each budget, and one of the largest differences."""
    lines = [[f"{e:g}", number_text(ours[e], "paper_train_accuracy"), number_text(ours[e], "train_accuracy"),
              number_text(half[e], "train_accuracy")] for e in finite]  # fmt: skip
    worst = [np.nanmax([abs(figure_in(group[e], "train_accuracy") - ours[e]["paper_train_accuracy"]) for e in finite])
             for group in (ours, half)]  # fmt: skip
    return [*lines, ["worst", "", *(f"{value:.3f}" for value in worst)]]


def attack_line(row):
    numbers = [row["paper"], row["correct"], row["half_rate"]]
    paper, correct, half = ("-" if value is None else f"{value:.3f}" for value in numbers)
    far = ("-" if value is None else f"{value:+.1f}" for value in (row["correct_distance"], row["half_rate_distance"]))
    return [f"{row['epsilon']:g}", paper, correct, next(far), half, next(far)]


def figure_in(row, name):
    """A number of a row; NaN where all fits failed."""
    return np.nan if row[name] is None else row[name]
