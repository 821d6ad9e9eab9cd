"""What an audit found, as a page for people and as plain data for programs."""

from collections import Counter
from dataclasses import asdict, dataclass, fields
from textwrap import shorten, wrap

from ..metrics import TARGETS
from ._columns import columns_of, rows_of
from ._comparison import comparison_rows, comparison_table
from ._how_to_read import largest_unit, share_of_a_label
from ._page import canaries_text, page_of, privacy_text
from ._page_report import PageReport, write_page
from ._tables import attack_table, group_table
from ._text import align_table, finite, fitted, p_value_text, ratio_text, versions
from ._verdicts import make_verdict

WIDTH = 80


@dataclass(frozen=True)
class Settings:
    """What was done, for the head of a report.

    Attributes
    ----------
    title : str
        Name of the data.
    models : dict of str to str
        The classifiers, as they print.
    mechanism, planter : str
        What protected the labels and what planted the canaries, as they print.
    engine : str
        How the fits were run, and why so.
    target : {"private", "released"}
        Labels that the table shows intervals of.
    alpha : float
        Level of intervals and bounds.
    n_repeats, n_classes, n_train, n_test, n_canaries : int
        Sizes; canaries of one fit, each a row.
    n_coins : int or None
        Coins of one fit where rows share these; None where each canary has its own.
    random_state : int or None
        Seed, where one was given.
    stop_when_refuted : bool
        Whether a model at a budget got no further repeat once its claim was refuted.
    notes : tuple of str
        What a reader has to know of how the answers were come by.
    """

    title: str
    models: dict
    mechanism: str
    planter: str
    engine: str
    target: str
    alpha: float
    n_repeats: int
    n_classes: int
    n_train: int
    n_test: int
    n_canaries: int
    random_state: int | None
    stop_when_refuted: bool = False
    notes: tuple = ()
    n_coins: int | None = None


