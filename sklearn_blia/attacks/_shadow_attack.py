"""What attacks with shadow models share: which shadows they use, and how their probabilities are clipped."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..canaries import PlainInterval
from ..evidence import Shadows
from ..metrics import coverage_average
from ._base import BaseAttack
from ._logits import LabelEffects, logit

# With n_shadows="auto": at first, at most, and what more may add to the coverage average and not be worth it.
_FIRST, _MOST, _WORTH = 4, 16, 0.005


class BaseShadowAttack(BaseAttack):
    """Base of the attacks that compare with shadow models."""

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "n_shadows": [PlainInterval(Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "match_training_randomness": ["boolean"],
        "clips": ["array-like"],
    }
    n_shadows: int | str
    match_training_randomness: bool
    clips: tuple

    @property
    def requires(self):
        """The shadows."""
        most = _MOST if self.n_shadows == "auto" else int(self.n_shadows)
        return (Shadows(most, bool(self.match_training_randomness)),)

    def n_enough(self, second=None, codes=None):
        """Say how many shadows to train, by what those that are trained already tell of each other.

        Each is attacked by all others, and by half of them. Where all surely do hardly better than half (mean gain and
        two standard errors over the shadows), as many again will hardly do better than all. The target has no part in
        that, so nothing that is tested on it has to pay for it.

        Parameters
        ----------
        second, codes : ndarray of shape (n_shadows, n_canaries), default=None
            Probabilities of the shadows, and the candidates on which they were trained; None where there are none yet.

        Returns
        -------
        int
            Their number as it is where it is enough, else twice as many.
        """
        (source,) = self.requires
        if self.n_shadows != "auto":
            return source.n_shadows
        n_there = 0 if second is None else len(second)
        if n_there < _FIRST:
            return _FIRST
        if n_there >= source.n_shadows or _most_gained(second, codes, _check_clips(self.clips)) < _WORTH:
            return n_there
        return min(2 * n_there, source.n_shadows)

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


def _most_gained(second, codes, clips):
    """What the second half of the shadows adds at most to the coverage average of guesses on other shadows."""
    logits, gains = logit(second, _best_clip(second, codes, clips)), []
    for j, known in enumerate(codes >= 0):
        others = np.delete(np.arange(len(second)), j)
        by_all, by_half = (
            LabelEffects.of(logits[some], codes[some]).log_likelihood_ratio(logits[j])[known]
            for some in (others, others[: len(others) // 2 + 1])
        )
        coins = codes[j, known]
        if len(coins):
            gains.append(_average(by_all, coins) - _average(by_half, coins))
    return float(np.mean(gains) + 2 * np.std(gains, ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else 0.0


def _average(scores, coins):
    return coverage_average(scores, coins, n_draws=1, random_state=0).success_ratio


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
