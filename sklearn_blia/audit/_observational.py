"""An audit of a model that is trained already: no canaries, and no training of it."""

from dataclasses import dataclass
from numbers import Integral, Real
from textwrap import fill

import numpy as np
from scipy import special
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import KFold
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import _num_samples

from ..canaries import (
    PlainInterval,
    ask,
    check_proba,
    plain_labels,
    positions_of,
    require_predict_proba,
    take_rows,
)
from ..metrics import ObservationalBound, check_random, membership_test, observational_bound

_FLOOR = 1e-6  # probabilities of 0 and 1 have no log odds


@dataclass(frozen=True)
class ObservationalReport:
    """What an observational audit found; ``str()`` of it is the page.

    Attributes
    ----------
    training : ObservationalBound
        Rows that the model was trained on.
    held_out : ObservationalBound or None
        Rows that it was not: the negative control, in which all is the proxy's error.
    p_value : float or None
        Whether the model names labels of training rows more often than those of held-out rows of the same class, beyond
        the proxy.
    alpha : float
        Level.
    """

    training: ObservationalBound
    held_out: ObservationalBound | None
    p_value: float | None
    alpha: float

    @property
    def memorized(self):
        """Whether memorization was found; None where nobody can tell."""
        return None if self.p_value is None else self.p_value < self.alpha

    def __str__(self):
        lines = [_line("training rows", self.training)]
        if self.held_out is not None:
            lines.append(_line("held-out rows", self.held_out))
        told = (
            f"A Gamma of {self.training.epsilon_plus_gamma:.2f} alone, a proxy whose odds are wrong by a factor of "
            f"{np.exp(self.training.epsilon_plus_gamma):.1f}, would explain away what was found on training rows."
        )
        return "\n".join([*lines, fill(f"=> {self._verdict()}", 80, subsequent_indent="   "), fill(told, 80)])

    def _verdict(self):
        sums = (
            f"at {100 * (1 - self.alpha):g}% confidence the training spent an epsilon, and the proxy's log odds are "
            f"wrong by a Gamma, of at least {self.training.epsilon_plus_gamma:.2f} together"
        )
        if self.p_value is None or self.held_out is None:
            return f"{sums}. Which of the two nobody can tell without held-out rows: no verdict."
        control = f"{self.held_out.epsilon_plus_gamma:.2f} on held-out rows, where all of it is Gamma"
        if self.memorized:
            return (
                "MEMORIZATION: labels of training rows are named beyond the proxy more often than those of held-out "
                f"rows of the same classes (p = {self.p_value:.3g}); {sums}; of at least {control}."
            )
        return (
            f"no memorization found (p = {self.p_value:.3g}): labels of training rows are named beyond the proxy no "
            f"more often than those of held-out rows; {sums}; of at least {control}."
        )

    def _repr_html_(self):
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _line(name, bound):
    return (
        f"{name}: {bound.n_hits:,} of {bound.n_rows:,} labels named, {bound.expected_hits:,.1f} expected by the proxy, "
        f"p = {bound.p_value:.2g}"
    )


