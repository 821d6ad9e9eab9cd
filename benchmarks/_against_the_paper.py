"""How far the paper's success ratios lie from ours, in standard errors, with either mechanism."""

import numpy as np
from scipy import stats

from sklearn_blia.datasets import load_blia_tables
from sklearn_blia.paper import BENCHMARKS, EPSILONS, markdown_table, number_text, title_of
from sklearn_blia.report import p_value_text

ATTACKS = {"threshold": "threshold (fixed)", "delta-margin": "delta-margin (oracle)"}
SHORT = {"census": "Census", "imdb": "IMDB", "fashion_mnist": "Fashion-MNIST"}
FAR = 3.5  # the largest of a hundred independent standard normal numbers is farther from 0 in 5 % of runs


def distances(rows, mistaken):
    """A row for each figure of the paper that has one of ours beside it.

    Distances are those of the test of two binomial proportions (Agresti, Categorical Data Analysis, section 3.2): the
    difference, over its standard error where both are one. They know of coins alone: where trainings differ from one
    another in what they show, as with delta-margin, whose chance level does, they are too large. For the threshold also
    how far the paper's figure lies from the cap, for which no network of ours is needed.
    """
    ours, half = ({cell_of(row): row for row in group if has_figure(row)} for group in (rows, mistaken))
    found = []
    for (name, attack, epsilon), row in ours.items():
        if attack in ATTACKS.values():
            n_paper, ratio = canaries_of(name, epsilon), row["paper_success_ratio"]
            cell = {"benchmark": name, "size": row["size"], "attack": attack, "epsilon": epsilon}
            cell |= {"paper": ratio, "paper_canaries": n_paper}
            for mechanism, other in (("correct", row), ("half_rate", half.get((name, attack, epsilon)))):
                cell |= {f"{mechanism}_{column}": value for column, value in compare(ratio, n_paper, other).items()}
            found.append(cell)
    return found


def cell_of(row):
    return row["benchmark"], row["attack"], row["epsilon"]


def has_figure(row):
    return row["status"] == "run" and row["private_success_ratio"] is not None


def canaries_of(name, epsilon):
    """How many the paper counts."""
    tables = load_blia_tables()
    return int(tables.n_canaries[(tables.benchmark == BENCHMARKS[name].figures) & (tables.epsilon == epsilon)][0])


def compare(paper, n_paper, row):
    """A figure of the paper with one of ours, and with the cap; None where there is none."""
    if row is None:
        return dict.fromkeys(("ratio", "canaries", "distance", "from_cap"))
    ours, n, cap = row["private_success_ratio"], row["n_canaries"], row["cap"]
    both = (n * ours + n_paper * paper) / (n + n_paper)
    error = np.sqrt(both * (1 - both) * (1 / n + 1 / n_paper))
    of_cap = np.sqrt(cap * (1 - cap) / n_paper) if row["attack"] == ATTACKS["threshold"] else 0.0
    return {"ratio": ours, "canaries": n, "distance": float((paper - ours) / error) if error else 0.0,
            "from_cap": float((paper - cap) / of_cap) if of_cap else None}  # fmt: skip


def fits(cells):
    """Whether the paper's threshold figures with label privacy can be of the same mechanism and network as ours.

    The sum of the squared distances is chi-squared, with a degree of freedom for each budget, where they are; of
    benchmarks run at full size on the paper's own data.
    """
    rows = []
    for name in SHORT:
        of = [cell for cell in cells if cell["benchmark"] == name and cell["size"] == "full"
              and cell["attack"] == ATTACKS["threshold"] and np.isfinite(cell["epsilon"])]  # fmt: skip
        for mechanism in ("correct", "half_rate"):
            found = [cell[f"{mechanism}_distance"] for cell in of if cell[f"{mechanism}_distance"] is not None]
            if found:
                squares = float(np.square(found).sum())
                rows.append({"benchmark": SHORT[name], "mechanism": mechanism.replace("_", "-"), "budgets": len(found),
                             "sum of squares": squares, "p": float(stats.chi2.sf(squares, len(found))),
                             "farthest": max(found, key=abs)})  # fmt: skip
    return rows


def fits_table(cells):
    """Markdown of `fits`."""
    lines = [[row["benchmark"], row["mechanism"], str(row["budgets"]), f"{row['sum of squares']:.1f}",
              p_value_text(row["p"]), f"{row['farthest']:+.1f}"] for row in fits(cells)]  # fmt: skip
    return markdown_table(None, ["benchmark", "mechanism", "budgets", "sum of squares", "p", "farthest"], lines) + "\n"


def contradicted_table(cells):
    """Markdown: the threshold figures of full-size runs that are far from ours by the mechanism that was claimed."""
    lines = []
    for cell in cells:
        far = abs(cell["correct_distance"]) > FAR
        if far and cell["benchmark"] in SHORT and cell["size"] == "full" and cell["attack"] == ATTACKS["threshold"]:
            lines.append([SHORT[cell["benchmark"]], *attack_line(cell)])
    return markdown_table(None, ["benchmark", "epsilon", "paper", "correct", "SE", "half-rate", "SE"], lines) + "\n"


def mechanisms(rows, mistaken):
    """Markdown, narrow enough for a telephone: the paper's figures beside ours by either mechanism."""
    cells, parts = distances(rows, mistaken), []
    for name in dict.fromkeys(row["benchmark"] for row in mistaken):
        ours, half = ({row["epsilon"]: row for row in group if cell_of(row)[:2] == (name, ATTACKS["threshold"])}
                      for group in (rows, mistaken))  # fmt: skip
        finite = [epsilon for epsilon in EPSILONS if epsilon in half]
        title = f"{title_of(ours[finite[0]])}: {ours[finite[0]]['n_repeats']} fits for each correct cell, "
        title += f"{half[finite[0]]['n_repeats']} for each at half rate"
        lines = accuracy_lines(finite, ours, half)
        parts.append(markdown_table(title, ["epsilon", "train: paper", "correct", "half-rate"], lines))
        for short, attack in ATTACKS.items():
            lines = [attack_line(cell) for cell in cells if cell_of(cell)[:2] == (name, attack)]
            parts.append(
                markdown_table(None, ["epsilon", f"{short}: paper", "correct", "SE", "half-rate", "SE"], lines)
            )
    return "\n\n".join(parts) + "\n"


def accuracy_lines(finite, ours, half):
    """A line for each budget, and one of the largest differences."""
    lines = [[f"{e:g}", number_text(ours[e], "paper_train_accuracy"), number_text(ours[e], "train_accuracy"),
              number_text(half[e], "train_accuracy")] for e in finite]  # fmt: skip
    worst = [np.nanmax([abs(figure_in(group[e], "train_accuracy") - ours[e]["paper_train_accuracy"]) for e in finite])
             for group in (ours, half)]  # fmt: skip
    return [*lines, ["worst", "", *(f"{value:.3f}" for value in worst)]]


def attack_line(cell):
    line = [f"{cell['epsilon']:g}", f"{cell['paper']:.3f}"]
    for mechanism in ("correct", "half_rate"):
        ratio, distance = cell[f"{mechanism}_ratio"], cell[f"{mechanism}_distance"]
        line += ["-", "-"] if ratio is None else [f"{ratio:.3f}", f"{distance:+.1f}"]
    return line


def figure_in(row, name):
    """A number of a row; NaN where all fits failed."""
    return np.nan if row[name] is None else row[name]
