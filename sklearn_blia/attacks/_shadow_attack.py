"""What attacks with shadow models share: which shadows they use, and how their probabilities are clipped."""

from numbers import Integral, Real

import numpy as np

from ..canaries import PlainInterval
from ..evidence import Shadows
from ._base import BaseAttack
from ._logits import LabelEffects, logit


class BaseShadowAttack(BaseAttack):
    """Base of the attacks that compare with shadow models."""

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "n_shadows": [PlainInterval(Integral, 2, None, closed="left")],
        "match_training_randomness": ["boolean"],
        "clips": ["array-like"],
    }
    n_shadows: int
    match_training_randomness: bool
    clips: tuple

    @property
    def requires(self):
        """The shadows."""
        return (Shadows(int(self.n_shadows), bool(self.match_training_randomness)),)

    def _check_parameters(self):
        super()._check_parameters()
        _check_clips(self.clips)

    def _shadows_and_clip(self, evidence):
        """Probabilities and codes of the shadows, and the clip that does best on them."""
        (source,) = self.requires
        second, codes = evidence[source]["second"], evidence[source]["codes"]
        if len(second) < 2:
            raise ValueError(f"{self!r} needs two shadow models at least, there are {len(second)}.")
        return second, codes, _best_clip(second, codes, _check_clips(self.clips))


def _check_clips(clips):
    """Clips as floats; ValueError unless all lie in (0, 0.5)."""
    refused = ValueError(f"clips must hold numbers between 0 and 0.5, one at least; got {clips!r}.")
    if np.ndim(clips) != 1 or isinstance(clips, np.ma.MaskedArray):
        raise refused
    numbers = [float(clip) for clip in clips if isinstance(clip, Real) and not isinstance(clip, bool)]
    if not numbers or len(numbers) < len(clips) or not all(0 < number < 0.5 for number in numbers):
        raise refused
    return numbers


def _best_clip(second, codes, clips):
    """The clip with which each shadow's coins are guessed best from the other shadows; the first of equals."""
    if len(clips) == 1 or len(second) < 3:
        return clips[0]
    known = codes >= 0
    right = []
    for clip in clips:
        logits = logit(second, clip)
        guesses = np.stack([
            LabelEffects.of(np.delete(logits, j, axis=0), np.delete(codes, j, axis=0))
            .log_likelihood_ratio(logits[j]) >= 0
            for j in range(len(second))
        ])  # fmt: skip
        right.append(np.count_nonzero((guesses == codes) & known))
    return clips[int(np.argmax(right))]
