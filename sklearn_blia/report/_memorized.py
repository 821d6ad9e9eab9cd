"""Which rows were memorized most: the one secret that a page may show, when asked."""

import numpy as np

_SHOWN = ("model", "epsilon", "attack", "id", "row", "natural_label", "private_label", "inferred_label")


def most_memorized(frame, most=50):
    """Return the canaries that were memorized most, of each model at each budget by one attack.

    An attack that compares with other models tells how far the training label moved the model. Of others the canaries
    are taken whose coin went against the natural label and was inferred, the surest first: nothing but the training
    told the model that label. Shown is the attack that has most of these.

    Parameters
    ----------
    frame : DataFrame
        Of `LabelAudit.to_canary_frame`, or `AuditPlan.to_canary_frame`.
    most : int, default=50
        Rows to return, shared by the models.

    Returns
    -------
    dict
        ``header`` and ``rows`` of texts, each row of the data once for each model and budget.
    """
    names = [name for name in _SHOWN if name in frame]
    trainings = [part for _, part in frame.groupby(["model", "epsilon"], sort=False)]
    rows: list = []
    for training in trainings:
        attacks = [_ranked(part) for _, part in training.groupby("attack", sort=False)]
        best = max(attacks, key=lambda found: (found["told"].any(), len(found)))
        again = best.duplicated(subset=["row"]) & (best["row"] >= 0)  # rows that a planter added have no name
        best = best[~again].head(max(5, most // len(trainings)))
        rows += best[names].astype(str).to_numpy().tolist()
    header = [{"row": "row (from 0)"}.get(name, name.replace("_", " ")) for name in names]
    return {"header": header, "rows": rows}


def _ranked(frame):
    """Canaries by one attack, those that were memorized most first."""
    told = frame["memorization"].to_numpy(dtype=float)
    compares = bool(np.isfinite(told).any())
    if compares:
        value, kept = told, np.isfinite(told) & (told > 0)
    else:
        value = np.abs(frame["score"].to_numpy(dtype=float))
        flipped = (frame["private_label"] != frame["natural_label"]).to_numpy(dtype=bool)
        kept = flipped & frame["correct"].to_numpy(dtype=bool)
    return frame.assign(value=value, told=compares)[kept].sort_values("value", ascending=False, kind="stable")
