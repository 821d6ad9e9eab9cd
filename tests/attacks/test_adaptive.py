"""Attacks that learn from the coins of canaries guessed before, and from no other."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from scipy.special import expit
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import CanaryFlipper, LabelAudit, NeighborCoinsAttack, ThresholdAttack
from sklearn_blia.attacks import AdaptiveAttack, Game
from sklearn_blia.canaries import PublicCanaries
from sklearn_blia.evidence import NearestCanaries, evidence_of
from sklearn_blia.metrics import Played, PrivacyClaim, judge, memorization_test


def twins(rng, n_pairs, *, released=None, innocent=False):
    """Canaries in pairs of equal rows; the model says the mean of the two labels, or something of its own."""
    coins = rng.integers(2, size=2 * n_pairs)
    seen = rng.integers(2, size=2 * n_pairs) if innocent else coins if released is None else released(coins)
    second = np.repeat(seen.reshape(-1, 2).mean(axis=1), 2)
    partner = np.arange(2 * n_pairs) ^ 1
    near = {"index": partner[:, None], "distance": np.zeros((2 * n_pairs, 1))}
    return coins, evidence_of(second, found={NearestCanaries(1): near})


def played(attack, evidence, codes):
    game = Game(codes)
    attack.play(evidence, game)
    return game.played()


class Remembers(AdaptiveAttack):
    """Guesses in the order of the rows, each what the coin before it was."""

    def play(self, evidence, game):
        code = 1
        for canary in range(len(evidence)):
            (code,) = game.guess([canary], [code - 0.5])


class TestGame:
    def test_tells_what_was_guessed_and_nothing_else(self):
        codes = np.array([0, 1, 1, -1, 0])
        game = Game(codes)
        assert game.guess([3, 1], [0.5, -2.0]).tolist() == [-1, 1]
        assert game.guess(0, 1.0).tolist() == [0]
        result = game.played()
        assert result.scores.tolist() == [1.0, -2.0, 0.0, 0.5, 0.0]
        assert result.order.tolist() == [2, 1, 3, 0, 4]
        held = [value for value in vars(game).values() if not callable(value)]
        assert not held
        assert not hasattr(game, "codes")

    def test_the_coins_given_cannot_be_changed_through_it(self):
        codes = np.array([0, 1])
        game = Game(codes)
        game.guess(0, 1.0)[:] = 1
        codes[1] = 0
        assert game.guess(1, 1.0).tolist() == [1]

    @pytest.mark.parametrize(
        ("canaries", "values", "message"),
        [([0], [1.0], "guessed once"), ([1, 1], [1.0, 1.0], "guessed once"), ([1, 2], [1.0], "positions"),
         ([1], [np.nan], "finite"), ([1.0], [1.0], "positions"), ([True], [1.0], "positions"),
         ([-1], [1.0], "from 0 to 2"), ([3], [1.0], "from 0 to 2")],
    )  # fmt: skip
    def test_guesses_that_are_none(self, canaries, values, message):
        game = Game([0, 1, 1])
        game.guess(0, 1.0)
        with pytest.raises(ValueError, match=message):
            game.guess(canaries, values)


def test_no_guess_depends_on_a_coin_that_comes_later():
    """Turn the coin of the canary guessed at each of several times: all guesses up to then stay."""
    coins, evidence = twins(np.random.default_rng(0), 100)
    before = played(NeighborCoinsAttack(1), evidence, coins)
    by_time = np.argsort(before.order)
    for time in (0, 30, 99, 100, 150, 198):
        turned = coins.copy()
        turned[by_time[time]] = 1 - turned[by_time[time]]
        after = played(NeighborCoinsAttack(1), evidence, turned)
        until = by_time[: time + 1]
        assert np.array_equal(after.order[until], before.order[until])
        assert np.array_equal(after.scores[until], before.scores[until])


def test_what_one_twin_leaves_the_other_tells():
    """By outputs alone .75 of 1,000 are right; of each pair the second is known once the first is: .875 of all."""
    coins, evidence = twins(np.random.default_rng(0), 500)
    alone = np.mean((ThresholdAttack().score(evidence) >= 0) == coins)
    together = np.mean((played(NeighborCoinsAttack(1), evidence, coins).scores >= 0) == coins)
    assert abs(alone - 0.75) < 4.5 * np.sqrt(0.25 * 0.5 / 1000)
    assert together > 0.875 - 4.5 * np.sqrt(0.875 * 0.125 / 1000) - 20 / 1000  # twenty coins to learn from


def test_an_innocent_model_is_rarely_accused():
    """300 models whose outputs have nothing to do with the coins: at most the 99.9 % quantile of Binomial(300, .05)."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(300):
        coins, evidence = twins(rng, 40, innocent=True)
        right = (played(NeighborCoinsAttack(1), evidence, coins).scores >= 0) == coins
        alarms += memorization_test(int(right.sum()), 80).p_value < 0.05
    assert alarms <= stats.binom.isf(1e-3, 300, 0.05)


