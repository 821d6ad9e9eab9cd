"""An audit that ends when a claim is refuted."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import LabelAudit, RandomizedResponse, ThresholdAttack
from sklearn_blia.cli import main
from sklearn_blia.labels import BaseMechanism
from tests.audits import same


class Overclaims(BaseMechanism):
    """Keeps a label of two with the log odds epsilon + 2, sold as epsilon."""

    symmetric = True

    def _randomize(self, codes, draw):
        (chance,) = draw((1, len(codes)))
        return np.where(chance < 1 / (1 + np.exp(self.epsilon + 2)), 1 - codes, codes)


@pytest.fixture(scope="module")
def data():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600] % 2


def audit(data, models, **params):
    settings = {"mechanism": Overclaims(), "epsilons": [1.0], "n_repeats": 5, "n_canaries": 200, "random_state": 0}
    return LabelAudit(models, **settings | params).fit(*data)


def test_a_false_claim_ends_its_repeats_and_no_other(data):
    """One neighbour at epsilon = 3 is right on .95 of 200 labels, which is plain at once; the other knows nothing."""
    models = {"stores": KNeighborsClassifier(1), "nothing": DummyClassifier()}
    stopped = audit(data, models, stop_when_refuted=True, alpha=0.001)
    stores, nothing = stopped.report_.cells
    assert stores.refuted
    assert stores.n_spared == 4
    assert not nothing.refuted
    assert nothing.n_spared == 0
    assert sorted(key.repeat for key in stopped.observations_ if key.model == "nothing") == [0, 1, 2, 3, 4]
    assert "stopped after 1 of 5 repeats: the claim was refuted" in str(stopped.report_)
    assert "hold whenever one stops" in " ".join(str(stopped.report_).split())
    assert np.isnan(stopped.results_["repeat1_test_accuracy"][0])
    assert not np.isnan(stopped.results_["repeat4_test_accuracy"][1])
    assert stopped.results_["n_failed"].tolist() == [0, 0]
    assert stopped.results_["n_repeats"].tolist() == [1, 5]
    assert stopped.to_frame().groupby("model")["claim_refuted"].first().to_dict() == {"nothing": False, "stores": True}


def test_repeats_are_those_of_the_whole_audit(data):
    """What is trained is the same; what is spared is not."""
    model = KNeighborsClassifier(1)
    whole = audit(data, model)
    stopped = audit(data, model, stop_when_refuted=True)
    assert set(stopped.observations_) < set(whole.observations_)
    for key, one in stopped.observations_.items():
        assert np.array_equal(one.evidence.second, whole.observations_[key].evidence.second)
        assert np.array_equal(one.canaries.coins, whole.observations_[key].canaries.coins)


def test_a_mechanism_that_is_what_it_says_is_not_refuted(data):
    """At a level at which a true claim is refuted once in a thousand audits."""
    (cell,) = audit(
        data, KNeighborsClassifier(1), mechanism=RandomizedResponse(), stop_when_refuted=True, alpha=0.001
    ).report_.cells
    assert not cell.refuted
    assert cell.n_spared == 0


class Counts(ThresholdAttack):
    """Counts how often it is asked; fails where it is told to."""

    asked: list = []
    fails = False

    def score(self, evidence, codes=None):
        self.asked.append(len(evidence))
        if self.fails and len(self.asked) == 4:
            raise ValueError("out of order")
        return super().score(evidence)


class FailsOnce(Counts):
    fails = True


def test_a_guess_that_was_made_stays(data):
    """Five looks at five repeats, and each model under attack is attacked once."""
    Counts.asked.clear()
    audit(data, DummyClassifier(), attacks=Counts(), stop_when_refuted=True)
    assert len(Counts.asked) == 5


def test_an_attack_that_fails_leaves_the_others_their_share(data):
    """Bounds are at half of the level, as when both attacks were declared."""
    Counts.asked.clear()
    attacks = {"threshold": ThresholdAttack(), "fails": FailsOnce()}
    settings = {"mechanism": RandomizedResponse(), "epsilons": [3.0], "stop_when_refuted": True}
    (cell,) = audit(data, KNeighborsClassifier(1), attacks=attacks, **settings).report_.cells
    assert list(cell.failed_attacks) == ["fails"]
    assert cell.attacks["threshold"].bound.alpha == 0.05 / 2


def test_without_a_claim_nothing_stops_and_all_is_tested_as_ever(data):
    settings = {"epsilons": [np.inf], "mechanism": RandomizedResponse()}
    stopped = audit(data, KNeighborsClassifier(1), stop_when_refuted=True, **settings)
    whole = audit(data, KNeighborsClassifier(1), **settings)
    assert not stopped.report_.cells[0].findings.anytime
    assert same(stopped, whole)


def test_a_mechanism_with_a_delta_is_refused_before_any_training(data):
    class HasDelta(RandomizedResponse):
        delta = 1e-5

    with pytest.raises(ValueError, match="stop_when_refuted=True checks claims with delta = 0"):
        audit(data, KNeighborsClassifier(1), mechanism=HasDelta(), stop_when_refuted=True)


def test_at_the_command(capsys):
    code = main(["audit", "--model", "logistic-regression", "--epsilons", "8", "--repeats", "2", "--stop-when-refuted"])
    assert code == 0
    assert "hold whenever one stops" in " ".join(capsys.readouterr().out.split())
