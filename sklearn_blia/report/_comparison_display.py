"""Models or defences side by side, as a picture."""

import numpy as np

from ._axes import add_legend, check_audit, epsilon_text, find_axes, marker, show_percent

_NAMES = {  # what is drawn, its standard error, the name of the axis
    "accuracy": ("clean_accuracy", "clean_accuracy_error", "accuracy on clean held-out labels"),
    "bound": ("epsilon_lower_bound", None, "epsilon that was spent at least"),
}


class ComparisonDisplay:
    """Several models or defences over what they promise: clean accuracy, or the epsilon that an audit could prove.

    Vertical bars are standard errors of the accuracy over the repeats. A red ring says that a claim is refuted or that
    the mechanism's own cap is not kept.

    Parameters
    ----------
    rows : list of dict
        One for each model and budget, as the rows of `AuditReport.comparison`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure around it.

    See Also
    --------
    PrivacyUtilityDisplay : One model, memorization against accuracy.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import LabelAudit
    >>> from sklearn_blia.defences import defend
    >>> from sklearn_blia.report import ComparisonDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> models = defend(DecisionTreeClassifier(max_depth=3))
    >>> audit = LabelAudit(models, mechanism=None, epsilons=[1, 4], n_repeats=2, random_state=0).fit(X, y)
    >>> ComparisonDisplay.from_estimator(audit).ax_.get_ylabel()
    'accuracy on clean held-out labels'
    """

    def __init__(self, rows):
        self.rows = rows

    @classmethod
    def from_estimator(cls, audit, *, quantity="accuracy", ax=None):
        """Draw a fitted audit.

        Parameters
        ----------
        audit : LabelAudit
            Fitted.
        quantity : {"accuracy", "bound"}, default="accuracy"
            What is drawn: accuracy on clean held-out labels, or the lower bound on epsilon beside the promise.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ComparisonDisplay
            Drawn.
        """
        check_audit(audit, None)
        return cls(audit.report_.comparison().to_dict("records")).plot(quantity=quantity, ax=ax)

    def plot(self, *, quantity="accuracy", ax=None):
        """Draw.

        Parameters
        ----------
        quantity : {"accuracy", "bound"}, default="accuracy"
            What is drawn.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self
            With `ax_` and `figure_`.
        """
        if quantity not in _NAMES:
            raise ValueError(f"quantity must be one of {sorted(_NAMES)}, got {quantity!r}.")
        self.ax_, self.figure_ = find_axes(ax)
        value, error, label = _NAMES[quantity]
        budgets = sorted({row["epsilon"] for row in self.rows})
        models = list(dict.fromkeys(row["model"] for row in self.rows))
        wrong = []
        for number, model in enumerate(models):
            own = sorted((row for row in self.rows if row["model"] == model), key=lambda row: row["epsilon"])
            places = [budgets.index(row["epsilon"]) + _shift(number, len(models)) for row in own]
            heights = [float("nan") if row[value] is None else row[value] for row in own]
            errors = np.nan_to_num([row[error] for row in own]) if error else None
            self.ax_.errorbar(
                places, heights, yerr=errors, ls="-", lw=0.8, ms=4.5, capsize=2, label=model, **marker(number)
            )
            wrong += [
                (place, height)
                for place, height, row in zip(places, heights, own, strict=True)
                if row["claim_refuted"] or row["cap_kept"] is False
            ]
        if wrong:
            self.ax_.plot(*zip(*wrong, strict=True), "o", ms=12, mfc="none", mec="red", label="claim or cap not kept")
        self.ax_.set_xticks(range(len(budgets)), [epsilon_text(epsilon) for epsilon in budgets])
        self.ax_.set(xlabel="epsilon that is promised", ylabel=label)
        if quantity == "accuracy":
            show_percent(self.ax_.yaxis)
        else:
            promised = {row["epsilon"]: row["unit_epsilon"] for row in self.rows if row["epsilon"] != np.inf}
            several = max(row["unit_size"] for row in self.rows) > 1
            for place, budget in enumerate(budget for budget in budgets if budget in promised):
                named = {"label": "what is promised" + " of a coin" * several} if place == 0 else {}
                self.ax_.plot([place - 0.35, place + 0.35], [promised[budget]] * 2, color="0.5", lw=1.5, **named)
        add_legend(self.ax_)
        return self


def _shift(number, n_models):
    """Points of one budget side by side."""
    return 0.4 * (number / (n_models - 1) - 0.5) if n_models > 1 else 0.0
