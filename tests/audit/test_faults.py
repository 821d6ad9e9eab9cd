"""Kinds of fault that public bug reports tell of, in a whole audit: each is refused, told, or does no harm."""

import json
import stat
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler

from sklearn_blia import (
    CanaryFlipper,
    LabelAudit,
    NeighborhoodAttack,
    RandomizedResponse,
    ThresholdAttack,
    blia_memorization_score,
    make_label_pipeline,
)
from sklearn_blia.audit import _trainers
from sklearn_blia.evidence import Neighborhood
from tests.audits import same

SETTINGS = {"epsilons": [np.inf, 1], "n_repeats": 2, "n_canaries": 100, "random_state": 0}


def audit(model, **params):
    return LabelAudit(model, **SETTINGS | params)


# ---- fits that touch each other


class Doubles(TransformerMixin, BaseEstimator):
    """Writes into the frame that it is given."""

    def fit(self, X, y=None):
        X["x0"] = 2 * X["x0"]
        return self

    def transform(self, X):
        return X


def test_a_fit_that_writes_into_its_rows_changes_no_other(data):
    """Scaled again and again, the rows of the last fits would all be zeros and ones."""
    X, y = data[0] * 1000 + 500, data[1]
    untouched = X.copy()
    models = {
        "writes": make_pipeline(StandardScaler(copy=False), LogisticRegression()),
        "innocent": make_pipeline(StandardScaler(), LogisticRegression()),
    }
    found = audit(models).fit(X, y)
    np.testing.assert_array_equal(X, untouched)
    for name in ("mean_train_accuracy", "mean_test_accuracy", "private_success_ratio_threshold (fixed)"):
        writes, innocent = np.split(found.results_[name], 2)
        np.testing.assert_array_equal(writes, innocent)
    for backend in ("threading", "loky", "multiprocessing"):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            assert same(audit(models).fit(X, y), found), backend


def test_writing_into_frames_and_sparse_rows(data):
    X, y = data
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(8)])
    before = frame.copy()
    audit(make_pipeline(Doubles(), KNeighborsClassifier(1)), epsilons=[np.inf]).fit(frame, y)
    pd.testing.assert_frame_equal(frame, before)
    rows = sparse.csr_array(np.where(X > 0, X, 0))
    writes, innocent = (
        audit(make_pipeline(MaxAbsScaler(copy=copy), LogisticRegression()), epsilons=[np.inf]).fit(rows.copy(), y)
        for copy in (False, True)
    )
    assert same(writes, innocent)


# ---- labels and rows in every container


@pytest.mark.parametrize(
    "container",
    [
        lambda y: y[:, None],
        pd.Series,
        lambda y: pd.Series(y, index=np.arange(1000, 1600), dtype="category"),
        lambda y: pd.Series(y).to_frame("label"),
        lambda y: y.tolist(),
        lambda y: y.astype(object),
        lambda y: np.ma.masked_array(y),
        lambda y: pl.Series(y),
        lambda y: pl.DataFrame({"label": y}),
    ],
    ids=["column", "Series", "category", "frame", "list", "object", "masked", "polars", "polars frame"],
)
def test_labels_in_every_container(data, container):
    X, y = data
    words = np.array(["no", "yes"])[y]
    models = {"near": KNeighborsClassifier(1), "protected": KNeighborsClassifier(3)}
    assert same(audit(models).fit(X, container(words)), audit(models).fit(X, words))


def test_masked_labels_are_missing(data):
    X, y = data
    with pytest.raises(ValueError, match=r"1 label\(s\) are missing"):
        audit(KNeighborsClassifier(1)).fit(X, np.ma.masked_array(y, np.arange(600) == 3))


