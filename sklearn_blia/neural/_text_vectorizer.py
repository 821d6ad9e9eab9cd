"""Texts to padded rows of token ids."""

import re
from collections import Counter
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from ._texts import check_texts
from ._tokens import PADDING

UNKNOWN = 1
_FIRST = 2
_PROSE = r"(?u)\w+(?:'\w+)?|[^\w\s]"
_C_COMMENT = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*""", re.S)
_C_TOKEN = (
    r"""(?s:(?:L|u8|u|U)?"(?:\\.|[^"\\\n])*"|(?:L|u|U)?'(?:\\.|[^'\\\n])*')"""  # strings, characters
    r"|[^\W\d]\w*"  # identifiers and keywords
    r"|\.?\d(?:[eEpP][+-]|'?[\w.])*"  # numbers, as the preprocessors of C and C++ read them
    r"|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|[<>=!+\-*/%&|^]=|&&|\|\||\#\#|\S"  # operators, longest first
)


def _without_comments(code):
    return _C_COMMENT.sub(lambda match: match[1] or " ", code)


_ANALYZERS = {
    "prose": {"token_pattern": _PROSE, "lowercase": True},
    "c": {"token_pattern": _C_TOKEN, "lowercase": False, "preprocessor": _without_comments},
}


class TextVectorizer(TransformerMixin, BaseEstimator):
    """Turn texts into rows of token ids, for the networks that read tokens.

    Each text becomes the ids of its first `max_length` tokens, padded with 0 at the end; 1 stands for a token
    outside the vocabulary, and the vocabulary's ids go on from 2, the most frequent token first.

    Parameters
    ----------
    analyzer : {"prose", "c"} or callable, default="prose"
        What a token is. "prose" takes words in lower case and single marks; "c" takes the tokens of the C
        language, comments left out. A callable takes a text and returns its tokens, such as
        ``CountVectorizer(...).build_analyzer()``.
    max_features : int or None, default=20000
        Size of the vocabulary, the most frequent tokens; None keeps all.
    max_length : int, default=256
        Tokens of a text that are read, those at its start.
    min_df : int, default=1
        Texts that a token must occur in to enter the vocabulary. Only tokens within `max_length` count, so
        that every id of the vocabulary is seen in training.

    Attributes
    ----------
    vocabulary_ : dict
        Ids by token.

    See Also
    --------
    sklearn.feature_extraction.text.CountVectorizer : Counts of tokens, for classifiers that do not read.

    Notes
    -----
    Labels are not looked at, so that it may stand before label privacy as well as behind.

    Examples
    --------
    >>> from sklearn_blia.neural import TextVectorizer
    >>> vectorizer = TextVectorizer(max_length=4)
    >>> vectorizer.fit_transform(["A fine film.", "A film"])
    array([[2, 5, 3, 4],
           [2, 3, 0, 0]], dtype=int32)
    >>> vectorizer.transform(["a better film"])
    array([[2, 1, 3, 0]], dtype=int32)
    """

    _parameter_constraints: dict = {
        "analyzer": [StrOptions(set(_ANALYZERS)), callable],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "max_length": [Interval(Integral, 1, None, closed="left")],
        "min_df": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, analyzer="prose", *, max_features=20000, max_length=256, min_df=1):
        self.analyzer = analyzer
        self.max_features = max_features
        self.max_length = max_length
        self.min_df = min_df

    def fit(self, X, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        X : iterable of str
            Texts.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted vectorizer.

        Raises
        ------
        ValueError
            If X holds anything else than texts, or no token at all.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Learn the vocabulary and return the ids, cutting every text once.

        Parameters
        ----------
        X : iterable of str
            Texts.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_samples, max_length), int32
            Token ids.

        Raises
        ------
        ValueError
            If X holds anything else than texts, or no token at all.
        """
        cut = self._cut(X)
        counts = Counter(token for tokens in cut for token in tokens)
        if self.min_df > 1:
            texts = Counter(token for tokens in cut for token in set(tokens))
            counts = Counter({token: n for token, n in counts.items() if texts[token] >= self.min_df})
        if not counts:
            raise ValueError(
                "The vocabulary is empty: no token of X occurs in min_df texts; lower min_df or check the analyzer."
            )
        order = sorted(counts, key=lambda token: (-counts[token], token))[: self.max_features]
        self.vocabulary_ = {token: number for number, token in enumerate(order, start=_FIRST)}
        return self._to_ids(cut)

    def transform(self, X):
        """Return the ids of the texts' tokens.

        Parameters
        ----------
        X : iterable of str
            Texts.

        Returns
        -------
        ndarray of shape (n_samples, max_length), int32
            Token ids.

        Raises
        ------
        ValueError
            If X holds anything else than texts.
        """
        check_is_fitted(self)
        return self._to_ids(self._cut(X))

    def inverse_transform(self, X):
        """Return the tokens that the ids stand for.

        Parameters
        ----------
        X : array-like of shape (n_samples, length)
            Token ids.

        Returns
        -------
        list of list of str
            Tokens of every row without its padding; "[unknown]" for those outside the vocabulary.
        """
        check_is_fitted(self)
        tokens = {number: token for token, number in self.vocabulary_.items()} | {UNKNOWN: "[unknown]"}
        ids = check_array(X, dtype=None, ensure_min_features=0)
        if unknown := sorted(set(np.unique(ids).tolist()) - set(tokens) - {PADDING}):
            raise ValueError(f"X holds the token id {unknown[0]}, which this vectorizer never gave.")
        return [[tokens[number] for number in row if number != PADDING] for row in ids.tolist()]

    def get_feature_names_out(self, input_features=None):
        """Names of the output columns, one for each position.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            Names.
        """
        check_is_fitted(self)
        return np.array([f"token{position}" for position in range(self.max_length)], dtype=object)

    def _cut(self, X):
        texts = check_texts(X, type(self).__name__)
        analyzer = self.analyzer
        if not callable(analyzer):
            analyzer = CountVectorizer(**_ANALYZERS[analyzer]).build_analyzer()
        return [list(analyzer(text))[: self.max_length] for text in texts]

    def _to_ids(self, cut):
        ids = np.full((len(cut), self.max_length), PADDING, dtype=np.int32)
        for row, tokens in zip(ids, cut, strict=True):
            row[: len(tokens)] = [self.vocabulary_.get(token, UNKNOWN) for token in tokens]
        return ids

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags
