"""What has to work where only the wheel is installed: run by `make smoke`, outside of the repository."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

import sklearn_blia
from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    RandomizedResponse,
    blia_memorization_score,
    make_label_pipeline,
    plant_canaries,
)
from sklearn_blia.cli import main
from sklearn_blia.datasets import load_blia_tables

assert Path(sklearn_blia.__file__).is_relative_to(sys.prefix), "this is not the wheel"
X, y = load_digits(return_X_y=True)
y = np.where(y >= 5, "large", "small")

audit = LabelAudit(DecisionTreeClassifier(), epsilons=[np.inf, 1], n_repeats=2, attacks="strong", random_state=0)
audit.fit(X, y)
assert [verdict.memorized for verdict in audit.report_.verdicts] == [True, True]
assert not any(verdict.refuted for verdict in audit.report_.verdicts)
assert "memorized labels" in audit.report_.to_html()

model = make_label_pipeline(CanaryFlipper(0.2), RandomizedResponse(), LogisticRegression(max_iter=1000))
search = GridSearchCV(model, {"randomizedresponse__epsilon": [1, 8]}, scoring=blia_memorization_score, cv=2)
assert search.fit(X / 16, y).best_score_ > -0.2

plan = plant_canaries(X, y)
assert plan.score(DecisionTreeClassifier().fit(X, plan.labels), claim=1.0).verdicts[0].refuted
with tempfile.TemporaryDirectory() as folder:
    plan.save(Path(folder) / "secret")
    assert len(type(plan).load(Path(folder) / "secret").canaries) == len(plan.canaries)

assert len(load_blia_tables().epsilon) > 40, "a file is missing from the wheel"
ended = main(["check-claim", "--correct", "378", "--canaries", "500", "--epsilon", "0.3"])
assert ended == 1, "the claim is not refuted"
used = f"Python {sys.version.split()[0]}, scikit-learn {sklearn.__version__}"
print(f"sklearn-blia {sklearn_blia.__version__} works: {used}")
