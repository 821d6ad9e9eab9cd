"""What the displays share: axes to draw on, and what they take out of an audit."""

import numpy as np
from sklearn.utils.validation import check_is_fitted


def find_axes(ax):
    """Return axes and their figure, new ones for None.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Where to draw.

    Returns
    -------
    ax : Axes
        Where to draw.
    figure : Figure
        The figure around them.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need matplotlib: pip install 'sklearn-blia[plot]'.") from error
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    return ax, ax.figure


def find_attacks(audit, attacks, *, only_blind):
    """Names of the attacks to draw: those asked for, else all that an audit has.

    Parameters
    ----------
    audit : LabelAudit
        Fitted.
    attacks : sequence of str or None
        Names.
    only_blind : bool
        Whether None leaves out those that read labels.

    Returns
    -------
    list of str
        Names, in the order of the audit.
    """
    if not hasattr(audit, "fit") or "epsilons" not in audit.get_params():
        raise ValueError(f"audit must be a fitted LabelAudit, got {type(audit).__name__}.")
    check_is_fitted(audit, "cells_")
    results = next(cell.attacks for cell in audit.cells_ if cell.attacks)
    if attacks is None:
        blind = [name for name, result in results.items() if not result.private.reads_labels]
        return blind if only_blind and blind else list(results)
    attacks = [attacks] if isinstance(attacks, str) else list(attacks)
    unknown = [name for name in attacks if name not in results]
    if unknown or not attacks:
        raise ValueError(f"attacks={list(attacks)!r} must name attacks of the audit, which has {list(results)}.")
    return [name for name in results if name in attacks]


def columns_of(audit, attacks, target, names):
    """Columns of an audit for some attacks and one target, in ascending order of epsilon.

    Parameters
    ----------
    audit : LabelAudit
        Fitted.
    attacks : list of str
        Names of the attacks.
    target : {"private", "released"}
        Labels.
    names : sequence of str
        Columns without target and attack, such as "success_ratio".

    Returns
    -------
    order : ndarray of int
        Of the budgets.
    found : dict of str to dict of str to ndarray
        By attack and name.
    """
    if target not in ("private", "released"):
        raise ValueError(f"target must be 'private' or 'released', got {target!r}.")
    order = np.argsort(audit.results_["param_epsilon"])
    return order, {
        attack: {name: audit.results_[f"{target}_{name}_{attack}"][order] for name in names} for attack in attacks
    }


def epsilon_text(epsilon):
    """The infinite budget has a sign of its own."""
    return "∞" if np.isinf(epsilon) else f"{epsilon:g}"
