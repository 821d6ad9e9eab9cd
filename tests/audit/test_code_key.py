"""Stored fits are keyed by what was trained: an edited class under its old name is another one."""

import functools
import textwrap
import types

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_blia import LabelAudit, ThresholdAttack
from sklearn_blia.audit._code_key import code_key
from sklearn_blia.neural import SequentialClassifier

MODULE = """
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.neighbors import KNeighborsClassifier

    DEPTH = 1

    def helper():
        return DEPTH

    class Model(ClassifierMixin, BaseEstimator):
        def __init__(self, scale=1.0):
            self.scale = scale

        def fit(self, X, y):
            self.model_ = KNeighborsClassifier(helper()).fit(X, y)
            self.classes_ = self.model_.classes_
            return self

        def predict_proba(self, X):
            return self.model_.predict_proba(X)

        def predict(self, X):
            return self.model_.predict(X)
"""


def loaded(source):
    module = types.ModuleType("users_module")
    exec(compile(textwrap.dedent(source), "users_module.py", "exec"), vars(module))
    return module


EDITS = {
    "a method": ("return self.model_.predict_proba(X)", "return 1 - self.model_.predict_proba(X)"),
    "what it calls": ("return DEPTH", "return DEPTH + 4"),
    "a constant of what it calls": ("DEPTH = 1", "DEPTH = 5"),
    "a default": ("scale=1.0", "scale=2.0"),
    "a class attribute": ("        def predict(", "        extra = 3\n\n        def predict("),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_the_key(edit):
    before, after = EDITS[edit]
    assert before in MODULE
    old, again, new = (loaded(source).Model() for source in (MODULE, MODULE, MODULE.replace(before, after)))
    assert code_key(old) == code_key(again)
    assert code_key(old) != code_key(new)


def test_a_comment_changes_nothing():
    assert code_key(loaded(MODULE).Model()) == code_key(loaded(MODULE + "\n    # a word\n").Model())


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        RandomForestClassifier(n_estimators=3),
        make_pipeline(StandardScaler(), SequentialClassifier((4,))),
        make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()),
        KNeighborsClassifier(metric=lambda a, b: float(np.abs(a - b).sum())),
        make_pipeline(FunctionTransformer(functools.partial(np.multiply, 2)), LogisticRegression()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_keys_of_what_is_installed_do_not_change(model):
    assert code_key(model) == code_key(model)


def test_parameters_and_lambdas_are_told_apart():
    assert code_key(LogisticRegression()) != code_key(LogisticRegression(C=2.0))
    assert code_key(FunctionTransformer(lambda X: X)) != code_key(FunctionTransformer(lambda X: X + 1))
    assert code_key(FunctionTransformer(lambda X: X)) == code_key(FunctionTransformer(lambda X: X))

    def closure(by):
        return lambda X: X + by

    assert code_key(closure(1)) != code_key(closure(2))


def test_what_cannot_be_told_apart_is_refused():
    generator = (number for number in range(3))
    with pytest.raises(ValueError, match=r"cache_dir cannot tell .*: leave cache_dir out"):
        code_key(FunctionTransformer(kw_args={"a": generator}))


def test_an_edited_model_is_trained_again(data, tmp_path):
    """The old fits stored everything; the edited class says the opposite, and must not be given their answers."""
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0, "cache_dir": tmp_path}
    edited = MODULE.replace("KNeighborsClassifier(helper())", "KNeighborsClassifier(400)")
    ratios = []
    for source in (MODULE, edited, MODULE):
        model = loaded(source).Model()
        with pytest.warns(UserWarning, match="other settings") if source is edited else _quiet():
            audit = LabelAudit(model, attacks=[ThresholdAttack()], **settings).fit(*data)
        ratios.append(audit.results_["private_success_ratio_ThresholdAttack()"][0])
    assert ratios[0] == ratios[2] == 1
    assert ratios[1] < 0.8  # the label of a canary is one of 400 votes


def _quiet():
    from contextlib import nullcontext

    return nullcontext()


def test_a_lambda_in_the_estimator_is_stored_and_found(data, tmp_path):
    model = make_pipeline(FunctionTransformer(lambda X: 2 * X), KNeighborsClassifier(1))
    settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0, "cache_dir": tmp_path}
    first, again = (LabelAudit(model, **settings).fit(*data) for _ in range(2))
    assert first.results_["mean_fit_time"] == again.results_["mean_fit_time"]  # it is the stored fit's
