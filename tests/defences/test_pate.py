"""PATE: what votes cost, when questions end, and who sees which label."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sklearn_blia.defences import PATEClassifier
from sklearn_blia.defences._confident_gnmax import ConfidentGNMax
from sklearn_blia.metrics import mu_of_epsilon


def epsilon_of_gaussian(mu, delta):
    """Balle and Wang 2018, Theorem 8, by search: what one Gaussian mechanism of sensitivity mu and noise 1 spends."""
    low, high = 0.0, 100.0
    for _ in range(100):
        middle = (low + high) / 2
        spent = stats.norm.cdf(mu / 2 - middle / mu) - np.exp(middle) * stats.norm.cdf(-mu / 2 - middle / mu)
        low, high = (middle, high) if spent > delta else (low, middle)
    return high


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("delta", [1e-7, 1e-3])
def test_mu_is_what_epsilon_allows(epsilon, delta):
    assert epsilon_of_gaussian(mu_of_epsilon(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-4)


@pytest.mark.parametrize("agreement", [1.0, 0.55, 0.34])
def test_questions_end_before_the_budget_does(agreement):
    """However many are answered: mu^2 of all questions and answers is within the budget, and one more is not."""
    n_teachers, plan = 500, ConfidentGNMax.planned(2.0, 1e-5, 30, 500, 0.5)
    votes = np.tile([round(agreement * n_teachers), n_teachers - round(agreement * n_teachers), 0], (1000, 1))
    labels, n_asked = plan.label(votes, np.random.default_rng(0).random)
    question, answer = 1 / plan.sigma_question**2, 2 / plan.sigma_answer**2
    spent = n_asked * question + np.sum(labels >= 0) * answer
    assert spent <= plan.mu**2 * (1 + 1e-6)
    assert spent + question + answer > plan.mu**2
    assert (labels[n_asked:] == -1).all()
    if agreement == 1.0:
        assert (labels[:n_asked] >= 0).mean() > 0.9


def test_questions_are_noised():
    """Votes on the threshold: answered half of the time."""
    plan = ConfidentGNMax(1e9, 20.0, 1e-3, 60.0)
    labels, n_asked = plan.label(np.tile([60, 40], (10_000, 1)), np.random.default_rng(0).random)
    assert n_asked == 10_000
    assert abs(np.mean(labels >= 0) - 0.5) < 4.5 * np.sqrt(0.25 / 10_000)


class Picky(LogisticRegression):
    """Raises where one label is not twice among those of its shard."""

    def fit(self, X, y):
        if np.unique(y, return_counts=True)[1].min() < 2:
            raise ValueError("too few of a label")
        return super().fit(X, y)


def test_a_teacher_that_cannot_be_trained_costs_a_vote():
    """Whether it can may hang on a single label: an error would tell that label, whatever the budget."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    model = PATEClassifier(Picky(), LogisticRegression(), np.inf, n_teachers=20, threshold=0, random_state=0)
    shards = np.array_split(np.random.RandomState(0).permutation(200), 20)
    y[shards[0]] = 0
    y[shards[0][0]] = 1
    model.classes_ = np.array([0, 1])
    votes = model._votes(X, y, shards, X, np.random.RandomState(0))
    assert (votes.sum(axis=1) == 20).all()
    with pytest.raises(ValueError, match="too few of a label"):
        model._votes(X, np.arange(200) % 2, [np.array([0, 1, 2])], X, np.random.RandomState(0))


def test_other_votes_other_noise(data):
    """One seed, two kinds of teacher: were the noise the same, two fits together would tell where votes differ."""
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_blia.defences._pate.uniforms",
                      lambda seed, owner, codes, shape: drawn.append(owner) or np.full(shape, 0.5))  # fmt: skip
        for teacher in (LogisticRegression(), LogisticRegression(), LogisticRegression(C=1e-3)):
            PATEClassifier(teacher, epsilon=20.0, n_teachers=20, threshold=0.0, random_state=0).fit(*data)
    assert drawn[0] == drawn[1] != drawn[2]


