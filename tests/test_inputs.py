"""Every argument against seventeen values of the wrong kind: a right result, or one error that names the argument.

2,100 inputs: of functions on counts and labels, of samplers, attacks, audits and plans. What is listed as right is
right: a value that the argument may have.
"""

import warnings

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

import sklearn_blia
import sklearn_blia.attacks
import sklearn_blia.exceptions
from sklearn_blia import metrics

COINS = np.arange(40) % 2
X, Y = np.arange(200.0)[:, None], np.arange(200) % 2

WRONG = {
    "True": True,
    "a text": "x",
    "None": None,
    "nan": float("nan"),
    "inf": float("inf"),
    "-1": -1,
    "1.5": 1.5,
    "complex": 1j,
    "list": [1, 2],
    "masked": np.ma.masked_array([1], mask=[True]),
    "object": object(),
    "bytes": b"1",
    "empty": [],
    "dict": {},
    "two dimensions": np.array([[1, 2]]),
    "a number as text": "1",
    "NumPy's nan": np.float64("nan"),
}

FUNCTIONS = {
    "attack_cap": {"epsilon": 1.0, "delta": 0.0},
    "attack_test": {"scores": COINS - 0.5, "codes": COINS, "alpha": 0.05},
    "between_repeats": {"n_correct": [10, 12], "n_canaries": [20, 20], "alpha": 0.05},
    "calibration_bins": {"came_true": COINS, "proba": np.full(40, 0.7), "n_bins": 3, "alpha": 0.05},
    "cap_p_value": {"n_correct": 30, "caps": np.full(40, 0.7)},
    "check_claim": {
        "n_correct": 30,
        "n_canaries": 40,
        "epsilon": 1.0,
        "delta": 0.0,
        "n_guesses": 40,
        "alpha": 0.05,
    },
    "check_mechanism": {"natural": COINS, "released": COINS, "epsilon": 1.0, "delta": 0.0, "alpha": 0.05},
    "coverage_average": {"scores": COINS - 0.5, "coins": COINS},
    "detectable_success_ratio": {"n_canaries": 100, "alpha": 0.05, "power": 0.8},
    "epsilon_ceiling": {"n_canaries": 100, "alpha": 0.05},
    "epsilon_from_keep_probability": {"keep_probability": 0.7, "n_classes": 2},
    "epsilon_from_ranking": {
        "confidence": np.arange(40.0),
        "correct": COINS,
        "delta": 0.0,
        "alpha": 0.05,
        "random_state": 0,
    },
    "epsilon_lower_bound": {"n_correct": 30, "n_canaries": 40, "n_guesses": 40, "alpha": 0.05},
    "epsilon_p_value": {"n_correct": 30, "n_canaries": 40, "epsilon": 1.0, "n_guesses": 40},
    "estimate_gamma": {"n_hits": 30, "proba": np.full(40, 0.7), "alpha": 0.05},
    "flip_probability": {"epsilon": 1.0, "n_classes": 2},
    "guess_counts": {"guess_table": np.stack([COINS, COINS], axis=1), "coins": COINS},
    "judge": {"codes": {"private": COINS}, "scores": {"a": COINS - 0.5}, "alpha": 0.05},
    "keep_probability": {"epsilon": 1.0, "n_classes": 2},
    "max_t_test": {"guess_tables": np.array([COINS, 1 - COINS]), "coins": COINS, "n_draws": 99, "random_state": 0},
    "memorization_score": {"success_ratio": 0.8, "chance_level": 0.5},
    "memorization_test": {"n_correct": 30, "n_canaries": 40, "alpha": 0.05},
    "observational_bound": {"n_hits": 30, "proba": np.full(40, 0.7), "alpha": 0.05},
    "observational_p_value": {"n_hits": 30, "proba": np.full(40, 0.7), "shift": 0.5},
    "required_canaries": {"success_ratio": 0.6, "alpha": 0.05, "power": 0.8},
    "success_ratio": {"y_true": COINS, "y_inferred": COINS},
}

