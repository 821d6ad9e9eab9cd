"""One thread for each test process, and hypothesis without deadlines: these machines are noisy."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import hypothesis
import numpy as np
import pytest
from sklearn.datasets import make_classification

hypothesis.settings.register_profile("quiet", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("quiet")


@pytest.fixture
def start_python():
    """Start code in a process of its own, which hears Ctrl-C and does not outlive the test.

    A shell that ignores SIGINT, as one that runs things in the background does, hands that down to its children, and
    Python then leaves it ignored: the code sets the handler itself. The process leads a group, so that workers which
    it left behind are killed with it.
    """
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    runs = []

    def start(code, **pipes):
        command = [sys.executable, "-c", listen + code]
        runs.append(subprocess.Popen(command, text=True, start_new_session=True, **pipes))
        return runs[-1]

    try:
        yield start
    finally:
        for run in runs:
            with run, suppress(ProcessLookupError):  # leaving closes the pipes and waits for the process
                os.killpg(run.pid, signal.SIGKILL)


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
