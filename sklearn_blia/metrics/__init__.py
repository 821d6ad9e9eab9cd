"""Pure functions on counts, probabilities and labels: the statistics, and nothing else of the package."""

from ._budgets import check_epsilons
from ._calibration import CalibrationBin, calibration_bins
from ._caps import cap_p_value
from ._check_mechanism import MechanismCheck, check_mechanism
from ._checks import check_random
from ._claim import ClaimCheck, check_claim
from ._coverage import CoverageAverage, coverage_average
from ._epsilon import epsilon_lower_bound, epsilon_p_value
from ._gaussian_dp import mu_of_epsilon
from ._groups import GroupFinding, GroupFindings, find_in_groups
from ._judge import Finding, Findings, attack_test, judge
from ._max_t import MaxTTest, max_t_test
from ._mechanism import epsilon_from_keep_probability, flip_probability, keep_probability
from ._memorization_test import TARGETS, MemorizationTest, guess_counts, memorization_test
from ._methods import Bonferroni, BoundMethod, EpsilonBound, NeymanPearson, Prefixes, Split
from ._observational import (
    GammaEstimate,
    ObservationalBound,
    estimate_gamma,
    membership_test,
    observational_bound,
    observational_p_value,
)
from ._planning import attack_cap, detectable_success_ratio, epsilon_ceiling, required_canaries
from ._played import Played
from ._pool import pool
from ._privacy_claim import PrivacyClaim
from ._ranking import epsilon_from_ranking
from ._repeats import BetweenRepeats, between_repeats
from ._success import memorization_score, success_ratio

__all__ = [
    "TARGETS",
    "BetweenRepeats",
    "Bonferroni",
    "BoundMethod",
    "CalibrationBin",
    "ClaimCheck",
    "CoverageAverage",
    "EpsilonBound",
    "Finding",
    "Findings",
    "GammaEstimate",
    "GroupFinding",
    "GroupFindings",
    "MaxTTest",
    "MechanismCheck",
    "MemorizationTest",
    "NeymanPearson",
    "ObservationalBound",
    "Played",
    "Prefixes",
    "PrivacyClaim",
    "Split",
    "attack_cap",
    "attack_test",
    "between_repeats",
    "calibration_bins",
    "cap_p_value",
    "check_claim",
    "check_epsilons",
    "check_mechanism",
    "check_random",
    "coverage_average",
    "detectable_success_ratio",
    "epsilon_ceiling",
    "epsilon_from_keep_probability",
    "epsilon_from_ranking",
    "epsilon_lower_bound",
    "epsilon_p_value",
    "estimate_gamma",
    "find_in_groups",
    "flip_probability",
    "guess_counts",
    "judge",
    "keep_probability",
    "max_t_test",
    "membership_test",
    "memorization_score",
    "memorization_test",
    "mu_of_epsilon",
    "observational_bound",
    "observational_p_value",
    "pool",
    "required_canaries",
    "success_ratio",
]
