"""Reports: findings and verdicts as data, as text, as pictures (which need the extra ``plot``)."""

from ._attack_roc import AttackRocDisplay
from ._cells import Cell
from ._comparison_display import ComparisonDisplay
from ._coverage import CoverageDisplay
from ._epsilon_sweep import EpsilonSweepDisplay
from ._observational import ObservationalReport, ObservationalSettings
from ._page_report import PageReport
from ._privacy_utility import PrivacyUtilityDisplay
from ._report import AuditReport, Settings
from ._text import p_value_text, versions
from ._verdicts import Verdict, make_verdict, more_in_groups

__all__ = [
    "AttackRocDisplay",
    "AuditReport",
    "Cell",
    "ComparisonDisplay",
    "CoverageDisplay",
    "EpsilonSweepDisplay",
    "ObservationalReport",
    "ObservationalSettings",
    "PageReport",
    "PrivacyUtilityDisplay",
    "Settings",
    "Verdict",
    "make_verdict",
    "more_in_groups",
    "p_value_text",
    "versions",
]
