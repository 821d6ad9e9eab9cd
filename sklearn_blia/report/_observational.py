"""What an audit without canaries found, as text, as data and as a page."""

from dataclasses import asdict, dataclass, field
from math import exp
from textwrap import wrap

from ..metrics import GammaEstimate, ObservationalBound
from ._observational_page import bounds_table, diagnostics, observational_page
from ._page_report import PageReport
from ._text import align_table, finite, p_value_text, versions

_WIDTH = 80
_ALIKE = 0.01  # below this p the two kinds of rows are not alike
_FEW = 30  # held-out rows, of fewer nothing is said


@dataclass(frozen=True)
class ObservationalSettings:
    """What was done, for the head of a report.

    Attributes
    ----------
    title, model, proxy : str
        The data, the model and the proxy, as they print.
    n_classes : int
        Number of classes.
    n_train, n_holdout : int
        Rows that the model was trained on, and rows that it was not.
    share : float
        Share of the rows that was to be counted, the surest.
    alpha : float
        Level of bounds and verdict.
    random_state : int or None
        Seed, where one was given.
    """

    title: str
    model: str
    proxy: str
    n_classes: int
    n_train: int
    n_holdout: int
    share: float
    alpha: float
    random_state: int | None


@dataclass(frozen=True)
class ObservationalReport(PageReport):
    """What an observational audit found; ``str()`` of it is the page in plain text.

    Attributes
    ----------
    settings : ObservationalSettings
        What was done.
    training : ObservationalBound
        Rows that the model was trained on.
    overlap : float
        Share of the counted training rows of whose named label the proxy is not certain (.05 to .95).
    held_out : ObservationalBound or None
        Rows that it was not: the negative control, in which all is the proxy's error.
    gamma : GammaEstimate or None
        Error of the proxy's log odds, as the held-out rows suggest it.
    p_value : float or None
        Whether the model names labels of training rows beyond the proxy, and more often so than those of held-out rows
        where the same label is named at nearly the same probability by the proxy: the larger of the two p-values.
    auc, alike_p_value : float or None
        How well a forest tells held-out rows from training rows by their features alone, and whether better than by
        chance; None where there are no features.
    calibration : list of CalibrationBin
        The proxy's own most probable labels on held-out rows: how often they are right.
    """

    settings: ObservationalSettings
    training: ObservationalBound
    overlap: float
    held_out: ObservationalBound | None = None
    gamma: GammaEstimate | None = None
    p_value: float | None = None
    auc: float | None = None
    alike_p_value: float | None = None
    calibration: list = field(default_factory=list)

    @property
    def alike(self):
        """Whether the two kinds of rows look alike by their features; True where there are none to look at."""
        return self.alike_p_value is None or self.alike_p_value >= _ALIKE

    @property
    def memorized(self):
        """Whether memorization was found; None where nobody can tell."""
        if self.p_value is None or self.settings.n_holdout < _FEW or not self.alike:
            return None
        return self.p_value < self.settings.alpha

    @property
    def verdict(self):
        """What may be said, in a sentence."""
        if self.held_out is None:
            return f"{self._sums()} Which of the two nobody can tell without held-out rows: no verdict."
        if self.settings.n_holdout < _FEW:
            return f"no verdict: {self.settings.n_holdout} held-out rows are too few to compare with. {self._sums()}"
        if not self.alike:
            return (
                f"no verdict: forests tell held-out rows from training rows by their features (AUC {self.auc:.2f}, "
                f"p = {p_value_text(self.alike_p_value)}), so that a difference between them need not be memory. "
                f"{self._sums()}"
            )
        compared = f"p = {p_value_text(self.p_value)}; {self._kinds()}"
        if self.memorized:
            return (
                "MEMORIZATION: labels of training rows are named beyond the proxy more often than those of held-out "
                f"rows of which it thinks the same ({compared}). {self._sums()}"
            )
        said = (
            "no memorization found: labels of training rows are named beyond the proxy no more often than those of "
            f"held-out rows of which it thinks the same ({compared})."
        )
        if not self.training.epsilon_plus_gamma:
            return said
        why = (
            "What there is on training rows, the proxy explains: held-out rows show it too."
            if self._is_explained()
            else "Whether what there is on training rows is the proxy's error, these rows cannot tell."
        )
        return f"{said} {why} {self._sums()}"

    def _is_explained(self):
        """Whether the proxy's error on held-out rows is known to be above 0, and may be all of it."""
        if self.held_out is None or self.gamma is None or not self.held_out.epsilon_plus_gamma:
            return False
        return self.gamma.confidence_interval[1] >= self.training.epsilon_plus_gamma

    def __str__(self):
        s = self.settings
        held_out = f"{s.n_holdout:,} held-out rows" if s.n_holdout else "no held-out rows"
        head = (
            f"{s.title + ': ' if s.title else ''}{s.n_train:,} training rows, {held_out}; {s.n_classes} classes; no "
            "canaries, a proxy for the chance of each label"
        )
        table = bounds_table(self)
        lines = align_table(table["header"], [table["rows"]], left={0})
        lines += wrap(diagnostics(self), _WIDTH)
        lines += wrap(f"=> {self.verdict}", _WIDTH, subsequent_indent="   ")
        legend = (
            "named: rows whose label the model names, by the excess of its odds over the proxy's. eps + Gamma >=: what "
            "the training spent and the error of the proxy's log odds together, at "
            f"{100 * (1 - s.alpha):g}% confidence (for a proxy that never saw these labels; by cross-fitting "
            "approximately); data tell no more. On held-out rows all of it is Gamma."
        )
        return "\n\n".join("\n".join(block) for block in [wrap(head, _WIDTH), lines, wrap(legend, _WIDTH)])

    def to_dict(self):
        """Return the report as plain data that JSON can hold.

        Returns
        -------
        dict
            Everything that was found, the verdict, and versions.
        """
        found = asdict(self) | {"memorized": self.memorized, "verdict": self.verdict, "versions": versions()}
        return finite(found)

    def to_frame(self):
        """Return the results as a table, one row for each kind of rows.

        Returns
        -------
        DataFrame
            Rows, hits, expected hits, p-value and bound.
        """
        import pandas as pd

        return pd.DataFrame([{"rows": name} | asdict(bound) for name, bound in self.kinds_of_rows.items()])

    def page(self):
        """Gather what a page shows.

        Returns
        -------
        dict
            Plain values and lists.
        """
        return observational_page(self)

    @property
    def kinds_of_rows(self):
        """Bounds by kind of rows, a dict of str to ObservationalBound."""
        kinds = {"training": self.training, "held-out": self.held_out}
        return {name: bound for name, bound in kinds.items() if bound is not None}

    def _sums(self):
        s, level = self.training.epsilon_plus_gamma, 100 * (1 - self.settings.alpha)
        return (
            f"Epsilon and Gamma, the error of the proxy's log odds, are at least {s:.2f} together ({level:g}% "
            f"confidence): a proxy whose odds are wrong by a factor of {exp(s):.1f} alone would explain it away."
        )

    def _kinds(self):
        return ", ".join(
            f"{bound.n_hits / bound.n_rows:.1%} named where the proxy expects "
            f"{bound.expected_hits / bound.n_rows:.1%} on {name} rows"
            for name, bound in self.kinds_of_rows.items()
        )
