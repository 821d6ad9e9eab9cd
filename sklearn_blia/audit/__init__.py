"""Whole audits: from X, y and classifiers to a report."""

from ._audit_plan import AuditPlan
from ._boosters import EncodedLabelsClassifier
from ._label_audit import LabelAudit
from ._models import MODEL_NAMES, available_models, make_models, table_preprocessor
from ._observational import ObservationalAudit
from ._observe_answers import observe_answers
from ._plan_attacks import shadow_attacks
from ._plan_settings import PlanData, PlanSettings
from ._plant_canaries import plant_canaries
from ._plant_table import plant_table
from ._train_shadows import train_shadows
from ._trials import Key

__all__ = [
    "MODEL_NAMES",
    "AuditPlan",
    "EncodedLabelsClassifier",
    "Key",
    "LabelAudit",
    "ObservationalAudit",
    "PlanData",
    "PlanSettings",
    "available_models",
    "make_models",
    "observe_answers",
    "plant_canaries",
    "plant_table",
    "shadow_attacks",
    "table_preprocessor",
    "train_shadows",
]