def test_bounds_are_right():
    """200 models that store pairs of labels released at epsilon = 1: bounds above 1 in at most the 99.9 % quantile."""
    rng, wrong = np.random.default_rng(0), 0

    def respond(coins):
        return np.where(rng.random(len(coins)) < expit(1.0), coins, 1 - coins)

    for _ in range(200):
        coins, evidence = twins(rng, 60, released=respond)
        scores = played(NeighborCoinsAttack(1), evidence, coins)
        wrong += judge({"private": coins}, {"a": scores}, random_state=0).bound.epsilon_lower_bound > 1
    assert wrong <= stats.binom.isf(1e-3, 200, 0.05)


class TestJudge:
    coins = np.arange(200) % 2
    known = Played(coins - 0.5, np.arange(200))
    noise = np.random.default_rng(0).normal(size=200)

    def test_max_t_and_each_adaptive_attack_share_the_level(self):
        alone = judge({"private": self.coins}, {"noise": self.noise}, random_state=0)
        both = judge({"private": self.coins}, {"noise": self.noise, "known": self.known}, random_state=0)
        p = alone.attacks["noise"].joint_p_values["private"]
        assert both.attacks["noise"].joint_p_values["private"] == pytest.approx(min(1, 2 * p))
        finding = both.attacks["known"]
        assert finding.joint_p_values["private"] == pytest.approx(2 * 0.5**200)
        assert finding.coverage == {}
        assert not finding.by_coverage["private"]
        alone = judge({"private": self.coins}, {"known": self.known}, alpha=0.05 / 2, random_state=0)
        assert finding.bound.epsilon_lower_bound == pytest.approx(alone.bound.epsilon_lower_bound)

    def test_the_order_of_the_guesses_counts_and_not_their_size(self):
        """The first fifty are right and the rest by chance; a size that looks ahead says the opposite."""
        right = np.where(np.arange(200) < 50, True, self.noise > 0)
        size = np.linspace(0.1, 1, 200)
        scores = np.where(right == (self.coins == 1), size, -size)
        bound = judge({"private": self.coins}, {"a": Played(scores, np.arange(200))}, random_state=0).bound
        assert bound.n_guesses <= 60
        assert bound.n_correct >= 0.9 * bound.n_guesses

    def test_no_bound_with_a_delta(self):
        claim = PrivacyClaim(1.0, 1e-5)
        findings = judge({"private": self.coins}, {"known": self.known}, claim=claim, random_state=0)
        assert findings.bound is None
        assert not findings.refuted

    @pytest.mark.parametrize(
        ("scores", "message"),
        [(Played(np.ones(200), np.arange(3)), "when"), (Played(np.ones(3), np.arange(3)), "shape"),
         ({"released": known}, "of the private labels")],
    )  # fmt: skip
    def test_bad_plays(self, scores, message):
        with pytest.raises(ValueError, match=message):
            judge({"private": self.coins}, {"a": scores})


