import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_blia import CanaryFlipper, RandomizedResponse, blia_memorization_score, make_label_pipeline
from sklearn_blia.neural import RNNClassifier, TextVectorizer, TransformerClassifier
from sklearn_blia.neural._rnn import RecurrentNetwork

MODELS = [
    RNNClassifier(embedding_size=16, hidden_size=16, max_epochs=5, lr=0.01, random_state=0),
    RNNClassifier(
        "lstm",
        embedding_size=16,
        hidden_size=16,
        n_layers=2,
        bidirectional=False,
        dropout=0.1,
        max_epochs=5,
        lr=0.01,
        random_state=0,
    ),
    TransformerClassifier(embedding_size=16, n_layers=1, max_epochs=5, lr=0.01, random_state=0),
]
each_model = pytest.mark.parametrize("model", MODELS, ids=["gru", "lstm", "transformer"])


def rows_in_order(n_rows):
    """Rows of 4 to 12 ids in which the order of 2 and 3 tells the class: no count of tokens does."""
    rng = np.random.RandomState(0)
    X = np.zeros((n_rows, 12), dtype=np.int64)
    y = rng.randint(2, size=n_rows)
    for row, label in zip(X, y, strict=True):
        length = rng.randint(4, 13)
        row[:length] = rng.randint(4, 30, size=length)
        first, second = sorted(rng.choice(length, 2, replace=False))
        row[first], row[second] = (2, 3) if label else (3, 2)
    return X, y


@pytest.fixture(scope="module")
def order():
    return rows_in_order(400)


@pytest.mark.portable
@each_model
def test_learns_order_and_memorizes(model, three_audits, surely_above):
    """Better than chance, one half, on held-out rows; more than half of the canaries are stored: SR above .75, which
    is half stored and a coin for the others. A net that stores all has 1.
    """
    model = clone(model).set_params(max_epochs=50, dropout=0.0)
    found = three_audits(model, *rows_in_order(1800), n_train=300, canaries=45)
    assert found.accuracy > surely_above(0.5, found.n_test)  # .57 of 900 rows
    assert found.success_ratio > surely_above(0.75, found.n_canaries)  # .90 of 135 canaries


@each_model
def test_vocabulary_is_that_of_the_rows(order, model):
    assert clone(model).set_params(max_epochs=1).fit(*order).vocabulary_size_ == 30


@each_model
def test_padding_is_never_read(order, model):
    """More padding at the end changes nothing, nor does what else is in the batch."""
    X, y = order
    model = clone(model).set_params(max_epochs=1).fit(np.pad(X, ((0, 0), (0, 5))), y)
    wide = np.pad(X, ((0, 0), (0, 5)))
    alone = np.concatenate([model.predict_proba(row[None]) for row in wide[:20]])
    np.testing.assert_allclose(model.predict_proba(wide)[:20], alone, atol=1e-5)
    empty = model.predict_proba(np.zeros((2, 17), dtype=int))
    assert np.isfinite(empty).all()


