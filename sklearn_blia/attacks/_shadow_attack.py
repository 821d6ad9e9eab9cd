"""What attacks with shadow models share: which shadows they use, and how their probabilities are clipped."""

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
        "clips": ["array-like"],
    }
    n_shadows: int
    match_training_randomness: bool
    clips: tuple

    @property
    def needs(self):
        """Side information that the attack uses: "shadows", or "matched_shadows" with the target's seed."""
        return "matched_shadows" if self.match_training_randomness else "shadows"

    def _shadows_and_clip(self, side):
        """The shadows to use, and the clip that does best on them."""
        shadows = getattr(side, self.needs).first(self.n_shadows)
        if len(shadows) < 2:
            raise ValueError(f"{self!r} needs two shadow models at least, there are {len(shadows)}.")
        return shadows, _best_clip(shadows, _check_clips(self.clips))


def _check_clips(clips):
    """Clips as floats; ValueError unless all lie in (0, 0.5)."""
    clips = [float(clip) for clip in clips]
    if not clips or not all(0 < clip < 0.5 for clip in clips):
        raise ValueError(f"clips must hold numbers between 0 and 0.5, one at least; got {clips!r}.")
    return clips


def _best_clip(shadows, clips):
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
