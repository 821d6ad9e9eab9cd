"""What an audit found, as a table for people and as plain data for programs."""

from dataclasses import asdict, dataclass

import numpy

from ..metrics import (
    TARGETS,
    MemorizationTest,
    attack_cap,
    detectable_success_ratio,
    epsilon_ceiling,
    required_canaries,
)
from ._text import align_table, finite, p_value_text, versions

_FLAT = ("model", "accuracy", "attack", "joint_p_value", "joint_p_value_released", "n_guesses")


@dataclass(frozen=True)
class AuditRow:
    """One attack on one model.

    Attributes
    ----------
    model : str
        Name of the model.
    accuracy : float
        On held-out rows with clean labels.
    attack : str
        Name of the attack.
    private, released : MemorizationTest
        The attack against the private labels (what leaks) and the released ones (what the model stored).
        The epsilon bound is that of the surest guesses where it is larger, corrected for having chosen and for the
        number of label-blind attacks on the model.
    joint_p_value, joint_p_value_released : float
        Max-T p-values against the private and the released labels, adjusted for the attacks on the model.
    n_guesses : int or None
        Guesses that the epsilon bound rests on; None without a bound.
    """

    model: str
    accuracy: float
    attack: str
    private: MemorizationTest
    released: MemorizationTest
    joint_p_value: float
    joint_p_value_released: float
    n_guesses: int | None


