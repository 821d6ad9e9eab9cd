"""Pictures of audits; matplotlib (extra ``plot``) is imported when one is drawn."""

from ._epsilon_sweep import EpsilonSweepDisplay
from ._privacy_utility import PrivacyUtilityDisplay

__all__ = ["EpsilonSweepDisplay", "PrivacyUtilityDisplay"]
