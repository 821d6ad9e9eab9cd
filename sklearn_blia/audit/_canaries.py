"""Single canaries of an audit: where they stand in the data, and what attacks say of them."""

from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from ..attacks._candidates import candidate_codes


def in_labels(outputs, classes, train_rows, y_train):
    """Turn what is kept of a fit into the data's own terms.

    Parameters
    ----------
    outputs : CanaryOutputs
        With labels as positions in the classes, and rows of the training part.
    classes : ndarray
        All classes.
    train_rows : ndarray of int
        Rows of X that the training part is.
    y_train : array-like
        Natural labels of the training part.

    Returns
    -------
    CanaryOutputs
        With the data's labels, natural ones among them, and rows of X.
    """
    return replace(
        outputs,
        pairs=classes[outputs.pairs],
        private=classes[outputs.private],
        released=classes[outputs.released],
        indices=train_rows[outputs.indices],
        natural=np.asarray(_safe_indexing(y_train, outputs.indices)),
    )


def canary_columns(key, name, attack, outputs):
    """Say what an attack makes of each canary of one fit.

    Parameters
    ----------
    key : tuple of (float, int)
        Budget and repeat.
    name : str
        Of the attack.
    attack : attack
        One that reads no label.
    outputs : CanaryOutputs
        In the data's terms.

    Returns
    -------
    dict of str to ndarray or scalar
        Columns of `LabelAudit.to_canary_frame`.
    """
    # Without a comparison a score is how sure the model is of the row, whatever it was trained on.
    compares = attack.needs is not None
    score = clone(attack).set_params(target="private").score_canaries(outputs).own
    released = candidate_codes(outputs.released, outputs.pairs)
    inferred = np.where(score >= 0, outputs.pairs[:, 1], outputs.pairs[:, 0])
    return {
        "epsilon": key[0],
        "repeat": key[1],
        "attack": name,
        "row": outputs.indices,
        "natural_label": outputs.natural,
        "private_label": outputs.private,
        "released_label": outputs.released,
        "inferred_label": inferred,
        "first_candidate": outputs.pairs[:, 0],
        "second_candidate": outputs.pairs[:, 1],
        "score": score,
        "correct": inferred == outputs.private,
        "memorization": np.select([compares & (released == 1), compares & (released == 0)], [score, -score], np.nan),
    }
