"""Which rows were memorized most: the one secret that a page may show, when asked."""

import numpy as np

_SHOWN = ("model", "epsilon", "attack", "row", "natural_label", "private_label", "inferred_label")


def most_memorized(frame, most=50):
    """Return the canaries that were memorized most.

    An attack that compares with other models tells how far the training label moved the model. Of others the canaries
    are taken whose coin went against the natural label and was inferred, the surest first: nothing but the training
    told the model that label.

    Parameters
    ----------
    frame : DataFrame
        Of `LabelAudit.to_canary_frame`, or `AuditPlan.to_canary_frame`.
    most : int, default=50
        Rows to return.

    Returns
    -------
    dict
        ``header`` and ``rows`` of texts, each row of the data once.
    """
    told = frame["memorization"].to_numpy(dtype=float)
    flipped = (frame["private_label"] != frame["natural_label"]).to_numpy(dtype=bool)
    sure = np.abs(frame["score"].to_numpy(dtype=float))
    if np.isfinite(told).any():
        value, kept = told, np.isfinite(told) & (told > 0)
    else:
        value, kept = sure, flipped & frame["correct"].to_numpy(dtype=bool)
    names = [name for name in (*_SHOWN[:3], "id", *_SHOWN[3:]) if name in frame]
    frame = frame.assign(value=value)[kept].sort_values("value", ascending=False, kind="stable")
    frame = frame.drop_duplicates(subset=[name for name in ("model", "epsilon", "row") if name in frame]).head(most)
    return {"header": [name.replace("_", " ") for name in names], "rows": frame[names].astype(str).to_numpy().tolist()}
