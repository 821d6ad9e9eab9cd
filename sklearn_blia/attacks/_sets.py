"""Sets of attacks by name, and what a user may pass for attacks."""

from collections.abc import Iterable, Mapping

from sklearn.base import clone

from ..evidence import Source
from ._base import BaseAttack
from ._delta_margin import DeltaMarginAttack
from ._label_lira import LabelLiRAAttack
from ._neighborhood import NeighborhoodAttack
from ._reference import ReferenceAttack
from ._residual import ResidualAttack
from ._threshold import ThresholdAttack

SETS = ("quick", "residual", "strong")


def named_attacks(attacks="quick"):
    """Return attacks by the names that they have in reports.

    Parameters
    ----------
    attacks : {"quick", "residual", "strong"}, attack, list of attack, or dict of str to attack, default="quick"
        "quick" are the paper's attacks, which need the model's outputs alone. "residual" adds one that learns from the
        other rows, for the price of one training. "strong" adds to "quick" those that look around each canary, compare
        with a reference and with 16 shadow models: 17 further trainings for each model under attack. Attacks in a list
        are named by what they are.

    Returns
    -------
    dict of str to attack
        Clones.

    Raises
    ------
    ValueError
        If there is no attack, a parameter of one is out of range, or what is given is none.

    Examples
    --------
    >>> from sklearn_blia.attacks import LabelLiRAAttack, named_attacks
    >>> list(named_attacks([LabelLiRAAttack(4), LabelLiRAAttack(8)]))
    ['LabelLiRAAttack(n_shadows=4)', 'LabelLiRAAttack(n_shadows=8)']
    """
    if isinstance(attacks, str):
        if attacks not in SETS:
            raise ValueError(f"attacks must be one of {SETS}, an attack, a list or a dict of them; got {attacks!r}.")
        found = _QUICK | _MORE[attacks]
    elif isinstance(attacks, BaseAttack):
        found = {repr(attacks): attacks}
    elif isinstance(attacks, Mapping):
        found = dict(attacks)
    elif isinstance(attacks, Iterable):
        found = _by_repr(list(attacks))
    else:
        found = {}
    bad = [name for name, attack in found.items() if not (isinstance(name, str) and isinstance(attack, BaseAttack))]
    if not found or bad:
        raise ValueError(
            f"attacks must be one of {SETS}, an attack, a list of attacks or a dict of attacks by name, one at least; "
            f"{bad or attacks!r} is not."
        )
    for attack in found.values():
        attack._check_parameters()
        wrong = [source for source in attack.requires if not isinstance(source, Source) or isinstance(source, type)]
        if wrong:
            raise ValueError(
                f"requires of {attack!r} holds {wrong[0]!r}, which is no source of evidence: it needs trainings() and "
                "collect()."
            )
    return {name: clone(attack) for name, attack in found.items()}


def _by_repr(attacks):
    names = [" ".join(repr(attack).split()) for attack in attacks]
    if len(set(names)) < len(names):
        raise ValueError(f"attacks holds the same attack twice: {names}.")
    return dict(zip(names, attacks, strict=True))


_QUICK = {
    "threshold (fixed)": ThresholdAttack("fixed"),
    "threshold (mean)": ThresholdAttack("mean"),
    "threshold (median)": ThresholdAttack("median"),
    "delta-margin": DeltaMarginAttack(),
    "delta-margin (oracle)": DeltaMarginAttack(loss="oracle"),
}
_MORE = {
    "quick": {},
    "residual": {"residual": ResidualAttack()},
    "strong": {
        "neighborhood": NeighborhoodAttack(),
        "reference": ReferenceAttack(),
        "label-LiRA": LabelLiRAAttack(),
    },
}
