"""
Check the label-DP claim of a model trained elsewhere
=====================================================

A table goes out with canaries in it, and answers come back. Who trains needs neither Python nor this package: here it
is a database, and its "model" is a query (``pip install duckdb``).
"""

# %%
# Here: plant canaries, export the tables for whoever trains, and keep the secret elsewhere.
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from sklearn_blia import AuditPlan, plant_canaries

home = Path(tempfile.mkdtemp())
X, y = load_digits(return_X_y=True, as_frame=True)
plan = plant_canaries(X, np.where(y >= 5, "5 or more", "below 5"), n_canaries=800, title="digits")
plan.export(home / "for_the_trainer")
plan.save(home / "secret")
print((home / "for_the_trainer" / "HOW_TO_TRAIN.txt").read_text())

# %%
# Elsewhere: somebody claims epsilon = 1, but *redraws* labels from both classes with the probability with which they
# should be *changed*, which spends 1.86. The model is a nearest neighbour in SQL: the label of the row most alike.
import duckdb  # noqa: E402

train = home / "for_the_trainer" / "train.csv"
noisy = pd.read_csv(train)
rng = np.random.default_rng()
redraw = rng.random(len(noisy)) < 1 / (np.e + 1)
noisy["label"] = np.where(redraw, rng.choice(["5 or more", "below 5"], size=len(noisy)), noisy["label"])
noisy.to_csv(train, index=False)

distance = " + ".join(f"(a.{name} - t.{name}) ** 2" for name in X.columns)
duckdb.sql(f"""
    COPY (SELECT a.id, arg_min(t.label, {distance}) AS prediction
          FROM '{home}/for_the_trainer/ask.csv' AS a, '{train}' AS t GROUP BY a.id)
    TO '{home}/answers.csv' (HEADER)
""")

# %%
# Here: answers are joined to the secret by id, and tested. They are labels, no probabilities, and the report says so.
report = AuditPlan.load(home / "secret").score(home / "answers.csv", claim=1.0, name="SQL")
print(report)
report.to_html(home / "report.html")
