"""Find the canaries in a fitted model and ask the part of the model behind them for its outputs."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._candidates import candidate_codes, second_candidate_proba
from ._neighbors import ask_around
from ._side_information import SideInformation
from ._steps import fitted_steps

_HOLDER = "canary_indices_"


@dataclass(frozen=True, eq=False)
class CanaryOutputs:
    """What an audit knows of the canaries of one model. It holds the secret: attacks get only the outputs.

    Attributes
    ----------
    second_proba : ndarray of shape (n_canaries,)
        The model's probability of the second candidate label, renormalised over the two candidates.
    pairs : ndarray of shape (n_canaries, 2)
        Candidate labels.
    private : ndarray of shape (n_canaries,)
        Private labels: what the coins came up with.
    released : ndarray of shape (n_canaries,) or None
        Labels that the model was trained on; None if a later sampler does not tell.
    indices : ndarray of shape (n_canaries,)
        Rows of the training data.
    side : SideInformation or None
        Outputs of other models on the same canaries, or of this one around them, for attacks that compare.
    natural : ndarray of shape (n_canaries,) or None
        Labels that the data had.
    """

    second_proba: np.ndarray
    pairs: np.ndarray
    private: np.ndarray = field(repr=False)
    released: np.ndarray | None = field(repr=False)
    indices: np.ndarray = field(repr=False)
    side: SideInformation | None = None
    natural: np.ndarray | None = field(default=None, repr=False)

    def coins(self, target):
        """Return which candidate each label is, and the canaries for which it is one.

        Parameters
        ----------
        target : {"private", "released"}
            Labels to tell of.

        Returns
        -------
        coins : ndarray of bool of shape (n_kept,)
            False for the first candidate, True for the second.
        kept : ndarray of bool of shape (n_canaries,)
            Canaries whose label is a candidate. K-ary randomized response can release a label outside the
            pair; what is left is still a fair coin, so chance stays one half.
        """
        labels = self.private if target == "private" else self.released
        if labels is None:
            raise ValueError(
                "target='released' needs a sampler that keeps released_labels_, and one behind the canaries does "
                "not: use target='private'."
            )
        codes = candidate_codes(labels, self.pairs)
        kept = codes >= 0
        return codes[kept] == 1, kept


def canary_outputs(estimator, *, neighborhoods=()):
    """Find the one canary sampler in a fitted model and get the model's outputs on its canaries.

    Looks through fitted searches (``best_estimator_``) and pipelines (scikit-learn's, imbalanced-learn's and
    `LabelPipeline`), and asks what stands behind the sampler for probabilities on ``canary_X_``.

    Parameters
    ----------
    estimator : estimator
        A fitted model with a `CanaryFlipper` inside.
    neighborhoods : sequence of Neighborhood, default=()
        Rows around the canaries to ask about as well: ``attack.neighborhood`` of each `NeighborhoodAttack`.

    Returns
    -------
    CanaryOutputs
        Outputs and secrets.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If it holds no canaries, or those of more than one sampler, or they were dropped by ``forget()``; or
        if what stands behind the canaries has no ``predict_proba``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia import CanaryFlipper, make_label_pipeline
    >>> from sklearn_blia.attacks import canary_outputs
    >>> X, y = make_classification(random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), LogisticRegression())
    >>> canary_outputs(model.fit(X, y)).second_proba.shape
    (10,)
    """
    check_is_fitted(estimator)
    chain = fitted_steps(estimator)
    at = _find_holder(chain, type(estimator).__name__)
    holder, behind = chain[at], chain[at + 1 :]
    predict_proba, classes = _asking(behind)
    X, pairs = holder.canary_X_, holder.canary_pairs_
    return CanaryOutputs(
        second_proba=second_candidate_proba(predict_proba(X), pairs, classes),
        pairs=pairs,
        private=holder.canary_labels_,
        released=_released(holder, behind),
        indices=holder.canary_indices_,
        side=ask_around(predict_proba, X, pairs, classes, neighborhoods),
        natural=holder.canary_natural_labels_,
    )


def _find_holder(chain, name):
    holders = [i for i, step in enumerate(chain) if hasattr(step, _HOLDER)]
    if len(holders) == 1:
        return holders[0]
    if holders:
        raise ValueError(
            f"{name} holds the canaries of {len(holders)} samplers: keep one CanaryFlipper, or audit each model "
            "on its own."
        )
    if any(getattr(step, "_forgotten", False) for step in chain):
        raise ValueError(f"{name} has dropped its canaries by forget(): fit it again to audit it.")
    raise ValueError(
        f"{name} holds no canaries: plant some, as in make_label_pipeline(CanaryFlipper(), classifier), fit that, "
        "and pass the fitted pipeline, or a search or Pipeline that ends in it. Canaries inside the members of an "
        "ensemble or a calibrator belong to the members: plant them around the whole instead."
    )


def _asking(behind):
    """Function from rows to probabilities, and the classes of their columns."""
    models = [step for step in behind if not hasattr(step, "fit_resample")]
    if not models or not hasattr(models[-1], "predict_proba"):
        last = f"{type(models[-1]).__name__} has no predict_proba" if models else "no classifier follows"
        raise ValueError(
            f"Attacks need class probabilities on the canaries, but {last}: use a classifier that has "
            "predict_proba, or wrap this one in CalibratedClassifierCV."
        )

    def predict_proba(X):
        for transformer in models[:-1]:
            X = transformer.transform(X)
        return models[-1].predict_proba(X)

    return predict_proba, models[-1].classes_


def _released(holder, behind):
    """Released labels of the canaries: those of the last sampler behind them, the private ones without."""
    samplers = [step for step in behind if hasattr(step, "fit_resample")]
    if not samplers:
        return holder.canary_labels_
    if not all(hasattr(sampler, "released_labels_") for sampler in samplers):
        return None
    return samplers[-1].released_labels_[holder.canary_indices_]
