"""Fits that go with a target: which of them the attacks need, and what becomes of their outputs."""

from dataclasses import replace

import numpy as np

from ..attacks import Shadows, SideInformation
from ..attacks._candidates import candidate_codes
from ._members import Failure

_ROLE_OF = {"reference": "reference", "shadows": "shadow", "matched_shadows": "matched_shadow"}


def companions_for(attacks):
    """Count the fits that the attacks compare each target with.

    Parameters
    ----------
    attacks : dict of str to attack
        The attacks.

    Returns
    -------
    dict of str to int
        Numbers by role; attacks that need the same fits share them.
    """
    counts: dict = {}
    for attack in attacks.values():
        if attack.needs in _ROLE_OF:
            role = _ROLE_OF[attack.needs]
            counts[role] = max(counts.get(role, 0), getattr(attack, "n_shadows", 1))
    return counts


def with_side(fits, target, companions):
    """Return a target's fit with the outputs of its companions beside its own.

    Parameters
    ----------
    fits : dict of Member to Fit or Failure
        All fits.
    target : Member
        Which target.
    companions : list of Member
        Its companions.

    Returns
    -------
    Fit or Failure
        A Failure if the target failed, or its reference, or so many of its shadows that fewer than two are left.
    """
    fit = fits[target]
    if isinstance(fit, Failure) or not companions:
        return fit
    parts = {}
    for need, role in _ROLE_OF.items():
        wanted = [fits[member] for member in companions if member.role == role]
        good = [companion.outputs for companion in wanted if not isinstance(companion, Failure)]
        if len(good) < min(len(wanted), 1 if role == "reference" else 2):
            error = next(companion.error for companion in wanted if isinstance(companion, Failure))
            return Failure(f"of a {role.replace('_', ' ')} model: {error}")
        if good:
            parts[need] = good[0].second_proba if role == "reference" else _shadows(good)
    side = fit.outputs.side or SideInformation()
    return replace(fit, outputs=replace(fit.outputs, side=replace(side, **parts)))


def _shadows(outputs):
    return Shadows(
        np.stack([output.second_proba for output in outputs]),
        np.stack([candidate_codes(output.released, output.pairs) for output in outputs]),
    )
