"""The likelihood-ratio attack on labels."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from ._base import BaseAttack
from ._logits import LabelEffects, logit


class BaseShadowAttack(BaseAttack):
    """Base of the attacks that compare with shadow models."""

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "n_shadows": [Interval(Integral, 2, None, closed="left")],
        "match_training_randomness": ["boolean"],
    }
    n_shadows: int
    match_training_randomness: bool

    @property
    def needs(self):
        """Side information that the attack uses: "shadows", or "matched_shadows" with the target's seed."""
        return "matched_shadows" if self.match_training_randomness else "shadows"

    def _shadows(self, side):
        shadows = getattr(side, self.needs).first(self.n_shadows)
        if len(shadows) < 2:
            raise ValueError(f"{self!r} needs two shadow models at least, there are {len(shadows)}.")
        return shadows


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
    n_shadows : int, default=16
        Shadow models to use; `LabelAudit` trains as many.
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
    >>> from sklearn_blia.attacks import LabelLiRAAttack, Shadows, SideInformation
    >>> coins = np.array([[0, 1], [1, 0], [0, 0], [1, 1]])
    >>> proba = np.array([0.2, 0.8]) + 0.1 * (coins - 0.5)     # a label moves its own canary by a tenth
    >>> side = SideInformation(shadows=Shadows(proba, coins))
    >>> LabelLiRAAttack().infer([0.25, 0.75], side=side)
    array([1, 0])
    """

    _parameter_constraints: dict = {**BaseShadowAttack._parameter_constraints, "clips": ["array-like"]}

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

    def _decide(self, second, side):
        shadows = self._shadows(side)
        clip = best_clip(shadows, check_clips(self.clips))
        effects = LabelEffects.of(logit(shadows.second_proba, clip), shadows.coins)
        return effects.log_likelihood_ratio(logit(second, clip))


def check_clips(clips):
    """Clips as floats; ValueError unless all lie in (0, 0.5)."""
    clips = [float(clip) for clip in clips]
    if not clips or not all(0 < clip < 0.5 for clip in clips):
        raise ValueError(f"clips must hold numbers between 0 and 0.5, one at least; got {clips!r}.")
    return clips


def best_clip(shadows, clips):
    """The clip with which each shadow's coins are guessed best from the other shadows; the first of equals."""
    if len(clips) == 1 or len(shadows) < 3:
        return clips[0]
    known = shadows.coins >= 0
    right = []
    for clip in clips:
        logits = logit(shadows.second_proba, clip)
        guesses = np.stack([
            LabelEffects.of(np.delete(logits, j, axis=0), np.delete(shadows.coins, j, axis=0))
            .log_likelihood_ratio(logits[j]) >= 0
            for j in range(len(shadows))
        ])  # fmt: skip
        right.append(np.count_nonzero((guesses == shadows.coins) & known))
    return clips[int(np.argmax(right))]
