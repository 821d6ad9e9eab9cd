"""What privacy costs: clean accuracy against memorization."""

import numpy as np

from ..metrics import memorization_score
from ._axes import add_legend, epsilon_text, find_axes, marker, read_audit, show_percent

# Of the name of a budget, in points.
_NAME_WIDTH, _NAME_HEIGHT = 45, 11


class PrivacyUtilityDisplay:
    """Accuracy on clean held-out labels against the memorization score, one point for each budget and attack.

    Up and to the left is better: more accurate, less memorized. Horizontal bars are intervals of the score,
    vertical ones the standard error of the accuracy over the repeats. Attacks at one budget are drawn a little
    apart from each other.

    Parameters
    ----------
    epsilons : ndarray of shape (n_epsilons,)
        Privacy budgets in ascending order.
    test_accuracy : ndarray of shape (n_epsilons,)
        Mean accuracy on held-out rows with natural labels.
    test_accuracy_error : ndarray of shape (n_epsilons,)
        Its standard error over the repeats; NaN for a single one.
    scores : dict of str to dict of str to ndarray
        By attack: memorization "score", "low" and "high" ends of its interval, each of shape (n_epsilons,).
    target : {"private", "released"}
        Labels that the attacks are held against.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure around it.

    See Also
    --------
    EpsilonSweepDisplay : Accuracy and success ratios over epsilon.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import LabelAudit
    >>> from sklearn_blia.report import PrivacyUtilityDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> audit = LabelAudit(DecisionTreeClassifier(), epsilons=[1, 4, float("inf")], n_repeats=2, random_state=0)
    >>> display = PrivacyUtilityDisplay.from_estimator(audit.fit(X, y))
    >>> display.ax_.get_ylabel()
    'accuracy on clean held-out labels'
    """

    def __init__(self, epsilons, test_accuracy, test_accuracy_error, scores, *, target):
        self.epsilons = epsilons
        self.test_accuracy = test_accuracy
        self.test_accuracy_error = test_accuracy_error
        self.scores = scores
        self.target = target

    @classmethod
    def from_estimator(cls, audit, *, model=None, target=None, attacks=None, ax=None):
        """Draw a fitted audit.

        Parameters
        ----------
        audit : LabelAudit
            Fitted.
        model : str, default=None
            Name of the model; None takes the only one.
        target : {"private", "released"}, default=None
            Labels that the attacks are held against; None takes the audit's.
        attacks : sequence of str, default=None
            Names of attacks; None takes those that read no labels.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        PrivacyUtilityDisplay
            Drawn.
        """
        target, order, found = read_audit(audit, model, attacks, target, only_blind=True)
        scores = {
            name: {
                "score": _scores(of["success_ratio"], of["chance"]),
                "low": _scores(of["low"], of["chance"]),
                "high": _scores(of["high"], of["chance"]),
            }
            for name, of in found.items()
        }
        results = audit.results_
        n_good = audit.report_.settings.n_repeats - results["n_failed"]
        # The deviation in the results is that of the repeats themselves: n - 1 makes it an estimate.
        error = np.where(n_good > 1, results["std_test_accuracy"] / np.sqrt(np.maximum(n_good - 1, 1)), np.nan)
        return cls(results["param_epsilon"][order], results["mean_test_accuracy"][order], error[order], scores,
                   target=target).plot(ax=ax)  # fmt: skip

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
        self.ax_.axvline(0.0, color="0.6", lw=1, ls=":", label="chance")
        error = np.nan_to_num(self.test_accuracy_error)
        # The intervals of one budget side by side, or they would lie on top of each other.
        step = 0.012 * np.ptp(self.test_accuracy[np.isfinite(self.test_accuracy)])
        for number, (name, of) in enumerate(self.scores.items()):
            ends = np.abs([of["score"] - of["low"], of["high"] - of["score"]])
            shift = step * (number - (len(self.scores) - 1) / 2)
            self.ax_.errorbar(of["score"], self.test_accuracy + shift, xerr=ends, yerr=error, ls="-", lw=0.8, ms=4.5,
                              elinewidth=0.8, alpha=0.85, label=name, **marker(number))  # fmt: skip
        rightmost = np.max([of["high"] for of in self.scores.values()], axis=0)
        self.ax_.margins(x=0.14, y=0.12)
        self.ax_.set(xlabel=f"memorization score, {self.target} labels", ylabel="accuracy on clean held-out labels")
        show_percent(self.ax_.yaxis)
        add_legend(self.ax_)
        self._name_budgets(rightmost)
        grey = {"fontsize": "small", "color": "0.4", "arrowprops": {"arrowstyle": "->", "color": "0.4"}}
        self.ax_.annotate(
            "better", (0.015, 0.985), (0.13, 0.87), xycoords="axes fraction", va="center", ha="center", **grey
        )
        return self

    def _name_budgets(self, rightmost):
        """Names of the budgets beside their points, moved upwards where they would lie on each other."""
        self.figure_.canvas.draw()  # only now the layout says where a point is
        known = np.isfinite(rightmost) & np.isfinite(self.test_accuracy)
        points = self.ax_.transData.transform(np.column_stack([rightmost, self.test_accuracy])[known])
        points *= 72 / self.figure_.dpi
        taken: list = []
        for number in np.argsort(points[:, 1]):
            x, y = points[number]
            near = [other for left, other in taken if abs(left - x) < _NAME_WIDTH and other > y - _NAME_HEIGHT]
            lifted = max([y, *(other + _NAME_HEIGHT for other in near)])
            taken.append((x, lifted))
            name = f"ε = {epsilon_text(np.asarray(self.epsilons)[known][number])}"
            at = (rightmost[known][number], self.test_accuracy[known][number])
            self.ax_.annotate(name, at, (5, lifted - y), textcoords="offset points", va="center", fontsize="small",
                              color="0.3")  # fmt: skip


def _scores(ratios, chance):
    """Memorization scores; NaN for a budget at which every fit failed."""
    scores, known = np.full(len(ratios), np.nan), np.isfinite(ratios)
    scores[known] = memorization_score(ratios[known], chance[known])
    return scores
