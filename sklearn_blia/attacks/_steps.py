"""The fitted steps inside searches and pipelines."""


def fitted_steps(estimator):
    """All fitted steps that data passes through, in order, inside searches and pipelines of any nesting."""
    if hasattr(estimator, "best_estimator_"):
        return fitted_steps(estimator.best_estimator_)
    steps = getattr(estimator, "steps_", None) or getattr(estimator, "steps", None)
    if not isinstance(steps, (list, tuple)):
        return [estimator]
    return [leaf for _, step in steps if not is_passthrough(step) for leaf in fitted_steps(step)]


def is_passthrough(step):
    """Whether a pipeline skips this step."""
    return step is None or (isinstance(step, str) and step == "passthrough")
