"""From an audit's codes and decision values to what may be said: the one place where findings are made."""

from dataclasses import dataclass, field, replace

import numpy as np

from ._caps import cap_p_value
from ._checks import check_level, one_count, real_numbers
from ._groups import find_in_groups
from ._guesses import WITH_DELTA, Guesses, refutes
from ._joint import anytime_test, joint_test
from ._judge_inputs import check_groups, check_guessed, check_observed, check_repeats
from ._memorization_test import (
    MemorizationTest,
    guess_counts,
    is_far_below_chance,
    memorization_test,
)
from ._methods import EpsilonBound, check_method
from ._played import Played, is_blind, values_of
from ._privacy_claim import PrivacyClaim
from ._repeats import BetweenRepeats, between_repeats


@dataclass(frozen=True)
class Finding:
    """One attack on one kind of training, tested.

    Attributes
    ----------
    tests : dict of str to MemorizationTest
        By target: against the private labels (what leaks) and, where they are known, the released ones (what the
        models stored).
    coverage : dict of str to float
        By target: the mean success ratio of the k surest guesses, over all k; empty for an attack that reads labels, or
        learns from coins as it guesses.
    joint_p_values : dict of str to float
        By target: p-values adjusted for the attacks tried. By max-T over attacks and over both statistics of each, the
        count of right guesses and the coverage average, the smaller of the two; by Bonferroni between these and the
        counts of attacks that learn from coins; by e-processes where repeats may end early.
    by_coverage : dict of str to bool
        By target: whether that p-value is the coverage average's.
    bound : EpsilonBound or None
        What the training spent at least, by the guesses that count, all or the surest, corrected for having chosen and
        for the other label-blind attacks. None for one that reads labels, and where the claim has a delta for one that
        learns from coins.
    between : dict of str to BetweenRepeats
        By target: the interval over trainings, and whether repeats differ more than coins explain; empty where fewer
        than two repeats have canaries to count, and where repeats may end early.
    below_chance : bool
        Whether the attack is right on private labels far less often than chance allows.
    """

    tests: dict
    coverage: dict
    joint_p_values: dict
    by_coverage: dict
    bound: EpsilonBound | None
    between: dict[str, BetweenRepeats]
    below_chance: bool = False

    @property
    def private(self) -> MemorizationTest:
        """The test against the private labels."""
        return self.tests["private"]

    @property
    def released(self) -> MemorizationTest | None:
        """The test against the released labels; None where these are not known."""
        return self.tests.get("released")


@dataclass(frozen=True)
class Findings:
    """All attacks on one kind of training.

    Attributes
    ----------
    attacks : dict of str to Finding
        By the attacks' names.
    claim : PrivacyClaim or None
        What was promised of the training.
    alpha : float
        Level of the intervals, and of the bounds of all attacks together.
    refuted : bool
        Whether the claim is refuted, at the level left for one of so many claims.
    mechanism_p_value : float or None
        Of "the mechanism is what it says it is", by the count of right guesses of the best attack, corrected for the
        number of attacks; None where that was not asked, or every attack reads labels.
    n_claims : int
        Claims of the same report, each of which might be refuted wrongly.
    n_guessed : int or None
        Canaries whose guesses count for bounds; None where no attack gives a bound.
    ceiling : float or None
        Epsilon that no bound by these guesses could have exceeded; None where no attack gives a bound.
    anytime : bool
        Whether joint p-values and bounds hold whenever one stops.
    groups : dict of str to GroupFindings
        By target: what was found in each group of canaries; empty without groups, where repeats may end early, and
        where no attack is blind to labels and guesses all canaries at once.
    """

    attacks: dict
    claim: PrivacyClaim | None
    alpha: float
    refuted: bool = False
    mechanism_p_value: float | None = None
    n_claims: int = 1
    n_guessed: int | None = None
    ceiling: float | None = None
    anytime: bool = False
    groups: dict = field(default_factory=dict)

    @property
    def targets(self):
        """Kinds of label that the attacks were held against."""
        return tuple(next(iter(self.attacks.values())).tests)

    @property
    def blind(self):
        """Findings of the attacks that do not read the labels they infer."""
        return [finding for finding in self.attacks.values() if not finding.private.reads_labels]

    def strongest(self, target, among=None):
        """Return the name of the attack that found most.

        Parameters
        ----------
        target : {"private", "released"}
            Against which labels.
        among : collection of str, default=None
            Of which attacks; None for all.

        Returns
        -------
        str
            The attack with the smallest joint p-value; of these rather one that reads no labels, and with the largest
            memorization score.
        """
        return min(
            self.attacks if among is None else among,
            key=lambda name: (
                self.attacks[name].joint_p_values[target],
                self.attacks[name].private.reads_labels,
                -self.attacks[name].tests[target].memorization_score,
            ),
        )

    @property
    def bound(self):
        """The largest bound on epsilon; None where no attack gives a bound."""
        bounds = [finding.bound for finding in self.attacks.values() if finding.bound is not None]
        return max(bounds, key=lambda bound: bound.epsilon_lower_bound, default=None)

    @property
    def bounded_by(self):
        """Name of the attack that gives the largest bound; None where no attack gives a bound."""
        return next((name for name, finding in self.attacks.items() if finding.bound is self.bound is not None), None)

    @property
    def mechanism_refuted(self):
        """Whether the mechanism is not what it says, at the level left for one of so many claims."""
        return self.mechanism_p_value is not None and self.mechanism_p_value < self.alpha / self.n_claims


