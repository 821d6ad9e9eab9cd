"""LabelPipeline: label samplers in front of one classifier, as a classifier itself."""

from sklearn.base import ClassifierMixin, _fit_context, clone
from sklearn.utils import Bunch, get_tags
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import _BaseComposition, available_if
from sklearn.utils.validation import _num_samples, check_is_fitted

from ..canaries import is_passthrough
from ._forget import forget
from ._steps import are_named, check_changed_labels_alone, check_steps

__all__ = ["LabelPipeline", "make_label_pipeline"]


def _final_has(method):
    """Whether the final classifier has `method`; raises its own AttributeError if not."""

    def check(self):
        steps = self.steps_ if hasattr(self, "steps_") else self.steps
        if not are_named(steps):  # fit will say what is wrong with them
            return False
        getattr(steps[-1][1], method)
        return True

    return check


class LabelPipeline(ClassifierMixin, _BaseComposition):
    """Label samplers first, then one final classifier.

    `fit` passes y through every sampler in turn and trains the final classifier on X and the released
    labels. Prediction goes straight to the classifier. Being a classifier, a LabelPipeline can end a stock
    Pipeline, be cross-validated, searched, cloned, pickled and nested.

    Transformers of features belong *inside* the final step (``make_pipeline(StandardScaler(), ...)``): a
    step that sees the labels before randomized response can carry them past it, and voids the guarantee.
    For the same reason a supervised transformer in a Pipeline *around* this one leaks.

    Parameters
    ----------
    steps : list of (str, estimator) tuples
        Label samplers, at most one of them a canary sampler and that one first, then a classifier. The string
        "passthrough" in place of a sampler leaves it out, so that a search can compare with and without.

    Attributes
    ----------
    steps_ : list of (str, estimator) tuples
        The fitted steps; those in `steps` are left as they were.
    named_steps_ : Bunch
        The fitted steps by name.
    classes_ : ndarray of shape (n_classes,)
        Classes of the final classifier.
    n_features_in_ : int
        Number of features that the final classifier saw.
    feature_names_in_ : ndarray of str
        Their names, where X had them.

    See Also
    --------
    make_label_pipeline : The same without naming the steps.

    Notes
    -----
    A fitted LabelPipeline holds the secrets of its samplers; `forget` drops them. Fit parameters reach the
    final classifier as ``stepname__parameter``, or by metadata routing where that is enabled. Weights that are
    computed from the natural labels carry them past randomized response, just as a transformer does.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_blia import CanaryFlipper, LabelPipeline, blia_memorization_score
    >>> X, y = make_classification(500, random_state=0)
    >>> model = LabelPipeline([
    ...     ("canaries", CanaryFlipper(fraction=0.2, random_state=0)),
    ...     ("tree", DecisionTreeClassifier(random_state=0)),
    ... ]).fit(X, y)
    >>> blia_memorization_score(model)       # a full tree stores every label
    1.0
    """

    _parameter_constraints: dict = {"steps": "no_validation"}

    def __init__(self, steps):
        self.steps = steps

    def get_params(self, deep=True):
        """Get the parameters of this pipeline and of its steps.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the steps' parameters, as ``stepname__parameter``.

        Returns
        -------
        dict
            Parameter names mapped to their values.
        """
        return self._get_params("steps", deep=deep)

    def set_params(self, **params):
        """Set parameters of this pipeline or, as ``stepname__parameter``, of its steps.

        Parameters
        ----------
        **params : dict
            Parameters by name; a step's name replaces that step.

        Returns
        -------
        self
            This pipeline.
        """
        self._set_params("steps", **params)
        return self

    @property
    def named_steps(self):
        """The unfitted steps by name."""
        return Bunch(**dict(self.steps))

    @property
    def named_steps_(self):
        """The fitted steps by name."""
        check_is_fitted(self, "steps_")
        return Bunch(**dict(self.steps_))

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Pass the labels through the samplers and train the classifier on what comes out.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of n_samples rows
            Features, as the final classifier takes them.
        y : array-like of shape (n_samples,)
            Natural labels.
        **params : dict
            Without metadata routing, ``stepname__parameter`` for the final step's `fit`; with it, metadata
            that the final step requested, such as ``sample_weight``.

        Returns
        -------
        self
            The fitted pipeline.

        Raises
        ------
        ValueError
            If the steps are not samplers followed by one classifier, or a sampler refuses the labels.
        """
        check_steps(self.steps)
        self._validate_names([name for name, _ in self.steps])
        final_params = self._route_fit_params(params)
        fitted, labels = [], y
        for name, sampler in self.steps[:-1]:
            if is_passthrough(sampler):
                continue
            sampler = clone(sampler)
            X_same, new_labels = sampler.fit_resample(X, labels)
            check_changed_labels_alone(name, sampler, X_same is X, _num_samples(new_labels) == _num_samples(labels))
            fitted.append((name, sampler))
            labels = new_labels
        name, final = self.steps[-1]
        fitted.append((name, clone(final).fit(X, labels, **final_params)))
        self.steps_ = fitted
        return self

    @available_if(_final_has("predict"))
    def predict(self, X):
        """Predict class labels with the final classifier.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Predicted labels.
        """
        return self._fitted_final().predict(X)

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X):
        """Predict class probabilities with the final classifier.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of ``classes_``.
        """
        return self._fitted_final().predict_proba(X)

    @available_if(_final_has("predict_log_proba"))
    def predict_log_proba(self, X):
        """Predict logarithms of class probabilities with the final classifier.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Log-probabilities, in the order of ``classes_``.
        """
        return self._fitted_final().predict_log_proba(X)

    @available_if(_final_has("decision_function"))
    def decision_function(self, X):
        """Compute the final classifier's decision function.

        Parameters
        ----------
        X : array-like of n_samples rows
            Features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            Decision values.
        """
        return self._fitted_final().decision_function(X)

    def forget(self):
        """Drop the secrets that the samplers keep, and their seeds; see `sklearn_blia.forget`.

        Call it before a model is stored or shared. The model predicts as before, but can no longer be
        audited.

        Returns
        -------
        self
            The pipeline.
        """
        check_is_fitted(self, "steps_")
        return forget(self) if len(self.steps_) > 1 else self

    @property
    def classes_(self):
        """Classes of the final classifier."""
        return self._fitted_final().classes_

    @property
    def n_features_in_(self):
        """Number of features that the final classifier saw."""
        return self._fitted_final().n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features that the final classifier saw."""
        return self._fitted_final().feature_names_in_

    def get_metadata_routing(self):
        """Say which metadata the final classifier takes.

        Returns
        -------
        MetadataRouter
            Routing of `fit` to the final step, and this pipeline's own request for `score`.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        if are_named(self.steps):
            name, final = self.steps[-1]
            router.add(**{name: final}, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        return router

    def __sklearn_is_fitted__(self):
        return hasattr(self, "steps_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if are_named(self.steps):
            final = get_tags(self.steps[-1][1])
            tags.input_tags = final.input_tags
            tags.classifier_tags = final.classifier_tags or tags.classifier_tags
            tags.no_validation = final.no_validation
        return tags

    def _fitted_final(self):
        check_is_fitted(self, "steps_")
        return self.steps_[-1][1]

    def _route_fit_params(self, params):
        final_name = self.steps[-1][0]
        if _routing_enabled():
            return process_routing(self, "fit", **params)[final_name].fit
        prefix = f"{final_name}__"
        stray = sorted(name for name in params if not name.startswith(prefix))
        if stray:
            raise ValueError(
                f"LabelPipeline.fit does not take {', '.join(stray)}: pass parameters of the final step as "
                f"{prefix}NAME, or enable metadata routing with sklearn.set_config(enable_metadata_routing=True)."
            )
        return {name.removeprefix(prefix): value for name, value in params.items()}


def make_label_pipeline(*steps):
    """Build a LabelPipeline whose steps are named after their classes, in lower case.

    Parameters
    ----------
    *steps : estimators
        Label samplers, then one classifier.

    Returns
    -------
    LabelPipeline
        The pipeline.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_blia import CanaryFlipper, RandomizedResponse, make_label_pipeline
    >>> model = make_label_pipeline(
    ...     CanaryFlipper(), RandomizedResponse(epsilon=1.0), make_pipeline(StandardScaler(), LogisticRegression())
    ... )
    >>> [name for name, _ in model.steps]
    ['canaryflipper', 'randomizedresponse', 'pipeline']
    """
    names = [type(step).__name__.lower() for step in steps]
    for name in {name for name in names if names.count(name) > 1}:
        for number, at in enumerate([i for i, other in enumerate(names) if other == name], start=1):
            names[at] = f"{name}-{number}"
    return LabelPipeline(list(zip(names, steps, strict=True)))
