"""Receiver operating characteristic of attacks on labels."""

import numpy as np
from sklearn.metrics import auc, roc_curve

from ._axes import add_legend, epsilon_text, find_axes, marker, show_percent
from ._scores import check_scores, read_scores


class AttackRocDisplay:
    """True positive rate of an attack over its false positive rate.

    Canaries whose label is the second candidate are the positive ones. On logarithmic axes the left end shows what is
    found at hardly any false alarms, which an average hides (Carlini et al. 2022, Membership Inference Attacks From
    First Principles).

    Parameters
    ----------
    scores : dict of str to tuple of (ndarray of bool, ndarray of float)
        By attack: the coins (True for the second candidate), and decision values.
    target : {"private", "released"}, default="private"
        Labels that the coins are.
    epsilon : float, default=None
        Budget, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure around it.
    auc_ : dict of str to float
        Area under each curve; one half by chance.

    See Also
    --------
    CoverageDisplay : How right the surest guesses are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.report import AttackRocDisplay
    >>> coins = np.arange(100) % 2
    >>> display = AttackRocDisplay.from_predictions(coins, coins - 0.5, name="sees all")
    >>> display.auc_
    {'sees all': 1.0}
    """

    def __init__(self, scores, *, target="private", epsilon=None):
        self.scores = scores
        self.target = target
        self.epsilon = epsilon

    @classmethod
    def from_estimator(cls, audit, *, model=None, epsilon=None, attacks=None, target=None, log=False, ax=None):
        """Draw the attacks of a fitted audit at one budget, repeats together.

        Parameters
        ----------
        audit : LabelAudit
            Fitted.
        model : str, default=None
            Name of the model; None takes the only one.
        epsilon : float, default=None
            Budget; None takes the largest.
        attacks : str or sequence of str, default=None
            Names of attacks that read no label; None takes all of these.
        target : {"private", "released"}, default=None
            Labels that the attacks are held against; None takes the audit's.
        log : bool, default=False
            Logarithmic axes.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        AttackRocDisplay
            Drawn.
        """
        target, epsilon, _, scores = read_scores(audit, model, epsilon, attacks, target)
        return cls(scores, target=target, epsilon=epsilon).plot(log=log, ax=ax)

    @classmethod
    def from_predictions(cls, coins, scores, *, name="attack", target="private", log=False, ax=None):
        """Draw decision values of one attack.

        Parameters
        ----------
        coins : array-like of bool of shape (n_canaries,)
            True where the label is the second candidate.
        scores : array-like of shape (n_canaries,)
            Decision values.
        name : str, default="attack"
            For the legend.
        target : {"private", "released"}, default="private"
            Labels that the coins are.
        log : bool, default=False
            Logarithmic axes.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        AttackRocDisplay
            Drawn.
        """
        return cls({name: check_scores(coins, scores)}, target=target).plot(log=log, ax=ax)

    def plot(self, *, log=False, ax=None):
        """Draw.

        Parameters
        ----------
        log : bool, default=False
            Logarithmic axes.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self
            With `ax_`, `figure_` and `auc_`.
        """
        self.ax_, self.figure_ = find_axes(ax)
        self.auc_ = {}
        fewest = 1 / max(len(coins) for coins, _ in self.scores.values())
        for number, (name, (coins, scores)) in enumerate(self.scores.items()):
            if coins.all() or not coins.any():
                raise ValueError(f"All coins of {name!r} fell the same way: a curve needs both.")
            false, true, _ = roc_curve(coins, scores)
            self.auc_[name] = float(auc(false, true))
            every = max(1, len(false) // 8)
            self.ax_.plot(false, true, label=f"{name}: area {self.auc_[name]:.3f}", markevery=(number % every, every),
                          ms=5, **marker(number))  # fmt: skip
        ends = np.geomspace(fewest, 1, 50) if log else [0, 1]
        self.ax_.plot(ends, ends, ":", color="0.6", lw=1, label="chance")
        if log:
            self.ax_.set(xscale="log", yscale="log", xlim=(fewest, 1), ylim=(fewest, 1))
        if self.epsilon is not None:
            self.ax_.set_title(f"epsilon = {epsilon_text(self.epsilon)}", fontsize="medium")
        self.ax_.set(xlabel=f"false positive rate, {self.target} labels", ylabel="true positive rate")
        show_percent(self.ax_.xaxis, self.ax_.yaxis)
        add_legend(self.ax_)
        return self
