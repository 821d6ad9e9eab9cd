"""Decision values that displays are drawn from."""

import numpy as np

from ._axes import check_audit, find_attacks, find_model


def read_scores(audit, model, epsilon, attacks, target):
    """Take decision values and coins out of an audit.

    Parameters
    ----------
    audit : LabelAudit
        Fitted.
    model : str or None
        Name of the model; None takes the only one.
    epsilon : float or None
        Budget; None takes the largest.
    attacks : str or sequence of str or None
        Names; None takes all that read no label.
    target : {"private", "released"} or None
        Labels; None takes the audit's.

    Returns
    -------
    target : str
        Not None.
    epsilon : float
        Not None.
    cap : float or None
        Of attacks on private labels at the budget.
    scores : dict of str to tuple of (ndarray, ndarray)
        By attack: coins and decision values.
    """
    target = check_audit(audit, target)
    model = find_model(audit, model)
    epsilon = float(max(cell.epsilon for cell in audit.report_.cells)) if epsilon is None else epsilon
    names = find_attacks(audit, attacks, only_blind=True)
    scores = {name: audit.canary_scores(name, model=model, epsilon=epsilon, target=target) for name in names}
    cap = next((cell.cap for cell in audit.report_.cells if (cell.model, cell.epsilon) == (model, epsilon)), None)
    return target, epsilon, cap, scores


def check_scores(coins, scores):
    """Coins and decision values as arrays; ValueError if they do not fit."""
    coins, scores = np.asarray(coins), np.asarray(scores, dtype=float)
    if (
        not coins.size
        or coins.ndim != 1
        or coins.shape != scores.shape
        or not np.isin(coins, (0, 1)).all()
        or not np.isfinite(scores).all()
    ):
        raise ValueError(
            "coins must hold 0 and 1 (or False and True), one at least, and scores a finite number for each, "
            f"got shapes {coins.shape} and {scores.shape}."
        )
    return coins.astype(bool), scores
