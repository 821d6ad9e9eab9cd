"""What an attacker may look at: sources of evidence, one a file, and the evidence itself."""

from ._bystander_outputs import BystanderOutputs
from ._cross_fit import CrossFit
from ._evidence import Evidence, Observation, collect, evidence_of, named_proba, observe
from ._nearest import NearestCanaries
from ._neighborhood import SCALES, Neighborhood
from ._reference import Reference
from ._shadows import Shadows
from ._smoothed_outputs import SmoothedOutputs
from ._sources import Outputs, Source, Trained, Training, fold_of, need_bystanders

__all__ = [
    "SCALES",
    "BystanderOutputs",
    "CrossFit",
    "Evidence",
    "NearestCanaries",
    "Neighborhood",
    "Observation",
    "Outputs",
    "Reference",
    "Shadows",
    "SmoothedOutputs",
    "Source",
    "Trained",
    "Training",
    "collect",
    "evidence_of",
    "fold_of",
    "named_proba",
    "need_bystanders",
    "observe",
]
