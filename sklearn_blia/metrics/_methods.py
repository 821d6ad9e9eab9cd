"""How a bound on epsilon is won from an attack that may abstain: one small object a way."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np
from scipy import special
from sklearn.utils import check_random_state

from ._epsilon import METHODS as CURVES
from ._epsilon import epsilon_lower_bound
from ._first_not_refuted import first_not_refuted
from ._planning import epsilon_ceiling
from ._prefixes import FEWEST, N_PREFIXES, PrefixScan
from ._weighted import WeightedCount

# Widths of cells in epsilon, within which one statistic is used: the finest, and for weights, which change slowly.
_FINEST, _COARSE = 1 / 256, 1 / 16
DEFAULT_GRID = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class EpsilonBound:
    """A lower bound on epsilon, and the guesses that it rests on.

    Attributes
    ----------
    epsilon_lower_bound : float
        The bound, valid at confidence ``1 - alpha`` although the number of guesses was chosen.
    n_guesses, n_correct, n_canaries : int
        The guesses that decide, the right ones among them, and the canaries that they were chosen from (half of all
        by `Split`).
    alpha : float
        Level that the bound was taken at: what `Bonferroni` leaves for that number of guesses, a share for the attack
        where attacks share equally, and all of it by `Prefixes`.
    """

    epsilon_lower_bound: float
    n_guesses: int
    n_correct: int
    n_canaries: int
    alpha: float


class BoundMethod(metaclass=ABCMeta):
    """Base of the ways to a bound: a subclass implements ``_bounds``, and sets `takes_delta` if it takes one."""

    takes_delta: ClassVar[bool] = False

    def bounds(self, confidence, correct, *, delta=0.0, alpha=0.05, rng=None):
        """Bound epsilon by each of several attacks, all at once at one level.

        Parameters
        ----------
        confidence : ndarray of shape (n_attacks, n_canaries)
            How sure each attack is of each guess, by outputs alone.
        correct : ndarray of bool of shape (n_attacks, n_canaries)
            Whether it is right.
        delta : float, default=0.0
            Delta of the guarantee in question; 0 for a method that does not take one.
        alpha : float, default=0.05
            Level of all bounds together.
        rng : int, RandomState instance or None, default=None
            For a method that draws.

        Returns
        -------
        list of EpsilonBound
            One for each attack.
        """
        return self._bounds(confidence, correct, delta, alpha, rng)

    @abstractmethod
    def _bounds(self, confidence, correct, delta, alpha, rng):
        """What `bounds` returns; with a delta only if `takes_delta`."""

    def ceiling(self, confidence, correct, *, delta=0.0, alpha=0.05):
        """Compute what no bound of these attacks can exceed, as if one of them were always right.

        Parameters
        ----------
        confidence : ndarray of shape (n_attacks, n_canaries)
            As in `bounds`.
        correct : ndarray of bool of shape (n_attacks, n_canaries)
            As in `bounds`; of account only for how far attacks agree.
        delta : float, default=0.0
            As in `bounds`.
        alpha : float, default=0.05
            As in `bounds`.

        Returns
        -------
        float
            An epsilon.
        """
        return self._ceiling(confidence, correct, delta, alpha)

    def _ceiling(self, confidence, correct, delta, alpha):
        n, m = correct.shape
        return epsilon_lower_bound(m, m, delta=delta, alpha=alpha / n)


@dataclass(frozen=True)
class Prefixes(BoundMethod):
    """Look at the surest guesses at many shares of them at once, and pay for that by their exact joint law.

    For each epsilon the largest log likelihood ratio over the prefixes of the guesses in the order of sureness, and its
    tail by convolution along the prefixes; the bound is the first epsilon that is not refuted. Only the order of the
    guesses counts. Several attacks share the level by how far they agree: the same attack twice costs nothing. For
    delta = 0. See `PrefixScan` in the source for the law.

    Parameters
    ----------
    n_prefixes : int, default=24
        How many shares, in equal ratios, the largest that of all guesses.
    fewest : int, default=20
        Guesses of the smallest. Fewer can show little: twenty right ones an epsilon of 1.8.
    """

    n_prefixes: int = N_PREFIXES
    fewest: int = FEWEST

    def __post_init__(self):
        for name, value in (("n_prefixes", self.n_prefixes), ("fewest", self.fewest)):
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")

    def _bounds(self, confidence, correct, delta, alpha, rng):
        scan = PrefixScan(confidence, correct, self.n_prefixes, self.fewest)
        top = epsilon_ceiling(scan.n_guesses, alpha=alpha)
        return [self._bound(scan, attack, top, alpha) for attack in range(scan.n_attacks)]

    def _ceiling(self, confidence, correct, delta, alpha):
        n_groups = len(PrefixScan(confidence, correct, self.n_prefixes, self.fewest).groups)
        return epsilon_ceiling(correct.shape[1], alpha=alpha / n_groups)

    def _bound(self, scan, attack, top, alpha):
        def p_value(made_for, epsilon):
            return scan.p_value(attack, special.expit(made_for), special.expit(epsilon))

        # A statistic made for a larger epsilon misses what lies between: a quarter of a standard error of the count.
        cell = max(_FINEST, 0.5 / np.sqrt(scan.n_guesses))
        start = max(0.0, scan.surely_refuted(attack, top, alpha) - cell)
        found = first_not_refuted(p_value, top, alpha, cell=cell, start=start)
        decides = int(scan.surest(special.expit(found))[attack])
        n_right = int(scan.n_right[attack, decides])
        return EpsilonBound(found, int(scan.sizes[decides]), n_right, scan.n_guesses, alpha)


@dataclass(frozen=True)
class NeymanPearson(BoundMethod):
    """Weigh each guess by the attack's own confidence, taken for the log odds that it is right.

    The most powerful way where that is so, as of likelihood ratio attacks, and a weak one where it is not: guesses of
    which the attack is less sure than epsilon weigh nothing, so no bound exceeds the largest of its log odds. The
    weights depend on the epsilon that is tested, so the bound is the first that is not refuted. For delta = 0; several
    attacks share the level equally.
    """

    def _bounds(self, confidence, correct, delta, alpha, rng):
        share = alpha / len(confidence)
        return [self._bound(c, right, share) for c, right in zip(confidence, correct, strict=True)]

    def _bound(self, log_odds, correct, alpha):
        count = WeightedCount(log_odds, correct)
        top = epsilon_ceiling(len(correct), alpha=alpha)
        found = first_not_refuted(count.p_value, top, alpha, cell=_COARSE)
        weighed = count.log_odds >= found  # those that told it from any smaller epsilon
        return EpsilonBound(found, int(weighed.sum()), int(correct[weighed].sum()), len(correct), alpha)


@dataclass(frozen=True)
class Bonferroni(BoundMethod):
    """Try declared numbers of guesses, each at its share of the level.

    Parameters
    ----------
    guess_fractions : sequence of float, default=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
        Shares of the canaries to guess, the surest, each in (0, 1].
    level_shares : sequence of float, default=None
        What each gets of the level, summing to at most 1; None for equal shares.
    curve : {"steinke", "f-dp"}, default="steinke"
        The ``method`` of `epsilon_lower_bound`.
    """

    guess_fractions: tuple = DEFAULT_GRID
    level_shares: tuple | None = None
    curve: str = "steinke"
    takes_delta: ClassVar[bool] = True

    def __post_init__(self):
        object.__setattr__(self, "guess_fractions", _checked_fractions(self.guess_fractions))
        if self.curve not in CURVES:
            raise ValueError(f"curve must be one of {CURVES}, got {self.curve!r}.")
        shares = self.level_shares
        if shares is None:
            return
        if len(shares) != len(self.guess_fractions) or min(shares) <= 0 or sum(shares) > 1 + 1e-12:
            raise ValueError(
                f"level_shares must hold a positive share for each fraction, at most 1 in sum; got {shares!r}."
            )
        object.__setattr__(self, "level_shares", tuple(shares))

    def _bounds(self, confidence, correct, delta, alpha, rng):
        share = alpha / len(confidence)
        each = (self.candidates(c, right, delta, share) for c, right in zip(confidence, correct, strict=True))
        return [max(candidates, key=_size) for candidates in each]

    def _ceiling(self, confidence, correct, delta, alpha):
        right = np.ones(correct.shape[1], dtype=bool)
        return max(map(_size, self.candidates(confidence[0], right, delta, alpha / len(correct))))

    def candidates(self, confidence, correct, delta, alpha):
        """Bound epsilon by each number of guesses, at its share of the level.

        Parameters
        ----------
        confidence, correct : ndarray of shape (n_canaries,)
            Of one attack.
        delta, alpha : float
            As in `bounds`.

        Returns
        -------
        list of EpsilonBound
            One for each fraction.
        """
        n = len(self.guess_fractions)
        shares = (1 / n,) * n if self.level_shares is None else self.level_shares
        m = len(correct)
        n_guesses = [max(1, round(fraction * m)) for fraction in self.guess_fractions]
        least = np.partition(-confidence, [r - 1 for r in n_guesses])
        n_correct = [_right_among(confidence, correct, r, -least[r - 1]) for r in n_guesses]
        levels = [alpha * share for share in shares]
        return [
            EpsilonBound(
                epsilon_lower_bound(v, m, n_guesses=r, delta=delta, alpha=level, method=self.curve), r, v, m, level
            )
            for v, r, level in zip(n_correct, n_guesses, levels, strict=True)
        ]


@dataclass(frozen=True)
class Split(BoundMethod):
    """Choose the number of guesses on a random half of the canaries, and take the bound on the other.

    For delta = 0: with a delta the number of guesses must be fixed before, and one chosen by looking at half of the
    guesses is not.

    Parameters
    ----------
    guess_fractions : sequence of float, default=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
        Shares of the canaries to choose among, each in (0, 1].
    """

    guess_fractions: tuple = DEFAULT_GRID

    def __post_init__(self):
        object.__setattr__(self, "guess_fractions", _checked_fractions(self.guess_fractions))

    def _bounds(self, confidence, correct, delta, alpha, rng):
        m = correct.shape[1]
        if m < 2:
            raise ValueError("method='split' needs at least two canaries.")
        share = alpha / len(confidence)
        order = check_random_state(rng).permutation(m)
        choose, hold = order[: m // 2], order[m // 2 :]
        # The choice is free, but judged at the shared level it falls less often for a short list that was lucky.
        tried = Bonferroni(self.guess_fractions)
        found = []
        for c, right in zip(confidence, correct, strict=True):
            candidates = tried.candidates(c[choose], right[choose], 0.0, share)
            chosen = self.guess_fractions[candidates.index(max(candidates, key=_size))]
            found += Bonferroni((chosen,)).candidates(c[hold], right[hold], 0.0, share)
        return found


METHODS = {"prefixes": Prefixes, "neyman-pearson": NeymanPearson, "bonferroni": Bonferroni, "split": Split}


def check_method(method, delta=0.0):
    """Return a method by its name or itself; ValueError if it is none, or does not take the delta."""
    if isinstance(method, str) and method in METHODS:
        method = METHODS[method]()
    if not isinstance(method, BoundMethod):
        raise ValueError(f"method must be one of {tuple(METHODS)} or an object such as Prefixes(), got {method!r}.")
    if delta and not method.takes_delta:
        raise ValueError(
            f"method={method!r} is for delta = 0: with a delta the number of guesses must be fixed before, "
            "so use method='bonferroni'."
        )
    return method


def _size(bound):
    return bound.epsilon_lower_bound


def _right_among(confidence, correct, r, least):
    """Right ones of the r surest guesses, of which the last has the confidence `least`; equals in the order of rows."""
    surer = confidence > least
    equal = correct[confidence == least]
    return int(np.count_nonzero(correct[surer]) + np.count_nonzero(equal[: r - np.count_nonzero(surer)]))


def _checked_fractions(guess_fractions):
    array = np.asarray(guess_fractions)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise ValueError(f"guess_fractions must hold numbers in (0, 1], got {guess_fractions!r}.")
    fractions = tuple(array.tolist())
    if not fractions or not all(0 < fraction <= 1 for fraction in fractions):
        raise ValueError(f"guess_fractions must hold numbers in (0, 1], got {guess_fractions!r}.")
    return fractions
