"""The secret of a plan in a file."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..attacks import named_attacks
from ..canaries import CANARY_ARRAYS, Canaries
from ..evidence import Training
from ..files import pack_texts, unpack_texts, whole_file
from ..metrics import PrivacyClaim
from ._export import INSTRUCTIONS
from ._label_columns import column_names
from ._plan_attacks import attacks_for
from ._plan_settings import PlanSettings

# Who knows no units must not take rows for coins: with units it is another format.
_FORMAT, _FORMAT_OF_UNITS = "sklearn-blia plan 1", "sklearn-blia plan 2"


def save_plan(plan, path):
    """Write a plan, without rows and attacks, to a file that only its owner can read.

    Parameters
    ----------
    plan : AuditPlan
        The plan.
    path : str or path-like
        The file.

    Raises
    ------
    ValueError
        If its folder is one that was exported, or there is none.
    """
    path = check_secret(path)
    head = {
        "format": _FORMAT if plan.canaries.units is None else _FORMAT_OF_UNITS,
        "settings": asdict(plan.settings),
        "claim": None if plan.claim is None else asdict(plan.claim),
        "fair": plan.fair,
        "trainings": [None if one is None else asdict(one) for one in plan.trainings.values()],
    }
    arrays = {name: _plain(array) for name, array in plan.canaries.arrays.items()}
    arrays |= {"classes": _plain(plan.classes), "asked": plan.asked, "columns": np.stack([*plan.columns.values()])}
    arrays |= {name: getattr(plan, name) for name in ("caps", "groups") if getattr(plan, name) is not None}
    if plan.user_ids is not None:
        arrays |= pack_texts(plan.user_ids)
    with whole_file(path, private=True) as file:
        np.savez_compressed(file, allow_pickle=False, head=np.array(json.dumps(head)), **arrays)


def check_secret(path, folder=None):
    """Return the path of a secret; ValueError if it cannot be written, or would leave the house with the tables.

    Parameters
    ----------
    path : str or path-like
        The file.
    folder : path-like, default=None
        A folder that will be exported.

    Returns
    -------
    Path
        The same.
    """
    path = Path(path).expanduser()
    parents = path.resolve().parents
    inside = folder is not None and Path(folder).expanduser().resolve() in (path.resolve(), *parents)
    if inside or any((parent / INSTRUCTIONS).exists() for parent in parents):
        raise ValueError(f"secret: {str(path)!r} lies in the folder that goes to whoever trains: name another place.")
    if path.exists() and not path.is_dir():
        raise ValueError(
            f"secret: {str(path)!r} is there already, and may be the secret of another plan: name another."
        )
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ValueError(f"secret: cannot write {str(path)!r}: it is a folder, or its folder does not exist.")
    return path


def load_plan(path, attacks):
    """Read a plan.

    Parameters
    ----------
    path : str or path-like
        The file.
    attacks : str, attack, list, dict or None
        What is run; None takes those for which there are trainings.

    Returns
    -------
    dict
        Parts of an AuditPlan, without rows.
    """
    chosen = None if attacks is None else named_attacks(attacks)
    path = Path(path).expanduser()
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        head = json.loads(str(arrays["head"]))
        if head["format"] not in (_FORMAT, _FORMAT_OF_UNITS):
            raise ValueError(f"format {head['format']!r}")
        settings = PlanSettings(**head["settings"])
        trainings = [None if one is None else Training(**one) for one in head["trainings"]]
        names = column_names(settings.target, trainings[1:])
        return {
            "settings": settings,
            "canaries": Canaries(**{name: arrays[name] for name in CANARY_ARRAYS if name in arrays}),
            "classes": arrays["classes"],
            "asked": arrays["asked"],
            "user_ids": np.array(unpack_texts(arrays), dtype=object) if "ends" in arrays else None,
            "columns": {names[one]: codes for one, codes in zip(trainings, arrays["columns"], strict=True)},
            "trainings": {names[one]: one for one in trainings},
            "claim": None if head["claim"] is None else PrivacyClaim(**head["claim"]),
            "caps": arrays.get("caps"),
            "fair": head["fair"],
            "attacks": attacks_for(trainings[1:]) if chosen is None else chosen,
            "groups": arrays.get("groups"),
        }
    except FileNotFoundError:
        raise ValueError(f"There is no file {str(path)!r}.") from None
    except Exception as error:  # a cut or foreign file fails in as many ways as zip files do
        raise ValueError(f"{str(path)!r} is no secret of a plan, or a damaged one ({type(error).__name__}).") from error


def _plain(labels):
    """Labels in an array without Python objects."""
    return np.array(labels.tolist()) if labels.dtype == object else labels
