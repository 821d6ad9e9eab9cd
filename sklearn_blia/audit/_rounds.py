"""Repeats one after another, until nothing is left to refute."""


def until_refuted(trials, train, observe, refuted):
    """Train and observe repeat by repeat; a model at a budget whose claim is refuted gets no further one.

    Parameters
    ----------
    trials : list of Trial
        All trainings.
    train : callable
        From a list of trials to a dict of Key to Outcome or Failure.
    observe : callable
        From a list of trials and all outcomes so far to a dict of Key to Observation or Failure.
    refuted : callable
        From all outcomes and observations so far to the models and budgets whose claims are refuted.

    Returns
    -------
    outcomes, observations : dict
        Of all repeats that were made, by Key.
    """
    outcomes: dict = {}
    observations: dict = {}
    done: set = set()
    for repeat in sorted({trial.key.repeat for trial in trials}):
        due = [t for t in trials if t.key.repeat == repeat and (t.key.model, t.key.epsilon) not in done]
        if not due:
            break
        outcomes |= train(due)
        observations |= observe(due, outcomes)
        done |= refuted(outcomes, observations)
    return outcomes, observations