@pytest.mark.parametrize("frame_of", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_keep_their_type_around_canaries(data, frame_of):
    """A ColumnTransformer finds columns by name: arrays in place of frames would break it."""
    X, y = data
    frame = frame_of({"a": X[:, 0], "b": X[:, 1], "word": np.where(X[:, 2] > 0, "x", "z")})
    front = make_column_transformer((StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["word"]))
    attacks = {"around": NeighborhoodAttack(4), "plain": ThresholdAttack()}
    found = audit(make_pipeline(front, KNeighborsClassifier(1)), attacks=attacks, epsilons=[np.inf]).fit(frame, y)
    assert not found.errors_
    assert found.results_["private_success_ratio_plain"] == 1
    (rows,) = Neighborhood(n_neighbors=1).around(frame)
    assert type(rows) is type(frame)
    assert list(rows.columns) == ["a", "b", "word"]
    assert set(rows["word"]) == {"x", "z"}


# ---- what hides the truth


def test_noise_before_the_coins_is_refused_wherever_it_stands(data):
    """The labels that the coins replace went through the noise, the coins did not: "epsilon at least 4" behind 1."""
    X, y = data
    model = make_imblearn_pipeline(RandomizedResponse(1.0), CanaryFlipper(0.2), KNeighborsClassifier(1)).fit(X, y)
    with pytest.raises(ValueError, match="has RandomizedResponse before its canaries"):
        blia_memorization_score(model)


def test_a_pipeline_that_caches_samplers_is_refused(data, tmp_path):
    X, y = data
    model = make_imblearn_pipeline(
        CanaryFlipper(0.2), RandomizedResponse(1.0), KNeighborsClassifier(1), memory=str(tmp_path)
    )
    with pytest.raises(ValueError, match="natural labels stay there"):
        blia_memorization_score(model.fit(X, y))


def test_a_regressor_is_no_classifier(data):
    with pytest.raises(ValueError, match="is a regressor: labels are for classifiers"):
        make_label_pipeline(RandomizedResponse(), LinearRegression()).fit(*data)
    with pytest.raises(ValueError, match="has no predict_proba"):
        audit(LinearRegression()).fit(*data)


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (CanaryFlipper(True), "'fraction' parameter"),
        (CanaryFlipper(n_canaries=True), "'n_canaries' parameter"),
        (CanaryFlipper(0.2, classes=[0, 1, np.nan]), "classes holds NaN"),
        (CanaryFlipper(0.2, classes=[[0, 1]]), "in one dimension"),
        (CanaryFlipper(0.2, classes=[0, 1, 1]), "twice"),
        (RandomizedResponse(True), "'epsilon' parameter"),
        (RandomizedResponse(classes=[0, 1, np.inf]), "classes holds NaN, infinity"),
        (RandomizedResponse(classes=[[0], [1]]), "in one dimension"),
    ],
    ids=repr,
)
def test_slips_in_samplers(data, sampler, message):
    with pytest.raises(ValueError, match=message):
        sampler.fit(*data)


@pytest.mark.parametrize("labels", [[b"a", b"b"], [1j, 2j]], ids=["bytes", "complex"])
def test_labels_without_a_name(data, labels):
    X, y = data
    with pytest.raises(ValueError, match=r"turn them into strings or whole numbers|Complex data"):
        audit(KNeighborsClassifier(1)).fit(X, np.array(labels)[y])


# ---- nothing secret in what is shown


def test_reports_hold_no_row_and_no_label_of_a_canary(data):
    X, y = data
    words = np.array(["secretly-no", "secretly-yes"])[y]
    found = audit(KNeighborsClassifier(1)).fit(X, words)
    shown = [str(found.report_), found.report_._repr_html_(), repr(found), json.dumps(found.report_.to_dict()),
             repr(found.report_.cells), repr(found.observations_)]  # fmt: skip
    for text in shown:
        assert "secretly" not in text
    assert found._repr_html_().count("secretly") == 2  # the names of the classes, which are no secret
    for seen in found.observations_.values():
        for part in (seen, seen.canaries, seen.evidence):
            assert "secretly" not in repr(part)


# ---- the store


