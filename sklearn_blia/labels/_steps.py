"""What may stand in a LabelPipeline, and in which order."""

from sklearn.base import is_regressor

from ..canaries import is_passthrough, require_predict_proba


def are_named(steps):
    """Whether `steps` is a non-empty list of (name, estimator) tuples."""
    return (
        isinstance(steps, (list, tuple))
        and len(steps) > 0
        and all(isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str) for step in steps)
    )


def check_steps(steps):
    """Raise ValueError unless `steps` are label samplers, canaries first, and one classifier."""
    if not are_named(steps):
        raise ValueError(
            "steps must be a non-empty list of (name, estimator) tuples, label samplers first and one "
            f"classifier last; got {steps!r}."
        )
    for name, step in steps[:-1]:
        _check_sampler(name, step)
    planting = [name for name, step in steps[:-1] if _plants_canaries(step)]
    _check_final(*steps[-1], audited=bool(planting))
    inner = _planting_inside(steps[-1][1])
    everywhere = [*planting, *inner]
    if len(everywhere) > 1:
        raise ValueError(
            f"LabelPipeline has {len(everywhere)} canary samplers ({', '.join(everywhere)}): keep one, or an audit "
            "cannot tell whose coins to ask for."
        )
    in_front = [name for name, step in steps[:-1] if not is_passthrough(step)]
    if (planting and in_front[0] != planting[0]) or (inner and in_front):
        raise ValueError(
            f"The canary sampler {everywhere[0]!r} must come first, before {in_front[0]!r}: label noise in front "
            "of the coins protects none of them."
        )


def _plants_canaries(step):
    return hasattr(step, "plant")


def _planting_inside(final):
    """Names of canary samplers nested anywhere in the final step."""
    params = final.get_params(deep=True) if hasattr(final, "get_params") else {}
    return list({id(value): name for name, value in params.items() if _plants_canaries(value)}.values())


def check_changed_labels_alone(name, sampler, same_X, same_length):
    """Raise ValueError if a sampler did anything but change labels."""
    if not (same_X and same_length):
        raise ValueError(
            f"Step {name!r} ({type(sampler).__name__}) changes features or the number of rows. LabelPipeline takes "
            "only samplers that change labels: one that picks rows by labels carries these past randomized response."
        )


def _check_sampler(name, step):
    if is_passthrough(step):
        return
    if hasattr(step, "fit_resample") and not hasattr(step, "transform"):
        return
    if hasattr(step, "transform") or hasattr(step, "fit_transform"):
        raise ValueError(
            f"Step {name!r} ({type(step).__name__}) transforms features, and LabelPipeline takes only label "
            "samplers before its last step: a transformer that sees labels before randomized response voids "
            "its guarantee. Put it into the final step, as in "
            f"make_pipeline({type(step).__name__}(...), your_classifier)."
        )
    raise ValueError(
        f"Step {name!r} ({type(step).__name__}) is no label sampler: every step but the last needs "
        "fit_resample, as CanaryFlipper and RandomizedResponse have."
    )


def _check_final(name, step, *, audited):
    if getattr(step, "final_estimator", "") is None:
        return  # a stack whose last level is the default one knows its methods only when it is fitted
    if not hasattr(step, "fit") or not hasattr(step, "predict"):
        raise ValueError(f"The last step {name!r} ({type(step).__name__}) must be a classifier with fit and predict.")
    if is_regressor(step):
        raise ValueError(f"The last step {name!r} ({type(step).__name__}) is a regressor: labels are for classifiers.")
    if audited:
        require_predict_proba(step, f"The last step {name!r}")