def judge(
    codes,
    scores,
    *,
    claim=None,
    caps=None,
    n_claims=1,
    guessed=None,
    repeats=None,
    groups=None,
    anytime=False,
    n_tried=None,
    method=None,
    alpha=0.05,
    random_state=None,
):
    """Test every attack on one kind of training, alone and jointly, and bound epsilon.

    Repeats with fresh canaries and coins are independent: put them one after the other.

    Parameters
    ----------
    codes : dict of str to array-like of shape (n_canaries,)
        By target, "private" and where it is known "released": which candidate each label is, 0 or 1, and -1 for a
        label that is neither.
    scores : dict of str to array-like of shape (n_canaries,) or (n_canaries, 2)
        By attack: decision values, at least 0 where it infers the second candidate; in two dimensions, for an attack
        that reads the label it infers, the values under either code. `Played`, or a dict of them by target, of an
        attack that learns from the coins of canaries guessed before.
    claim : PrivacyClaim, default=None
        What was promised of the training.
    caps : array-like of shape (n_canaries,), default=None
        What no attack exceeds on average at each canary if the mechanism is what it says it is, which may be less than
        the claim allows. Right guesses are then at most a Poisson-binomial of these.
    n_claims : int, default=1
        Claims that are checked in one report: each is refuted at the level ``alpha / n_claims``.
    guessed : array-like of bool of shape (n_canaries,), default=None
        Canaries whose guesses count for the bounds, chosen from outputs alone; None or none of them means all. With
        more than two classes those where the most probable class is a candidate: behind randomized response the
        released label of any other canary is mostly neither, and guessing it is throwing a coin. Where the claim has a
        delta, these come first and the others last, for the number of guesses must then be fixed before.
    repeats : array-like of int of shape (n_canaries,), default=None
        Which training each canary is of; None for one. Trainings may differ by more than coins do, and then only the
        spread between them tells what another would give.
    groups : array-like of str of shape (n_canaries,), default=None
        Group of each canary, for findings in each.
    anytime : bool, default=False
        Whether repeats end when a claim is refuted, so that p-values and bounds must hold whenever one stops: joint
        p-values and bounds then come from e-processes over the repeats, in place of max-T and of `method`, and the
        mechanism is not checked. Tests and intervals by themselves are of the repeats that were made, and do not hold
        so. For delta = 0.
    n_tried : int, default=None
        With `anytime`, attacks that were to be tried, where one that failed is not among them: what they share was
        shared beforehand. None takes those in `scores`.
    method : str or object, default=None
        How bounds are won, as in `epsilon_from_ranking`; for attacks that learn from coins always by `Prefixes`, in the
        order of their guesses. None means "prefixes", with corrections for the number of
        label-blind attacks that heed how far they agree; where the claim has a delta, Bonferroni over all guesses and
        the surest 5, 10, 20 and 50 %, and over the attacks.
    alpha : float, default=0.05
        Level of intervals, and of all bounds together.
    random_state : int, RandomState instance or None, default=None
        Draws the coins of the joint test, and what `method` draws.

    Returns
    -------
    Findings
        One finding for each attack.

    Raises
    ------
    ValueError
        If there is no attack or no canary, or shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.metrics import judge
    >>> codes = np.arange(200) % 2
    >>> findings = judge({"private": codes}, {"knows": codes - 0.5, "guesses": np.ones(200)}, random_state=0)
    >>> findings.strongest("private"), round(findings.bound.epsilon_lower_bound, 2)
    ('knows', 3.98)
    """
    alpha = check_level("alpha", alpha)
    n_claims = one_count("n_claims", n_claims)
    if n_claims < 1:
        raise ValueError("n_claims must be at least 1.")
    codes, scores = check_observed(codes, scores)
    private = scores["private"]
    if n_tried is not None and not (anytime and one_count("n_tried", n_tried) >= len(private)):
        raise ValueError(f"n_tried is for anytime=True, and at least the {len(private)} attacks in scores.")
    guessed = check_guessed(guessed, codes["private"], anytime)
    repeats = np.zeros(len(codes["private"]), dtype=int) if repeats is None else check_repeats(repeats, codes)
    groups = None if groups is None else check_groups(groups, codes["private"])
    delta = 0.0 if claim is None else claim.delta
    if anytime and (delta or method is not None):
        raise ValueError(
            "anytime=True, and stop_when_refuted=True of an audit, is for claims with delta = 0 and bounds by its own "
            f"method; got delta={delta:g}, method={method!r}."
        )
    method = None if anytime else check_method(method or (WITH_DELTA if delta else "prefixes"), delta)
    tests = {name: {t: attack_test(scores[t][name], codes[t], target=t, alpha=alpha) for t in codes}
             for name in private}  # fmt: skip
    if anytime:
        joint = {
            target: anytime_test(scores[target], code, repeats, n_tried or len(private))
            for target, code in codes.items()
        }
    else:
        joint = {target: joint_test(scores[target], code, alpha, random_state) for target, code in codes.items()}
    guesses = Guesses.of(private, codes["private"], guessed, repeats, delta)

    def bounds_at(level):
        return guesses.anytime_bounds(level, n_tried) if anytime else guesses.bounds(method, level, random_state)

    bounds = bounds_at(alpha)
    findings = {}
    for name, score in private.items():
        findings[name] = Finding(
            tests=tests[name],
            coverage={t: joint[t][name].coverage for t in codes if is_blind(score) and not isinstance(score, Played)},
            joint_p_values={t: min(joint[t][name].by_count, joint[t][name].by_coverage) for t in codes},
            by_coverage={t: joint[t][name].by_coverage < joint[t][name].by_count for t in codes},
            bound=bounds.get(name),
            between={} if anytime else _between({t: values_of(scores[t][name]) for t in codes}, codes, repeats, alpha),
            below_chance=is_far_below_chance(tests[name]["private"]),
        )
    refuted = claim is not None and refutes(bounds, claim)
    if refuted and n_claims > 1:
        refuted = refutes(bounds_at(alpha / n_claims), claim)
    mechanism = None
    if caps is not None and guesses.fixed and not anytime:
        mechanism = _mechanism_p_value([private[name] for name in guesses.fixed], codes["private"], caps)
    ceiling = guesses.ceiling(method, alpha, n_tried)
    found = Findings(findings, claim, alpha, refuted, mechanism, n_claims, guesses.n_guessed, ceiling, anytime)
    if groups is None or anytime or not guesses.fixed:
        return found
    fixed = {name: private[name] for name in guesses.fixed}
    return replace(
        found,
        groups={
            target: find_in_groups(
                fixed, code, groups, repeats, found.strongest(target, fixed), alpha=alpha, random_state=random_state
            )
            for target, code in codes.items()
        },
    )


