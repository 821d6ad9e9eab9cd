"""Did this classifier memorize the labels it was trained on, does its label privacy hold, and how sure are we?"""

from ._version import __version__
from .attacks import (
    DeltaMarginAttack,
    LabelLiRAAttack,
    LearnedAttack,
    NeighborCoinsAttack,
    NeighborhoodAttack,
    ReferenceAttack,
    ResidualAttack,
    ThresholdAttack,
    blia_memorization_score,
    neg_blia_memorization_score,
)
from .audit import AuditPlan, LabelAudit, ObservationalAudit, plant_canaries
from .canaries import CanaryFlipper
from .labels import LabelPipeline, PrivacyClaim, RandomizedResponse, RRWithPrior, forget, make_label_pipeline
from .metrics import check_claim, check_mechanism, epsilon_from_keep_probability, memorization_test, success_ratio

__all__ = [
    "AuditPlan",
    "CanaryFlipper",
    "DeltaMarginAttack",
    "LabelAudit",
    "LabelLiRAAttack",
    "LabelPipeline",
    "LearnedAttack",
    "NeighborCoinsAttack",
    "NeighborhoodAttack",
    "ObservationalAudit",
    "PrivacyClaim",
    "RRWithPrior",
    "RandomizedResponse",
    "ReferenceAttack",
    "ResidualAttack",
    "ThresholdAttack",
    "__version__",
    "blia_memorization_score",
    "check_claim",
    "check_mechanism",
    "epsilon_from_keep_probability",
    "forget",
    "make_label_pipeline",
    "memorization_test",
    "neg_blia_memorization_score",
    "plant_canaries",
    "success_ratio",
]
