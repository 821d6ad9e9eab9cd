"""What the displays share: axes to draw on, and what they take out of an audit."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..metrics import TARGETS
from ._text import fitted


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


def read_audit(audit, model, attacks, target, *, only_blind):
    """Take out of an audit what is drawn of its attacks, in ascending order of epsilon.

    Parameters
    ----------
    audit : LabelAudit
        Fitted.
    model : str or None
        Name of the model; None takes the only one.
    attacks : sequence of str or None
        Names; None takes all.
    target : {"private", "released"} or None
        Labels; None takes the audit's.
    only_blind : bool
        Whether None leaves out attacks that read labels, where there are others.

    Returns
    -------
    target : str
        Not None.
    order : ndarray of int
        Entries of `results_` that are of the model, in ascending order of epsilon.
    found : dict of str to dict of str to ndarray
        By attack: "success_ratio", "low" and "high" ends of its interval, "chance".
    """
    target = check_audit(audit, target)
    model = find_model(audit, model)
    entries = np.flatnonzero(audit.results_["param_model"] == model)
    order = entries[np.argsort(audit.results_["param_epsilon"][entries])]
    columns = ("success_ratio", "low", "high", "chance")
    return (
        target,
        order,
        {
            attack: {name: audit.results_[f"{target}_{name}_{attack}"][order] for name in columns}
            for attack in find_attacks(audit, attacks, only_blind)
        },
    )


def check_audit(audit, target):
    """Return the target that is meant; ValueError unless the audit is one, and fitted, and there is such a target."""
    if not hasattr(audit, "fit") or "epsilons" not in audit.get_params():
        raise ValueError(f"audit must be a fitted LabelAudit, got {type(audit).__name__}.")
    check_is_fitted(audit, "report_")
    target = audit.report_.settings.target if target is None else target
    if target not in TARGETS:
        raise ValueError(f"target must be 'private' or 'released', got {target!r}.")
    return target


def find_model(audit, model):
    """Return the name of a model of an audit; None takes the only one, and is an error where there are several."""
    names = list(audit.report_.settings.models)
    if model is None and len(names) == 1:
        return names[0]
    if model not in names:
        raise ValueError(f"model={model!r} must name a model of the audit, which has {names}.")
    return model


def add_legend(ax):
    """Put the legend below the axes, where it covers no point, in as many columns as its names leave room for."""
    from matplotlib.transforms import ScaledTranslation

    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    longest = max(map(len, labels))
    below = ScaledTranslation(0, -3.3 / 6, ax.figure.dpi_scale_trans)  # ticks and name of the axis, in inches
    ax.legend(
        handles,
        [fitted(label, 60) for label in labels],
        fontsize="small",
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=ax.transAxes + below,
        ncols=1 if longest > 40 else 2 if longest > 18 else 3,
        frameon=False,
    )


def marker(number):
    """Marker and colour of one of several, so that they are told apart without colours too."""
    return {"marker": "osD^vPX*<>"[number % 10], "color": f"C{number % 10}"}


def show_percent(*axes):
    """Write shares on axes as percentages, on logarithmic ones too."""
    from matplotlib.ticker import FuncFormatter

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))


def find_attacks(audit, attacks, only_blind):
    """Names of attacks of an audit, in its order.

    Parameters
    ----------
    audit : LabelAudit
        Fitted.
    attacks : str or sequence of str or None
        Names; None takes all.
    only_blind : bool
        Whether None leaves out attacks that read labels, where there are others.

    Returns
    -------
    list of str
        One at least.
    """
    results = next(cell.attacks for cell in audit.report_.cells if cell.attacks)
    if attacks is None:
        blind = [name for name, result in results.items() if not result.private.reads_labels]
        return blind if only_blind and blind else list(results)
    attacks = [attacks] if isinstance(attacks, str) else list(attacks)
    unknown = [name for name in attacks if name not in results]
    if unknown or not attacks:
        raise ValueError(f"attacks={list(attacks)!r} must name attacks of the audit, which has {list(results)}.")
    return [name for name in results if name in attacks]


def epsilon_text(epsilon):
    """The infinite budget has a sign of its own."""
    return "∞" if np.isinf(epsilon) else f"{epsilon:g}"
