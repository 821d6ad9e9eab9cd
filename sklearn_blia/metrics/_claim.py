"""Does a claimed epsilon survive the audit, and could the audit have refuted it at all?"""

from dataclasses import dataclass

import numpy as np

from ._caps import cap_p_value
from ._checks import check_counts, check_delta, check_level, check_scalar_epsilon, one_count
from ._epsilon import epsilon_lower_bound, p_value
from ._planning import attack_cap
from ._privacy_claim import PrivacyClaim


@dataclass(frozen=True)
class ClaimCheck:
    """Result of `check_claim`; ``str()`` of it is one paragraph for a report.

    Attributes
    ----------
    refuted : bool
        Whether the claim is refuted at level `alpha`.
    epsilon, delta : float
        The claim.
    n_correct, n_guesses, n_canaries : int
        What the audit counted.
    epsilon_lower_bound : float
        The bound; the claim is refuted when it exceeds the claimed epsilon.
    p_value : float
        Probability of so many right guesses if the claim were true.
    attack_cap : float
        Success ratio that no attack beats on average if the claim is true.
    refuting_count : int or None
        Right guesses from which on this audit refutes the claim; None if not even all of them would.
    epsilon_ceiling : float
        Largest epsilon, at this delta, that the audit could have shown: the bound if every guess were right.
    alpha : float
        Level of the check.
    mechanism_p_value : float or None
        Probability of so many right guesses if the mechanism is what it says it is; None where no caps were given.
    """

    refuted: bool
    epsilon: float
    delta: float
    n_correct: int
    n_guesses: int
    n_canaries: int
    epsilon_lower_bound: float
    p_value: float
    attack_cap: float
    refuting_count: int | None
    epsilon_ceiling: float
    alpha: float
    mechanism_p_value: float | None = None

    @property
    def mechanism_refuted(self):
        """Whether the mechanism is not what it says it is."""
        return self.mechanism_p_value is not None and self.mechanism_p_value < self.alpha

    def __str__(self):
        claim = PrivacyClaim(self.epsilon, self.delta)
        seen = f"{self.n_correct} of {self.n_guesses} guesses are right ({self.n_correct / self.n_guesses:.1%})"
        if self.delta == 0 or self.n_guesses == self.n_canaries:  # else guessing what delta reveals can be always right
            seen += f"; under the claim no attack exceeds {_percent(self.attack_cap)} on average"
        seen += "."
        confidence = f"{100 * (1 - self.alpha):g}% confidence"
        bound = f"Lower bound {self.epsilon_lower_bound:.3f} at {confidence}, p {_p(self.p_value)}."
        verdict = f"The claim {claim} is {'REFUTED' if self.refuted else 'not refuted'}."
        said = [verdict, seen, bound] + ([] if self.refuted else [self._reach()])
        if self.mechanism_p_value is not None:
            what = "is NOT what it says" if self.mechanism_refuted else "may be what it says"
            said.append(f"The mechanism {what} (p {_p(self.mechanism_p_value)} by its caps).")
        return " ".join(said)

    def _reach(self):
        if self.refuting_count is None:
            return (
                f"This audit could not have refuted it: {self.n_guesses} guesses show at most epsilon "
                f"{self.epsilon_ceiling:.2f}."
            )
        return f"It would have taken {self.refuting_count} right guesses to refute it with this audit."


def check_claim(n_correct, n_canaries, epsilon, delta=0.0, *, n_guesses=None, caps=None, alpha=0.05):
    """Check a claimed label-DP epsilon against the count of one audit.

    Parameters
    ----------
    n_correct : int
        Right guesses of a label-blind attack, against the private labels.
    n_canaries : int
        Canaries, at least 1.
    epsilon : float
        The claim, at least 0 and finite.
    delta : float, default=0.0
        Delta of the claim, in [0, 1).
    n_guesses : int, default=None
        Guesses made if the attack abstained on the rest; fixed beforehand or, with delta = 0, decided by the
        outputs alone by a rule fixed beforehand. None means all.
    caps : array-like of shape (n_canaries,), default=None
        ``success_caps`` of the mechanism, where every canary was guessed: what no attack exceeds on average at each if
        the mechanism is what it says it is. That it keeps its promise, and that it is what it says, are two things.
    alpha : float, default=0.05
        Level: a true claim is refuted with at most this probability.

    Returns
    -------
    ClaimCheck
        The verdict, and how much the audit could have shown.

    Raises
    ------
    ValueError
        If a number makes no sense.

    References
    ----------
    Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023.

    Examples
    --------
    >>> from sklearn_blia.metrics import check_claim
    >>> print(check_claim(378, 500, epsilon=0.3))
    The claim epsilon = 0.3 is REFUTED. 378 of 500 guesses are right (75.6%); under the claim no attack
    exceeds 57.4% on average. Lower bound 0.956 at 95% confidence, p = 1.8e-17.
    >>> print(check_claim(378, 500, epsilon=6))
    The claim epsilon = 6 is not refuted. 378 of 500 guesses are right (75.6%); under the claim no attack
    exceeds 99.8% on average. Lower bound 0.956 at 95% confidence, p = 1. This audit could not have refuted
    it: 500 guesses show at most epsilon 5.11.
    """
    alpha, delta = check_level("alpha", alpha), check_delta(delta)
    n_guesses = n_canaries if n_guesses is None else n_guesses
    counts = {"n_correct": n_correct, "n_guesses": n_guesses, "n_canaries": n_canaries}
    v, r, m = (int(c) for c in check_counts(**{name: one_count(name, count) for name, count in counts.items()}))
    epsilon = check_scalar_epsilon(epsilon)
    if r == 0:
        raise ValueError("n_canaries and n_guesses must be at least 1: nothing was guessed.")
    bound = epsilon_lower_bound(v, m, n_guesses=r, delta=delta, alpha=alpha)
    return ClaimCheck(
        refuted=bound > epsilon,
        epsilon=epsilon,
        delta=delta,
        n_correct=v,
        n_guesses=r,
        n_canaries=m,
        epsilon_lower_bound=bound,
        p_value=p_value(v, r, m, epsilon=epsilon, delta=delta),
        attack_cap=attack_cap(epsilon, delta),
        refuting_count=_refuting_count(epsilon, m, r, delta, alpha),
        epsilon_ceiling=epsilon_lower_bound(r, m, n_guesses=r, delta=delta, alpha=alpha),
        alpha=alpha,
        mechanism_p_value=None if caps is None else _by_caps(v, r, m, caps),
    )


def _by_caps(v, r, m, caps):
    if r < m or np.shape(caps) != (m,):
        raise ValueError(f"caps must hold a number for each of {m} canaries, all of them guessed.")
    return cap_p_value(v, caps)


def _percent(share):
    """With so many digits that a share below 1 does not read 100 %."""
    return f"{share:.1%}" if share <= 0.999 else f"{100 * share:.8g}%"


def _p(p):
    return f"= {p:.2g}" if p > 0 else "< 1e-300"


def _refuting_count(epsilon, m, r, delta, alpha):
    """Smallest count that refutes, by bisection: more right guesses refute whatever fewer do."""

    def refutes(v):
        return p_value(v, r, m, epsilon=epsilon, delta=delta) < alpha

    if not refutes(r):
        return None
    low, high = 0, r
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if refutes(middle) else (middle, high)
    return high
