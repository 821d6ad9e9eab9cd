"""
Which rows were memorized most
==============================

An audit knows each canary: which row it was, which label it was given, and how surely an attack sees that label in the
model. The canaries that are seen most surely are the rows whose own label moved the model most: what the other rows
say of them did not settle it. Shown are images of digits, and rows of the Census data where these are at hand (in the
folder that ``SKLEARN_BLIA_DATA`` names). ``python examples/plot_most_memorized.py FILE.png`` also writes the pictures
to a file.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from sklearn_blia import CanaryFlipper, LabelAudit, LabelLiRAAttack, NeighborhoodAttack, ThresholdAttack
from sklearn_blia.datasets import fetch_census, make_census_preprocessor
from sklearn_blia.neural import CNNClassifier
from sklearn_blia.report import AttackRocDisplay, CoverageDisplay

ATTACKS = {"threshold": ThresholdAttack(), "neighborhood": NeighborhoodAttack(), "label-LiRA": LabelLiRAAttack(8)}
pd.set_option("display.width", 120, "display.max_columns", 20)


def most_memorized(audit, count):
    """The canaries that the likelihood-ratio attack sees most surely, a row of X each."""
    frame = audit.to_canary_frame(attacks="label-LiRA").sort_values("memorization", ascending=False)
    return frame.drop_duplicates("row").head(count).set_index("row")


# %%
# Digits, 5 or more? A canary is a digit whose label a coin decided; where it came up wrong, the network can have the
# label from nowhere but its memory.
digits = load_digits()
audit = LabelAudit(
    CNNClassifier((16, 32), max_epochs=20, lr=0.003),
    epsilons=[np.inf],
    n_repeats=3,
    planter=CanaryFlipper(fraction=0.1),
    attacks=ATTACKS,
    n_jobs=2,
    random_state=0,
).fit(digits.images, np.where(digits.target >= 5, "5 or more", "below 5"))
print(audit.report_)
digits_found = most_memorized(audit, 12)
print(digits_found[["natural_label", "released_label", "inferred_label", "memorization"]])

# %%
# Red is a label that is not the digit's own. Below, how right the attacks are where they are surest, and what they find
# at how many false alarms.
figure = plt.figure(figsize=(11, 8), layout="constrained")
images, curves = figure.subfigures(2, 1, height_ratios=[1, 1.1])
for ax, (row, canary) in zip(images.subplots(2, 6).flat, digits_found.iterrows(), strict=True):
    ax.imshow(digits.images[row], cmap="gray_r")
    wrong = canary["released_label"] != canary["natural_label"]
    ax.set_title(f"trained as {canary['released_label']}", fontsize="small", color="C3" if wrong else "black")
    ax.axis("off")
left, right = curves.subplots(1, 2)
CoverageDisplay.from_estimator(audit, ax=left)
AttackRocDisplay.from_estimator(audit, log=True, ax=right)
if len(sys.argv) > 1 and sys.argv[1].endswith(".png"):
    figure.savefig(sys.argv[1], dpi=80)
plt.show()

# %%
# The same for a table: people of the Census, and gradient boosting.
try:
    census = fetch_census(as_frame=True, download_if_missing=False)
except OSError:
    print("no Census data at hand")
else:
    people = census.data.iloc[:6000]
    income = np.asarray(census.target_names)[census.target.iloc[:6000]]
    model = make_pipeline(make_census_preprocessor(), HistGradientBoostingClassifier())
    audit = LabelAudit(model, epsilons=[np.inf], n_repeats=3, attacks=ATTACKS, n_jobs=2, random_state=0)
    print(audit.fit(people, income).report_)
    found = most_memorized(audit, 10)
    shown = people.iloc[found.index][["age", "education", "occupation", "sex", "hours-per-week"]]
    told = found[["natural_label", "released_label", "inferred_label", "memorization"]]
    print(shown.set_index(found.index).join(told).to_string())
