"""Scorers for scikit-learn's searches and cross-validation."""

from sklearn.base import clone

from ._base import BaseAttack
from ._threshold import ThresholdAttack


def blia_memorization_score(estimator, X=None, y=None, *, attack=None, target=None):
    """Memorization score of a fitted model with canaries; the larger, the more it memorized.

    ``(SR - SR0) / (1 - SR0)`` with SR the attack's success ratio (Eq. 1 of the BLIA paper, arXiv 2503.12801)
    and SR0 its own chance level: 0 is chance, 1 is every label, and it is not clipped. Usable as
    ``scoring=`` anywhere in scikit-learn; a search that should *minimise* memorization takes
    `neg_blia_memorization_score`.

    Parameters
    ----------
    estimator : estimator
        Fitted model that holds canaries: a `LabelPipeline`, or a search or pipeline around one.
    X, y : ignored
        The test fold that scikit-learn passes; canaries are training rows and travel inside the estimator.
    attack : attack, default=None
        Attack to use; None means ``ThresholdAttack()``.
    target : {"private", "released"}, default=None
        Labels to hold the guesses against, in place of the attack's own `target`.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    ValueError
        If the estimator holds no canaries, or those of several samplers, or has forgotten them.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import cross_validate
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_blia import CanaryFlipper, blia_memorization_score, make_label_pipeline
    >>> X, y = make_classification(500, random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(fraction=0.2, random_state=0), KNeighborsClassifier(1))
    >>> cross_validate(model, X, y, scoring=blia_memorization_score)["test_score"]
    array([1., 1., 1., 1., 1.])
    """
    attack = ThresholdAttack() if attack is None else attack
    if not isinstance(attack, BaseAttack):
        raise ValueError(f"attack must be an attack such as ThresholdAttack(), got {attack!r}.")
    if target is not None and target != attack.target:
        attack = clone(attack).set_params(target=target)
    return attack.evaluate(estimator).memorization_score


def neg_blia_memorization_score(estimator, X=None, y=None, *, attack=None, target=None):
    """Negative memorization score, for searches that should find the model that memorized least.

    Parameters
    ----------
    estimator : estimator
        Fitted model that holds canaries.
    X, y : ignored
        The test fold that scikit-learn passes.
    attack : attack, default=None
        Attack to use; None means ``ThresholdAttack()``.
    target : {"private", "released"}, default=None
        Labels to hold the guesses against, in place of the attack's own `target`.

    Returns
    -------
    float
        At least -1.
    """
    return -blia_memorization_score(estimator, X, y, attack=attack, target=target)
