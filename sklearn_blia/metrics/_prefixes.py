"""How right the surest guesses are, at every share of them at once: an exact scan, over one attack or several."""

import numpy as np
from scipy import optimize, signal, special

# Shares of the guesses that are looked at, from the surest 20 to all, in equal ratios.
N_PREFIXES = 24
# Fewer could bound little, and so few have crude laws that cost the others.
FEWEST = 20
# Binomial masses further out than this many standard deviations, and that many more, are below 1e-17 in sum.
_REACH, _SLACK = 9, 40
# What a state is worth beyond which it is dropped, and counted as crossed.
_NEGLIGIBLE = 1e-18
# Likelihood ratios of one count, computed twice, differ by rounding.
_TIE = 1e-9
# Convolutions of more states than this go through the Fourier transform.
_LONG = 512


def prefix_sizes(n_guesses, n_prefixes=N_PREFIXES, fewest=FEWEST):
    """Numbers of guesses that are looked at: from `fewest` to all, in equal ratios."""
    return np.unique(np.rint(np.geomspace(n_guesses, min(fewest, n_guesses), n_prefixes)).astype(np.int64))


def stages_of(confidence, sizes):
    """First prefix that each guess is in, of shape (n_guesses,); equals keep the order of the rows."""
    kth = sizes - 1
    least = np.partition(-confidence, kth)[kth]
    stages = np.searchsorted(least, -confidence, side="left")
    if (np.bincount(stages, minlength=len(sizes)) != np.diff(sizes, prepend=0)).any():  # equals across a border
        stages[np.argsort(-confidence, kind="stable")] = np.repeat(np.arange(len(sizes)), np.diff(sizes, prepend=0))
    return stages


