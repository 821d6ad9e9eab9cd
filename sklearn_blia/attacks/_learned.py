"""An attack that is learnt from shadows, whose labels are known."""

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils._param_validation import HasMethods

from ._logits import LabelEffects, logit
from ._shadow_attack import BaseShadowAttack


class LearnedAttack(BaseShadowAttack):
    """Let a classifier decide what outputs and shadow statistics say of a canary's label.

    Every shadow is attacked from the others, which gives as many examples as shadows times canaries, with known
    coins that are independent of the target's. The classifier is trained on them and asked about the target.
    Features: the logit, its distance from the middle of the shadows', the effect of a label and its variance as in
    `LabelLiRAAttack`, their log-likelihood ratio, and the margin.

    Parameters
    ----------
    estimator : classifier, default=None
        Unfitted, with ``predict_proba``; None takes ``HistGradientBoostingClassifier(random_state=0)``.
    n_shadows : int or "auto", default=16
        Shadow models to use; "auto" as in `LabelLiRAAttack`.
    match_training_randomness : bool, default=False
        Use shadows trained with the target's own seed, as in `LabelLiRAAttack`.
    clips : sequence of float, default=(1e-2, 1e-3, 1e-5, 1e-7)
        Clips of the probabilities to choose from, as in `LabelLiRAAttack`.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against.

    See Also
    --------
    LabelLiRAAttack : Decides by a Gaussian likelihood ratio.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import LearnedAttack
    >>> from sklearn_blia.evidence import Shadows, evidence_of
    >>> rng = np.random.RandomState(0)
    >>> coins = rng.randint(2, size=(9, 200))
    >>> natural = rng.uniform(0.2, 0.8, size=200)
    >>> proba = natural + 0.1 * (coins - 0.5) + 0.01 * rng.standard_normal(coins.shape)
    >>> evidence = evidence_of(proba[0], found={Shadows(8): {"second": proba[1:], "codes": coins[1:]}})
    >>> bool(np.mean(LearnedAttack(n_shadows=8).infer(evidence) == coins[0]) > 0.95)
    True
    """

    _parameter_constraints: dict = {
        **BaseShadowAttack._parameter_constraints,
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_shadows=16,
        match_training_randomness=False,
        clips=(1e-2, 1e-3, 1e-5, 1e-7),
        target="private",
    ):
        self.estimator = estimator
        self.n_shadows = n_shadows
        self.match_training_randomness = match_training_randomness
        self.clips = clips
        self.target = target

    def score(self, evidence, codes=None):
        """Compute what the classifier makes of the canaries.

        Parameters
        ----------
        evidence : Evidence
            Outputs, and those of shadows.
        codes : None
            Not used.

        Returns
        -------
        ndarray of shape (n_canaries,)
            At least 0 where the second label is the likelier.
        """
        second, coins, clip = self._shadows_and_clip(evidence)
        examples = [
            _features(p, np.delete(second, j, axis=0), np.delete(coins, j, axis=0), clip) for j, p in enumerate(second)
        ]
        flat, known = coins.ravel(), coins.ravel() >= 0
        if len(np.unique(flat[known])) < 2:
            raise ValueError(f"{self!r} has nothing to learn from: all coins of the shadows fell the same way.")
        model = HistGradientBoostingClassifier(random_state=0) if self.estimator is None else clone(self.estimator)
        model.fit(np.concatenate(examples)[known], flat[known])
        return model.predict_proba(_features(evidence.second, second, coins, clip))[:, 1] - 0.5


def _features(second, shadows, coins, clip):
    logits = logit(second, clip)
    effects = LabelEffects.of(logit(shadows, clip), coins)
    return np.column_stack([
        logits, logits - effects.middle, effects.gap, effects.variance, effects.log_likelihood_ratio(logits),
        2 * second - 1,
    ])  # fmt: skip