@dataclass(frozen=True)
class AuditReport:
    """Result of `audit_models`; ``str()`` of it is the table.

    Attributes
    ----------
    rows : list of AuditRow
        One for each model and attack.
    title : str
        Name of the data.
    epsilon : float
        Label-DP parameter of the randomized response; ``inf`` without.
    n_classes, n_train, n_test, n_canaries : int
        Sizes.
    alpha : float
        Level of intervals and bounds.
    random_state : int or None
        Seed, where one was given.
    """

    rows: list
    title: str
    epsilon: float
    n_classes: int
    n_train: int
    n_test: int
    n_canaries: int
    alpha: float
    random_state: int | None

    @property
    def is_private(self):
        """Whether the labels passed randomized response."""
        return self.epsilon != numpy.inf

    def __str__(self):
        return "\n".join([self._heading(), "", *self._table(), "", *self._verdicts(), "", *self._legend()])

    def to_dict(self):
        """Return the report as plain data that JSON can hold; infinity becomes None.

        Returns
        -------
        dict
            Settings, versions and rows.
        """
        rows = []
        for row in self.rows:
            flat = {name: getattr(row, name) for name in _FLAT}
            for target in TARGETS:
                flat[target] = asdict(getattr(row, target))
            rows.append(flat)
        settings = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "rows"}
        settings["attack_cap"] = attack_cap(self.epsilon, n_classes=self.n_classes)
        return finite({"settings": settings, "versions": versions(), "rows": rows})

    def _heading(self):
        privacy = f"randomized response with epsilon = {self.epsilon:g}" if self.is_private else "no label privacy"
        seed = "no seed" if self.random_state is None else f"seed {self.random_state}"
        return (
            f"{self.title + ': ' if self.title else ''}{self.n_train:,} training rows, {self.n_canaries:,} of them "
            f"canaries; {self.n_test:,} held-out rows; {self.n_classes} classes; {privacy}; {seed}"
        )

    def _table(self):
        level = f"{100 * (1 - self.alpha):g}%"
        header = ["model", "accuracy", "attack", f"success ratio [{level} CI]", "chance", "p", "joint p"]
        header += ["memorization", "epsilon >=", "guesses", "detectable"] + ["SR released"] * self.is_private
        blocks = []
        for model in dict.fromkeys(row.model for row in self.rows):
            rows = [row for row in self.rows if row.model == model]
            names = [[model, f"{rows[0].accuracy:.3f}"], *[["", ""]] * (len(rows) - 1)]
            blocks.append([[*name, *self._cells(row)] for name, row in zip(names, rows, strict=True)])
        return align_table(header, blocks, left={0, 2, 3})

    def _cells(self, row):
        test = row.private
        low, high = test.confidence_interval
        bound, reach = test.epsilon_lower_bound, test.detectable_success_ratio
        cells = [
            row.attack + "*" * test.reads_labels,
            f"{test.success_ratio:.3f} [{low:.3f}, {high:.3f}]",
            f"{test.chance_level:.3f}",
            p_value_text(test.p_value),
            p_value_text(row.joint_p_value),
            f"{test.memorization_score:+.3f}",
            "-" if bound is None else f"{bound:.2f}",
            "-" if bound is None else f"{row.n_guesses:,}",
            "none" if reach == numpy.inf else f"{reach:.3f}",
        ]
        return cells + [f"{row.released.success_ratio:.3f}"] * self.is_private

    def _verdicts(self):
        lines = []
        for model in dict.fromkeys(row.model for row in self.rows):
            lines.append(f"{model}: {self._verdict([row for row in self.rows if row.model == model])}")
        return lines

    def _verdict(self, rows):
        if not self.is_private:
            return self._finding(rows, "memorized labels", "no memorization found", "joint_p_value", "private")
        stored = self._finding(
            rows, "memorized released labels", "no memorization found", "joint_p_value_released", "released"
        )
        leaked = self._finding(rows, "private labels leak", "no leak found", "joint_p_value", "private")
        return f"{stored}; {leaked}; {self._claim(rows)}"

    def _finding(self, rows, found, nothing, p_name, target):
        """One sentence on what the attacks found together, and if nothing, on what they could have."""
        best = min(rows, key=lambda row: (getattr(row, p_name), -getattr(row, target).memorization_score))
        p = getattr(best, p_name)
        if p < self.alpha:
            score = getattr(best, target).memorization_score
            return f"{found}: score {score:+.3f} by {best.attack}, joint p = {p_value_text(p)}"
        said = f"{nothing} (joint p = {p_value_text(p)}; {self._reach(rows, target)})"
        surest = max(rows, key=lambda row: row.private.epsilon_lower_bound or 0)
        if target != "private" or not surest.private.epsilon_lower_bound:
            return said
        bound = f"epsilon is at least {surest.private.epsilon_lower_bound:.2f}"
        return f"{said}, but {bound} by the surest {surest.n_guesses:,} guesses of {surest.attack}"

    def _reach(self, rows, target):
        """What label-blind attacks could have shown, at the Bonferroni level: max-T has none in closed form."""
        blind = [row for row in rows if not getattr(row, target).reads_labels]
        if not blind:
            return "every attack reads labels"
        level = self.alpha / len(rows)
        reach = detectable_success_ratio(getattr(blind[0], target).n_canaries, alpha=level)
        if reach > 1:
            return "so few canaries could not have shown any"
        text = f"would have seen a success ratio of {reach:.3f} with 80 % power"
        return text if reach <= 0.55 else f"{text}; to see .55 takes {required_canaries(0.55, alpha=level):,} canaries"

    def _claim(self, rows):
        bounds = [row.private.epsilon_lower_bound for row in rows if not row.private.reads_labels]
        if not bounds:
            return f"epsilon = {self.epsilon:g} is not checked, for every attack reads labels"
        if max(bounds) > self.epsilon:
            return f"epsilon = {self.epsilon:g} is REFUTED (bound {max(bounds):.2f})"
        # Half of the level goes to bounds by the surest guesses alone.
        ceiling = epsilon_ceiling(self.n_canaries, alpha=self.alpha / len(bounds) / 2)
        reach = f"this audit could show up to {ceiling:.2f}"
        return f"epsilon = {self.epsilon:g} is not refuted (bound {max(bounds):.2f}; {reach})"

    def _legend(self):
        lines = [
            "success ratio: share of canaries whose private label the attack infers; p: of the attack alone; joint p:",
            "corrected for the attacks tried on the model (max-T). epsilon >=: what the training spent at least, at",
            f"{100 * (1 - self.alpha):g}% confidence for all of a model's attacks together, by so many guesses, all or",
            "the surest (p uses all; p and epsilon >= hold at their own level each, not together). detectable: the",
            "smallest true success ratio that this attack alone finds with 80 % power.",
        ]
        if any(row.private.reads_labels for row in self.rows):
            lines.append(
                "* reads the labels that it infers: its chance level is exact, and no epsilon follows from it."
            )
        if self.is_private:
            cap = attack_cap(self.epsilon, n_classes=self.n_classes)
            lines.append(f"Cap on any attack that does not read labels, at epsilon = {self.epsilon:g}: {cap:.3f}.")
        return lines