class PrefixScan:
    """Right guesses of several attacks among their surest, and how likely so many are under a given epsilon.

    The statistic of an attack at q = e^eps / (1 + e^eps) is the largest, over the prefixes of its guesses in the order
    of sureness, of the log likelihood ratio between the share of right ones among r guesses and q,
    ``r KL(right / r || q)`` where the share exceeds q. Given the outputs, right guesses are dominated by independent
    Bernoulli(q) in any order (Steinke, Nasr and Jagielski 2023), so the number of right ones among nested prefixes is
    a random walk with binomial steps, and the chance that it ever crosses a boundary is found exactly by convolution.

    Several attacks on the same canaries: let A_j be the canaries on which all agree and that are in the j-th prefix of
    each. Given the number right on A_1, A_2, ..., each attack's chance to cross with the others of its guesses is
    binomial, and the sum of these chances, at most 1, bounds the chance that any crosses; its mean over the walk on
    the A_j costs nothing where attacks are the same, and is at most what Bonferroni would take where not.

    Parameters
    ----------
    confidence : array-like of shape (n_attacks, n_guesses)
        How sure each attack is of each guess.
    correct : array-like of bool of shape (n_attacks, n_guesses)
        Whether it is right; attacks agree on a canary where both are, or neither.
    n_prefixes, fewest : int
        How many prefixes, and guesses of the smallest.
    """

    def __init__(self, confidence, correct, n_prefixes=N_PREFIXES, fewest=FEWEST):
        self.n_attacks, self.n_guesses = correct.shape
        self.sizes = prefix_sizes(self.n_guesses, n_prefixes, fewest)
        self._log_factorial = special.gammaln(np.arange(self.n_guesses + 1) + 1.0)
        stages = [stages_of(c, self.sizes) for c in confidence]
        n = len(self.sizes)
        self.n_right = np.array(
            [np.cumsum(np.bincount(s, weights=r, minlength=n)) for s, r in zip(stages, correct, strict=True)]
        ).astype(np.int64)
        self.groups = self._grouped(stages, correct)
        self.n_distinct = sum(n for n, _ in self.groups)

    def statistics(self, q):
        """Statistic of each attack, of shape (n_attacks,); 0 where no prefix is more often right than q."""
        return self._ratios(self.n_right, q).max(axis=1)

    def surest(self, q):
        """Position of the prefix that decides, for each attack."""
        return self._ratios(self.n_right, q).argmax(axis=1)

    def p_value(self, attack, anchor, q):
        """Bound the probability, under q, that any attack's statistic at `anchor` is as large as this one's.

        Exact with one attack. The event is that of `anchor`, so its probability rises in q; what is returned is at
        least that, and rises too but for what bounding several attacks adds.

        Parameters
        ----------
        attack : int
            Position of the attack.
        anchor, q : float
            Probability that the statistic is measured against, and that of a right guess, in (0, 1).

        Returns
        -------
        float
            In [0, 1].
        """
        least = self._boundary(self.statistics(anchor)[attack], anchor)
        if least is None:
            return 1.0
        alone = self._crossing(least, q)
        total = 0.0
        for n_members, agreed in self.groups:
            merged = alone if n_members == 1 else self._crossing(least, q, agreed, n_members)
            total += min(n_members * alone, merged)
        return float(min(1.0, total))

    def surely_refuted(self, attack, top, alpha):
        """Find an epsilon up to which the statistic made for each refutes it.

        Each of the J prefixes reaches a statistic t with probability ``exp(-t)`` at most (Chernoff), and t falls in
        epsilon, so wherever it is at least ``log(J n_attacks / alpha)`` nothing has to be computed.

        Parameters
        ----------
        attack : int
            Position of the attack.
        top : float
            The largest epsilon in question.
        alpha : float
            Level.

        Returns
        -------
        float
            At least 0.
        """
        needed = np.log(len(self.sizes) * self.n_distinct / alpha)

        def excess(epsilon):
            return self.statistics(special.expit(epsilon))[attack] - needed

        if excess(0.0) <= 0:
            return 0.0
        return top if excess(top) > 0 else optimize.brentq(excess, 0.0, top, xtol=1e-4)

    def _ratios(self, right, q):
        share = right / self.sizes
        ratio = special.xlogy(share, share / q) + special.xlogy(1 - share, (1 - share) / (1 - q))
        return np.where(share > q, self.sizes * ratio, 0.0)

    def _boundary(self, statistic, q):
        """Least number of right ones in each prefix that reaches the statistic; None if it is 0."""
        if statistic <= 0:
            return None
        low, high = np.floor(self.sizes * q).astype(np.int64), self.sizes + 1
        while (high - low > 1).any():
            middle = (low + high) // 2
            reached = self._ratios(np.minimum(middle, self.sizes), q) >= statistic - _TIE
            move = high - low > 1
            high, low = np.where(move & reached, middle, high), np.where(move & ~reached, middle, low)
        return high

    def _crossing(self, least, q, agreed=None, n_members=1):
        """Probability that a walk crosses; with members of a group, a bound for any of them."""
        agreed = self.sizes if agreed is None else agreed
        start, alive, crossed = 0, np.ones(1), 0.0
        for size, n_step, n_apart, bound in zip(
            self.sizes, np.diff(agreed, prepend=0), self.sizes - agreed, least, strict=True
        ):
            first, mass = self._binomial(n_step, q)
            start, alive = start + first, _convolve(alive, mass)
            if bound > size:
                continue
            right = start + np.arange(len(alive))
            if n_apart:
                chance = np.minimum(1.0, n_members * _at_least(bound - right, n_apart, q))
            else:
                chance = (right >= bound).astype(float)
            crossed += alive @ chance
            start, alive, dropped = _trimmed(start, alive[: np.count_nonzero(chance < 1)])
            crossed += dropped
            if not len(alive):
                break
        return min(1.0, crossed)

    def _binomial(self, n, q):
        """Where the mass of Bin(n, q) begins, and the mass."""
        reach = _REACH * np.sqrt(n * q * (1 - q)) + _SLACK
        low, high = max(0, int(n * q - reach)), min(n, int(n * q + reach) + 1)
        k = np.arange(low, high + 1)
        table = self._log_factorial
        log_mass = table[n] - table[k] - table[n - k] + special.xlogy(k, q) + special.xlog1py(n - k, -q)
        return low, np.exp(log_mass)

    def _grouped(self, stages, correct):
        """Attacks that guess alike, by how many they are and how many canaries of each prefix they share."""
        groups: list = []
        for stage, right in _distinct(stages, correct):
            group = next((g for g in groups if np.mean(g["right"] == right) >= 0.9), None)
            if group is None:
                groups.append({"n": 1, "right": right, "agree": np.ones(len(right), bool), "last": stage.copy()})
                continue
            group["n"] += 1
            group["agree"] &= group["right"] == right
            np.maximum(group["last"], stage, out=group["last"])
        n = len(self.sizes)
        return [(g["n"], np.cumsum(np.bincount(g["last"][g["agree"]], minlength=n))) for g in groups]


def _distinct(stages, correct):
    """Attacks by their prefixes and right guesses, without those that another equals: these cost nothing."""
    found: list = []
    for one in zip(stages, correct, strict=True):
        if not any(all(map(np.array_equal, one, other)) for other in found):
            found.append(one)
    return found


def _at_least(k, n, q):
    """P(Bin(n, q) >= k) for an array of k."""
    inside = np.clip(k, 1, n)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, special.betainc(inside, n - inside + 1, q)))


def _convolve(a, b):
    if min(len(a), len(b)) < _LONG:
        return np.convolve(a, b)
    return np.maximum(signal.fftconvolve(a, b), 0.0)


def _trimmed(start, mass):
    """Drop states of next to no mass at both ends; what they held together is returned."""
    kept = np.flatnonzero(mass > _NEGLIGIBLE)
    if not len(kept):
        return start, mass[:0], float(mass.sum())
    low, high = kept[0], kept[-1] + 1
    return start + low, mass[low:high], float(mass[:low].sum() + mass[high:].sum())
