"""The likelihood-ratio attack on labels."""

from ._logits import LabelEffects, logit
from ._shadow_attack import BaseShadowAttack


class LabelLiRAAttack(BaseShadowAttack):
    """Infer the label under which the target's logit is the likelier, judged by shadow models.

    Shadows are trained on the target's rows with fresh coins on the canaries, and fresh noise from the same
    mechanism. For each canary they tell how the logit falls under either label; the guess is the sign of the
    Gaussian log-likelihood ratio, whose size orders the guesses. This is the likelihood-ratio attack of Carlini
    et al. (2022, Membership Inference Attacks From First Principles) with "trained on label 1" in place of
    "member".

    With few shadows the effect of a label on its own canary is mostly noise: effects are shrunk towards their
    mean over all canaries, variances likewise. Probabilities of 0 and 1 have no logit: several clips are tried on
    the shadows themselves, each guessed from the others, and the best is taken. The target has no part in that.

    Parameters
    ----------
    n_shadows : int or "auto", default=16
        Shadow models to use; `LabelAudit` trains as many.
        With "auto" it trains 4, and twice as many, up to 16, until these, attacked from each other, say that more would
        hardly help: until all do hardly better than half of them. The model under attack has no part in that. Where
        shadows are ordered from elsewhere (`plant_canaries`), and in `train_shadows`, "auto" is 16.
    match_training_randomness : bool, default=False
        Use shadows trained with the target's own seed, the worst case in which the auditor knows it. For claims of
        label-DP it is allowed: training is post-processing of the noisy labels.
    clips : sequence of float, default=(1e-2, 1e-3, 1e-5, 1e-7)
        Clips to choose from: probabilities are brought into [clip, 1 - clip].
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against.

    See Also
    --------
    ReferenceAttack : One model, without the canaries.
    LearnedAttack : Leaves the decision to a classifier.

    Notes
    -----
    The shadows' coins are independent of the target's: under "nothing memorized" the number of right guesses is
    binomial, as for an attack that sees outputs alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import LabelLiRAAttack
    >>> from sklearn_blia.evidence import Shadows, evidence_of
    >>> coins = np.array([[0, 1], [1, 0], [0, 0], [1, 1]])
    >>> proba = np.array([0.2, 0.8]) + 0.1 * (coins - 0.5)     # a label moves its own canary by a tenth
    >>> evidence = evidence_of([0.25, 0.75], found={Shadows(4): {"second": proba, "codes": coins}})
    >>> LabelLiRAAttack(4).infer(evidence)
    array([1, 0])
    """

    def __init__(
        self,
        n_shadows=16,
        *,
        match_training_randomness=False,
        clips=(1e-2, 1e-3, 1e-5, 1e-7),
        target="private",
    ):
        self.n_shadows = n_shadows
        self.match_training_randomness = match_training_randomness
        self.clips = clips
        self.target = target

    def score(self, evidence, codes=None):
        """Compute log-likelihood ratios.

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
        effects = LabelEffects.of(logit(second, clip), coins)
        return effects.log_likelihood_ratio(logit(evidence.second, clip))