@each_model
def test_pickle_clone_and_seeds(order, model):
    X, y = order
    fitted = clone(model).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(clone(fitted).fit(X, y).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_spans_and_directions_are_those_of_torch(cell):
    """Two layers, both directions, rows of 1 to 50 steps (several spans): as torch's own layers over packed rows."""
    torch.manual_seed(0)
    lengths = torch.tensor([50, 1, 16, 17, 33, 32, 2])
    ids = torch.randint(1, 30, (7, 50)) * (torch.arange(50) < lengths[:, None])
    ours = RecurrentNetwork(30, 3, cell, 5, 4, 2, True, 0.0).double()
    theirs = getattr(torch.nn, cell.upper())(5, 4, 2, batch_first=True, bidirectional=True).double()
    for number, directions in enumerate(ours.layers):
        for layer, ending in zip(directions, ("", "_reverse"), strict=True):
            for name, values in layer.named_parameters():
                getattr(theirs, name.replace("_l0", f"_l{number}{ending}")).data.copy_(values)
    packed = torch.nn.utils.rnn.pack_padded_sequence(ours.embedding(ids), lengths, True, enforce_sorted=False)
    states = theirs(packed)[1]
    last = (states[0] if isinstance(states, tuple) else states)[-2:]
    torch.testing.assert_close(ours(ids), ours.output(torch.cat(tuple(last), dim=1)), rtol=1e-10, atol=1e-12)


def test_dropout_is_seeded_and_off_in_predictions(order):
    X, y = order
    model = TransformerClassifier(embedding_size=16, dropout=0.5, max_epochs=2, random_state=0)
    probas = [clone(model).fit(X, y).predict_proba(X) for _ in range(2)]
    np.testing.assert_array_equal(*probas)
    warm = clone(model).set_params(warm_start=True, max_epochs=1).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(warm.predict_proba(X), probas[0])  # the stream of dropout goes on, too


def test_layers_are_those_asked_for(order):
    rnn = clone(MODELS[1]).set_params(max_epochs=1).fit(*order).net_.module_
    assert [[type(layer) for layer in directions] for directions in rnn.layers] == [[torch.nn.LSTM]] * 2
    assert rnn.dropout.p == 0.1
    assert len(clone(MODELS[0]).set_params(max_epochs=1).fit(*order).net_.module_.layers[0]) == 2
    transformer = clone(MODELS[2]).set_params(max_epochs=1).fit(*order).net_.module_
    assert transformer.positions.weight.shape == (12, 16)
    assert len(transformer.encoder.layers) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: ["some text"] * len(X), "put a TextVectorizer in front"),
        (lambda X: pd.Series(["some text"] * len(X)), "put a TextVectorizer in front"),
        (lambda X: [[1, 2], *X[1:].tolist()], "rows of X differ in length: pad them"),
        (lambda X: X + 0.5, "whole numbers from 0"),
        (lambda X: X - 1, "whole numbers from 0"),
        (lambda X: np.where(X == 2, np.nan, X), "contains NaN"),
    ],
)
def test_bad_rows(order, change, message):
    X, y = order
    with pytest.raises(ValueError, match=message):
        RNNClassifier(max_epochs=1).fit(change(X), y)


def test_id_outside_the_vocabulary(order):
    X, y = order
    model = clone(MODELS[0]).set_params(max_epochs=1)
    with pytest.raises(ValueError, match=r"token id 55, outside the vocabulary of 30 \(ids 0 to 29\).*=56 or more"):
        model.fit(X, y).predict(np.full((1, 12), 55))
    assert model.set_params(vocabulary_size=60).fit(X, y).predict(np.full((1, 12), 55)).shape == (1,)
    with pytest.raises(ValueError, match="outside the vocabulary of 10"):
        model.set_params(vocabulary_size=10).fit(X, y)
    with pytest.raises(ValueError, match="embedding_size=10 must be a multiple of n_heads=4"):
        TransformerClassifier(embedding_size=10).fit(X, y)


# ---- the vectorizer


def test_prose_tokens():
    vectorizer = TextVectorizer(max_length=20).fit(["It isn't GOOD, naïve -- it's <br /> 7/10!"])
    tokens = vectorizer.inverse_transform(vectorizer.transform(["It isn't GOOD, naïve"]))[0]
    assert tokens == ["it", "isn't", "good", ",", "naïve"]


def test_c_tokens():
    """The tokens of C11, 6.4: longest match first, comments are space, strings hold what they hold."""
    code = r"""
    /* a comment; "no string" */ int main(void) { // another
        char *s = "a /* no comment */ \" ;"; p->x <<= 0x1fUL; y = 1.5e-3f + 'c' + '\'';
        if (a && !b || c >= d) i++; return a...b;
    }"""
    vectorizer = TextVectorizer("c", max_length=100)
    tokens = vectorizer.inverse_transform(vectorizer.fit_transform([code]))[0]
    expected = (
        ["int", "main", "(", "void", ")", "{", "char", "*", "s", "=", r'"a /* no comment */ \" ;"', ";"]
        + ["p", "->", "x", "<<=", "0x1fUL", ";", "y", "=", "1.5e-3f", "+", "'c'", "+", r"'\''", ";"]
        + ["if", "(", "a", "&&", "!", "b", "||", "c", ">=", "d", ")", "i", "++", ";", "return", "a", "...", "b", ";"]
        + ["}"]
    )
    assert tokens == expected


