"""How right the surest guesses are."""

import numpy as np

from ..metrics import memorization_test
from ._axes import add_legend, epsilon_text, find_axes, marker, show_percent
from ._scores import check_scores, read_scores

_FEWEST, _POINTS = 10, 60


class CoverageDisplay:
    """Success ratio of an attack that guesses only the canaries that it is surest of, over their share.

    At the right end every canary is guessed. Bands are 95 % Clopper-Pearson intervals of each point by itself: the best
    point of a curve has been chosen, and is no evidence without paying for the choice, as
    `sklearn_blia.metrics.epsilon_from_ranking` and the bounds of a `LabelAudit` do.

    Parameters
    ----------
    scores : dict of str to tuple of (ndarray of bool, ndarray of float)
        By attack: the coins (True for the second candidate), and decision values.
    target : {"private", "released"}, default="private"
        Labels that the coins are.
    epsilon : float, default=None
        Budget, for the title; None if it is not known.
    cap : float, default=None
        What no attack on private labels exceeds on average, to be drawn in for these; None if it is not known.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure around it.

    See Also
    --------
    AttackRocDisplay : The other way to look at decision values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.report import CoverageDisplay
    >>> rng = np.random.default_rng(0)
    >>> coins = rng.integers(2, size=500)
    >>> display = CoverageDisplay.from_predictions(coins, coins - 0.5 + rng.standard_normal(500))
    >>> display.ax_.get_xlabel()
    'share of the canaries guessed, the surest first'
    """

    def __init__(self, scores, *, target="private", epsilon=None, cap=None):
        self.scores = scores
        self.target = target
        self.epsilon = epsilon
        self.cap = cap

    @classmethod
    def from_estimator(cls, audit, *, model=None, epsilon=None, attacks=None, target=None, ax=None):
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
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        CoverageDisplay
            Drawn.
        """
        target, epsilon, cap, scores = read_scores(audit, model, epsilon, attacks, target)
        return cls(scores, target=target, epsilon=epsilon, cap=cap).plot(ax=ax)

    @classmethod
    def from_predictions(cls, coins, scores, *, name="attack", target="private", epsilon=None, cap=None, ax=None):
        """Draw decision values of one attack.

        Parameters
        ----------
        coins : array-like of bool of shape (n_canaries,)
            True where the label is the second candidate.
        scores : array-like of shape (n_canaries,)
            Decision values; the second candidate is inferred where they are at least 0.
        name : str, default="attack"
            For the legend.
        target : {"private", "released"}, default="private"
            Labels that the coins are.
        epsilon : float, default=None
            Budget, for the title.
        cap : float, default=None
            What no attack on private labels exceeds on average.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        CoverageDisplay
            Drawn.
        """
        own = {name: check_scores(coins, scores)}
        return cls(own, target=target, epsilon=epsilon, cap=cap).plot(ax=ax)

    def plot(self, *, ax=None):
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
        self.ax_.axhline(0.5, color="0.6", lw=1, ls=":", label="chance")
        if self.target == "private" and self.cap is not None and self.cap < 1:
            self.ax_.axhline(self.cap, color="0.4", lw=1, ls="--", label="cap")
        for number, (name, (coins, scores)) in enumerate(self.scores.items()):
            right = np.cumsum(((scores >= 0) == coins)[np.argsort(-np.abs(scores), kind="stable")])
            guessed = np.unique(np.geomspace(min(_FEWEST, len(right)), len(right), _POINTS).astype(int))
            test = memorization_test(right[guessed - 1], guessed)
            low, high = test.confidence_interval
            share, look = guessed / len(right), marker(number)
            every = max(1, len(share) // 8)
            self.ax_.plot(share, test.success_ratio, label=name, markevery=(number % every, every), ms=5, **look)
            self.ax_.fill_between(share, low, high, color=look["color"], alpha=0.12, lw=0)
        self.ax_.fill_between([], [], color="0.5", alpha=0.25, lw=0, label="95 % intervals, pointwise")
        if self.epsilon is not None:
            self.ax_.set_title(f"epsilon = {epsilon_text(self.epsilon)}", fontsize="medium")
        self.ax_.set(
            xscale="log",
            xlabel="share of the canaries guessed, the surest first",
            ylabel=f"success ratio, {self.target} labels",
        )
        show_percent(self.ax_.xaxis, self.ax_.yaxis)
        add_legend(self.ax_)
        return self