@dataclass(frozen=True)
class AuditReport(PageReport):
    """Result of an audit; ``str()`` of it is the page.

    Attributes
    ----------
    cells : list of Cell
        Findings, one for each model and privacy budget.
    settings : Settings
        What was done.
    """

    cells: list
    settings: Settings

    @property
    def verdicts(self):
        """What may be said of each model at each budget: a list of `Verdict`."""
        return [make_verdict(cell) for cell in self.cells]

    @property
    def attacks(self):
        """Names of the attacks."""
        return list(dict.fromkeys(name for cell in self.cells for name in cell.attacks))

    def __str__(self):
        blocks = [self._heading(), *map(self._block, self.cells), self._side_by_side(), self._legend()]
        return "\n\n".join("\n".join(block) for block in blocks if block)

    def page(self):
        """Gather what a page shows.

        Returns
        -------
        dict
            Plain values and lists.
        """
        return page_of(self)

    def to_html(self, path=None, *, secrets=None):
        """Write the report as a page to show: one file without outside assets, for screens, telephones and print.

        Parameters
        ----------
        path : str or path-like, default=None
            The file, written as a whole or not at all; None returns the page.
        secrets : DataFrame, default=None
            Of `LabelAudit.to_canary_frame` or `AuditPlan.to_canary_frame`: the page then names the rows that were
            memorized most, and says that it is secret. A report itself knows no single row.

        Returns
        -------
        str or None
            The page, where there is no `path`.
        """
        if secrets is not None and not hasattr(secrets, "columns"):
            raise ValueError(
                f"secrets must be a table of canaries, from to_canary_frame of the audit or the plan; got {secrets!r}. "
                "A report by itself knows no single row."
            )
        return write_page(page_of(self, secrets), path)

    def target_of(self, cell):
        """Return the kind of label that the table of a cell shows: the audit's, or the private ones where it cannot.

        Parameters
        ----------
        cell : Cell
            One with findings or without.

        Returns
        -------
        {"private", "released"}
            Which.
        """
        known = cell.findings is None or self.settings.target in cell.findings.targets
        return self.settings.target if known else TARGETS[0]

    def columns(self):
        """Return the results as columns, one entry for each model and budget, in the manner of ``cv_results_``.

        Returns
        -------
        dict of str to ndarray
            Columns by name; ``params`` is a list.
        """
        return columns_of(self.cells, self.attacks, self.settings.n_repeats)

    def rows(self):
        """Return the results as rows, one for each model, budget and attack.

        Returns
        -------
        list of dict
            Rows of plain numbers and names.
        """
        return rows_of(self.cells, self.attacks)

    def to_frame(self):
        """Return the results as a table, one row for each model, budget and attack.

        Returns
        -------
        DataFrame
            Model, epsilon, accuracies, cap; attack, success ratios with their intervals, chance levels and p-values,
            memorization score, bound.
        """
        import pandas as pd

        return pd.DataFrame(self.rows())

    def comparison(self):
        """Return models or defences side by side, one row for each model and budget.

        Returns
        -------
        DataFrame
            What is promised, clean accuracy with its standard error, the best label-blind attack's success ratio, the
            cap and whether it is kept, the bound on epsilon, whether the claim is refuted, and the seconds of a fit.
        """
        import pandas as pd

        return pd.DataFrame(comparison_rows(self.cells))

    def to_dict(self):
        """Return the report as plain data that JSON can hold; infinity and NaN become None.

        Returns
        -------
        dict
            Settings, versions and, for each model and budget, accuracies, errors, tests and the verdict.
        """
        cells = []
        for cell, verdict in zip(self.cells, self.verdicts, strict=True):
            flat = {f.name: getattr(cell, f.name) for f in fields(cell) if f.name not in ("findings", "claim")}
            flat |= {"claim": asdict(cell.claim), "claim_refuted": cell.refuted, "epsilon_lower_bound": cell.bound}
            flat["attacks"] = {name: asdict(finding) for name, finding in cell.attacks.items()}
            groups = {} if cell.findings is None else cell.findings.groups
            flat["groups"] = {target: asdict(found) for target, found in groups.items()}
            cells.append(flat | {"verdict": asdict(verdict)})
        return finite({"settings": asdict(self.settings), "versions": versions(), "cells": cells})

    def _heading(self):
        s = self.settings
        seed = "no seed" if s.random_state is None else f"seed {s.random_state}"
        held_out = f"{s.n_test:,} held-out rows; " * bool(s.n_test)
        said = (
            f"{s.title + ': ' if s.title else ''}{s.n_train:,} training rows, {canaries_text(s, 'of them canaries')}; "
            f"{held_out}{s.n_classes} classes; {s.n_repeats} repeat{'s' * (s.n_repeats != 1)}; {seed}"
        )
        return [line for text in (said, *s.notes) for line in wrap(text, WIDTH)]

    def _block(self, cell):
        """One model at one budget: a line on it, its table, its verdict."""
        head = f"{shorten(cell.model, 40)}, {privacy_text(cell)}"
        n = cell.n_made
        failed = [f"{count} of {n} fits failed: {error}" for error, count in Counter(cell.errors).items()]
        failed += [f"{attack} failed: {error}" for attack, error in cell.failed_attacks.items()]
        failed = [line for text in failed for line in wrap(text, WIDTH)]
        if cell.findings is None:
            return [*wrap(head, WIDTH), *self._verdict(make_verdict(cell)), *failed]
        accuracies = {"clean": cell.mean("test_accuracies"), "train": cell.mean("train_accuracies")}
        known = [f"{value:.3f} {name}" for name, value in accuracies.items() if value == value]
        head += f": accuracy {', '.join(known)}" * bool(known)
        head += f"; cap {cell.cap:.3f}" if cell.is_private else ""
        return [
            *wrap(head, WIDTH),
            *self._table(cell),
            *self._between(cell),
            *self._groups(cell),
            *self._stopped(cell),
            *self._verdict(make_verdict(cell)),
            *failed,
        ]

    def _verdict(self, verdict):
        return wrap(f"=> {verdict}", WIDTH, subsequent_indent="   ")

    def _between(self, cell):
        """Of the attack that found most: the interval over trainings, and whether repeats differ too much."""
        target = self.target_of(cell)
        name = cell.findings.strongest(target)
        between = cell.attacks[name].between.get(target)
        if between is None:
            return []
        low, high = map(ratio_text, between.confidence_interval)
        said = f"between {len(between.success_ratios)} repeats: {target} SR of {' '.join(name.split())} [{low}, {high}]"
        if between.p_value < self.settings.alpha / len(self.cells):
            said += f"; repeats DIFFER more than coins explain (p = {p_value_text(between.p_value)})"
        return wrap(said, WIDTH)

    def _stopped(self, cell):
        if not cell.n_spared:
            return []
        return wrap(f"stopped after {cell.n_made} of {len(cell.seconds)} repeats: the claim was refuted", WIDTH)

    def _table(self, cell):
        table = attack_table(self, cell)
        lines = _aligned(table)
        for chance in table["chances"]:
            lines += wrap(chance, WIDTH)
        return lines

    def _groups(self, cell):
        found = cell.findings.groups.get(self.target_of(cell))
        return _aligned(group_table(found, self.settings.alpha)) if found else []

    def _side_by_side(self):
        table = comparison_table(self)
        if table is None:
            return []
        return [
            "Side by side, SR and eps >= of the best attack that reads no label:",
            *_aligned(table, left={0}),
            *(["! more right guesses than the mechanism's own cap allows"] if "!" in str(table["rows"]) else []),
        ]

    def _of_intervals(self):
        said = ", with the Clopper-Pearson interval of these trainings"
        if any(finding.between for cell in self.cells for finding in cell.attacks.values()):
            return said + "; between repeats (Student's t): that of other trainings too"
        return said + ", if nothing had been stopped early" * self.settings.stop_when_refuted

    def _of_joint_p(self):
        findings = [cell.findings for cell in self.cells if cell.findings is not None]
        tested = "corrected for them and for the attacks tried on one model at one budget (max-T)."
        if any(one.anytime for one in findings):
            return (
                "for all attacks on one model at one budget; where there is a claim, p and bound hold whenever one "
                "stops (e-process), and the mechanism is not checked."
            )
        if all(finding.coverage for one in findings for finding in one.blind):
            return f"of both, {tested}"
        return f"of both, {tested[:-1]}; of an attack that learns from coins its count alone (Bonferroni with max-T)."

    def _legend(self):
        s = self.settings
        counted = " of canaries where the model's most probable class is a candidate" * (s.n_classes > 2)
        text = (
            f"SR: success ratio, the share of canaries whose {s.target} label the attack infers, of two candidates "
            f"each, one half by chance, repeats pooled{self._of_intervals()}; over k: the mean of that of the k surest "
            f"guesses, over all k; joint p: {self._of_joint_p()} eps >=: what the training spent at least, at "
            f"{100 * (1 - s.alpha):g}% confidence for all these attacks together, by all guesses or the "
            f"surest{counted} (of private labels; p and bound hold at their own level each, not together)."
        )
        size = largest_unit(self.cells)
        if size > 1:
            text += (
                f" One coin decides up to {size:,} labels: SR counts coins, and eps >= is of a coin"
                f"{share_of_a_label(self.cells)}; claims are held to what they say of so many labels (group privacy)."
            )
        if any(cell.is_private for cell in self.cells):
            text += " cap: no attack on private labels that does not read labels exceeds it on average."
            text += " train: accuracy on the labels that the model was given; clean: on held-out natural ones."
            other = next(target for target in TARGETS if target != s.target)
            text += f" {other}: SR against the {other} labels (private: before the mechanism; released: after"
            text += ", where a candidate" * (s.n_classes > 2) + ", where all rows of a coin agree" * (size > 1) + ")."
        if any(cell.findings is not None and cell.findings.groups for cell in self.cells):
            text += (
                " Groups: p of whether labels of the group are found (max-T over attacks and groups), p of more of "
                "whether more often than those of the others (max-T over groups, Bonferroni over attacks)."
            )
        lines = wrap(text, WIDTH)
        if any(test.reads_labels for cell in self.cells for f in cell.attacks.values() for test in f.tests.values()):
            text = "* reads the labels that it infers: its chance level is exact, and no epsilon follows from it."
            lines += wrap(text, WIDTH)
        return lines


def _aligned(table, left=frozenset({0, 1})):
    """A table whose first column is cut so far that it fits the width."""
    header, rows = table["header"], [list(row) for row in table["rows"]]
    taken = sum(max(len(row[i]) for row in [header, *rows]) + 2 for i in range(1, len(header)))
    header = [fitted(header[0], WIDTH - taken), *header[1:]]
    for row in rows:
        star = "*" * row[0].endswith("*")
        row[0] = fitted(row[0].removesuffix("*"), WIDTH - taken - len(star)) + star
    return align_table(header, [rows], left=left)
