"""Are the labels of one group memorized, and more than those of the others?"""

from dataclasses import dataclass

import numpy as np

from ._checks import check_random
from ._max_t import max_t_test
from ._memorization_test import memorization_test

_N_DRAWS = 10_000
# A smaller group shows nothing, and its numbers would tell of single rows.
_FEWEST = 10
SMALL_GROUPS = "(small groups)"


@dataclass(frozen=True)
class GroupFinding:
    """The canaries of one group, by one attack.

    Attributes
    ----------
    n_canaries : int
        Canaries of the group with a label to be guessed.
    success_ratio : float
        Share of these that the attack infers.
    confidence_interval : tuple of float
        Clopper-Pearson, for this group by itself.
    p_value : float
        Of "no attack found anything in any group", adjusted for all attacks and groups (max-T).
    more_p_value : float
        Of "the labels of no group are inferred more often than those of the others", adjusted for all groups (max-T)
        and for the number of attacks (Bonferroni).
    """

    n_canaries: int
    success_ratio: float
    confidence_interval: tuple
    p_value: float
    more_p_value: float


@dataclass(frozen=True)
class GroupFindings:
    """All groups, by the attack that found most over all canaries.

    Attributes
    ----------
    attack : str
        Its name.
    groups : dict of str to GroupFinding
        By name of the group, in alphabetical order.
    """

    attack: str
    groups: dict


def find_in_groups(scores, codes, groups, repeats, attack, *, alpha=0.05, random_state=None):
    """Test label-blind attacks on each group of canaries.

    Groups of fewer than 10 canaries are put together, and left out where these are fewer than 10: they show nothing,
    and their numbers would tell of single rows.
    Whether a group's labels are found is held against redrawn coins, all attacks and groups jointly. Whether they are
    found more often than those of the others is held against right guesses dealt anew among the canaries of a repeat,
    which is exact if no canary is likelier to be guessed than another.

    Parameters
    ----------
    scores : dict of str to ndarray of shape (n_canaries,)
        By attack: decision values.
    codes : ndarray of shape (n_canaries,)
        Which candidate each label is: 0, 1, or -1 for one that is neither, which is left out.
    groups : ndarray of str of shape (n_canaries,)
        Group of each canary.
    repeats : ndarray of int of shape (n_canaries,)
        Which training each canary is of.
    attack : str
        Which attack is told.
    alpha : float, default=0.05
        Level of the intervals.
    random_state : int, RandomState instance or None, default=None
        Draws coins and deals.

    Returns
    -------
    GroupFindings
        One finding for each group that has a canary.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing, for single-step max-T.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import find_in_groups
    >>> coins, groups = np.arange(200) % 2, np.repeat(["a", "b"], 100)
    >>> scores = {"knows a": np.where(groups == "a", coins - 0.5, 0.5)}
    >>> found = find_in_groups(scores, coins, groups, np.zeros(200, dtype=int), "knows a", random_state=0)
    >>> {name: (one.success_ratio, one.more_p_value < 0.001) for name, one in found.groups.items()}
    {'a': (1.0, True), 'b': (0.5, False)}
    """
    kept = np.flatnonzero(codes >= 0)
    groups, large = _without_small(groups[kept])
    kept = kept[large]
    if not len(kept):
        return GroupFindings(attack, {})
    coins, groups, repeats = codes[kept], groups[large], repeats[kept]
    names, at = np.unique(groups, return_inverse=True)
    guesses = np.stack([score[kept] >= 0 for score in scores.values()])
    inside = at == np.arange(len(names))[:, None]
    joint = max_t_test(
        np.repeat(guesses, len(names), axis=0),
        coins,
        weights=np.tile(inside.astype(float), (len(guesses), 1)),
        n_draws=max(_N_DRAWS, int(np.ceil(20 / alpha))),
        random_state=random_state,
    )
    place = list(scores).index(attack)
    found = joint.p_values.reshape(len(guesses), len(names))[place]
    right = guesses[place] == coins
    more = np.minimum(
        1, len(guesses) * _more_than_others(right, at, repeats, check_random("random_state", random_state))
    )
    tests = [memorization_test(int(right[rows].sum()), int(rows.sum()), alpha=alpha) for rows in inside]
    return GroupFindings(
        attack,
        {
            str(name): GroupFinding(test.n_canaries, test.success_ratio, test.confidence_interval, float(p), float(q))
            for name, test, p, q in zip(names, tests, found, more, strict=True)
        },
    )


def _without_small(groups):
    """Groups with the small ones put together, and which canaries are in one that is large enough then."""
    _names, at, counts = np.unique(groups, return_inverse=True, return_counts=True)
    small = counts[at] < _FEWEST
    return np.where(small, SMALL_GROUPS, groups), ~small | (small.sum() >= _FEWEST)


def _more_than_others(right, groups, repeats, rng):
    """Single-step max-T over groups, of right guesses dealt anew within each repeat."""
    n_groups = groups.max() + 1
    rng = np.random.default_rng(rng.randint(2**32, size=4, dtype=np.uint32))
    observed, mean, variance = (np.zeros(n_groups) for _ in range(3))
    dealt = np.zeros((_N_DRAWS, n_groups))
    for repeat in np.unique(repeats):
        here = repeats == repeat
        sizes, n_right, n = np.bincount(groups[here], minlength=n_groups), int(right[here].sum()), int(here.sum())
        observed += np.bincount(groups[here], weights=right[here], minlength=n_groups)
        mean += sizes * n_right / n
        variance += sizes * (n_right / n) * (1 - n_right / n) * (n - sizes) / max(1, n - 1)
        dealt += rng.multivariate_hypergeometric(sizes, n_right, size=_N_DRAWS, method="marginals")
    scale = np.sqrt(np.where(variance > 0, variance, np.inf))
    largest = ((dealt - mean) / scale).max(axis=1)
    statistic = (observed - mean) / scale
    return (1 + (largest[:, None] >= statistic - 1e-9).sum(axis=0)) / (_N_DRAWS + 1)
