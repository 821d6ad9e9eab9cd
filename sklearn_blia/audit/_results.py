"""From single fits to one row for each privacy budget, and for each attack on it."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from ..metrics import (
    TARGETS,
    MemorizationTest,
    attack_cap,
    epsilon_from_ranking,
    epsilon_lower_bound,
    max_t_test,
    pool,
)
from ._members import Failure

# Shares of the canaries, the surest, of which a bound is tried beside that of all.
SUREST = (0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True)
class AttackResult:
    """One attack at one privacy budget, pooled over the repeats.

    Attributes
    ----------
    private, released : MemorizationTest
        Against the private labels (what leaks) and the released ones (what the models stored). The epsilon
        bound is the larger of that by all guesses and that by the surest 5, 10, 20 or 50 %, corrected for having
        chosen and for the number of label-blind attacks.
    joint_p_value, joint_p_value_released : float
        Max-T p-values, adjusted for the attacks at this budget.
    n_guesses : int or None
        Guesses that the epsilon bound rests on; None without a bound.
    """

    private: MemorizationTest
    released: MemorizationTest
    joint_p_value: float
    joint_p_value_released: float
    n_guesses: int | None


@dataclass(frozen=True)
class Cell:
    """Everything at one privacy budget.

    Attributes
    ----------
    epsilon : float
        Label-DP parameter.
    train_accuracies, test_accuracies, seconds : ndarray of shape (n_repeats,)
        Of each repeat: on released labels, on clean held-out labels, time; NaN for a fit that failed.
    errors : list of str
        Errors of the fits that failed.
    attacks : dict of str to AttackResult
        Empty where every fit failed.
    cap : float
        Success ratio against private labels that no label-blind attack exceeds on average.
    """

    epsilon: float
    train_accuracies: np.ndarray
    test_accuracies: np.ndarray
    seconds: np.ndarray
    errors: list
    attacks: dict
    cap: float

    def bound(self):
        """Give the largest epsilon bound of the label-blind attacks.

        Returns
        -------
        float or None
            The bound; None where no attack gives one.
        """
        bounds = [result.private.epsilon_lower_bound for result in self.attacks.values()]
        return max((bound for bound in bounds if bound is not None), default=None)

    def refuted(self):
        """Tell whether the bound refutes the budget itself.

        Returns
        -------
        bool
            Whether the training spent more than its epsilon.
        """
        bound = self.bound()
        return bound is not None and bound > self.epsilon


def make_cell(epsilon, fits, attacks, n_classes, alpha, seed):
    """Evaluate the fits at one privacy budget.

    Parameters
    ----------
    epsilon : float
        The budget.
    fits : list of Fit or Failure
        One for each repeat.
    attacks : dict of str to attack
        The attacks.
    n_classes : int
        Number of classes.
    alpha : float
        Level of intervals and bounds.
    seed : int
        Seed of the joint test.

    Returns
    -------
    Cell
        What came of them.
    """
    good = [fit for fit in fits if not isinstance(fit, Failure)]

    def column(name):
        return np.array([getattr(fit, name, np.nan) for fit in fits], dtype=float)

    return Cell(
        epsilon=epsilon,
        train_accuracies=column("train_accuracy"),
        test_accuracies=column("test_accuracy"),
        seconds=column("seconds"),
        errors=[fit.error for fit in fits if isinstance(fit, Failure)],
        attacks=attack_results([fit.outputs for fit in good], attacks, alpha, seed) if good else {},
        cap=attack_cap(epsilon, n_classes=n_classes),
    )


def attack_results(outputs, attacks, alpha, seed):
    """Test every attack on one kind of training, alone and jointly, against private and released labels.

    Parameters
    ----------
    outputs : list of CanaryOutputs
        Of each repeat.
    attacks : dict of str to attack
        The attacks.
    alpha : float
        Level of intervals and bounds.
    seed : int
        Seed of the joint test.

    Returns
    -------
    dict of str to AttackResult
        Results by the attacks' names.
    """
    scored = {target: _scored(outputs, attacks, target) for target in TARGETS}
    joint = {target: _joint_p_values(scored[target], alpha, seed) for target in TARGETS}
    n_blind = sum(not attack.reads_labels for attack in attacks.values())
    results = {}
    for number, name in enumerate(attacks):
        private, released = (pool(repeat.test(alpha) for repeat in scored[target][name]) for target in TARGETS)
        n_guesses = None
        if not private.reads_labels:
            bound, n_guesses = _best_bound(scored["private"][name], alpha / n_blind)
            private = replace(private, epsilon_lower_bound=bound)
        p_values = [float(joint[target][number]) for target in TARGETS]
        results[name] = AttackResult(private, released, p_values[0], p_values[1], n_guesses)
    return results


def _scored(outputs, attacks, target):
    aimed = {name: clone(attack).set_params(target=target) for name, attack in attacks.items()}
    return {name: [attack.score_canaries(repeat) for repeat in outputs] for name, attack in aimed.items()}


def _best_bound(scored, alpha):
    """The larger of two bounds on epsilon, each at half the level: by all guesses, and by the surest ones alone.

    Returns the number of guesses that it rests on as well.
    """
    correct = np.concatenate([repeat.correct for repeat in scored])
    confidence = np.concatenate([np.abs(repeat.own) for repeat in scored])
    by_all = float(epsilon_lower_bound(np.count_nonzero(correct), len(correct), alpha=alpha / 2))
    surest = epsilon_from_ranking(confidence, correct, guess_fractions=SUREST, alpha=alpha / 2)
    if surest.epsilon_lower_bound > by_all:
        return surest.epsilon_lower_bound, surest.n_guesses
    return by_all, len(correct)


def _joint_p_values(scored, alpha, seed):
    """Each repeat has its own thresholds, and all repeats' coins are drawn anew together."""
    tables = [np.concatenate([repeat.guess_table for repeat in repeats]) for repeats in scored.values()]
    coins = np.concatenate([repeat.coins for repeat in next(iter(scored.values()))])
    # The smallest p-value that B draws can give is 1 / (B + 1): it has to be well below alpha.
    n_draws = max(10_000, int(np.ceil(20 / alpha)))
    return max_t_test(tables, coins, n_draws=n_draws, random_state=seed).p_values
