"""What an attacker may look at: sources of evidence, one a file, and the evidence itself."""

from ._evidence import Evidence, Observation, collect, evidence_of, named_proba, observe
from ._nearest import NearestCanaries
from ._neighborhood import SCALES, Neighborhood
from ._reference import Reference
from ._shadows import Shadows
from ._sources import Outputs, Source, Trained, Training

__all__ = [
    "SCALES",
    "Evidence",
    "NearestCanaries",
    "Neighborhood",
    "Observation",
    "Outputs",
    "Reference",
    "Shadows",
    "Source",
    "Trained",
    "Training",
    "collect",
    "evidence_of",
    "named_proba",
    "observe",
]
