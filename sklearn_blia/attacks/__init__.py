"""Attacks: from a model's outputs to inferred labels, and scorers made of them."""

from ._base import BaseAttack
from ._delta_margin import DeltaMarginAttack
from ._label_lira import LabelLiRAAttack
from ._learned import LearnedAttack
from ._neighborhood import NeighborhoodAttack
from ._neighbors import Neighborhood
from ._outputs import CanaryOutputs, canary_outputs
from ._reference import ReferenceAttack
from ._scored import ScoredCanaries
from ._scores import blia_memorization_score, neg_blia_memorization_score
from ._side_information import Shadows, SideInformation
from ._threshold import ThresholdAttack

__all__ = [
    "BaseAttack",
    "CanaryOutputs",
    "DeltaMarginAttack",
    "LabelLiRAAttack",
    "LearnedAttack",
    "Neighborhood",
    "NeighborhoodAttack",
    "ReferenceAttack",
    "ScoredCanaries",
    "Shadows",
    "SideInformation",
    "ThresholdAttack",
    "blia_memorization_score",
    "canary_outputs",
    "neg_blia_memorization_score",
]
