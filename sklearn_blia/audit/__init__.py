"""Whole audits: from X, y and classifiers to a report."""

from ._audit import audit_models, default_attacks, default_n_canaries
from ._models import MODEL_NAMES, available_models, make_models, table_preprocessor
from ._report import AuditReport, AuditRow

__all__ = [
    "MODEL_NAMES",
    "AuditReport",
    "AuditRow",
    "audit_models",
    "available_models",
    "default_attacks",
    "default_n_canaries",
    "make_models",
    "table_preprocessor",
]
