"""Shadows a few at a time, until those that are there say that more would hardly help."""

import numpy as np

from ._observations import trained_on_canaries
from ._trials import Failure


def in_stages(train, attacks, classes):
    """Return a function that trains what attacks want, and no more.

    Parameters
    ----------
    train : callable
        From a list of trials to a dict of Key to Outcome or Failure.
    attacks : dict of str to attack
        One with a method ``n_enough`` says how many of its source's trainings to make; of all others all are made.
    classes : ndarray
        All classes.

    Returns
    -------
    callable
        As `train`; the dict lacks the trainings that nobody wanted.
    """

    def train_in_stages(trials):
        outcomes: dict = {}
        canaries = {trial.key: trial.canaries for trial in trials if trial.is_target}
        while True:
            wanted = {
                key: _wanted(attacks.values(), key, outcomes, one.public(classes).pairs)
                for key, one in canaries.items()
                if not isinstance(outcomes.get(key), Failure)  # else nobody is attacked
            }
            due = [
                trial
                for trial in trials
                if trial.key not in outcomes
                and (trial.is_target or trial.key.training in wanted.get(trial.key.target, ()))
            ]
            if not due:
                return outcomes
            outcomes |= train(due)

    return train_in_stages


def _wanted(attacks, target, outcomes, pairs):
    """Further trainings that some attack on a model wants, by what is known so far."""
    wanted: set = set()
    for attack in attacks:
        trainings = [training for source in attack.requires for training in source.trainings()]
        if hasattr(attack, "n_enough"):
            made = [outcomes[key] for training in trainings if (key := target._replace(training=training)) in outcomes]
            there = [trained_on_canaries(one, pairs) for one in made if not isinstance(one, Failure)]
            known = [np.stack(part) for part in zip(*((t.second, t.codes) for t in there), strict=True)]
            # For each that failed another one.
            trainings = trainings[: max(len(made), attack.n_enough(*known) + len(made) - len(there))]
        wanted.update(trainings)
    return wanted
