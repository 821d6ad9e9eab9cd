"""The label that a model names of each row, held against what a proxy thinks of it."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from ..metrics import estimate_gamma, membership_test, observational_bound

_FLOOR = 1e-6  # probabilities of 0 and 1 have no log odds
_SURE = 0.05  # beyond so much the proxy is certain


@dataclass(frozen=True, eq=False, repr=False)
class Named:
    """The label that each row's answers name: the one of which the model is surer than the proxy by most.

    Attributes
    ----------
    hits : ndarray of bool of shape (n_rows,)
        Whether it is the row's own.
    proba : ndarray of shape (n_rows,)
        The proxy's probability of it.
    excess : ndarray of shape (n_rows,)
        By how much the model's log odds exceed the proxy's.
    """

    hits: np.ndarray
    proba: np.ndarray
    excess: np.ndarray

    @classmethod
    def of(cls, answers, proxies, codes):
        """Name labels.

        Parameters
        ----------
        answers, proxies : ndarray of shape (n_rows, n_classes)
            Probabilities by the model, and by the proxy.
        codes : ndarray of intp of shape (n_rows,)
            The rows' own labels, as positions in the classes.

        Returns
        -------
        Named
            Of all rows.
        """
        proxies = proxies.clip(_FLOOR, 1 - _FLOOR)
        excess = special.logit(answers.clip(_FLOOR, 1 - _FLOOR)) - special.logit(proxies)
        named, rows = excess.argmax(axis=1), np.arange(len(codes))
        return cls(named == codes, proxies[rows, named], excess[rows, named])

    def surest(self, share):
        """Return a share of the rows, those of the largest excess, one at least."""
        most = max(1, round(share * len(self.hits)))
        rows = np.argsort(-self.excess, kind="stable")[:most]
        return Named(self.hits[rows], self.proba[rows], self.excess[rows])


def hold_against_proxy(named, share, alpha):
    """Bound epsilon + Gamma on each kind of rows.

    Parameters
    ----------
    named : list of Named
        Of training rows, and of held-out rows where there are some.
    share : float
        Share of the rows that is counted.
    alpha : float
        Level.

    Returns
    -------
    dict
        Parts of an `ObservationalReport`.
    """
    counted = [one.surest(share) for one in named]
    bounds = [observational_bound(int(one.hits.sum()), one.proba, alpha=alpha) for one in counted]
    uncertain = (counted[0].proba > _SURE) & (counted[0].proba < 1 - _SURE)
    found = {"training": bounds[0], "overlap": float(uncertain.mean())}
    if len(named) > 1:
        gamma = estimate_gamma(bounds[1].n_hits, counted[1].proba, alpha=alpha)
        found |= {"held_out": bounds[1], "gamma": gamma}
    return found


def compare_kinds(named, codes, share, rng):
    """Test whether training rows are named beyond the proxy more often than held-out rows of the same classes.

    Parameters
    ----------
    named : list of Named
        Of training rows and of held-out rows.
    codes : list of ndarray of intp
        Their labels.
    share : float
        Share of all rows that is counted.
    rng : RandomState
        Deals kinds.

    Returns
    -------
    float
        One-sided p-value.
    """
    # One threshold for both kinds, so that whether a row is counted is no matter of its kind.
    least = np.quantile(np.concatenate([one.excess for one in named]), 1 - share)
    scores = [np.where(one.excess >= least, one.hits - one.proba, 0.0) for one in named]
    return membership_test(*scores, *codes, random_state=rng)
