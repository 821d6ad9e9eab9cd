"""Accuracy and success ratios over the privacy budget."""

import numpy as np

from ._axes import add_legend, epsilon_text, find_axes, marker, read_audit, show_percent


class EpsilonSweepDisplay:
    """Train accuracy and the attacks' success ratios over epsilon: Figure 2 of the BLIA paper, with error bars.

    Drawn in are the cap that epsilon sets to attacks on private labels that read no label, and chance. Points of
    one budget stand side by side so that their intervals can be told apart.

    Parameters
    ----------
    epsilons : ndarray of shape (n_epsilons,)
        Privacy budgets in ascending order; the last may be infinite.
    train_accuracy : ndarray of shape (n_epsilons,)
        Mean accuracy on the training rows and their released labels, which is what the paper shows.
    success_ratios : dict of str to dict of str to ndarray
        By attack: "success_ratio", "low" and "high" ends of the interval, "chance", each of shape
        (n_epsilons,).
    target : {"private", "released"}
        Labels that the attacks are held against.
    caps : ndarray of shape (n_epsilons,)
        What no attack on private labels that reads no label exceeds on average.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure around it.

    See Also
    --------
    PrivacyUtilityDisplay : Clean accuracy against memorization.
    sklearn_blia.LabelAudit : What is drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import LabelAudit
    >>> from sklearn_blia.report import EpsilonSweepDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> audit = LabelAudit(DecisionTreeClassifier(), epsilons=[1, 4, float("inf")], n_repeats=2, random_state=0)
    >>> display = EpsilonSweepDisplay.from_estimator(audit.fit(X, y))
    >>> display.ax_.get_xlabel()
    'epsilon of the label privacy'
    """

    def __init__(self, epsilons, train_accuracy, success_ratios, *, target, caps):
        self.epsilons = epsilons
        self.train_accuracy = train_accuracy
        self.success_ratios = success_ratios
        self.target = target
        self.caps = caps

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
            Names of attacks; None takes all.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        EpsilonSweepDisplay
            Drawn.
        """
        target, order, found = read_audit(audit, model, attacks, target, only_blind=False)
        names = ("param_epsilon", "mean_train_accuracy", "cap")
        epsilons, accuracy, caps = (audit.results_[name][order] for name in names)
        return cls(epsilons, accuracy, found, target=target, caps=caps).plot(ax=ax)

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
        places = np.arange(len(self.epsilons))
        self.ax_.axhline(0.5, color="0.6", lw=1, ls=":", label="chance")
        if self.target == "private":
            self.ax_.hlines(self.caps, places - 0.35, places + 0.35, color="0.4", ls="--", lw=1,
                            label="cap of attacks that read no label")  # fmt: skip
        self.ax_.plot(places, self.train_accuracy, "s-", color="black", ms=3, label="train accuracy (released labels)")
        shifts = np.linspace(-0.2, 0.2, len(self.success_ratios)) if len(self.success_ratios) > 1 else [0.0]
        for number, (shift, (name, of)) in enumerate(zip(shifts, self.success_ratios.items(), strict=True)):
            ends = np.abs([of["success_ratio"] - of["low"], of["high"] - of["success_ratio"]])
            look = marker(number)
            self.ax_.errorbar(
                places + shift, of["success_ratio"], yerr=ends, ls="", ms=4.5, capsize=2, label=name, **look
            )
            if not np.allclose(np.nan_to_num(of["chance"], nan=0.5), 0.5):
                self.ax_.plot(places + shift, of["chance"], "_", ms=12, color=look["color"],
                              label=f"{name}: its chance level")  # fmt: skip
        self.ax_.set_xticks(places, [epsilon_text(epsilon) for epsilon in self.epsilons])
        self.ax_.set(xlabel="epsilon of the label privacy", ylabel=f"accuracy; success ratio, {self.target} labels")
        show_percent(self.ax_.yaxis)
        add_legend(self.ax_)
        return self
