"""Attacks: from evidence to inferred labels, one a file, and scorers made of them."""

from ._adaptive import AdaptiveAttack, Game
from ._base import BaseAttack
from ._delta_margin import DeltaMarginAttack
from ._label_lira import LabelLiRAAttack
from ._learned import LearnedAttack
from ._neighbor_coins import NeighborCoinsAttack
from ._neighborhood import NeighborhoodAttack
from ._reference import ReferenceAttack
from ._residual import ResidualAttack
from ._scores import blia_memorization_score, neg_blia_memorization_score
from ._sets import SETS, named_attacks
from ._threshold import ThresholdAttack

__all__ = [
    "SETS",
    "AdaptiveAttack",
    "BaseAttack",
    "DeltaMarginAttack",
    "Game",
    "LabelLiRAAttack",
    "LearnedAttack",
    "NeighborCoinsAttack",
    "NeighborhoodAttack",
    "ReferenceAttack",
    "ResidualAttack",
    "ThresholdAttack",
    "blia_memorization_score",
    "named_attacks",
    "neg_blia_memorization_score",
]
