"""An audit of a model that is trained already: no canaries, and no training of it."""

from contextlib import suppress
from numbers import Integral, Real
from operator import index

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import _num_samples

from ..canaries import PlainInterval, ask, plain_labels, positions_of, require_predict_proba
from ..metrics import calibration_bins, check_random
from ..report import ObservationalReport, ObservationalSettings
from ._like_rows import likeness
from ._named_labels import Named, compare_kinds, hold_against_proxy
from ._proxies import cross_fitted, default_proxy, named_rows, own_proxy
from ._shared_rows import refuse_shared, same_columns


class ObservationalAudit(MetaEstimatorMixin, BaseEstimator):
    """Audit a classifier that is trained already, against a proxy that never saw the label of the row in question.

    For each row the model names a label: the one of which it is surer than the proxy by most. If it knows no more of
    labels than the features tell, and the proxy knows that too, hits are Poisson-binomial with the proxy's
    probabilities; epsilon-label-DP moves their odds by e^epsilon at most. Data cannot tell a model that has seen a
    label from a proxy that underrates it: what is bounded is **epsilon + Gamma**, with Gamma the error of the proxy's
    log odds; exactly for a proxy that never saw these labels, approximately for one that was cross-fitted over them.
    The same audit on rows that the model was not trained on is the negative control. Memorization is said where
    training rows are named beyond the proxy, and more often so than held-out rows of which it thinks the same, by a
    permutation test, and where features alone do not tell the two kinds apart.

    Held-out rows must come from where the training rows come from. Duplicates of training rows among them are refused.

    Parameters
    ----------
    proxy : classifier, default=None
        Unfitted; its probabilities are found by cross-fitting over training and held-out rows together, those of a
        row by a fit that did not see it. None takes, for tables, gradient boosting that stops early and is calibrated:
        a proxy that is over-sure hides what there is.
    cv : int, default=5
        Folds.
    share : float, default=1.0
        Share of the rows of each kind that is counted, those of which the model is surer than the proxy by most. All
        rows see a little of many labels, few rows much of few.
    alpha : float, default=0.05
        Level of bounds and verdict.
    title : str, default=None
        Name of the data, for the report.
    random_state : int, RandomState instance or None, default=None
        Seeds folds and deals.

    Attributes
    ----------
    report_ : ObservationalReport
        ``str()`` of it is the page.
    proxy_proba_, proxy_proba_holdout_ : ndarray of shape (n_rows, n_classes)
        What the proxy thinks of the rows.
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    See Also
    --------
    LabelAudit : With canaries, which need no proxy: their odds are known.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_blia import ObservationalAudit
    >>> X, y = make_classification(1000, flip_y=0.2, random_state=0)
    >>> model = RandomForestClassifier(random_state=0).fit(X[:500], y[:500])
    >>> audit = ObservationalAudit(random_state=0).fit(model, X[:500], y[:500], X[500:], y[500:])
    >>> audit.report_.memorized
    True
    """

    _parameter_constraints: dict = {
        "proxy": [HasMethods(["fit", "predict_proba"]), None],
        "cv": [PlainInterval(Integral, 2, None, closed="left")],
        "share": [PlainInterval(Real, 0, 1, closed="right")],
        "alpha": [PlainInterval(Real, 1e-4, 0.5, closed="both")],
        "title": [str, None],
        "random_state": ["random_state"],
    }

    def __init__(self, proxy=None, *, cv=5, share=1.0, alpha=0.05, title=None, random_state=None):
        self.proxy = proxy
        self.cv = cv
        self.share = share
        self.alpha = alpha
        self.title = title
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        model_or_proba,
        X,
        y,
        X_holdout=None,
        y_holdout=None,
        *,
        proba_holdout=None,
        proxy_proba=None,
        proxy_proba_holdout=None,
    ):
        """Audit a fitted model.

        Parameters
        ----------
        model_or_proba : classifier, or array-like of shape (n_rows, n_classes)
            Fitted, with ``predict_proba``; or what it says of the rows, in the order of the sorted labels or, in a
            frame, by name.
        X : array-like of n_rows rows, or None
            Rows that it was trained on, all or some. None where both its probabilities and the proxy's are given.
        y : array-like of shape (n_rows,)
            Their natural labels.
        X_holdout : array-like of n_holdout rows, default=None
            Rows that it was not trained on; without held-out rows there is no verdict.
        y_holdout : array-like of shape (n_holdout,), default=None
            Their natural labels.
        proba_holdout : array-like of shape (n_holdout, n_classes), default=None
            What the model says of held-out rows, where `model_or_proba` are probabilities.
        proxy_proba, proxy_proba_holdout : array-like of shape (n_rows, n_classes), default=None
            Probabilities of a proxy of your own, which must not have seen the labels of these rows.

        Returns
        -------
        self
            With `report_`.

        Raises
        ------
        ValueError
            If rows and labels do not go together, held-out rows are among the training rows, or the proxy is the model.
        """
        rng = check_random("random_state", self.random_state)
        rows = [X] if y_holdout is None else [X, X_holdout]
        labels = _check_labels(y, y_holdout, X, X_holdout)
        self.classes_ = np.unique(np.concatenate(labels))
        if len(self.classes_) < 2:
            raise ValueError(f"y holds the one label {self.classes_.tolist()[0]!r}: there is nothing to memorize.")
        if proxy_proba is not None and self.proxy is not None:
            raise ValueError("proxy and proxy_proba both say what the proxy thinks: give one of them.")
        answered = _Answered(model_or_proba, proba_holdout, rows, labels, self.classes_)
        alike = {}
        if len(rows) > 1 and X is not None:
            rows[1] = X_holdout = same_columns(X, X_holdout)
            refuse_shared(X, X_holdout)
            with suppress(ValueError, TypeError):  # rows that cannot be compared are rows that nobody compared
                alike = dict(zip(("auc", "alike_p_value"), likeness(X, X_holdout, rng), strict=True))
        proxies, proxy = self._proxies([proxy_proba, proxy_proba_holdout][: len(rows)], rows, labels, rng)
        self.proxy_proba_, self.proxy_proba_holdout_ = proxies[0], proxies[1] if len(rows) > 1 else None
        answers = answered.proba()
        if np.array_equal(answers[0], proxies[0]):
            raise ValueError("The proxy is the model: take one that was not trained on these labels.")
        codes = [positions_of(own, self.classes_) for own in labels]
        named = [Named.of(*one) for one in zip(answers, proxies, codes, strict=True)]
        counted = [one.surest(self.share) for one in named]
        found = hold_against_proxy(counted, self.alpha) | alike
        if len(rows) > 1:
            # Both must be small (intersection-union test, Berger 1982): where nothing is named beyond the proxy, a
            # difference between kinds is none of memory.
            found["p_value"] = max(compare_kinds(counted, rng), found["training"].p_value)
            top = proxies[1].argmax(axis=1) == codes[1]
            found["calibration"] = calibration_bins(top, proxies[1].max(axis=1), alpha=self.alpha)
        settings = self._settings(answered.name, proxy, labels)
        self.report_ = ObservationalReport(settings=settings, **found)
        return self

    def _proxies(self, given, rows, labels, rng):
        """Probabilities of each kind of rows, and what they are of."""
        if any(one is not None for one in given):
            return own_proxy(given, labels, self.classes_), "probabilities from elsewhere"
        if rows[0] is None:
            raise ValueError("X is None, and proxy_proba too: the proxy needs rows, or probabilities of its own.")
        proxy, name = self.proxy, " ".join(repr(self.proxy).split())
        if proxy is None:
            proxy, name = default_proxy(rows[0], np.concatenate(labels))
        found = cross_fitted(proxy, rows, labels, self.classes_, self.cv, rng)
        return found, f"{name}; cross-fitted over {self.cv} folds"

    def _settings(self, model, proxy, labels):
        return ObservationalSettings(
            title=self.title or "",
            model=model,
            proxy=proxy,
            n_classes=len(self.classes_),
            n_train=len(labels[0]),
            n_holdout=len(labels[1]) if len(labels) > 1 else 0,
            share=float(self.share),
            alpha=float(self.alpha),
            random_state=index(self.random_state) if isinstance(self.random_state, Integral) else None,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if self.proxy is not None:
            tags.input_tags = get_tags(self.proxy).input_tags
        tags.no_validation = True
        return tags


def _check_labels(y, y_holdout, X, X_holdout):
    """Plain labels of each kind of rows; ValueError where rows and labels do not go together."""
    if (X_holdout is None) != (y_holdout is None or X is None):
        raise ValueError("X_holdout and y_holdout go together: give both, or neither; and both X or none.")
    kinds = [("X", "y", X, y), ("X_holdout", "y_holdout", X_holdout, y_holdout)]
    labels = []
    for rows_name, name, rows, given in kinds:
        if given is None:
            continue
        labels.append(plain_labels(given))
        if rows is None:
            continue
        try:
            n_rows = _num_samples(rows)
        except TypeError as error:
            raise ValueError(f"{rows_name} must hold rows, got {type(rows).__name__}.") from error
        if n_rows != len(labels[-1]):
            raise ValueError(f"{rows_name} has {n_rows} rows and {name} {len(labels[-1])} labels: give one for each.")
    return labels


class _Answered:
    """What the model says of each kind of rows: checked before any work, asked for after the proxy's."""

    def __init__(self, model_or_proba, proba_holdout, rows, labels, classes):
        self.rows, self.classes = rows, classes
        self.model = model_or_proba if hasattr(model_or_proba, "fit") else None
        if self.model is not None:
            if proba_holdout is not None:
                raise ValueError("proba_holdout is for probabilities in place of a model: leave it out.")
            if rows[0] is None:
                raise ValueError("X is None: a model is asked about rows; without them give its probabilities.")
            require_predict_proba(self.model, "model_or_proba")
            self.name = " ".join(repr(self.model).split())
            return
        given = [model_or_proba, proba_holdout]
        if (proba_holdout is None) != (len(rows) == 1):
            raise ValueError(
                "proba_holdout must hold what the model says of held-out rows: give it where there are some and "
                "model_or_proba are probabilities."
            )
        names = ("model_or_proba", "proba_holdout")
        self.given = [
            named_rows(one, len(own), classes, name) for one, own, name in zip(given, labels, names, strict=False)
        ]
        self.name = "asked elsewhere"

    def proba(self):
        if self.model is None:
            return self.given
        return [ask(self.model, one, self.classes) for one in self.rows]
