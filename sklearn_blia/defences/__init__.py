"""Classifiers that spend an epsilon of label differential privacy while they train."""

from ._alibi import ALIBIClassifier
from ._base import BaseDefence
from ._dp_sgd import DPSGDClassifier
from ._multi_stage import MultiStageClassifier
from ._pate import PATEClassifier
from ._ready import DEFENCE_NAMES, defend
from ._replace_one import epsilon_of_dp_sgd, noise_multiplier_for
from ._soft_labels import fit_soft

__all__ = [
    "DEFENCE_NAMES",
    "ALIBIClassifier",
    "BaseDefence",
    "DPSGDClassifier",
    "MultiStageClassifier",
    "PATEClassifier",
    "defend",
    "epsilon_of_dp_sgd",
    "fit_soft",
    "noise_multiplier_for",
]
