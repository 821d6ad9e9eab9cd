"""
A sweep over epsilon
====================

What the paper's Section 6 does, with error bars: one network at several privacy budgets, three repeats of each, all in
one training. The two pictures show what leaks at which budget, and what it costs. ``python examples/plot_sweep.py
FILE.png`` also writes them to a file.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import LabelAudit
from sklearn_blia.neural import SequentialClassifier
from sklearn_blia.report import EpsilonSweepDisplay, PrivacyUtilityDisplay

X, y = load_digits(return_X_y=True)
audit = LabelAudit(
    make_pipeline(StandardScaler(), SequentialClassifier()),
    epsilons=[np.inf, 4, 2, 1, 0.5],
    n_repeats=3,
    n_jobs=2,
    random_state=0,
).fit(X, y >= 5)
print(audit.engine_)
print(audit.report_)

# %%
# Success ratios grow with epsilon and stay below the cap; the attack that reads labels has a chance level of its own.
fig, axes = plt.subplots(2, 1, figsize=(8, 9.5), layout="constrained")
EpsilonSweepDisplay.from_estimator(audit, ax=axes[0])
PrivacyUtilityDisplay.from_estimator(audit, attacks=["threshold (fixed)", "delta-margin"], ax=axes[1])
if len(sys.argv) > 1 and sys.argv[1].endswith(".png"):
    fig.savefig(sys.argv[1], dpi=80)
plt.show()
