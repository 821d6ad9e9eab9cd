"""The fitted steps inside searches and pipelines."""


def fitted_steps(estimator):
    """List all fitted steps that data passes through, in order, inside searches and pipelines of any nesting.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    list of estimator
        The last one predicts.
    """
    if hasattr(estimator, "best_estimator_"):
        return fitted_steps(estimator.best_estimator_)
    steps = getattr(estimator, "steps_", None) or getattr(estimator, "steps", None)
    if not isinstance(steps, (list, tuple)):
        return [estimator]
    return [leaf for _, step in steps if not is_passthrough(step) for leaf in fitted_steps(step)]


def is_passthrough(step):
    """Tell whether a pipeline skips a step.

    Parameters
    ----------
    step : object
        What stands there.

    Returns
    -------
    bool
        Whether it is None or "passthrough".
    """
    return step is None or (isinstance(step, str) and step == "passthrough")
