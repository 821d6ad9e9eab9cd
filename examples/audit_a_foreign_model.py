"""
Check the label-DP claim of a model trained elsewhere
=====================================================

Canaries can be planted in data that leaves for another system; all that has to come back are the model's
probabilities on the canary rows.
"""

# %%
# Before training: re-draw the labels of some rows, and keep the flipper to yourself. It holds the secret.
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from sklearn_blia import CanaryFlipper, ThresholdAttack
from sklearn_blia.metrics import check_claim

X, y = load_digits(return_X_y=True)
flipper = CanaryFlipper(n_canaries=500, random_state=0)
_, y_with_canaries = flipper.fit_resample(X, y)

# %%
# Elsewhere: someone claims epsilon = 1 for ten classes, but *redraws* labels from all classes with the probability
# with which they should be *changed*. It is trained there; here a nearest neighbour stands in.
rng = np.random.default_rng(0)
redraw = rng.random(len(y)) < 9 / (np.e + 9)
noisy = np.where(redraw, rng.integers(10, size=len(y)), y_with_canaries)
foreign_model = KNeighborsClassifier(1).fit(X, noisy)

# %%
# After training: infer each canary's label among its two candidates, count, and check the claim.
proba = foreign_model.predict_proba(flipper.canary_X_)
inferred = ThresholdAttack().infer(proba, flipper.canary_pairs_, foreign_model.classes_)
n_correct = int((inferred == flipper.canary_labels_).sum())
print(check_claim(1.0, n_correct, n_canaries=500))

# %%
# Ten classes leave many canaries with a released label outside their pair, on which the model says nothing and any
# guess is a coin. An attack may abstain there: its confidence does not depend on the coins, only on outputs.
confidence = np.abs(ThresholdAttack().decision_function(proba, flipper.canary_pairs_, foreign_model.classes_))
sure = confidence > 0
n_correct = int((inferred == flipper.canary_labels_)[sure].sum())
print(check_claim(1.0, n_correct, n_canaries=500, n_guesses=int(sure.sum())))
