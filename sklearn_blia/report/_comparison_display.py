"""Models or defences side by side, as a picture."""

import numpy as np

from ._axes import add_legend, check_audit, epsilon_text, find_axes, marker, show_percent


class ComparisonDisplay:
    """Clean accuracy of several models or defences over what they promise, with what an audit found.

    Vertical bars are standard errors of the accuracy over the repeats, a number at a point is the epsilon that the
    training spent at least, where that is more than nothing, and a red ring says that a claim is refuted or that the
    mechanism's own cap is not kept.

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
    def from_estimator(cls, audit, *, ax=None):
        """Draw a fitted audit.

        Parameters
        ----------
        audit : LabelAudit
            Fitted.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ComparisonDisplay
            Drawn.
        """
        check_audit(audit, None)
        return cls(audit.report_.comparison().to_dict("records")).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self
            With `ax_` and `figure_`.
        """
        self.ax_, self.figure_ = find_axes(ax)
        budgets = sorted({row["epsilon"] for row in self.rows})
        models = list(dict.fromkeys(row["model"] for row in self.rows))
        shifts = np.linspace(-0.25, 0.25, len(models)) if len(models) > 1 else [0.0]
        wrong = []
        for number, (model, shift) in enumerate(zip(models, shifts, strict=True)):
            own = [row for row in self.rows if row["model"] == model]
            places = np.array([budgets.index(row["epsilon"]) for row in own]) + shift
            accuracy = np.array([row["clean_accuracy"] for row in own])
            error = np.nan_to_num([row["clean_accuracy_error"] for row in own])
            self.ax_.errorbar(places, accuracy, yerr=error, ls="-", lw=0.8, ms=4.5, capsize=2, label=model,
                              **marker(number))  # fmt: skip
            for place, height, row in zip(places, accuracy, own, strict=True):
                bound = row["epsilon_lower_bound"]
                if bound is not None and bound >= 0.005:
                    self.ax_.annotate(f"{bound:.2f}", (place, height), (0, 6), textcoords="offset points",
                                      ha="center", fontsize="x-small", color=f"C{number % 10}")  # fmt: skip
                if row["claim_refuted"] or row["cap_kept"] is False:
                    wrong.append((place, height))
        if wrong:
            self.ax_.plot(*zip(*wrong, strict=True), "o", ms=12, mfc="none", mec="red", label="claim or cap not kept")
        self.ax_.set_xticks(range(len(budgets)), [epsilon_text(epsilon) for epsilon in budgets])
        self.ax_.set(xlabel="epsilon that is promised", ylabel="accuracy on clean held-out labels")
        show_percent(self.ax_.yaxis)
        add_legend(self.ax_)
        return self
