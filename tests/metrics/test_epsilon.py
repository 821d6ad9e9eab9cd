import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom, binomtest, norm

from sklearn_blia.metrics import (
    check_claim,
    epsilon_ceiling,
    epsilon_lower_bound,
    epsilon_p_value,
)
from sklearn_blia.metrics._gaussian_dp import epsilon_of_mu


@st.composite
def counts(draw, largest=10**6):
    m = draw(st.integers(1, largest))
    r = draw(st.integers(1, m))
    return draw(st.integers(0, r)), r, m


@pytest.mark.parametrize(
    ("m", "r", "v", "delta", "published"),
    [(100, 100, 75, 0, 0.702214), (100, 100, 75, 1e-4, 0.699467), (1000, 100, 75, 1e-4, 0.672985)],
)
def test_published_values_of_steinke(m, r, v, delta, published):
    assert epsilon_lower_bound(v, m, n_guesses=r, delta=delta) == pytest.approx(published, abs=1e-6)


def test_published_value_of_f_dp():
    assert epsilon_lower_bound(75, 100, delta=1e-5, method="f-dp") == pytest.approx(1.57358, abs=1e-5)


@given(counts(300), st.floats(0, 3), st.sampled_from([0.0, 1e-6, 1e-3]))
def test_p_value_is_the_theorem_as_it_stands(vrm, epsilon, delta):
    """Against Theorem 5.2 written out, with the maximum over every i and not only those that matter."""
    v, r, m = vrm
    q = expit(epsilon)
    beta = binom.sf(v - 1, r, q)
    growth = max([(binom.sf(v - i - 1, r, q) - beta) / i for i in range(1, v + 1)], default=0)
    expected = min(1, beta + 2 * m * delta * growth)
    assert epsilon_p_value(v, m, epsilon, n_guesses=r, delta=delta) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(counts(), st.floats(0, 12), st.sampled_from([0.0, 1e-9, 1e-3]))
def test_p_value_is_a_probability(vrm, epsilon, delta):
    v, r, m = vrm
    assert 0 <= epsilon_p_value(v, m, epsilon, n_guesses=r, delta=delta) <= 1


def test_p_value_is_vectorised():
    p = epsilon_p_value([50, 60], 100, 0.1)
    assert p[1] == epsilon_p_value(60, 100, 0.1)


@pytest.mark.parametrize("alpha", [1e-12, 1 - 1e-9])
def test_extreme_levels(alpha):
    for m in (1, 11, 1000, 10**6):
        v = np.unique(np.linspace(0, m, 7).astype(int))
        bounds = epsilon_lower_bound(v, m, alpha=alpha)
        assert np.isfinite(bounds).all()
        assert (np.diff(bounds) >= 0).all()


@given(counts(2000), st.sampled_from([1e-6, 1e-4]))
def test_bound_is_where_the_p_value_crosses(vrm, delta):
    v, r, m = vrm
    bound = epsilon_lower_bound(v, m, n_guesses=r, delta=delta)
    if bound > 0:
        assert epsilon_p_value(v, m, bound * (1 - 1e-6), n_guesses=r, delta=delta) < 0.05
    assert epsilon_p_value(v, m, bound * (1 + 1e-6) + 1e-9, n_guesses=r, delta=delta) >= 0.05 * (1 - 1e-6)


@given(counts())
def test_pure_bound_is_the_logit_of_clopper_pearson(vrm):
    v, r, m = vrm
    low = binomtest(v, r, alternative="greater").proportion_ci(0.95, method="exact").low
    expected = max(0.0, np.log(low) - np.log1p(-low)) if low > 0 else 0.0
    # binomtest's limit near 1 keeps fewer digits of 1 - p than the bound does
    assert epsilon_lower_bound(v, m, n_guesses=r) == pytest.approx(expected, abs=1e-6, rel=1e-4)


@pytest.mark.filterwarnings("error")
@given(counts(), st.sampled_from([("steinke", 0.0), ("steinke", 1e-7), ("steinke", 1e-3), ("f-dp", 1e-6)]))
def test_no_nan_and_below_the_ceiling(vrm, method_delta):
    v, r, m = vrm
    method, delta = method_delta
    bound = epsilon_lower_bound(v, m, n_guesses=r, delta=delta, method=method)
    assert np.isfinite(bound)
    assert bound >= 0
    if method == "steinke":
        assert bound <= epsilon_ceiling(r) * (1 + 1e-9) + 1e-12


