"""Every release of the same labels with fresh noise spends epsilon once more, and that is told."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

from sklearn_blia import LabelAudit, RandomizedResponse, make_label_pipeline, plant_canaries
from sklearn_blia.exceptions import RepeatedReleaseWarning
from sklearn_blia.labels import BaseMechanism, _releases


@pytest.fixture(autouse=True)
def counted(monkeypatch):
    """A count of its own for each test."""
    monkeypatch.setattr("sklearn_blia.labels._mechanism.RELEASES", _releases.Releases())


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.standard_normal((1000, 4)), rng.integers(2, size=1000)


def told(action):
    """Numbers in the warnings that an action gives: releases and epsilon spent."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [
        (int(text.split("released ")[1].split()[0]), float(text.split("add up: ")[1].split()[0]))
        for one in caught
        if issubclass(one.category, RepeatedReleaseWarning) and (text := str(one.message))
    ]


def test_noise_of_a_seed_does_not_depend_on_the_features(rows):
    """One more column, single precision, sparse: the same release, so that a majority over such fits tells nothing."""
    X, y = rows
    kinds = [X, X[:, :3], X.astype(np.float32), sparse.csr_array(X), pd.DataFrame(X), list(map(str, range(1000)))]

    def release(X):
        return RandomizedResponse(1.0, random_state=0).fit_resample(X, y)[1]

    for kind in kinds:
        np.testing.assert_array_equal(release(kind), release(X))
    assert not told(lambda: [release(kind) for kind in kinds])
    majority = np.mean([release(kind) for kind in kinds], axis=0) > 0.5
    # Kept with e / (1 + e) = .731: five standard errors.
    assert abs(np.mean(majority == y) - 0.731) < 5 * np.sqrt(0.731 * 0.269 / 1000)


def test_other_labels_and_other_seeds_have_other_noise(rows):
    X, y = rows
    first = RandomizedResponse(0.0, random_state=0).fit_resample(X, y)[1] != y
    assert (first != (RandomizedResponse(0.0, random_state=1).fit_resample(X, y)[1] != y)).any()
    other = np.where(np.arange(1000) == 5, 1 - y, y)
    assert (first != (RandomizedResponse(0.0, random_state=0).fit_resample(X, other)[1] != other)).any()


def test_fresh_noise_on_the_same_labels_is_told_with_what_it_spends(rows):
    X, y = rows
    assert not told(lambda: RandomizedResponse(1.0).fit(X, y))
    assert told(lambda: RandomizedResponse(0.5).fit(X[:, :2], y)) == [(2, 1.5)]
    assert not told(lambda: RandomizedResponse(1.0).fit(X, y))  # the third: told again at the fourth
    assert told(lambda: RandomizedResponse(1.0).fit(X, y)) == [(4, 3.5)]
    assert not told(lambda: RandomizedResponse(np.inf).fit(X, y))  # no noise, no release


@pytest.mark.parametrize("frame", [False, True])
def test_cross_validation_and_searches_are_told(rows, frame):
    """Five folds release each label four times; a search over two budgets of 1 twice as often."""
    X, y = (pd.DataFrame(rows[0], columns=list("abcd")), pd.Series(rows[1])) if frame else rows
    model = make_label_pipeline(RandomizedResponse(1.0), DummyClassifier())
    found = told(lambda: cross_validate(model, X, y, cv=KFold(5)))
    assert found[-1] == (4, 4.0)
    grid = {"randomizedresponse__epsilon": [1.0, 1.001]}
    search = GridSearchCV(model, grid, cv=KFold(5), refit=False)
    assert told(lambda: search.fit(X, y))[-1][0] == 8


def test_audits_release_nothing(rows):
    """Models of an audit are thrown away, and what a plan sends is released once."""
    X, y = rows
    audit = LabelAudit(DummyClassifier(), epsilons=[1, 2], n_repeats=3, n_canaries=100, random_state=0)
    assert not told(lambda: audit.fit(X, y))
    inner = make_label_pipeline(RandomizedResponse(1.0), DummyClassifier())
    own = LabelAudit(inner, mechanism=None, epsilons=[1], n_repeats=3, n_canaries=100, random_state=0)
    assert not told(lambda: own.fit(X, y))
    assert not told(lambda: plant_canaries(X, y, mechanism=RandomizedResponse(1.0)))


