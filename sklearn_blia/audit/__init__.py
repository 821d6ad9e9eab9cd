"""Whole audits: from X, y and classifiers to a report."""

from ._audit import audit_models, default_attacks
from ._label_audit import LabelAudit
from ._models import MODEL_NAMES, available_models, make_models, table_preprocessor
from ._preparation import default_n_canaries
from ._report import AuditReport, AuditRow
from ._results import AttackResult, Cell
from ._sweep_report import SweepReport
from ._train_shadows import train_shadows

__all__ = [
    "MODEL_NAMES",
    "AttackResult",
    "AuditReport",
    "AuditRow",
    "Cell",
    "LabelAudit",
    "SweepReport",
    "audit_models",
    "available_models",
    "default_attacks",
    "default_n_canaries",
    "make_models",
    "table_preprocessor",
    "train_shadows",
]