def test_a_disk_that_is_full_is_told_before_training(tmp_path, start_python):
    """A limit on the size of files stands in for the disk."""
    code = (
        "import resource, sys\n"
        "from sklearn.datasets import make_classification\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "from sklearn_blia import LabelAudit\n"
        "KNeighborsClassifier.fit = lambda self, X, y: sys.exit('trained')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try:\n"
        f"    LabelAudit(KNeighborsClassifier(), random_state=0, cache_dir={str(tmp_path)!r}).fit(\n"
        "        *make_classification(200, random_state=0))\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    out, _ = start_python(code, stdout=subprocess.PIPE).communicate(timeout=60)
    assert out.startswith("cache_dir: ")
    assert "cannot be written" in out
    assert "make room, or name another folder" in out


def test_what_stands_in_the_files_place_is_told(data, tmp_path):
    (tmp_path / "label_audit.sqlite").mkdir()
    with pytest.raises(ValueError, match="cannot be written"):
        audit(KNeighborsClassifier(1), cache_dir=tmp_path).fit(*data)


def test_a_locked_file_is_not_called_damaged(data, tmp_path, monkeypatch):
    import sqlite3

    from sklearn_blia.audit import _store

    audit(KNeighborsClassifier(1), cache_dir=tmp_path).fit(*data)
    connect = sqlite3.connect
    monkeypatch.setattr(_store.sqlite3, "connect", lambda path, timeout, **kw: connect(path, timeout=0.1, **kw))
    holder = connect(tmp_path / "label_audit.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(ValueError, match="has been in use by another process"):
            audit(KNeighborsClassifier(1), cache_dir=tmp_path).fit(*data)
    finally:
        holder.close()


def test_a_disk_that_fills_up_costs_the_store_and_not_the_results(data, tmp_path, monkeypatch):
    import sqlite3

    from sklearn_blia.audit import _store

    class Full:
        in_transaction = True

        def __init__(self, connection):
            self.execute, self.close = connection.execute, connection.close

        def executemany(self, *args):
            raise sqlite3.OperationalError("database or disk is full")

    whole = audit(KNeighborsClassifier(1)).fit(*data)
    broken = audit(KNeighborsClassifier(1), cache_dir=tmp_path)
    opened = _store._open
    monkeypatch.setattr(_store, "_open", lambda path: Full(opened(path)))
    with pytest.warns(UserWarning, match="These fits are not stored"):
        assert same(broken.fit(*data), whole)


def test_the_store_is_for_its_owner_alone_whoever_made_the_file(data, tmp_path):
    path = tmp_path / "label_audit.sqlite"
    path.touch(mode=0o644)
    audit(KNeighborsClassifier(1), cache_dir=tmp_path).fit(*data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_in_the_stores_place_is_not_followed(data, tmp_path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "label_audit.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="is a link to"):
        audit(KNeighborsClassifier(1), cache_dir=tmp_path).fit(*data)
    assert (tmp_path / "elsewhere").read_bytes() == b""


class Exits(KNeighborsClassifier):
    """Ends the process that fits it, from inside."""

    def fit(self, X, y):
        sys.exit("enough")


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_a_fit_that_exits_costs_its_own_model_alone(data, backend):
    models = {"good": KNeighborsClassifier(1), "exits": Exits()}
    with joblib.parallel_config(backend=backend):
        found = audit(models, n_jobs=2).fit(*data)
    assert found.results_["n_failed"].tolist().count(0) == len(found.results_["n_failed"]) / 2
    assert {key.model for key in found.errors_} == {"exits"}


def test_backends_that_give_all_at_once_are_asked_for_a_few(data, tmp_path, monkeypatch):
    """multiprocessing tells of nothing before the end: of 24 fits on two workers three rounds are stored one by one."""
    from sklearn_blia.audit import _store

    puts, asked = [], []
    put, parallel = _store.FitStore.put, _trainers.Parallel.__call__

    def counted(self, outcomes):
        puts.append(len(outcomes))
        put(self, outcomes)

    def called(self, tasks):
        asked.append(1)
        return parallel(self, tasks)

    monkeypatch.setattr(_store.FitStore, "put", counted)
    monkeypatch.setattr(_trainers.Parallel, "__call__", called)
    with joblib.parallel_config(backend="multiprocessing"):
        audit(KNeighborsClassifier(1), n_repeats=12, n_jobs=2, cache_dir=tmp_path).fit(*data)
    assert sum(puts) == 24
    assert len(asked) >= 3
