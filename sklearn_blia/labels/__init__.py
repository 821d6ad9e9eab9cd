"""Mechanisms that change labels and promise an epsilon, and the pipeline that puts them in front of a classifier."""

from ..metrics import PrivacyClaim, epsilon_from_keep_probability
from ._forget import forget
from ._mechanism import BaseMechanism
from ._pipeline import LabelPipeline, make_label_pipeline
from ._randomized_response import RandomizedResponse
from ._releases import count_release, uncounted_releases
from ._rr_with_prior import RRWithPrior, caps_of_possible, success_cap_of_top_k

__all__ = [
    "BaseMechanism",
    "LabelPipeline",
    "PrivacyClaim",
    "RRWithPrior",
    "RandomizedResponse",
    "caps_of_possible",
    "count_release",
    "epsilon_from_keep_probability",
    "forget",
    "make_label_pipeline",
    "success_cap_of_top_k",
    "uncounted_releases",
]
