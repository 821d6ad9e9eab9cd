"""Stored fits are keyed by what was trained: an edited class under its old name is another one."""

import subprocess
import sys
import textwrap
import types

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_blia import LabelAudit, ThresholdAttack
from sklearn_blia.attacks import BaseAttack
from sklearn_blia.audit._code_key import code_key

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


def test_keys_are_the_same_in_another_process():
    """Names in sets, hashes of strings and addresses differ from process to process; keys must not."""
    code = (
        "import functools\n"
        "import numpy as np\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import FunctionTransformer, StandardScaler\n"
        "from sklearn_blia.audit._code_key import code_key\n"
        "from sklearn_blia.evidence import Neighborhood\n"
        "from sklearn_blia.neural import SequentialClassifier\n"
        "class Own(LogisticRegression):\n"
        "    def fit(self, X, y):\n"
        "        return super().fit(np.log1p(X), y)\n"
        "for thing in (LogisticRegression(), RandomForestClassifier(3), Own(), Neighborhood(),\n"
        "              make_pipeline(StandardScaler(), SequentialClassifier((4,))),\n"
        "              make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()),\n"
        "              KNeighborsClassifier(metric=lambda a, b: float(np.abs(a - b).sum())),\n"
        "              FunctionTransformer(functools.partial(np.multiply, 2))):\n"
        "    print(code_key(thing))\n"
    )
    keys = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
            for _ in range(2)]  # fmt: skip
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 8


HELPER = """
    import functools

    import users_helper

    def by_attribute(X):
        return users_helper.change(X)

    def by_local_import(X):
        from users_helper import change
        return change(X)

    by_partial = functools.partial(users_helper.change)
"""


@pytest.mark.parametrize("name", ["by_attribute", "by_local_import", "by_partial"])
def test_an_edit_in_a_helper_module_changes_the_key(name, monkeypatch):
    keys = []
    for by in (1, 1, 2):
        helper = types.ModuleType("users_helper")
        exec(f"BY = {by}\ndef change(X):\n    return X + BY\n", vars(helper))
        monkeypatch.setitem(sys.modules, "users_helper", helper)
        keys.append(code_key(FunctionTransformer(getattr(loaded(HELPER), name))))
    assert keys[0] == keys[1] != keys[2]


def test_an_edited_source_is_asked_again(data, tmp_path):
    """The source of evidence has the same name and the same repr; what it collects is another thing."""
    found = []
    for sign in ("-", "+", "-"):
        module = loaded(f"""
            from dataclasses import dataclass

            @dataclass(frozen=True)
            class Own:
                def trainings(self):
                    return ()

                def collect(self, ask, trained, public):
                    return {{"lean": 0.5 {sign} public.second(ask(public.X))}}
        """)

        class Leans(BaseAttack):
            requires = (module.Own(),)

            def score(self, evidence, codes=None):
                return evidence[self.requires[0]]["lean"] - 0.75  # 1 - 0.75 or -0.25; 0.5 - 0.75

        settings = {"epsilons": [np.inf], "n_repeats": 1, "n_canaries": 100, "random_state": 0, "cache_dir": tmp_path}
        audit = LabelAudit(KNeighborsClassifier(1), attacks={"leans": Leans()}, **settings).fit(*data)
        found.append(audit.canary_scores("leans")[1])
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()


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
