"""The paper's delta-margin attack, as published and without the label that it was fed."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..canaries import PlainInterval
from ._base import BaseAttack


class DeltaMarginAttack(BaseAttack):
    """Infer the second candidate where the margin outweighs the log-loss.

    Algorithm 2 of the BLIA paper (arXiv 2503.12801): with p the probability of the second candidate, margin
    ``p - (1 - p)`` and log-loss L, infer the second where ``alpha * margin >= beta * L``.

    The paper takes L at the very label that is to be inferred. That loss alone tells the label: with a
    perfectly innocent model and alpha = beta the attack is right on every canary whose label is the first
    candidate, and on both labels wherever p > 0.687411, so that chance is ``1/2 + 1/2 P(p > 0.687411)`` and
    not one half.

    Parameters
    ----------
    alpha : float, default=1.0
        Weight of the margin, at least 0.
    beta : float, default=1.0
        Weight of the log-loss, at least 0.
    loss : {"predicted", "oracle"}, default="predicted"
        "predicted" takes the loss at the model's own prediction, ``-log max(p, 1 - p)``, which anyone who
        sees the outputs can. "oracle" takes it at the label itself, as published: results are marked
        ``reads_labels``, their chance level is computed exactly, and no epsilon bound is derived.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against; with ``loss="oracle"`` also those whose loss is read.

    See Also
    --------
    ThresholdAttack : The paper's first attack.

    Notes
    -----
    Its decision function is the distance from its own boundary, p = 0.687 at alpha = beta, and so no good
    order for an attack that abstains: it is surer of p = 0.5 than of p = 0.75.

    Examples
    --------
    >>> from sklearn_blia import DeltaMarginAttack
    >>> DeltaMarginAttack().infer([0.2, 0.6, 0.7])
    array([0, 0, 1])
    >>> DeltaMarginAttack(loss="oracle").infer([0.2, 0.6, 0.7], labels=[0, 0, 1])
    array([0, 0, 1])
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "alpha": [PlainInterval(Real, 0, None, closed="left")],
        "beta": [PlainInterval(Real, 0, None, closed="left")],
        "loss": [StrOptions({"predicted", "oracle"})],
    }

    def __init__(self, alpha=1.0, beta=1.0, *, loss="predicted", target="private"):
        self.alpha = alpha
        self.beta = beta
        self.loss = loss
        self.target = target

    @property
    def reads_labels(self):
        """Whether the attack sees the labels that it infers: True for oracle losses."""
        return self.loss == "oracle"

    def score(self, evidence, codes=None):
        """Compute the weighted margin less the weighted log-loss.

        Parameters
        ----------
        evidence : Evidence
            The model's outputs.
        codes : ndarray of int8 of shape (n_canaries,), default=None
            With oracle losses: which candidate each label is, 0 or 1.

        Returns
        -------
        ndarray of shape (n_canaries,)
            At least 0 where the margin outweighs the loss.
        """
        second = evidence.second
        believed = np.maximum(second, 1 - second) if codes is None else np.where(codes == 1, second, 1 - second)
        log_loss = -np.log(np.maximum(believed, np.finfo(float).tiny))
        return self.alpha * (2 * second - 1) - self.beta * log_loss