@given(counts(), st.sampled_from([("steinke", 0.0), ("steinke", 1e-6), ("f-dp", 1e-6)]))
def test_monotone(vrm, method_delta):
    """In v upwards; in alpha upwards; in m downwards (more canaries give delta more to spoil)."""
    v, r, m = vrm
    method, delta = method_delta

    def bound(v=v, m=m, alpha=0.05):
        return epsilon_lower_bound(v, m, n_guesses=r, delta=delta, alpha=alpha, method=method)

    base, slack = bound(), 1e-6
    if v < r:
        assert bound(v=v + 1) >= base - slack
    assert bound(alpha=0.1) >= base - slack
    assert bound(m=m + m // 3 + 1) <= base + slack


@given(counts(10**5), st.sampled_from([1e-9, 1e-6, 1e-3]))
def test_delta_only_weakens(vrm, delta):
    v, r, m = vrm
    assert epsilon_lower_bound(v, m, n_guesses=r, delta=delta) <= epsilon_lower_bound(v, m, n_guesses=r) + 1e-9


def test_f_dp_is_tighter_than_steinke_for_the_gaussian_mechanism():
    """The paper's point (Mahloujifar et al., Figure 2): at the Gaussian mechanism's expected count.

    Two-point guessing on mu-Gaussian-DP is right with probability Phi(mu / 2).
    """
    for mu in (0.5, 1.0, 2.0):
        v = round(1000 * norm.cdf(mu / 2))
        f_dp, steinke = (epsilon_lower_bound(v, 1000, delta=1e-5, method=m) for m in ("f-dp", "steinke"))
        assert steinke < f_dp <= epsilon_of_mu(mu, 1e-5)


@pytest.mark.parametrize(("mu", "delta"), [(0.5, 1e-5), (1.0, 1e-5), (3.0, 1e-2)])
def test_gaussian_conversion(mu, delta):
    """Corollary 2.13 of Dong, Roth and Su: delta(eps) = Phi(-eps/mu + mu/2) - e^eps Phi(-eps/mu - mu/2)."""
    epsilon = epsilon_of_mu(mu, delta)
    assert norm.cdf(-epsilon / mu + mu / 2) - np.exp(epsilon) * norm.cdf(-epsilon / mu - mu / 2) == pytest.approx(delta)


@pytest.mark.parametrize("mu", [0.7, 1.5])
def test_f_dp_bound_holds_for_the_gaussian_mechanism(mu):
    """Exact coverage: over the distribution of v, the bound exceeds the truth with probability at most alpha."""
    m, delta, alpha = 200, 1e-4, 0.05
    v = np.arange(m + 1)
    bounds = epsilon_lower_bound(v, m, delta=delta, alpha=alpha, method="f-dp")
    weights = binom.pmf(v, m, norm.cdf(mu / 2))
    assert weights[bounds > epsilon_of_mu(mu, delta)].sum() <= alpha


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 2.0])
def test_exact_coverage_of_the_pure_bound(epsilon):
    """At the worst mechanism, randomized response seen in full, the bound fails with probability <= alpha."""
    m = 300
    v = np.arange(m + 1)
    bounds = epsilon_lower_bound(v, m)
    assert binom.pmf(v, m, expit(epsilon))[bounds > epsilon].sum() <= 0.05


def test_vectorised():
    v = np.array([[10, 60], [75, 100]])
    for kwargs in ({}, {"delta": 1e-5}, {"delta": 1e-5, "method": "f-dp"}):
        bounds = epsilon_lower_bound(v, 100, **kwargs)
        assert bounds.shape == (2, 2)
        assert bounds[1, 0] == epsilon_lower_bound(75, 100, **kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((11, 20), {"n_guesses": 10}, "n_correct=11 is larger than n_guesses=10"),
        ((5, 20), {"n_guesses": 30}, "n_guesses=30 is larger than n_canaries=20"),
        ((-1, 20), {}, "n_correct must be at least 0"),
        ((5, 20.5), {}, "n_.* must be whole"),
        ((5, 20), {"delta": 1.0}, r"delta must lie in \[0, 1\)"),
        ((5, 20), {"delta": -1e-3}, "delta must lie in"),
        ((5, 20), {"alpha": 1.0}, "alpha must lie strictly"),
        ((5, 20), {"alpha": 1e-300}, "alpha must be at least 1e-12"),
        ((5, 20), {"method": "magic"}, "method must be one of"),
        ((5, 20), {"method": "f-dp"}, "needs delta > 0"),
    ],
)
def test_bad_input(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        epsilon_lower_bound(*args, **kwargs)


class TestClaim:
    def test_design_example(self):
        check = check_claim(378, 500, 0.3)
        assert check.refuted
        assert round(check.epsilon_lower_bound, 2) == 0.96

    def test_text_keeps_its_digits(self):
        text = str(check_claim(10**6, 10**6, 12, alpha=0.001))
        assert "no attack exceeds 99.999386%" in text
        assert "99.9% confidence" in text
        assert "p < 1e-300" in str(check_claim(10**6, 10**6, 0.1))

    def test_ceiling_is_the_bound_of_an_audit_without_a_miss(self):
        check = check_claim(400, 500, 5, 1e-3)
        assert check.epsilon_ceiling == epsilon_lower_bound(500, 500, delta=1e-3) < 5
        assert check.refuting_count is None

    @given(counts(), st.floats(0, 8), st.sampled_from([0.0, 1e-7, 1e-5]))
    def test_verdict_bound_p_value_and_count_agree(self, vrm, epsilon, delta):
        v, r, m = vrm
        check = check_claim(v, m, epsilon, delta, n_guesses=r)
        assert check.refuted == (check.epsilon_lower_bound > epsilon)
        if not np.isclose(check.p_value, 0.05, rtol=1e-6):
            assert check.refuted == (check.p_value < 0.05)
        if check.refuting_count is None:
            assert not check.refuted
        else:
            assert check.refuted == (v >= check.refuting_count)

    def test_text(self):
        assert "could not have refuted it" in str(check_claim(500, 500, 6))
        v = next(v for v in range(501) if binom.sf(v - 1, 500, expit(1)) < 0.05)
        assert f"would have taken {v} right guesses to refute it" in str(check_claim(300, 500, 1))
        assert "no attack exceeds" not in str(check_claim(90, 500, 1, 1e-3, n_guesses=100))
        assert "delta = 1e-05" in str(check_claim(400, 500, 0.1, 1e-5))

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ((5, 10, -1), "epsilon must be finite and at least 0"),
            ((5, 10, np.inf), "epsilon must be finite"),
            ((5, 10, np.nan), "epsilon must be finite"),
            ((11, 10, 1), "n_correct=11 is larger than"),
            ((0, 0, 1), "nothing was guessed"),
            ((5, 10, "1"), "epsilon must be"),
            ((5, 10, [1, 2]), "epsilon must be one number"),
            (([1, 2], 10, 1), "n_correct must be one whole number"),
        ],
    )
    def test_bad_input(self, args, message):
        with pytest.raises(ValueError, match=message):
            check_claim(*args)
