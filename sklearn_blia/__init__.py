"""Did this classifier memorize the labels it was trained on, does its label privacy hold, and how sure are we?"""

from ._version import __version__
from .attacks import (
    DeltaMarginAttack,
    ThresholdAttack,
    blia_memorization_score,
    neg_blia_memorization_score,
)
from .labels import CanaryFlipper, RandomizedResponse, forget
from .metrics import epsilon_from_keep_probability, memorization_test, success_ratio
from .pipeline import LabelPipeline, make_label_pipeline

__all__ = [
    "CanaryFlipper",
    "DeltaMarginAttack",
    "LabelPipeline",
    "RandomizedResponse",
    "ThresholdAttack",
    "__version__",
    "blia_memorization_score",
    "epsilon_from_keep_probability",
    "forget",
    "make_label_pipeline",
    "memorization_test",
    "neg_blia_memorization_score",
    "success_ratio",
]
