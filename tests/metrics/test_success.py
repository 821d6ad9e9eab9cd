import numpy as np
import pytest

from sklearn_blia.metrics import memorization_score, success_ratio


def test_success_ratio_is_accuracy():
    assert success_ratio(["a", "b", "b"], ["a", "b", "a"]) == pytest.approx(2 / 3)


def test_score_scale():
    assert memorization_score(0.5) == 0
    assert memorization_score(1) == 1
    assert memorization_score(0.25) == -0.5  # 2 SR - 1, not clipped
    assert memorization_score(0.9, 0.8) == pytest.approx(0.5)
    assert memorization_score(1, 1) == 0
    np.testing.assert_allclose(memorization_score(np.array([0.5, 1.0]), np.array([0.5, 0.6])), [0, 1])


@pytest.mark.parametrize(
    ("true", "inferred", "message"),
    [([1, 0], [1], "one length"), ([], [], "no canary"), ([[1]], [[1]], "must be 1-D")],
)
def test_bad_labels(true, inferred, message):
    with pytest.raises(ValueError, match=message):
        success_ratio(true, inferred)


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_bad_ratio(bad):
    with pytest.raises(ValueError, match=r"success_ratio must lie in \[0, 1\]"):
        memorization_score(bad)
    with pytest.raises(ValueError, match=r"chance_level must lie in \[0, 1\]"):
        memorization_score(0.5, bad)
