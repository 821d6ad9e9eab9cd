"""Two columns of labels against a claimed epsilon."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from sklearn_blia import RandomizedResponse, check_mechanism
from sklearn_blia.cli import main
from sklearn_blia.metrics._check_mechanism import _largest_log_ratio


def _changed(natural, change, n_classes, rng):
    """`natural` with another class, all others alike, where `change`."""
    other = (natural + rng.integers(1, n_classes, size=len(natural))) % n_classes
    return np.where(change, other, natural)


def _randomized_response(rng, n, n_classes=2, epsilon=1.0):
    natural = rng.integers(n_classes, size=n)
    flip = (n_classes - 1) / (n_classes - 1 + np.exp(epsilon))
    return natural, _changed(natural, rng.random(n) < flip, n_classes, rng)


def _half_rate(rng, n):
    """Redraws where it should change; spends ln(1 + 2e) = 1.862 at a claimed 1."""
    natural = rng.integers(2, size=n)
    redrawn = rng.random(n) < 1 / (1 + np.e)
    return natural, np.where(redrawn, rng.integers(2, size=n), natural)


def _noisy_argmax(rng, n):
    """argmax(onehot + Laplace(1)) over 10 classes; spends 1.137 at a claimed 1 (numerical integration, below)."""
    natural = rng.integers(10, size=n)
    return natural, (np.eye(10)[natural] + rng.laplace(size=(n, 10))).argmax(axis=1)


def _with_replacement(rng, n):
    """Changes rows drawn with replacement, so only 1 - e^-p of them: spends 1.1758 at a claimed 1."""
    natural = rng.integers(2, size=n)
    drawn = rng.integers(n, size=round(n / (1 + np.e)))
    released = natural.copy()
    released[drawn] = 1 - natural[drawn]
    return natural, released


@pytest.mark.parametrize("mechanism", [_half_rate, _noisy_argmax, _with_replacement])
def test_false_claims_are_refuted_from_a_hundred_thousand_rows(mechanism):
    """Of the hardest, noisy argmax, 200 of 200 were (benchmarks/check_mechanism.py): 3 misses in 10 do not happen."""
    checks = [check_mechanism(*mechanism(np.random.default_rng(seed), 100_000), epsilon=1.0) for seed in range(10)]
    assert sum(check.refuted for check in checks) >= 8


@pytest.mark.parametrize(
    ("mechanism", "spent"),
    [(_half_rate, np.log(1 + 2 * np.e)), (_noisy_argmax, 1.13736), (_with_replacement, 1.1758)],
)
def test_bounds_stay_below_what_was_spent(mechanism, spent):
    """Each exceeds it with probability 0.05 at most: of 20, more than 4 with 0.003."""
    checks = [check_mechanism(*mechanism(np.random.default_rng(seed), 20_000), epsilon=1.0) for seed in range(20)]
    assert sum(check.epsilon_lower_bound > spent for check in checks) <= 4


def test_what_a_noisy_argmax_spends():
    """P(out = y) over P(out = z): the largest of ten Laplace variables is one's own, integrated over its value."""
    at = np.linspace(-30, 40, 700_001)
    density, below = stats.laplace.pdf, stats.laplace.cdf
    own = integrate.trapezoid(density(at - 1) * below(at) ** 9, at)
    assert np.log(own / ((1 - own) / 9)) == pytest.approx(1.13736, abs=1e-5)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_true_claims_stand(n_classes):
    """Level 0.05: of 1,000 columns at most 50 are expected, 71 with three standard errors."""
    refuted = [
        check_mechanism(*_randomized_response(np.random.default_rng(seed), 400, n_classes), epsilon=1.0).refuted
        for seed in range(1000)
    ]
    assert sum(refuted) <= 71


def test_the_limits_are_clopper_pearson():
    """By scipy's: each of 2 x 2 x 2 limits at level 0.05 / 8, which is one side of an interval of 1 - 0.1 / 8."""
    natural = np.repeat(["a", "b"], [300, 200])
    released = np.concatenate([np.repeat(["a", "b"], [250, 50]), np.repeat(["a", "b"], [40, 160])])
    check = check_mechanism(natural, released, epsilon=1.0)

    def limits(k, n):
        return stats.binomtest(k, n).proportion_ci(1 - 0.1 / 8, method="exact")

    expected = max(
        np.log(limits(250, 300).low / limits(40, 200).high), np.log(limits(160, 200).low / limits(50, 300).high)
    )
    assert check.epsilon_lower_bound == pytest.approx(expected)
    assert (check.released, check.natural, check.other) == ("b", "b", "a")
    np.testing.assert_array_equal(check.counts, [[250, 50], [40, 160]])
    kept = max(np.log(limits(n, n).low / limits(0, other).high) for n, other in [(300, 200), (200, 300)])
    assert check.epsilon_ceiling == pytest.approx(kept)


