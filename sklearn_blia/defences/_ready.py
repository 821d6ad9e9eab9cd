"""Defences by name, around any classifier."""

from sklearn.base import clone

from ..labels import RandomizedResponse, make_label_pipeline
from ._alibi import ALIBIClassifier
from ._dp_sgd import DPSGDClassifier
from ._multi_stage import MultiStageClassifier
from ._pate import PATEClassifier
from ._pipelines import final_step
from ._soft_labels import check_weights

_MAKERS = {
    "randomized-response": lambda model: make_label_pipeline(RandomizedResponse(), model),
    "lp-2st": MultiStageClassifier,
    "alibi": ALIBIClassifier,
    "pate": PATEClassifier,
    "dp-sgd": DPSGDClassifier,
}
DEFENCE_NAMES = tuple(_MAKERS)


def defend(models, names=("randomized-response", "lp-2st", "alibi")):
    """Put defences around classifiers, for an audit that compares them.

    Parameters
    ----------
    models : classifier or dict of str to classifier
        Unfitted, by name.
    names : sequence of str, default=("randomized-response", "lp-2st", "alibi")
        Of "randomized-response", "lp-2st" (`MultiStageClassifier`), "alibi", "pate" and "dp-sgd", each with its
        default parameters.

    Returns
    -------
    dict of str to classifier
        For ``LabelAudit(..., mechanism=None, epsilons=[...])``; by "model, defence", or by defence for one model.

    Raises
    ------
    ValueError
        If a name is unknown, or a classifier cannot be trained so.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia.defences import defend
    >>> list(defend(LogisticRegression(), ["randomized-response", "alibi"]))
    ['randomized-response', 'alibi']
    """
    names = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in names if name not in _MAKERS]
    if unknown or not len(names):
        raise ValueError(f"names must be of {', '.join(DEFENCE_NAMES)}, one at least; got {unknown or names!r}.")
    for one in models.values() if isinstance(models, dict) else [models]:
        if "dp-sgd" in names and not hasattr(final_step(one), "fit_private"):
            raise ValueError(
                f"dp-sgd needs the gradient of each row, which {type(final_step(one)).__name__} does not have: name a "
                "neural network of sklearn_blia.neural, in the command --model neural-network."
            )
        if "alibi" in names:
            check_weights(one)
    if not isinstance(models, dict):
        return {name: _MAKERS[name](clone(models)) for name in names}
    return {f"{model}, {name}": _MAKERS[name](clone(one)) for model, one in models.items() for name in names}
