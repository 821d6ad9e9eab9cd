"""Whole audits: from X, y and classifiers to a report."""

from ._label_audit import LabelAudit
from ._models import MODEL_NAMES, available_models, make_models, table_preprocessor
from ._train_shadows import train_shadows
from ._trials import Key

__all__ = [
    "MODEL_NAMES",
    "Key",
    "LabelAudit",
    "available_models",
    "make_models",
    "table_preprocessor",
    "train_shadows",
]
