"""An audit without canaries of a model elsewhere: answers are put to rows by id."""

from itertools import pairwise

import numpy as np

from ..canaries import plain_labels
from ._answers import Asked, read_answers
from ._observational import ObservationalAudit


def observe_answers(answers, X, y, X_holdout=None, y_holdout=None, *, id_column, proxy_answers=None, audit=None):
    """Audit a model that is trained already, from what it answered.

    Parameters
    ----------
    answers : path, DataFrame, or list of these
        What the model says of all rows: ids in a column of that name, and a column of probabilities for each class, by
        name; or a column ``prediction``. In any order; answers for other rows are passed over.
    X : DataFrame of n_rows rows
        Rows that it was trained on.
    y : array-like of shape (n_rows,)
        Their natural labels.
    X_holdout : DataFrame of n_holdout rows, default=None
        Rows that it was not trained on.
    y_holdout : array-like of shape (n_holdout,), default=None
        Their natural labels.
    id_column : str
        Column of both frames, and of the answers, that names the rows, no two alike; it is no feature.
    proxy_answers : path, DataFrame, or list of these, default=None
        What a proxy says that never saw the labels; None lets `audit` fit one.
    audit : ObservationalAudit, default=None
        How to audit; None takes the defaults.

    Returns
    -------
    ObservationalReport
        The report.

    Raises
    ------
    ValueError
        If ids are missing or there twice, or answers are missing, repeated or no probabilities.
    """
    frames = [X] if X_holdout is None else [X, X_holdout]
    labels = [plain_labels(one) for one in ([y] if y_holdout is None else [y, y_holdout])]
    ids = _ids(frames, id_column)
    classes = np.unique(np.concatenate(labels))
    unseen = np.setdiff1d(labels[-1], labels[0])
    if len(unseen):
        raise ValueError(
            f"y_holdout holds {unseen.tolist()[0]!r}, which no training row has: write labels alike in both tables."
        )
    asked = Asked(ids, classes, id_column, np.arange(len(ids)), has_own_ids=True, tolerates_others=True)
    ends = np.cumsum([len(one) for one in frames])[:-1]

    def said(by):
        return np.split(read_answers(asked, by)[asked.columns[0]].proba, ends)

    proba = said(answers)
    proxy = [None] * len(frames) if proxy_answers is None else said(proxy_answers)
    features = [frame[[name for name in frame.columns if name != id_column]] for frame in frames]
    if not len(features[0].columns):
        features = [None] * len(frames)  # a proxy from elsewhere needs none
    rows = [item for pair in zip(features, labels, strict=True) for item in pair]
    held_out = {"proba_holdout": proba[1], "proxy_proba_holdout": proxy[1]} if len(frames) > 1 else {}
    audit = ObservationalAudit() if audit is None else audit
    return audit.fit(proba[0], *rows, proxy_proba=proxy[0], **held_out).report_


def _ids(frames, id_column):
    """Ids of all rows as texts, no two alike."""
    if not all(hasattr(frame, "columns") for frame in frames):
        raise ValueError("X and X_holdout must be frames with a column of ids.")
    wanting = [name for name, frame in zip(("X", "X_holdout"), frames, strict=False) if id_column not in frame.columns]
    if wanting:
        raise ValueError(f"id_column: {wanting[0]} has no column {id_column!r}.")
    ids = np.array(
        [str(one).strip() for frame in frames for one in np.asarray(frame[id_column]).tolist()], dtype=object
    )
    if not ids.all():
        raise ValueError(f"id_column: a row has no id in {id_column!r}: give each one.")
    in_order = sorted(ids)
    twice = next((a for a, b in pairwise(in_order) if a == b), None)
    if twice is not None:
        raise ValueError(
            f"id_column: {id_column!r} holds {twice!r} twice: held-out rows must not be training rows, and no two rows "
            "may have one id."
        )
    return ids
