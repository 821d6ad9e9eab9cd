"""The same numbers mean the same anywhere: whatever form the same data come in, an audit gives the same table."""

import hypothesis
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from sklearn_blia import LabelAudit, plant_canaries

NAMES = [f"x{i}" for i in range(5)]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = rng.integers(-50, 50, size=(240, 5)) / 8.0
    return X, rng.integers(3, size=240)


def table(X, y, *, model=None, **options):
    """What an audit finds, without times and names."""
    settings = {"epsilons": [np.inf, 1.0], "n_repeats": 2, "n_canaries": 60, "random_state": 0} | options
    audit = LabelAudit(DecisionTreeClassifier(max_depth=4) if model is None else model, **settings).fit(X, y)
    return audit.to_frame().drop(columns=["model"])


def assert_same(first, second):
    pd.testing.assert_frame_equal(first, second, check_exact=True)


KINDS = {
    "list": lambda X: X.tolist(),
    "column-major": np.asfortranarray,
    "slice": lambda X: np.repeat(X, 2, axis=0)[::2],
    "read-only": lambda X: np.frombuffer(X.tobytes()).reshape(X.shape),
}
FRAMES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "pandas with an index": lambda X: pd.DataFrame(X, columns=NAMES, index=[f"row {i}" for i in range(len(X))]),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES),
}
SPARSE = {"csr": sparse.csr_array, "csc": sparse.csc_array, "coo": sparse.coo_array}


@pytest.mark.parametrize("kinds", [KINDS, FRAMES, SPARSE], ids=["arrays", "frames", "sparse"])
def test_the_container_of_the_rows_changes_nothing(rows, kinds):
    """Seeds follow the values, and those of all containers of one sort are alike."""
    X, y = rows
    found = [table(make(X), y) for make in kinds.values()]
    for one in found[1:]:
        assert_same(one, found[0])
    if kinds is not SPARSE:  # of sparse rows the zeros are not looked at
        assert_same(found[0], table(X, y))


LABELS = {
    "small integers": lambda y: y.astype(np.int8),
    "floats": lambda y: y.astype(float),
    "texts": lambda y: np.array(["a", "b", "c"])[y],
    "objects": lambda y: np.array(["a", "b", "c"], dtype=object)[y],
    "Series": lambda y: pd.Series(y, index=np.arange(len(y))[::-1]),
    "categories": lambda y: pd.Series(np.array(["a", "b", "c"])[y], dtype="category"),
    "nullable": lambda y: pd.Series(y, dtype="Int64"),
    "polars": lambda y: pl.Series("y", y),
    "list": lambda y: y.tolist(),
}


@pytest.mark.parametrize("kind", LABELS)
def test_the_type_of_the_labels_changes_nothing(rows, kind):
    X, y = rows
    assert_same(table(X, LABELS[kind](y)), table(X, y))


TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=6)


@hypothesis.given(names=st.lists(TEXTS, min_size=3, max_size=3, unique=True))
@hypothesis.settings(max_examples=25)
def test_the_names_of_classes_change_nothing_if_their_order_is_the_same(names):
    """Any three texts of letters, digits, punctuation and symbols, in rising order."""
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((90, 2)), np.arange(90) % 3
    options = {"epsilons": [2.0], "n_repeats": 1, "n_canaries": 30}
    assert_same(table(X, np.array(sorted(names))[y], **options), table(X, y, **options))


@hypothesis.given(order=st.permutations(range(5)))
@hypothesis.settings(max_examples=10)
def test_the_order_of_columns_changes_nothing_for_a_model_that_has_none(order):
    """Naive Bayes sums over columns; coins follow the values, so that those of a plan are given from outside."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(-50, 50, size=(240, 5)) / 8.0, rng.integers(2, size=240)
    plan = plant_canaries(X, y, n_canaries=60, random_state=0)
    expected = found(plan, GaussianNB().fit(X, plan.labels), X)
    assert_close(found(plan, GaussianNB().fit(X[:, order], plan.labels), X[:, order]), expected)


@hypothesis.given(seed=st.integers(0, 2**32 - 1))
@hypothesis.settings(max_examples=10)
def test_the_order_of_answers_and_of_their_columns_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((120, 2)), np.arange(120) % 3
    plan = plant_canaries(X, y, n_canaries=40, random_state=0)
    p = rng.dirichlet([1, 1, 1], size=120)
    frame = pd.DataFrame(p, columns=["0", "1", "2"]).assign(id=plan.ids)
    mixed = frame.sample(frac=1, random_state=seed % 1000)[list(rng.permutation(["0", "1", "2", "id"]))]
    assert_same(plan.score(mixed).to_frame(), plan.score(frame).to_frame())


def found(plan, model, X):
    frame = pd.DataFrame(model.predict_proba(X), columns=[str(label) for label in model.classes_])
    return plan.score(frame.assign(id=plan.ids)).to_frame()


def assert_close(first, second):
    pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=1e-9)


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky", "multiprocessing"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_backends_and_workers_change_nothing(rows, backend, n_jobs):
    X, y = rows
    with joblib.parallel_config(backend=backend):
        assert_same(table(X, y, n_jobs=n_jobs), table(X, y))


def test_another_model_budget_or_repeat_changes_no_other(rows):
    X, y = rows
    models = {"one": DecisionTreeClassifier(max_depth=4), "two": LogisticRegression()}
    alone = LabelAudit(models["one"], epsilons=[1.0], n_repeats=2, n_canaries=60, random_state=0).fit(X, y)
    more = LabelAudit(models, epsilons=[2.0, 1.0], n_repeats=2, n_canaries=60, random_state=0).fit(X, y)
    (cell,) = (cell for cell in more.report_.cells if (cell.model, cell.epsilon) == ("one", 1.0))
    for name, finding in alone.report_.cells[0].attacks.items():
        assert cell.attacks[name].tests == finding.tests