def attack_test(scores, codes, *, target="private", alpha=0.05):
    """Test the guesses of one attack against chance.

    Parameters
    ----------
    scores : array-like of shape (n_canaries,) or (n_canaries, 2), or Played
        Decision values, as in `judge`.
    codes : array-like of shape (n_canaries,)
        Which candidate each label is: 0, 1, or -1 for a label that is neither, which is left out. What is left is
        still a fair coin, so chance stays one half.
    target : {"private", "released"}, default="private"
        Which labels.
    alpha : float, default=0.05
        Level of the interval and of the epsilon bound.

    Returns
    -------
    MemorizationTest
        Success ratio, chance level, exact p-value, interval, epsilon bound.

    Raises
    ------
    ValueError
        If no label is one of its candidates, or shapes do not fit.
    """
    if np.ndim(codes) != 1 or not np.size(codes):
        raise ValueError(f"codes must hold 0, 1 or -1 for each canary, one at least, got {codes!r}.")
    codes_of, scores_of = check_observed({target: codes}, {"scores": scores}, needed=())
    codes, scores = codes_of[target], values_of(scores_of[target]["scores"])
    kept = codes >= 0
    if not kept.any():
        raise ValueError(f"No canary has a {target} label among its candidates: plant more canaries.")
    coins, scores = codes[kept], scores[kept]
    if scores.ndim == 1:
        return memorization_test(int(np.sum((scores >= 0) == coins)), len(coins), target=target, alpha=alpha)
    v, a, b = guess_counts(scores >= 0, coins)
    return memorization_test(v, len(coins), n_certain=a, n_undecided=b, target=target, alpha=alpha)


def _between(scores, codes, repeats, alpha):
    """By target, over the repeats that have a canary to count; empty where fewer than two have."""
    if not repeats.any():
        return {}
    found = {}
    for target, code in codes.items():
        told, guess = code >= 0, scores[target] >= 0
        right = (guess if guess.ndim == 1 else np.where(code == 1, guess[:, 1], guess[:, 0])) == code
        v, m = (np.bincount(repeats[told], weights=w) for w in (right[told], None))
        if np.count_nonzero(m) > 1:
            found[target] = between_repeats(v[m > 0].astype(int), m[m > 0], alpha=alpha)
    return found


def _mechanism_p_value(scores, codes, caps):
    """Of the best of these attacks, whose guesses follow from outputs alone, corrected for their number."""
    caps = real_numbers("caps", caps)
    if caps.shape != codes.shape or not ((caps >= 0.5) & (caps <= 1)).all():
        raise ValueError(f"caps must hold a number from 1/2 to 1 for each of {len(codes)} canaries.")
    kept = codes >= 0
    counts = [int(np.sum((score >= 0)[kept] == codes[kept])) for score in scores]
    return min(1.0, len(scores) * cap_p_value(max(counts), caps[kept]))
