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
# After training: infer each canary's label among its two candidates. With ten classes the released label of many
# canaries is neither; the model then gives both probability 0, and any guess is a coin. The rule, made before looking
# at which guesses are right: abstain there. It follows from the outputs alone, as a claim with delta = 0 allows.
attack = ThresholdAttack()
proba = foreign_model.predict_proba(flipper.canary_X_)
outputs = (proba, flipper.canary_pairs_, foreign_model.classes_)
right = attack.infer(*outputs) == flipper.canary_labels_
guessed = attack.decision_function(*outputs) != 0
print(check_claim(right[guessed].sum(), 500, epsilon=1.0, n_guesses=guessed.sum()))