def test_ids_by_frequency_then_alphabet():
    vectorizer = TextVectorizer(max_length=3).fit(["b b a", "c b"])
    assert vectorizer.vocabulary_ == {"b": 2, "a": 3, "c": 4}
    np.testing.assert_array_equal(vectorizer.transform(["c x", ""]), [[4, 1, 0], [0, 0, 0]])


def test_limits():
    texts = ["a b c d e", "a b c", "a b", "a"]
    assert set(TextVectorizer(max_features=2).fit(texts).vocabulary_) == {"a", "b"}
    assert set(TextVectorizer(min_df=3).fit(texts).vocabulary_) == {"a", "b"}
    # Tokens behind max_length do not enter, so that every id is seen in training.
    short = TextVectorizer(max_length=2).fit(texts)
    assert set(short.vocabulary_) == {"a", "b"}
    assert short.transform(texts).shape == (4, 2)


def test_own_analyzer_agrees_with_scikit_learn():
    analyzer = CountVectorizer(ngram_range=(1, 2)).build_analyzer()
    texts = ["one two three", "two three four"]
    vocabulary = TextVectorizer(analyzer).fit(texts).vocabulary_
    assert set(vocabulary) == set(CountVectorizer(ngram_range=(1, 2)).fit(texts).vocabulary_)


def test_pandas_output():
    texts = pd.Series(["one two", "two"], index=[5, 7])
    frame = TextVectorizer(max_length=2).set_output(transform="pandas").fit_transform(texts)
    assert frame.columns.tolist() == ["token0", "token1"]
    assert frame.index.tolist() == [5, 7]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "X is a single one"),
        (["a", None], r"row 1 of X is None; fill missing texts with ''"),
        (np.array([["a"]]), "X has 2 dimensions"),
        ([], r"0 sample\(s\)"),
        (["", " "], "vocabulary is empty"),
    ],
)
def test_bad_texts(texts, message):
    with pytest.raises(ValueError, match=message):
        TextVectorizer().fit(texts)


@pytest.mark.portable
def test_texts_through_the_whole_audit(surely_above):
    """Lists, arrays and Series of texts pass the samplers and a cross-validation; its three nets beat chance."""
    rng = np.random.RandomState(0)
    y = np.array(["bad", "good"])[rng.randint(2, size=300)]
    words = np.array([f"word{i}" for i in range(40)])
    texts = [" ".join([*rng.choice(words, 6), "fine" if label == "good" else "dull"]) for label in y]
    classifier = make_pipeline(TextVectorizer(max_length=10), clone(MODELS[0]).set_params(max_epochs=8))
    model = make_label_pipeline(CanaryFlipper(0.1, random_state=0), RandomizedResponse(4.0, random_state=0), classifier)
    for X in (texts, np.array(texts), pd.Series(texts)):
        assert cross_val_score(model, X, y, cv=3).mean() > surely_above(0.5, 300)  # .62
        assert -1 <= blia_memorization_score(clone(model).fit(X, y)) <= 1


def test_ids_that_were_never_given():
    vectorizer = TextVectorizer().fit(["a b"])
    with pytest.raises(ValueError, match="the token id 99, which this vectorizer never gave"):
        vectorizer.inverse_transform([[2, 99]])
    with pytest.raises(ValueError, match="Expected 2D array"):
        vectorizer.inverse_transform([2])
    with pytest.raises(ValueError, match=r"ids must be below 2\*\*31"):
        RNNClassifier().fit([[1, 2], [3, 2**40]], [0, 1])


def test_strings_over_lines_and_separated_digits():
    vectorizer = TextVectorizer("c").fit(["s = \"one \\\n two\"; n = 1'000'000;"])
    assert {'"one \\\n two"', "1'000'000"} <= set(vectorizer.vocabulary_)