def test_planned_for_answers_and_twice_as_many_questions():
    plan = ConfidentGNMax.planned(1.0, 1e-5, 40, 100, 0.6)
    assert 80 / plan.sigma_question**2 + 40 * 2 / plan.sigma_answer**2 == pytest.approx(plan.mu**2)
    assert plan.threshold == 60


def test_answers_follow_the_noise():
    """Two classes 10 votes apart, noise 20: right as often as a normal variable of sd 20 sqrt 2 is below 10."""
    plan = ConfidentGNMax(1e9, 1e-3, 20.0, 0.0)
    votes = np.tile([55, 45], (20_000, 1))
    labels, _ = plan.label(votes, np.random.default_rng(0).random)
    right = stats.norm.cdf(10 / (20 * np.sqrt(2)))
    assert abs(np.mean(labels == 0) - right) < 4.5 * np.sqrt(right * (1 - right) / 20_000)


SEEN = []


class Recorder(ClassifierMixin, BaseEstimator):
    """Notes the rows that it is trained on; thinks all labels alike."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        SEEN.append(X[:, 0].astype(int).tolist())
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_every_label_is_in_one_shard_and_ties_are_drawn():
    SEEN.clear()
    X, y = np.arange(600.0)[:, None], np.arange(600) % 2
    model = PATEClassifier(Recorder(), LogisticRegression(), np.inf, n_teachers=20, threshold=0, random_state=0)
    model.fit(X, y)
    assert sorted(row for shard in SEEN for row in shard) == list(range(600))
    assert [len(shard) for shard in SEEN] == [30] * 20
    votes = model._votes(X, y, np.array_split(np.arange(600), 20), X, np.random.RandomState(0))
    # 20 fair votes on each of 600 rows, of which one teacher alone never casts two
    assert (votes.sum(axis=1) == 20).all()
    assert abs(votes[:, 0].mean() - 10) < 4.5 * np.sqrt(5 / 600)


def test_shards_do_not_look_at_the_labels():
    X, y = np.arange(600.0)[:, None], np.arange(600) % 2
    shards = []
    for labels in (y, np.roll(y, 1), y[::-1]):
        SEEN.clear()
        PATEClassifier(Recorder(), LogisticRegression(), np.inf, n_teachers=5, threshold=0, random_state=0).fit(
            X, labels
        )
        shards.append([list(shard) for shard in SEEN])
    assert shards[0] == shards[1] == shards[2]


def test_the_student_learns_from_answers(data):
    X, y = data
    model = PATEClassifier(LogisticRegression(), epsilon=20.0, n_teachers=30, n_answers=60, random_state=0).fit(X, y)
    assert 30 <= model.n_answered_ <= model.n_asked_ <= 600
    assert model.score(X, y) > 0.6
    assert model.released_labels_ is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_teachers": 601}, "n_teachers=601 cannot share 600 rows"),
        ({"epsilon": np.inf, "n_teachers": 2, "threshold": 1.0}, "No question of 600 was answered"),
        ({"delta": 0.0}, "'delta' parameter"),
        ({"epsilon": 0}, "'epsilon' parameter"),
    ],
)
def test_slips(data, params, message):
    with pytest.raises(ValueError, match=message):
        PATEClassifier(LogisticRegression(), random_state=0, **params).fit(*data)


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 1e-5), (-1, 1e-5), (float("nan"), 1e-5), (1, 0), (1, 1.5)])
def test_slips_of_mu(epsilon, delta):
    with pytest.raises(ValueError, match=r"epsilon|delta"):
        mu_of_epsilon(epsilon, delta)


def test_a_fit_that_fails_leaves_no_old_one(data):
    X, y = data
    model = PATEClassifier(LogisticRegression(), epsilon=20.0, n_teachers=20, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="No question"):
        model.set_params(epsilon=np.inf, threshold=1.0, n_teachers=2).fit(X, np.array(["q", "r"])[y])
    with pytest.raises(NotFittedError):
        model.predict(X)
