"""A tiny model and tokenizer, built on the spot: nothing is downloaded."""

import pathlib
import pickle
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

from sklearn_blia import CanaryFlipper, blia_memorization_score, make_label_pipeline
from sklearn_blia.neural import PretrainedTransformerClassifier

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

WORDS = ["free", "malloc", "p", "q", "(", ")", ";", "=", "x"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A RoBERTa, the kind of CodeBERT, of two layers of 32 units; its padding is 1, not 0."""
    folder = tmp_path_factory.mktemp("model")
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *WORDS])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    config = transformers.RobertaConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=40, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        initializer_range=32**-0.5,  # the usual .02 is meant for 768 units; with 32 the first epochs would do nothing
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.RobertaForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def functions():
    """Whether p is freed before it is used."""
    rng = np.random.RandomState(0)
    y = rng.randint(3, size=200)
    texts = [" ".join([*rng.choice(["q", "x", ";"], rng.randint(1, 9)), ("free", "malloc", "p")[label]]) for label in y]
    return texts, np.array(["a", "b", "c"])[y]


@pytest.fixture(scope="module")
def model(folder):
    return PretrainedTransformerClassifier(folder, max_length=20, max_epochs=12, lr=2e-3, random_state=0)


@pytest.mark.portable
def test_learns(model, functions, surely_above):
    """Three nets are right on more than half of 50 rows, where guesses are right on a third."""
    texts, y = functions
    fits = [clone(model).set_params(random_state=seed).fit(texts[:150], y[:150]) for seed in range(3)]
    # The rows are the same for all three nets, so they count once: .78.
    assert np.mean([fitted.score(texts[150:], y[150:]) for fitted in fits]) > surely_above(0.5, 50)


def test_probabilities(model, functions):
    texts, y = functions
    fitted = clone(model).set_params(max_epochs=2).fit(texts[:150], y[:150])
    proba = fitted.predict_proba(pd.Series(texts))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(fitted.predict_proba(np.array(texts)), proba)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(texts), proba)
    alone = np.concatenate([fitted.predict_proba([text]) for text in texts[:10]])
    np.testing.assert_allclose(proba[:10], alone, atol=1e-5)  # padding is not attended to


def test_silent(model, functions, capfd):
    clone(model).set_params(max_epochs=1).fit(functions[0][:20], functions[1][:20])
    assert capfd.readouterr() == ("", "")


def test_seed_and_audit(model, functions):
    texts, y = functions
    audit = make_label_pipeline(CanaryFlipper(0.2, random_state=0), clone(model).set_params(max_epochs=2))
    probas = [clone(audit).fit(texts, y).predict_proba(texts) for _ in range(2)]
    np.testing.assert_array_equal(*probas)
    assert -1 <= blia_memorization_score(audit.fit(texts, y)) <= 1


@pytest.mark.portable
def test_memorizes_when_told_to(folder, tmp_path, three_audits, surely_above):
    """Random labels on 60 distinct texts, for each of three nets: nothing to learn, all to store.

    More than half of them are: SR above .75, which is half stored and a coin for the others. Dropout is off, which
    would have the nets forget some again.
    """
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    off = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    transformers.RobertaConfig.from_pretrained(folder, **off).save_pretrained(tmp_path)
    rng = np.random.RandomState(0)
    texts = np.array([" ".join(row) for row in np.unique(rng.choice(WORDS, size=(200, 8)), axis=0)[:180]])
    model = PretrainedTransformerClassifier(str(tmp_path), max_length=10, max_epochs=60, lr=2e-3)
    found = three_audits(model, texts, rng.randint(2, size=180), n_train=60, canaries=60)
    assert found.success_ratio > surely_above(0.75, found.n_canaries)  # .88 of 180 canaries


def test_bad_texts(model):
    with pytest.raises(ValueError, match="row 1 of X is 3"):
        clone(model).fit(["free", 3], [0, 1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(model).fit(["free", "p"], [0, 1, 1])


def test_without_transformers(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-blia\[neural,hf\]'"):
        clone(model).fit(["free", "p"], [0, 1])


def test_texts_without_a_token(model, functions):
    fitted = clone(model).set_params(max_epochs=1).fit(functions[0][:30], functions[1][:30])
    assert np.isfinite(fitted.predict_proba(["", ""])).all()


def test_more_tokens_than_positions(model):
    with pytest.raises(ValueError, match="max_length=50 is more than the 40 positions"):
        clone(model).set_params(max_length=50).fit(["free", "p"], [0, 1])


@pytest.mark.parametrize("stored", [torch.bfloat16, torch.float16])
def test_models_stored_in_half_precision(folder, functions, tmp_path, stored):
    loaded = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=stored)
    loaded.save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    model = PretrainedTransformerClassifier(str(tmp_path), max_length=20, max_epochs=1, random_state=0)
    proba = model.fit(functions[0][:30], functions[1][:30]).predict_proba(functions[0][:5])
    assert proba.dtype == np.float32
    assert model.net_.module_.model.classifier.dense.weight.dtype == torch.float32


def test_folders(folder, model, functions, tmp_path):
    texts, y = functions[0][:20], functions[1][:20]
    clone(model).set_params(model=pathlib.Path(folder), max_epochs=1).fit(texts, y).predict(["\ud800"])
    with pytest.raises(ValueError, match="There is no folder"):
        clone(model).set_params(model=str(tmp_path / "none")).fit(texts, y)
