"""All attacks of one training tested together, each by its count and over coverages."""

from dataclasses import dataclass, replace

import numpy as np

from ._coverage import coverage_weights, weighted_share
from ._e_process import EProcess
from ._max_t import max_t_test
from ._memorization_test import memorization_test, right_under_each
from ._played import Played, is_blind, values_of


@dataclass(frozen=True)
class Joint:
    """Adjusted p-values of one attack; 1 by coverage where it reads labels."""

    by_count: float
    by_coverage: float = 1.0
    coverage: float | None = None


def joint_test(scores, codes, alpha, random_state):
    """By attack. Each repeat has its own coins, and all are drawn anew together.

    Every label-blind attack enters twice, by its count of right guesses and by its coverage average, so that one
    p-value speaks for both. Redrawn coins would change the guesses of an attack that learns from them: each such has
    the p-value of its count, and these and max-T of all others share the level (Bonferroni).
    """
    kept = codes >= 0
    coins = codes[kept]
    adaptive = {name: score.scores[kept] for name, score in scores.items() if isinstance(score, Played)}
    fixed = {name: score[kept] for name, score in scores.items() if name not in adaptive}
    joint = _max_t(fixed, coins, alpha, random_state) if fixed else {}
    shares = len(adaptive) + bool(fixed)
    joint = {
        name: replace(one, by_count=min(1.0, shares * one.by_count), by_coverage=min(1.0, shares * one.by_coverage))
        for name, one in joint.items()
    }
    for name, score in adaptive.items():
        test = memorization_test(int(np.sum((score >= 0) == coins)), len(coins))
        joint[name] = Joint(min(1.0, shares * test.p_value))
    return {name: joint[name] for name in scores}


def _max_t(scores, coins, alpha, random_state):
    blind = [name for name, score in scores.items() if score.ndim == 1]
    names = [*scores, *blind]
    tables = [scores[name] >= 0 for name in names]
    if len(blind) < len(scores):
        tables = [np.broadcast_to(table.T, (2, len(coins))).T for table in tables]
    by_sureness = {name: coverage_weights(np.abs(scores[name])) for name in blind}
    weights = [np.ones(len(coins))] * len(scores) + list(by_sureness.values())
    # The smallest p-value that B draws can give is 1 / (B + 1): it has to be well below alpha.
    n_draws = max(10_000, int(np.ceil(20 / alpha)))
    p_values = max_t_test(tables, coins, weights=weights, n_draws=n_draws, random_state=random_state).p_values
    by_coverage = dict(zip(blind, p_values[len(scores) :].tolist(), strict=True))
    joint = {name: Joint(p) for name, p in zip(scores, p_values.tolist(), strict=False)}
    for name, p in by_coverage.items():
        joint[name] = Joint(joint[name].by_count, p, weighted_share(by_sureness[name], scores[name], coins))
    return joint


def anytime_test(scores, codes, repeats, n_tried):
    """By attack, p-values that hold whenever one stops: the number of attacks over each one's wealth.

    Bets against "nothing memorized" are made on guesses that the coin decides: all of a label-blind attack, and of one
    that reads labels those that are right under just one of them.
    """
    kept = codes >= 0
    coins, repeats, found = codes[kept], repeats[kept], {}
    for name, score in scores.items():
        guess, coverage = values_of(score)[kept] >= 0, None
        if not is_blind(score):
            if_first, if_second = right_under_each(guess)
            told, right = if_first ^ if_second, np.where(coins == 1, if_second, if_first)
            process = EProcess.of(np.zeros(told.sum()), right[told], repeats[told], shares=(1.0,))
        elif isinstance(score, Played):
            process = EProcess.of(-score.order[kept], guess == coins, repeats)
        else:
            process = EProcess.of(np.abs(score[kept]), guess == coins, repeats)
            coverage = weighted_share(coverage_weights(np.abs(score[kept])), score[kept], coins)
        found[name] = Joint(min(1.0, n_tried * process.p_value(0.0)), coverage=coverage)
    return found
