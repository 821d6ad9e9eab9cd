"""The paper's attacks against their pseudo-code, and what they may and may not see."""

import numpy as np
import pytest

from sklearn_blia import DeltaMarginAttack, ThresholdAttack
from sklearn_blia.attacks import BaseAttack, named_attacks
from sklearn_blia.evidence import Evidence, evidence_of
from tests.observed import observed

rng = np.random.default_rng(0)
PROBA = np.column_stack([1 - (p := rng.random(500)), p])
ATTACKS = list(named_attacks().values())


def algorithm_1(p, threshold):
    return [1 if value >= threshold else 0 for value in p]


def algorithm_2(p, labels, alpha, beta):
    inferred = []
    for value, label in zip(p, labels, strict=True):
        log_loss = -np.log(value if label == 1 else 1 - value)
        inferred.append(1 if alpha * (value - (1 - value)) >= beta * log_loss else 0)
    return inferred


@pytest.mark.parametrize(
    ("attack", "threshold"),
    [
        (ThresholdAttack(), 0.5),
        (ThresholdAttack(threshold=0.7), 0.7),
        (ThresholdAttack("mean"), PROBA[:, 1].mean()),
        (ThresholdAttack("median"), np.median(PROBA[:, 1])),
    ],
)
def test_threshold_is_algorithm_1(attack, threshold):
    np.testing.assert_array_equal(attack.infer(PROBA), algorithm_1(PROBA[:, 1], threshold))


def test_at_the_threshold_the_second_candidate_is_inferred():
    assert ThresholdAttack().infer([0.5]) == 1
    assert list(ThresholdAttack("median").infer([0.1, 0.2, 0.3])) == [0, 1, 1]


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (1, 0.3), (0.2, 1)])
def test_delta_margin_is_algorithm_2(alpha, beta):
    labels = rng.integers(2, size=500)
    attack = DeltaMarginAttack(alpha, beta, loss="oracle")
    np.testing.assert_array_equal(attack.infer(PROBA, labels=labels), algorithm_2(PROBA[:, 1], labels, alpha, beta))
    predicted = (PROBA[:, 1] > 0.5).astype(int)
    np.testing.assert_array_equal(
        DeltaMarginAttack(alpha, beta).infer(PROBA), algorithm_2(PROBA[:, 1], predicted, alpha, beta)
    )


def test_saturated_probabilities():
    sure = [1.0, 1.0, 0.0, 0.0]
    for attack in ATTACKS:
        if not attack.reads_labels:
            assert list(attack.infer(sure)) == [1, 1, 0, 0]
    # An infinite loss outweighs every margin.
    assert list(DeltaMarginAttack(loss="oracle").infer(sure, labels=[1, 0, 1, 0])) == [1, 0, 0, 0]
    assert np.isfinite(DeltaMarginAttack(beta=0).decision_function(sure)).all()


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_order_of_the_classes_does_not_matter(attack):
    """Columns may come in any order as long as `classes` names them."""
    labels = np.array(["no", "yes"])[rng.integers(2, size=500)]
    pairs = np.tile(["no", "yes"], (500, 1))
    known = {"labels": labels} if attack.reads_labels else {}
    expected = attack.infer(PROBA, pairs, ["no", "yes"], **known)
    np.testing.assert_array_equal(attack.infer(PROBA[:, ::-1], pairs, ["yes", "no"], **known), expected)


def test_candidates_of_several_classes_are_renormalised():
    proba = [[0.2, 0.5, 0.3], [0.0, 0.0, 1.0], [0.6, 0.1, 0.3]]
    pairs = [["a", "c"], ["a", "b"], ["b", "c"]]
    outputs = ThresholdAttack().decision_function(proba, pairs, ["a", "b", "c"]) + 0.5
    np.testing.assert_allclose(outputs, [0.6, 0.5, 0.75])  # both candidates at 0 count as one half
    assert list(ThresholdAttack().infer(proba, pairs, ["a", "b", "c"])) == ["c", "b", "c"]


def test_label_blind_attacks_have_no_way_to_the_labels():
    for attack in ATTACKS:
        table = attack.score_table(evidence_of(PROBA))
        assert table.ndim == 1 + attack.reads_labels
        assert not attack.reads_labels or ((table >= 0)[:, 0] != (table >= 0)[:, 1]).any()
        if not attack.reads_labels:
            with pytest.raises(ValueError, match="never sees the labels it infers"):
                attack.infer(PROBA, labels=np.zeros(500))
        else:
            with pytest.raises(ValueError, match="pass them as labels="):
                attack.infer(PROBA)


def test_evaluate_hands_a_label_blind_attack_outputs_alone():
    """An attack that guesses the parity of the other canaries' labels would fool the binomial test."""
    seen = []

    class Cheat(BaseAttack):
        def __init__(self, target="private"):
            self.target = target

        def score(self, *args, **kwargs):
            seen.append((args, kwargs))
            return args[0].second - 0.5

    Cheat().evaluate(observed(np.linspace(0, 1, 40), rng.integers(2, size=40)))
    ((args, kwargs),) = seen
    assert not kwargs
    (evidence,) = args
    assert type(evidence) is Evidence
    np.testing.assert_allclose(evidence.second, np.linspace(0, 1, 40), atol=1e-15)


@pytest.mark.parametrize(
    ("proba", "message"),
    [
        ([[0.2, 0.3, 0.5]], "pass the candidate labels as pairs"),
        (np.ma.masked_array([[0.2, 0.8]], [[True, False]]), "masked"),
        ([[0.2 + 1j, 0.8]], "complex"),
        ([[1 - 1e-4, -1e-4]], "pass what predict_proba returns"),
        ([[-1.0, 2.0]], "pass what predict_proba returns"),
        ([[np.nan, 0.5]], "without NaN"),
        ([], "and a row at least"),
    ],
)
def test_bad_outputs(proba, message):
    with pytest.raises(ValueError, match=message):
        ThresholdAttack().infer(proba)


def test_bad_pairs_and_classes():
    attack = ThresholdAttack()
    with pytest.raises(ValueError, match=r"pairs must have shape \(500, 2\)"):
        attack.infer(PROBA, [[0, 1]])
    with pytest.raises(ValueError, match=r"pass classes=model\.classes_"):
        attack.infer(np.tile([0.1, 0.2, 0.7], (2, 1)), [[0, 1], [0, 1]])
    with pytest.raises(ValueError, match="must hold one of its two candidate labels"):
        DeltaMarginAttack(loss="oracle").infer([0.3], labels=[7])


@pytest.mark.parametrize(
    "attack",
    [
        ThresholdAttack("mode"),
        ThresholdAttack(threshold=2),
        ThresholdAttack(target="natural"),
        DeltaMarginAttack(alpha=-1),
        DeltaMarginAttack(loss="true"),
    ],
    ids=repr,
)
def test_bad_parameters(attack):
    with pytest.raises(ValueError, match=rf"parameter of {type(attack).__name__} must be"):
        attack.infer(PROBA)
