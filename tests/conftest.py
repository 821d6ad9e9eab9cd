"""One thread for each test process, and hypothesis without deadlines: these machines are noisy."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import hypothesis
import numpy as np
import pytest
from sklearn.datasets import make_classification

hypothesis.settings.register_profile("quiet", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("quiet")


@pytest.fixture
def data():
    """Two classes, 600 rows, no two of them alike."""
    return make_classification(600, n_features=8, n_informative=4, flip_y=0.05, random_state=0)


@pytest.fixture
def words(data):
    """The same with string labels."""
    X, y = data
    return X, np.array(["no", "yes"])[y]


@pytest.fixture
def three_classes():
    return make_classification(600, n_features=8, n_informative=5, n_classes=3, random_state=0)
