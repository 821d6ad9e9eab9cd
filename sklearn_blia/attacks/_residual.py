"""Learn from rows whose labels are known how a label moves the model, and look for that in the canaries."""

from numbers import Real

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import StrOptions

from ..canaries import PlainInterval, second_proba
from ..evidence import BystanderOutputs, CrossFit, SmoothedOutputs, fold_of
from ._base import BaseAttack
from ._logits import logit

_FOLDS = 2
_ROUNDS = 10
_LEAST_VARIANCE = 1e-4
_LEAST_EFFECT = 1e-6


class ResidualAttack(BaseAttack):
    """Infer the label that explains what a reference leaves of the model's logit.

    Of training rows that are no canaries the labels are known. On these the model's logit is regressed on what a
    reference says that did not see the row, on the label, and on their interaction, each row weighed as if its label
    had been a coin; the canaries' own logits, without their labels, complete the picture. The regression gives each
    canary's expected logit under either label, and its spread; the score is the Gaussian log-likelihood ratio of the
    two.

    It is `LabelLiRAAttack` with other rows in place of other models: shadows see each canary with both labels and
    are many, other rows are there anyway. The idea of a model of the scores in place of shadows is that of Bertran et
    al. 2023 (Scalable Membership Inference Attacks via Quantile Regression), turned to labels.

    Parameters
    ----------
    reference : {"crossfit", "smooth"}, default="crossfit"
        "crossfit": the same classifier, trained twice without the canaries on half of the other rows each, which is one
        training in all. "smooth": what rows like the row get from the model itself, by a forest on features
        (`SmoothedOutputs`); nothing is trained on labels, so that it works on any model of which the outputs on its
        training rows are known. It sees less.
    clip : float, default=1e-2
        Probabilities are brought to at least this and at most 1 less this, for the logit.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against.

    See Also
    --------
    ReferenceAttack : The plain difference to one reference.
    LabelLiRAAttack : Compares with shadow models, which sees most.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_blia import CanaryFlipper, ResidualAttack, ThresholdAttack, make_label_pipeline
    >>> X, y = make_moons(2000, noise=0.3, random_state=0)
    >>> flipper = CanaryFlipper(0.2, keep_bystanders=True, random_state=0)
    >>> model = make_label_pipeline(flipper, KNeighborsClassifier()).fit(X, y)
    >>> ThresholdAttack()(model) < 0.65, ResidualAttack("smooth")(model) > 0.75
    (True, True)
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "reference": [StrOptions({"crossfit", "smooth"})],
        "clip": [PlainInterval(Real, 0, 0.5, closed="neither")],
    }

    def __init__(self, reference="crossfit", *, clip=1e-2, target="private"):
        self.reference = reference
        self.clip = clip
        self.target = target

    @property
    def requires(self):
        """Outputs on other rows, and the reference."""
        return BystanderOutputs(), CrossFit(_FOLDS) if self.reference == "crossfit" else SmoothedOutputs()

    def score(self, evidence, codes=None):
        """Compute the log-likelihood ratios.

        Parameters
        ----------
        evidence : Evidence
            Outputs on the canaries and other rows, and the reference's.
        codes : None
            Not used.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Log-likelihood of the second label less that of the first.
        """
        known = evidence[BystanderOutputs()]
        if len(np.unique(known["codes"])) < 2:
            raise ValueError(f"{self!r} learns from rows of both labels, and all other training rows have one.")
        at_canaries, at_others = self._reference(evidence, known)
        logits, labels = logit(known["second"], self.clip), 2.0 * known["codes"] - 1
        likely = expit(at_others).clip(self.clip, 1 - self.clip)
        # As if labels were coins: else rows with the label that everybody expects would be nearly all.
        weights = 0.5 / np.where(labels > 0, likely, 1 - likely)
        return _score_canaries(logit(evidence.second, self.clip), at_canaries, logits, at_others, labels, weights)

    def _reference(self, evidence, known):
        """Logits of the reference at canaries and at other rows, of which it saw neither."""
        found = evidence[self.requires[1]]
        if self.reference == "smooth":
            return found["canaries"], found["bystanders"]
        return logit(found["second"], self.clip).mean(axis=0), logit(_unseen(found, known), self.clip)


def _unseen(found, known):
    """Probability of each bystander's second candidate, by the model that did not see it."""
    folds = fold_of(known["rows"], _FOLDS)
    second = np.empty(len(folds))
    for number in range(_FOLDS):
        left_out = folds == number
        second[left_out] = second_proba(found[f"left_out_{number}"], known["pairs"][left_out])
    return second


def _score_canaries(logits, reference, known_logits, known_reference, known_labels, weights):
    """Log-likelihood ratios by what other rows tell, and then by what the canaries' own logits add to that.

    Where labels follow from the features, no other row tells what an unlikely label would do. Of half of the canaries
    the label is unlikely, only nobody knows of which: they count with either label by how likely each is so far
    (expectation maximisation, Dempster, Laird and Rubin 1977; no coin is looked at).
    """
    ones = np.ones(len(logits))
    twice = np.concatenate([known_reference, reference, reference])
    labels, both = np.concatenate([known_labels, ones, -ones]), np.concatenate([known_logits, logits, logits])
    score = _Effects(known_logits, known_reference, known_labels, weights).log_likelihood_ratio(logits, reference)
    for _ in range(_ROUNDS):
        second = expit(score)
        effects = _Effects(both, twice, labels, np.concatenate([weights, second, 1 - second]))
        score = effects.log_likelihood_ratio(logits, reference)
    return score


class _Effects:
    """How a label moves the logit, by what the reference says, from rows whose labels are known or weighed.

    Expected logit: linear in the reference's logit r and probability p, and in the label times 1, r and p (1 - p),
    which is how far a label moves a logistic model. Log variance: linear in p (1 - p) and abs(r), within what occurs.
    """

    def __init__(self, logits, reference, labels, weights):
        columns = _mean_columns(reference, labels)
        self._mean = make_pipeline(StandardScaler(), Ridge()).fit(columns, logits, ridge__sample_weight=weights)
        log_squares = np.log((logits - self._mean.predict(columns)) ** 2 + _LEAST_VARIANCE)
        self._log_variance = LinearRegression()
        self._log_variance.fit(_variance_columns(reference), log_squares, sample_weight=weights)
        self._range = log_squares.min(), log_squares.max()

    def log_likelihood_ratio(self, logits, reference):
        first, second = (
            self._mean.predict(_mean_columns(reference, np.full(len(logits), label))) for label in (-1.0, 1.0)
        )
        # A label moves the model towards itself, or not at all.
        effect = np.maximum(second - first, _LEAST_EFFECT)
        log_variance = self._log_variance.predict(_variance_columns(reference)).clip(*self._range)
        return (logits - (first + second) / 2) * effect / np.exp(log_variance)


def _mean_columns(reference, labels):
    p = expit(reference)
    return np.column_stack([reference, p, labels, labels * reference, labels * p * (1 - p)])


def _variance_columns(reference):
    p = expit(reference)
    return np.column_stack([p * (1 - p), np.abs(reference)])