def test_other_data_is_no_second_release(rows):
    X, y = rows
    assert not told(lambda: [RandomizedResponse(1.0).fit(X + i, np.roll(y, i)) for i in range(8)])


def test_no_label_is_kept(rows):
    """What is kept of features and labels is hashes, of labels with a key that dies with the process."""
    X, y = rows
    first, second = _releases.Releases(), _releases.Releases()
    for one in (first, second):
        one.add(X, y, y, 1.0, seeded=False)
    assert first._sets.keys() != second._sets.keys()
    assert not set(first._rows) & set(second._rows)


def test_two_targets_of_one_table_are_two_sets_of_labels(rows):
    X, y = rows
    other = np.random.default_rng(1).integers(2, size=1000)
    assert not told(lambda: [RandomizedResponse(1.0).fit(X, labels) for labels in (y, other)])


def test_rows_of_zeros_and_ones_are_told_apart():
    """Three data sets of 5,000 rows of 60 bits each, no two rows of which are alike, are no one's second release."""
    rng = np.random.default_rng(0)
    sets = [(rng.integers(2, size=(5000, 60)), rng.integers(2, size=5000)) for _ in range(3)]
    assert not told(lambda: [RandomizedResponse(1.0).fit(X, y) for X, y in sets])


def test_fresh_noise_that_changes_nothing_is_a_release_too(rows):
    X, y = rows
    assert told(lambda: [RandomizedResponse(30.0).fit(X, y) for _ in range(4)]) == [(2, 60.0), (4, 120.0)]


class Refuses:
    """Rows that no counting may touch."""

    shape = (1000, 1)

    def __len__(self):
        return 1000

    def __array__(self, *args, **kwargs):
        raise RuntimeError("not here")


def test_a_count_never_costs_a_fit(rows):
    RandomizedResponse(1.0).fit(Refuses(), rows[1])


def test_classes_and_parameters_are_a_part_of_the_noise(rows):
    """Shared noise at other thresholds would make every label certain on which two releases differ."""
    X, y = rows
    two = RandomizedResponse(1.0, classes=[0, 1], random_state=7).fit_resample(X, y)[1]
    three = RandomizedResponse(1.0, classes=[0, 1, 2], random_state=7).fit_resample(X, y)[1]
    differ = (two != three) & (three < 2)
    # Kept with .731 and .576: of those that differ the first is right in .666 where noise is independent.
    q1, q2, other = np.e / (1 + np.e), np.e / (2 + np.e), 1 / (2 + np.e)
    expected = q1 * other / (q1 * other + (1 - q1) * q2)
    assert abs(np.mean(two[differ] == y[differ]) - expected) < 5 * np.sqrt(0.25 / differ.sum())


def test_a_second_draw_is_another(rows):
    class DrawsTwice(BaseMechanism):
        def _randomize(self, codes, draw):
            self.draws = draw((len(codes),)), draw((len(codes),))
            return codes

    mechanism = DrawsTwice(1.0, random_state=0).fit(*rows)
    assert abs(np.corrcoef(mechanism.draws)[0, 1]) < 5 / np.sqrt(1000)
    again = DrawsTwice(1.0, random_state=0).fit(*rows)
    np.testing.assert_array_equal(again.draws, mechanism.draws)


def test_two_budgets_with_one_seed_share_no_noise(rows):
    """Were the noise shared, a label on which two releases differ were the weaker one's for certain.

    Independent ones: of labels kept with q1 = .731 and q2 = .881, those that differ are the second's with
    q2 (1 - q1) / (q2 (1 - q1) + q1 (1 - q2)) = .731; five standard errors of about 300 labels.
    """
    X, y = rows
    first, second = (RandomizedResponse(epsilon, random_state=0).fit_resample(X, y)[1] for epsilon in (1.0, 2.0))
    differ = first != second
    q1, q2 = np.e / (1 + np.e), np.e**2 / (1 + np.e**2)
    expected = q2 * (1 - q1) / (q2 * (1 - q1) + q1 * (1 - q2))
    right = np.mean(second[differ] == y[differ])
    assert abs(right - expected) < 5 * np.sqrt(expected * (1 - expected) / differ.sum())