EPSILONS, COUNTS = {"inf", "1.5", "list", "empty", "two dimensions"}, {"list", "empty", "two dimensions"}
RIGHT = {
    ("attack_cap", "epsilon"): EPSILONS,
    ("between_repeats", "n_correct"): {"list"},
    ("check_claim", "epsilon"): {"1.5"},
    ("check_claim", "n_guesses"): {"None"},
    ("check_mechanism", "epsilon"): {"1.5"},
    ("detectable_success_ratio", "n_canaries"): COUNTS,
    ("epsilon_ceiling", "n_canaries"): COUNTS,
    ("epsilon_from_keep_probability", "keep_probability"): {"empty"},
    ("epsilon_lower_bound", "n_correct"): COUNTS,
    ("epsilon_lower_bound", "n_canaries"): {"empty"},
    ("epsilon_lower_bound", "n_guesses"): {"None", "empty"},
    ("epsilon_p_value", "n_correct"): COUNTS,
    ("epsilon_p_value", "n_canaries"): {"empty"},
    ("epsilon_p_value", "epsilon"): {"1.5"},
    ("epsilon_p_value", "n_guesses"): {"None", "empty"},
    ("flip_probability", "epsilon"): EPSILONS,
    ("keep_probability", "epsilon"): EPSILONS,
    ("memorization_score", "success_ratio"): {"empty"},
    ("memorization_score", "chance_level"): {"empty"},
    ("memorization_test", "n_correct"): {"list", "two dimensions"},
    ("epsilon_from_ranking", "random_state"): {"None"},
    ("max_t_test", "random_state"): {"None"},
    ("CanaryFlipper", "classes"): {"None"},
    ("CanaryFlipper", "n_canaries"): {"None"},
    ("CanaryFlipper", "random_state"): {"None"},
    ("RandomizedResponse", "classes"): {"None"},
    ("RandomizedResponse", "epsilon"): {"inf", "1.5"},
    ("RandomizedResponse", "random_state"): {"None"},
    ("LabelAudit", "cache_dir"): {"None", "a text", "a number as text"},
    ("LabelAudit", "epsilons"): {"list"},
    ("LabelAudit", "fit_timeout"): {"None", "1.5"},
    ("LabelAudit", "n_canaries"): {"None"},
    ("LabelAudit", "n_jobs"): {"None", "-1"},
    ("LabelAudit", "planter"): {"None"},
    ("LabelAudit", "random_state"): {"None"},
    ("LabelAudit", "stop_when_refuted"): {"True"},
    ("LabelAudit", "title"): {"a text", "a number as text"},
    ("LabelAudit", "verbose"): {"True"},
    ("ObservationalAudit", "proxy"): {"None"},
    ("ObservationalAudit", "title"): {"a text", "None", "a number as text"},
    ("ObservationalAudit", "random_state"): {"None"},
    ("ObservationalAudit", "X"): {"None"},
    ("observational_p_value", "shift"): {"inf", "-1", "1.5"},
    ("plant_canaries", "planter"): {"None"},
    ("plant_canaries", "n_canaries"): {"None"},
    ("plant_canaries", "mechanism"): {"None"},
    ("plant_canaries", "groups"): {"None"},
    ("plant_canaries", "random_state"): {"None"},
    ("plant_canaries", "title"): {"a text", "a number as text"},
    ("DeltaMarginAttack", "alpha"): {"1.5"},
    ("DeltaMarginAttack", "beta"): {"1.5"},
    ("CanaryFlipper", "keep_bystanders"): {"True"},
    ("LabelLiRAAttack", "match_training_randomness"): {"True"},
    ("LearnedAttack", "match_training_randomness"): {"True"},
    ("LearnedAttack", "estimator"): {"None"},
    ("NeighborhoodAttack", "image_shape"): {"None", "list"},
    ("NeighborhoodAttack", "scale"): {"None"},
}


def inputs():
    """Name, argument, and a function of the value that calls with it."""
    for name, good in FUNCTIONS.items():
        for argument in good:
            yield (
                name,
                argument,
                lambda value, name=name, a=argument, good=good: getattr(metrics, name)(**good | {a: value}),
            )
    for name in ("CanaryFlipper", "RandomizedResponse"):
        cls = getattr(sklearn_blia, name)
        for argument in cls().get_params():
            yield name, argument, lambda value, cls=cls, a=argument: cls(**{a: value}).fit(X, Y)
    good = {"estimator": DummyClassifier(), "epsilons": [1.0], "n_repeats": 1, "n_canaries": 20, "random_state": 0}
    for argument in sklearn_blia.LabelAudit(DummyClassifier()).get_params(deep=False):
        yield "LabelAudit", argument, lambda value, a=argument: sklearn_blia.LabelAudit(**good | {a: value}).fit(X, Y)
    observed = {
        "model_or_proba": np.full((200, 2), 0.5),
        "X": None,
        "y": Y,
        "proxy_proba": np.tile([0.4, 0.6], (200, 1)),
    }
    for argument in ("proxy", "cv", "share", "alpha", "title", "random_state"):
        audit = sklearn_blia.ObservationalAudit
        yield (
            "ObservationalAudit",
            argument,
            lambda value, a=argument, c=audit, o=observed: c(**{a: value}).fit(**o),
        )
    for argument in observed:
        audit = sklearn_blia.ObservationalAudit
        yield (
            "ObservationalAudit",
            argument,
            lambda value, a=argument, c=audit, o=observed: c().fit(**o | {a: value}),
        )
    for argument in ("X", "y", "planter", "n_canaries", "mechanism", "attacks", "groups", "title", "random_state"):
        yield (
            "plant_canaries",
            argument,
            lambda value, a=argument: sklearn_blia.plant_canaries(**{"X": X, "y": Y, "random_state": 0} | {a: value}),
        )
    for name in sorted(name for name in sklearn_blia.__all__ if name.endswith("Attack")):
        cls = getattr(sklearn_blia, name)
        for argument in cls().get_params(deep=False):
            attacks = sklearn_blia.attacks.named_attacks
            yield name, argument, lambda value, cls=cls, a=argument, f=attacks: f([cls(**{a: value})])


CASES = [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in inputs()]


def test_there_are_so_many():
    assert len(CASES) * len(WRONG) > 2000


@pytest.mark.parametrize(("name", "argument", "call"), CASES)
def test_a_right_result_or_one_error_that_names_the_argument(name, argument, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a text is a folder to the store
    right = RIGHT.get((name, argument), set())
    for kind, value in WRONG.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sklearn_blia.exceptions.RepeatedReleaseWarning)
            if kind in right:
                call(value)
                continue
            with pytest.raises((ValueError, TypeError)) as error:
                call(value)
        assert argument in str(error.value), (kind, error.value)
