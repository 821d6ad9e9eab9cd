"""The label that a model names of each row, held against what a proxy thinks of it."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from ..metrics import estimate_gamma, membership_test, observational_bound

_FLOOR = 1e-6  # probabilities of 0 and 1 have no log odds
_SURE = 0.05  # beyond so much the proxy is certain
_BINS, _LEAST_ROWS = 20, 20  # of the proxy's probability, for each named label; rows of a bin


@dataclass(frozen=True, eq=False, repr=False)
class Named:
    """The label that each row's answers name: the one of which the model is surer than the proxy by most.

    Attributes
    ----------
    hits : ndarray of bool of shape (n_rows,)
        Whether it is the row's own.
    label : ndarray of intp of shape (n_rows,)
        Which label that is, as a position in the classes.
    proba : ndarray of shape (n_rows,)
        The proxy's probability of it.
    excess : ndarray of shape (n_rows,)
        By how much the model's log odds exceed the proxy's.
    """

    hits: np.ndarray
    label: np.ndarray
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
        return cls(named == codes, named, proxies[rows, named], excess[rows, named])

    def surest(self, share):
        """Return a share of the rows, those of the largest excess, and all that are tied with the last of them."""
        rows = self.excess >= np.quantile(self.excess, 1 - share, method="higher")
        return Named(self.hits[rows], self.label[rows], self.proba[rows], self.excess[rows])


def hold_against_proxy(counted, alpha):
    """Bound epsilon + Gamma on each kind of rows.

    Parameters
    ----------
    counted : list of Named
        Training rows that count, and held-out rows where there are some.
    alpha : float
        Level.

    Returns
    -------
    dict
        Parts of an `ObservationalReport`.
    """
    bounds = [observational_bound(int(one.hits.sum()), one.proba, alpha=alpha) for one in counted]
    uncertain = (counted[0].proba > _SURE) & (counted[0].proba < 1 - _SURE)
    found = {"training": bounds[0], "overlap": float(uncertain.mean())}
    if len(counted) > 1:
        found |= {"held_out": bounds[1], "gamma": estimate_gamma(bounds[1].n_hits, counted[1].proba, alpha=alpha)}
    return found


def compare_kinds(counted, rng):
    """Test whether training rows are named beyond the proxy more often than held-out rows of which it says the same.

    A model treats rows that it was trained on unlike others even if it learned nothing of their labels, and names
    others of them. So rows are compared that have the same label named, at nearly the same probability by the proxy:
    whatever the proxy is wrong by there, it is wrong by for both kinds.

    Parameters
    ----------
    counted : list of Named
        Training rows and held-out rows that count.
    rng : RandomState
        Deals kinds.

    Returns
    -------
    float
        One-sided p-value.
    """
    label, proba = (np.concatenate([getattr(one, name) for one in counted]) for name in ("label", "proba"))
    strata = np.empty(len(label), dtype=int)
    for number in np.unique(label):
        own = np.flatnonzero(label == number)
        n_bins = int(np.clip(len(own) // _LEAST_ROWS, 1, _BINS))
        edges = np.quantile(proba[own], np.arange(1, n_bins) / n_bins)  # what is tied stays together
        strata[own] = number * _BINS + np.searchsorted(edges, proba[own])
    ends = [len(counted[0].hits)]
    scores = [one.hits - one.proba for one in counted]
    return membership_test(*scores, *np.split(strata, ends), random_state=rng)
