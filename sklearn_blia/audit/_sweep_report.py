"""What a sweep over privacy budgets found, as a table for people and as plain data for programs."""

from dataclasses import asdict, dataclass
from textwrap import shorten

import numpy as np

from ..metrics import TARGETS
from ._text import align_table, finite, p_value_text, versions

_OF_A_TEST = {
    "success_ratio": lambda test: test.success_ratio,
    "low": lambda test: test.confidence_interval[0],
    "high": lambda test: test.confidence_interval[1],
    "chance": lambda test: test.chance_level,
    "p_value": lambda test: test.p_value,
    "memorization_score": lambda test: test.memorization_score,
}


@dataclass(frozen=True)
class SweepReport:
    """Result of a `LabelAudit`; ``str()`` of it is the table.

    Attributes
    ----------
    cells : list of Cell
        One for each privacy budget.
    estimator : str
        What was audited.
    engine : str
        How the fits were run, and why so.
    target : str
        Labels that the verdicts speak of.
    alpha : float
        Level of intervals and bounds.
    n_repeats, n_classes, n_train, n_test, n_canaries : int
        Sizes; canaries of one fit.
    random_state : int or None
        Seed, where one was given.
    """

    cells: list
    estimator: str
    engine: str
    target: str
    alpha: float
    n_repeats: int
    n_classes: int
    n_train: int
    n_test: int
    n_canaries: int
    random_state: int | None

    def __str__(self):
        return "\n".join([self._heading(), "", *self._table(), "", *self._notes()])

    def columns(self):
        """Return the results as columns, one entry for each budget, in the manner of ``cv_results_``.

        Returns
        -------
        dict of str to ndarray
            Columns by name.
        """
        cells = self.cells
        columns = {
            "param_epsilon": np.array([cell.epsilon for cell in cells]),
            "params": [{"epsilon": cell.epsilon} for cell in cells],
        }
        for name, attribute in (("train_accuracy", "train_accuracies"), ("test_accuracy", "test_accuracies"),
                                ("fit_time", "seconds")):  # fmt: skip
            values = np.array([getattr(cell, attribute) for cell in cells])
            for repeat in range(self.n_repeats):
                columns[f"repeat{repeat}_{name}"] = values[:, repeat]
            columns[f"mean_{name}"] = _over_repeats(np.nanmean, values)
            columns[f"std_{name}"] = _over_repeats(np.nanstd, values)
        columns["n_failed"] = np.array([len(cell.errors) for cell in cells])
        columns["cap"] = np.array([cell.cap for cell in cells])
        columns["epsilon_lower_bound"] = np.array([_number(cell.bound()) for cell in cells])
        columns["claim_refuted"] = np.array([cell.refuted() for cell in cells])
        for attack in self._attack_names():
            rows = [_of_attack(cell.attacks.get(attack)) for cell in cells]
            for name in _of_attack(None):
                columns[f"{name}_{attack}"] = np.array([row[name] for row in rows])
        return columns

    def rows(self):
        """Return the results as rows, one for each budget and attack.

        Returns
        -------
        list of dict
            Rows of plain numbers and names.
        """
        rows = []
        for cell in self.cells:
            shared = {
                "epsilon": cell.epsilon,
                "train_accuracy": float(_over_repeats(np.nanmean, cell.train_accuracies[None])[0]),
                "test_accuracy": float(_over_repeats(np.nanmean, cell.test_accuracies[None])[0]),
                "cap": cell.cap,
                "n_failed": len(cell.errors),
            }
            for attack in self._attack_names():
                rows.append({**shared, "attack": attack, **_of_attack(cell.attacks.get(attack))})
        return rows

    def to_dict(self):
        """Return the report as plain data that JSON can hold; infinity becomes None.

        Returns
        -------
        dict
            Settings, versions and, for each budget, accuracies, errors and tests.
        """
        settings = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "cells"}
        return finite({"settings": settings, "versions": versions(), "budgets": [asdict(cell) for cell in self.cells]})

    def _attack_names(self):
        return next(list(cell.attacks) for cell in self.cells if cell.attacks)

    def _heading(self):
        seed = "no seed" if self.random_state is None else f"seed {self.random_state}"
        name = shorten(" ".join(self.estimator.split()), 100)
        return (
            f"{name}: {self.n_train:,} training rows, {self.n_canaries:,} of them canaries; {self.n_test:,} "
            f"held-out rows; {self.n_classes} classes; {self.n_repeats} repeats; {seed}"
        )

    def _table(self):
        level = f"{100 * (1 - self.alpha):g}%"
        other = next(target for target in TARGETS if target != self.target)
        header = ["epsilon", "train", "clean", "attack", f"SR {self.target} [{level} CI]", "chance", "p", "joint p",
                  "memorization", "epsilon >=", "guesses", "cap", f"SR {other}"]  # fmt: skip
        blocks = [[self._line(cell, name, own=number == 0) for number, name in enumerate(cell.attacks)]
                  or [self._failed_line(cell)] for cell in self.cells]  # fmt: skip
        return align_table(header, blocks, left={0, 3, 4})

    def _line(self, cell, name, own):
        result = cell.attacks[name]
        test, other = (getattr(result, target) for target in (self.target, *set(TARGETS) - {self.target}))
        joint = result.joint_p_value if self.target == "private" else result.joint_p_value_released
        low, high = test.confidence_interval
        bound = result.private.epsilon_lower_bound
        failed = f" ({len(cell.errors)} failed)" if cell.errors else ""
        return [
            f"{cell.epsilon:g}{failed}" if own else "",
            f"{np.nanmean(cell.train_accuracies):.3f}" if own else "",
            f"{np.nanmean(cell.test_accuracies):.3f}" if own else "",
            name + "*" * test.reads_labels,
            f"{test.success_ratio:.3f} [{low:.3f}, {high:.3f}]",
            f"{test.chance_level:.3f}",
            p_value_text(test.p_value),
            p_value_text(joint),
            f"{test.memorization_score:+.3f}",
            "-" if bound is None else f"{bound:.2f}",
            "-" if bound is None else f"{result.n_guesses:,}",
            f"{cell.cap:.3f}" if own else "",
            f"{other.success_ratio:.3f}",
        ]

    def _failed_line(self, cell):
        return [f"{cell.epsilon:g}", "", "", f"all failed: {cell.errors[0]}"[:60], *[""] * 9]

    def _notes(self):
        lines = []
        for cell in self.cells:
            if cell.refuted():
                lines.append(f"epsilon = {cell.epsilon:g} is REFUTED: the training spent {cell.bound():.2f} at least.")
        lines += [f"epsilon = {cell.epsilon:g}: a fit failed: {error}" for cell in self.cells for error in cell.errors]
        level = f"{100 * (1 - self.alpha):g}%"
        lines += [
            "train: accuracy on released labels; clean: on held-out rows with natural labels. SR: share of canaries",
            f"whose {self.target} label the attack infers, repeats pooled; p: of the attack alone; joint p: corrected",
            "for the attacks tried at one epsilon (max-T), not for the number of epsilons. epsilon >=: what the",
            f"training spent at least, at {level} confidence for all attacks at one epsilon together, by so many",
            "guesses, all or the surest (of private labels, whatever the SR is of; p uses all). cap: no",
            "attack on private labels that does not read labels exceeds it on average.",
        ]
        if any(result.private.reads_labels for cell in self.cells for result in cell.attacks.values()):
            lines.append(
                "* reads the labels that it infers: its chance level is exact, and no epsilon follows from it."
            )
        return lines


def _of_attack(result):
    """Plain numbers of one attack, NaN where all its fits failed."""
    row = {}
    for target in TARGETS:
        for name, get in _OF_A_TEST.items():
            row[f"{target}_{name}"] = np.nan if result is None else float(get(getattr(result, target)))
        joint = "joint_p_value" if target == "private" else "joint_p_value_released"
        row[f"{target}_joint_p_value"] = np.nan if result is None else getattr(result, joint)
    row["epsilon_lower_bound"] = np.nan if result is None else _number(result.private.epsilon_lower_bound)
    row["n_guesses"] = np.nan if result is None else _number(result.n_guesses)
    return row


def _number(value):
    return np.nan if value is None else float(value)


def _over_repeats(function, values):
    """Means and deviations over the repeats that did not fail; NaN, without a warning, where all did."""
    alive = ~np.isnan(values).all(axis=1)
    out = np.full(len(values), np.nan)
    out[alive] = function(values[alive], axis=1)
    return out
