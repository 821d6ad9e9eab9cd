"""The fitted steps inside searches and pipelines, and how to make them forget."""


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


def forget(estimator):
    """Make every label sampler inside a model drop its secrets, and the seeds that could draw them again.

    Call it before a model is stored or shared. It reaches fitted samplers through searches and pipelines of
    any nesting, and the unfitted ones among the model's parameters. What the classifier itself keeps of its
    training labels (a nearest neighbour keeps them all) is not touched.

    Parameters
    ----------
    estimator : estimator
        A fitted model: a `LabelPipeline`, a scikit-learn or imbalanced-learn pipeline, or a search around one.

    Returns
    -------
    estimator
        The same object. It predicts as before and can no longer be audited.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import CanaryFlipper, forget, make_label_pipeline
    >>> X, y = make_classification(random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), DecisionTreeClassifier())
    >>> search = GridSearchCV(model, {"decisiontreeclassifier__max_depth": [1, 2]}).fit(X, y)
    >>> forget(search).best_estimator_.named_steps_.canaryflipper
    CanaryFlipper(fraction=0.1)
    """
    unfitted = [
        value
        for holder in (estimator, getattr(estimator, "best_estimator_", estimator))
        if hasattr(holder, "get_params")
        for value in holder.get_params(deep=True).values()
    ]
    for part in [*fitted_steps(estimator), *unfitted]:
        if hasattr(part, "_secrets") and hasattr(part, "forget"):
            part.forget()
    return estimator
