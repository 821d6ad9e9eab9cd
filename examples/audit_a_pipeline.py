"""
Audit a scikit-learn pipeline
=============================

Plant canaries, cross-validate accuracy and memorization side by side, and test one fit with all its error bars.
"""

# %%
# A LabelPipeline is a classifier: label samplers in front, any classifier with predict_proba behind. Transformers of
# features go inside the last step.
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import CanaryFlipper, ThresholdAttack, blia_memorization_score, make_label_pipeline

X, y = load_breast_cancer(return_X_y=True)
scoring = {"accuracy": "accuracy", "memorization": blia_memorization_score}
classifiers = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "random forest": RandomForestClassifier(random_state=0),
}
for name, classifier in classifiers.items():
    model = make_label_pipeline(CanaryFlipper(fraction=0.2, random_state=0), classifier)
    scores = cross_validate(model, X, y, scoring=scoring)
    means = {kind: scores[f"test_{kind}"].mean() for kind in scoring}
    print(f"{name:<24} accuracy {means['accuracy']:.3f}   memorization {means['memorization']:+.3f}")

# %%
# One fit, tested.
test = ThresholdAttack().evaluate(model.fit(X, y))
low, high = test.confidence_interval
print(f"{test.n_correct} of {test.n_canaries} canaries inferred: {test.success_ratio:.3f} [{low:.3f}, {high:.3f}]")
print(f"p = {test.p_value:.1e}, epsilon at least {test.epsilon_lower_bound:.2f}")