def test_delta_is_taken_off_before_the_ratio():
    """A mechanism that reveals one label in a hundred outright is (0, 0.01)-DP and no epsilon-DP."""
    rng = np.random.default_rng(0)
    natural = rng.integers(2, size=100_000)
    released = np.where(rng.random(100_000) < 0.01, natural + 10, 0)
    assert check_mechanism(natural, released, epsilon=3.0).refuted
    assert not check_mechanism(natural, released, epsilon=0.0, delta=0.01).refuted
    assert check_mechanism(natural, released, epsilon=0.0, delta=0.005).refuted


def test_our_own_mechanism_is_not_refuted():
    """A true claim, so refuted with probability 0.05 a column at most: of 20, more than 4 with 0.003."""
    refuted = []
    for seed in range(20):
        y = np.random.default_rng(seed).integers(3, size=5000)
        _, released = RandomizedResponse(epsilon=1.0, random_state=seed).fit_resample(np.zeros((5000, 1)), y)
        refuted.append(check_mechanism(y, released, epsilon=1.0).refuted)
    assert sum(refuted) <= 4


def test_what_it_says():
    natural = np.array([0, 1] * 500)
    kept = str(check_mechanism(natural, natural, epsilon=1.0))
    told = r"is REFUTED. By 1,000 rows the probability that natural (\d) is released as \1 is at least e\^"
    assert re.search(told, kept)
    constant = check_mechanism(natural, np.zeros(1000, int), epsilon=0.0)
    assert not constant.refuted
    assert constant.epsilon_lower_bound == 0
    assert "bound no ratio of two probabilities away from 1. Had every label been kept" in str(constant)


def test_the_largest_of_all_ratios():
    """Against the definition, every pair of natural labels for each released one; both may be one."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        low = rng.random((4, 3))
        high = low + rng.random((4, 3)) * 0.5
        every = np.log(low[:, None, :] / high[None, :, :])
        every[np.arange(4), np.arange(4)] = -np.inf
        bound, a, b, out = _largest_log_ratio(low, high)
        assert bound == pytest.approx(every.max())
        assert (a, b, out) == np.unravel_index(np.argmax(every), every.shape)


def test_many_classes_are_no_matter():
    natural = np.arange(6000) % 1000
    assert check_mechanism(natural, natural, epsilon=1.0).counts.shape == (1000, 1000)


@pytest.mark.parametrize(
    ("natural", "released", "options", "message"),
    [
        ([0, 1], [0], {}, "natural has 2 labels and released 1"),
        ([0, 0], [0, 1], {}, "natural holds one label alone \\(0\\)"),
        ([], [], {}, "natural must be one column with at least one label"),
        ([0, 1], [[0], [1]], {}, "released must be one column"),
        ([0, 1], ["0", "1"], {}, "labels of one type"),
        ([0, 1], np.array([0, "1"], dtype=object), {}, "released mixes texts and numbers"),
        ([1, "a"], ["a", "b"], {}, "natural mixes texts and numbers"),
        (["a", "b"], ["a", np.nan], {}, "released misses a label"),
        (np.arange(4000), np.arange(4000), {}, "these look like identifiers"),
        (np.array([0.0, np.nan]), [0, 1], {}, "natural misses a label or holds infinity"),
        (pd.Series([0, None], dtype="Int64"), [0, 1], {}, "natural misses a label"),
        (np.array([0, 1], dtype=complex), [0, 1], {}, "natural must hold numbers, booleans or texts"),
        ([0, 1], [0, 1], {"epsilon": -1.0}, "epsilon"),
        ([0, 1], [0, 1], {"delta": 1.0}, "delta"),
        ([0, 1], [0, 1], {"alpha": 0.0}, "alpha"),
    ],
)
def test_bad_columns(natural, released, options, message):
    with pytest.raises(ValueError, match=message):
        check_mechanism(natural, released, **{"epsilon": 1.0, **options})


def test_command(tmp_path, capsys):
    natural, released = _half_rate(np.random.default_rng(0), 100_000)
    pd.DataFrame({"before": natural, "after": released}).to_csv(tmp_path / "labels.csv", index=False)
    columns = ["check-mechanism", "--data", str(tmp_path / "labels.csv"), "--natural", "before", "--released", "after"]
    assert main([*columns, "--epsilon", "1"]) == 1
    assert capsys.readouterr().out.strip() == str(check_mechanism(natural.astype(str), released.astype(str), 1.0))
    assert main([*columns, "--epsilon", "2"]) == 0
    assert main([*columns[:-1], "nowhere", "--epsilon", "1"]) == 2
    assert "nowhere" in capsys.readouterr().err
