"""Repeats one after another, until nothing is left to refute."""


def by_repeat(trials):
    """Return the trials of each repeat.

    Parameters
    ----------
    trials : list of Trial
        All trainings.

    Returns
    -------
    list of list of Trial
        In the order of the repeats.
    """
    return [[t for t in trials if t.key.repeat == repeat] for repeat in sorted({t.key.repeat for t in trials})]


def until_refuted(rounds, train, observe, judge):
    """Train and observe round by round; a model at a budget whose claim is refuted is in no further one.

    Parameters
    ----------
    rounds : list of list of Trial
        Trainings that are made together.
    train : callable
        From a list of trials to a dict of Key to Outcome or Failure.
    observe : callable
        From a list of trials and all outcomes so far to a dict of Key to Observation or Failure.
    judge : callable
        From all outcomes and observations so far to a list of Cell.

    Returns
    -------
    outcomes, observations : dict
        Of all trainings that were made, by Key.
    cells : list of Cell
        What was found.
    """
    outcomes: dict = {}
    observations: dict = {}
    cells: list = []
    for number, trials in enumerate(rounds):
        done = {(cell.model, cell.epsilon) for cell in cells if cell.refuted}
        due = [trial for trial in trials if (trial.key.model, trial.key.epsilon) not in done]
        if number and not due:
            break
        outcomes |= train(due)
        observations |= observe(due, outcomes)
        cells = judge(outcomes, observations)
    return outcomes, observations, cells
