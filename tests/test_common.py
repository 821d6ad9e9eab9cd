"""scikit-learn's own checks on every public estimator, with no expected failures."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_blia import (
    CanaryFlipper,
    DeltaMarginAttack,
    RandomizedResponse,
    ThresholdAttack,
    make_label_pipeline,
)
from sklearn_blia.attacks import LabelLiRAAttack, LearnedAttack, NeighborhoodAttack, ReferenceAttack
from sklearn_blia.audit import LabelAudit
from sklearn_blia.canaries import HardRowFlipper, NearDuplicates, SharedCoinFlipper, StratifiedFlipper
from sklearn_blia.neural import PretrainedTransformerClassifier, TextVectorizer

# The checks use tables of a dozen rows, of which 2 % are no canary at all.
FLIPPER = CanaryFlipper(fraction=0.2, random_state=0)

ESTIMATORS = [
    FLIPPER,
    StratifiedFlipper(fraction=0.2, random_state=0),
    HardRowFlipper(fraction=0.2, random_state=0),
    SharedCoinFlipper(NearDuplicates(), fraction=0.5, random_state=0),
    RandomizedResponse(random_state=0),
    make_label_pipeline(LogisticRegression()),
    make_label_pipeline(CanaryFlipper(fraction=0.1, random_state=0), LogisticRegression()),
    # epsilon is so large because checks ask for accuracy on clean labels
    make_label_pipeline(
        CanaryFlipper(fraction=0.1, random_state=0),
        RandomizedResponse(epsilon=6.0, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ),
    LabelAudit(LogisticRegression(), epsilons=[float("inf")], n_repeats=1, n_canaries=2, random_state=0),
]

# An attack takes one probability a canary and has nothing to fit; the other two take texts, which no check of
# scikit-learn makes. Their tags say so, and the checks that fit a table do not apply.
WITHOUT_TABLES = [
    ThresholdAttack("median"),
    DeltaMarginAttack(),
    DeltaMarginAttack(loss="oracle"),
    ReferenceAttack(),
    LabelLiRAAttack(),
    LearnedAttack(),
    NeighborhoodAttack(),
    TextVectorizer(),
    PretrainedTransformerClassifier("any"),
]
# All that ask for no fit.
CHECKS_WITHOUT_FIT = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_mixin_order,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", WITHOUT_TABLES, ids=repr)
@pytest.mark.parametrize("check", CHECKS_WITHOUT_FIT, ids=lambda check: check.__name__)
def test_scikit_learn_checks_without_fit(estimator, check):
    check(type(estimator).__name__, estimator)
