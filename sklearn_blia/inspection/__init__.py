"""Pictures of audits; matplotlib (extra ``plot``) is imported when one is drawn."""

from ._attack_roc import AttackRocDisplay
from ._coverage import CoverageDisplay
from ._epsilon_sweep import EpsilonSweepDisplay
from ._privacy_utility import PrivacyUtilityDisplay

__all__ = ["AttackRocDisplay", "CoverageDisplay", "EpsilonSweepDisplay", "PrivacyUtilityDisplay"]