class ObservationalAudit(MetaEstimatorMixin, BaseEstimator):
    """Audit a classifier that is trained already, against a proxy that never saw the label of the row in question.

    For each row the model names a label: the one of which it is surer than the proxy by most. If it knows no more of
    labels than the features tell, and the proxy knows that too, hits are Poisson-binomial with the proxy's
    probabilities; epsilon-label-DP moves their odds by e^epsilon at most. Data cannot tell a model that has seen a
    label from a proxy that underrates it: what is bounded is **epsilon + Gamma**, with Gamma the error of the proxy's
    log odds. The same audit on rows that the model was not trained on is the negative control, and only a difference
    between the two kinds of rows is called memorization, by an exact permutation test within classes.

    Held-out rows must come from where the training rows come from. Duplicates of training rows among them are refused.

    Parameters
    ----------
    proxy : classifier, default=None
        Unfitted; its probabilities are found by cross-fitting over training and held-out rows together, those of a
        row by a fit that did not see it. None takes `HistGradientBoostingClassifier`.
    cv : int, default=5
        Folds.
    alpha : float, default=0.05
        Level of bounds and verdict.
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
        "alpha": [PlainInterval(Real, 1e-4, 0.5, closed="both")],
        "random_state": ["random_state"],
    }

    def __init__(self, proxy=None, *, cv=5, alpha=0.05, random_state=None):
        self.proxy = proxy
        self.cv = cv
        self.alpha = alpha
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, model, X, y, X_holdout=None, y_holdout=None, *, proxy_proba=None, proxy_proba_holdout=None):
        """Audit a fitted model.

        Parameters
        ----------
        model : classifier
            Fitted, with ``predict_proba``.
        X : array-like of n_rows rows
            Rows that it was trained on, all or some.
        y : array-like of shape (n_rows,)
            Their natural labels.
        X_holdout : array-like of n_holdout rows, default=None
            Rows that it was not trained on; without them there is no verdict.
        y_holdout : array-like of shape (n_holdout,), default=None
            Their natural labels.
        proxy_proba, proxy_proba_holdout : array-like of shape (n_rows, n_classes), default=None
            Probabilities of a proxy of your own, which must not have seen the labels of these rows, in the order of the
            sorted labels.

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
        rows = [X] if X_holdout is None else [X, X_holdout]
        labels = [plain_labels(one) for one in ([y] if X_holdout is None else [y, y_holdout])]
        for one, own in zip(rows, labels, strict=True):
            if _num_samples(one) != len(own):
                raise ValueError(f"{_num_samples(one)} rows and {len(own)} labels do not go together.")
        if X_holdout is not None:
            _refuse_shared(X, X_holdout)
        require_predict_proba(model, "model")
        self.classes_ = np.unique(np.concatenate(labels))
        given = [proxy_proba, proxy_proba_holdout][: len(rows)]
        if any(one is not None for one in given):
            proxies = [_own_proba(one, len(own), len(self.classes_)) for one, own in zip(given, labels, strict=True)]
        else:
            proxies = self._cross_fitted(rows, labels, rng)
        self.proxy_proba_, self.proxy_proba_holdout_ = proxies[0], proxies[1] if len(proxies) > 1 else None
        answers = [ask(model, one, self.classes_) for one in rows]
        if np.array_equal(answers[0], proxies[0]):
            raise ValueError("The proxy is the model: take one that was not trained on these labels.")
        named = [
            _named(answer, proxy, positions_of(own, self.classes_))
            for answer, proxy, own in zip(answers, proxies, labels, strict=True)
        ]
        bounds = [observational_bound(int(hit.sum()), p, alpha=self.alpha) for hit, p in named]
        p_value = None
        if len(named) > 1:
            excess = [hit - p for hit, p in named]
            p_value = membership_test(*excess, *labels, random_state=rng)
        self.report_ = ObservationalReport(bounds[0], bounds[1] if len(bounds) > 1 else None, p_value, self.alpha)
        return self

    def _cross_fitted(self, rows, labels, rng):
        """Probabilities of each row by proxies that did not see it; both kinds of rows are treated alike."""
        proxy = HistGradientBoostingClassifier() if self.proxy is None else self.proxy
        y, ends = np.concatenate(labels), np.cumsum([0, *map(len, labels)])
        parts = [np.arange(*pair) for pair in zip(ends[:-1], ends[1:], strict=True)]
        proba = np.empty((len(y), len(self.classes_)))
        folds = KFold(self.cv, shuffle=True, random_state=rng.randint(2**31))  # no look at labels
        for seen, unseen in folds.split(y):
            some = [take_rows(X, seen[np.isin(seen, p)] - p[0]) for X, p in zip(rows, parts, strict=True)]
            fitted = clone(proxy).fit(_joined(some), y[seen])
            for X, part in zip(rows, parts, strict=True):
                own = unseen[np.isin(unseen, part)]
                if len(own):
                    proba[own] = ask(fitted, take_rows(X, own - part[0]), self.classes_)
        return [proba[part] for part in parts]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if self.proxy is not None:
            tags.input_tags = get_tags(self.proxy).input_tags
        tags.no_validation = True
        return tags


def _named(answers, proxies, codes):
    """Whether the label that each row's answers name is its own, and what the proxy thinks of it."""
    excess = special.logit(answers.clip(_FLOOR, 1 - _FLOOR)) - special.logit(proxies.clip(_FLOOR, 1 - _FLOOR))
    named = excess.argmax(axis=1)
    return named == codes, proxies.clip(_FLOOR, 1 - _FLOOR)[np.arange(len(codes)), named]


def _own_proba(proba, n_rows, n_classes):
    if proba is None:
        raise ValueError("proxy_proba and proxy_proba_holdout go together: give both, or neither.")
    proba = check_proba(proba)
    if proba.shape != (n_rows, n_classes) or not np.allclose(proba.sum(axis=1), 1, atol=1e-3):
        raise ValueError(f"proxy_proba must hold probabilities of shape {(n_rows, n_classes)}, got {proba.shape}.")
    return proba


def _joined(parts):
    if hasattr(parts[0], "iloc"):
        import pandas as pd

        return pd.concat(parts)
    if hasattr(parts[0], "tocsr"):
        from scipy import sparse

        return sparse.vstack(parts, format="csr")
    return [row for part in parts for row in part] if isinstance(parts[0], list) else np.concatenate(parts)


def _refuse_shared(X, X_holdout):
    """Held-out rows that the model was trained on would hide what it memorized."""
    known = set(_row_keys(X))
    shared = sum(key in known for key in _row_keys(X_holdout))
    if shared:
        raise ValueError(
            f"{shared:,} rows of X_holdout are rows of X too: held-out rows must not be trained on. Drop duplicates."
        )


def _row_keys(X):
    """What rows are known again by, of whatever kind they are."""
    if hasattr(X, "tocsr"):
        X = X.tocsr()
        parts = [slice(*pair) for pair in zip(X.indptr[:-1], X.indptr[1:], strict=True)]
        return [X.indices[part].tobytes() + X.data[part].tobytes() for part in parts]
    rows = X if isinstance(X, list) else np.asarray(X)
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "biuf":
        return [row.tobytes() for row in np.ascontiguousarray(rows, dtype=float)]
    return list(map(repr, rows if isinstance(rows, list) else rows.tolist()))
