"""How right the surest guesses are."""

import numpy as np

from ..metrics import attack_cap, memorization_test
from ._axes import add_legend, epsilon_text, find_axes
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
        Budget, whose cap is drawn in for private labels; None if it is not known.
    n_classes : int, default=2
        Number of classes, on which the cap depends.

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
    >>> from sklearn_blia.inspection import CoverageDisplay
    >>> rng = np.random.default_rng(0)
    >>> coins = rng.integers(2, size=500)
    >>> display = CoverageDisplay.from_predictions(coins, coins - 0.5 + rng.standard_normal(500))
    >>> display.ax_.get_xlabel()
    'share of the canaries guessed, the surest first'
    """

    def __init__(self, scores, *, target="private", epsilon=None, n_classes=2):
        self.scores = scores
        self.target = target
        self.epsilon = epsilon
        self.n_classes = n_classes

    @classmethod
    def from_estimator(cls, audit, *, epsilon=None, attacks=None, target=None, ax=None):
        """Draw the attacks of a fitted audit at one budget, repeats together.

        Parameters
        ----------
        audit : LabelAudit
            Fitted.
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
        target, epsilon, scores = read_scores(audit, epsilon, attacks, target)
        return cls(scores, target=target, epsilon=epsilon, n_classes=len(audit.classes_)).plot(ax=ax)

    @classmethod
    def from_predictions(cls, coins, scores, *, name="attack", target="private", epsilon=None, n_classes=2, ax=None):
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
            Budget, for the cap and the title.
        n_classes : int, default=2
            Number of classes.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        CoverageDisplay
            Drawn.
        """
        own = {name: check_scores(coins, scores)}
        return cls(own, target=target, epsilon=epsilon, n_classes=n_classes).plot(ax=ax)

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
        if self.target == "private" and self.epsilon is not None and np.isfinite(self.epsilon):
            cap = attack_cap(self.epsilon, n_classes=self.n_classes)
            self.ax_.axhline(cap, color="0.4", lw=1, ls="--", label="cap")
        for number, (name, (coins, scores)) in enumerate(self.scores.items()):
            right = np.cumsum(((scores >= 0) == coins)[np.argsort(-np.abs(scores), kind="stable")])
            guessed = np.unique(np.geomspace(min(_FEWEST, len(right)), len(right), _POINTS).astype(int))
            test = memorization_test(right[guessed - 1], guessed)
            low, high = test.confidence_interval
            share, colour = guessed / len(right), f"C{number % 10}"
            self.ax_.plot(share, test.success_ratio, color=colour, label=name)
            self.ax_.fill_between(share, low, high, color=colour, alpha=0.12, lw=0)
        if self.epsilon is not None:
            self.ax_.set_title(f"epsilon = {epsilon_text(self.epsilon)}", fontsize="medium")
        self.ax_.set(
            xscale="log",
            xlabel="share of the canaries guessed, the surest first",
            ylabel=f"success ratio, {self.target} labels",
        )
        add_legend(self.ax_)
        return self