def test_through_a_whole_audit():
    """Every row twice, all of them canaries, and two neighbours: the report holds what was played."""
    X = np.repeat(np.random.default_rng(0).normal(size=(200, 3)), 2, axis=0)
    y = np.zeros(400, dtype=int)
    y[::2] = 1
    attacks = {"coins": NeighborCoinsAttack(), "threshold": ThresholdAttack(), "remembers": Remembers()}
    audit = LabelAudit(KNeighborsClassifier(2), epsilons=[np.inf, 1.0], attacks=attacks, n_repeats=2, random_state=0,
                       planter=CanaryFlipper(1.0)).fit(X, y)  # fmt: skip
    coins, scores = audit.canary_scores("coins", epsilon=np.inf)
    ratio = audit.results_["private_success_ratio_coins"][0]
    assert np.mean((scores >= 0) == coins) == pytest.approx(ratio)
    frame = audit.to_canary_frame(epsilon=np.inf, attacks="coins")
    assert frame["correct"].mean() == pytest.approx(ratio)
    assert "remembers" in str(audit.report_)
    assert np.isnan(audit.results_["private_coverage_average_coins"]).all()
    # What is guessed of released labels was told released coins.
    released = audit.canary_scores("remembers", epsilon=1.0, target="released")[0]
    again = np.mean(np.concatenate([part[1:] == part[:-1] for part in np.split(released, 2)]))
    assert audit.results_["released_success_ratio_remembers"][1] == pytest.approx(again, abs=0.01)


def test_scores_without_coins_are_refused():
    _, evidence = twins(np.random.default_rng(0), 5)
    with pytest.raises(ValueError, match="learns from coins"):
        NeighborCoinsAttack(1).score_table(evidence)


class TestNearestCanaries:
    def nearest(self, X, n=1):
        m = len(X) if not sparse.issparse(X) else X.shape[0]
        return NearestCanaries(n).collect(None, [], PublicCanaries(np.tile([0, 1], (m, 1)), np.array([0, 1]), X))

    def test_twins_find_each_other_whatever_a_row_is(self):
        rng = np.random.default_rng(0)
        numbers = np.repeat(rng.normal(size=(5, 3)), 2, axis=0) * [1, 1000, 1]
        words = np.repeat([f"word{i} other{i} more" for i in range(5)], 2)
        frame = pd.DataFrame({"number": numbers[:, 0], "text": words, "missing": [np.nan, 1.0] * 5})
        for rows in (numbers, sparse.csr_array(numbers), words, list(words), frame[["number", "text"]],
                     numbers.reshape(10, 3, 1)):  # fmt: skip
            NearestCanaries().check(rows)
            found = self.nearest(rows)
            assert found["index"][:, 0].tolist() == [1, 0, 3, 2, 5, 4, 7, 6, 9, 8]
            assert found["distance"] == pytest.approx(np.zeros((10, 1)), abs=1e-6)
        assert self.nearest(frame, 3)["index"].shape == (10, 3)

    def test_rows_that_cannot_be_compared_are_told_before_any_training(self):
        with pytest.raises((ValueError, TypeError)):
            LabelAudit(KNeighborsClassifier(), attacks=NeighborCoinsAttack()).fit(
                np.array([["a", {}], ["b", [1]]] * 20, dtype=object), np.arange(40) % 2
            )

    def test_words_and_numbers_in_one_array(self):
        """As in a frame: the word is 0 or 1, the number in standard deviations."""
        words = np.array([["a", 1.0], ["a", 1.1], ["b", 1.0], ["b", 9.0]], dtype=object)
        assert self.nearest(words, 1)["index"].ravel().tolist()[:2] == [1, 0]

    def test_few(self):
        assert self.nearest(np.ones((1, 2)), 5)["index"].shape == (1, 0)
        assert self.nearest(np.arange(6.0).reshape(3, 2), 5)["index"].shape == (3, 2)
