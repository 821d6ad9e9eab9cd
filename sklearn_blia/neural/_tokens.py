"""Token ids as input: rows of whole numbers, padded with 0 at their ends."""

from numbers import Integral

import numpy as np
import torch
from sklearn.utils._param_validation import Interval

from ._base import BaseNeuralClassifier

PADDING = 0


def lengths_of(ids):
    """Length of every row without the padding at its end; 1 for an empty row, which no network takes.

    Parameters
    ----------
    ids : Tensor of shape (n_rows, max_length)
        Token ids.

    Returns
    -------
    Tensor of shape (n_rows,)
        Lengths.
    """
    positions = torch.arange(1, ids.shape[1] + 1, device=ids.device)
    return ((ids != PADDING) * positions).amax(dim=1).clamp(min=1)


class BaseTokenClassifier(BaseNeuralClassifier):
    """Base of the classifiers of token ids, as a `TextVectorizer` makes them."""

    _parameter_constraints: dict = {
        **BaseNeuralClassifier._parameter_constraints,
        "vocabulary_size": [Interval(Integral, 2, None, closed="left"), None],
    }
    _rows_at_once = 256

    def _read(self, X, y="no_validation", *, reset):
        _refuse_texts(X)
        X, y = self._checked(X, y, "numeric", reset)
        return self._check_ids(X, reset), y

    def _check_ids(self, X, reset):
        if np.max(X) >= 2**31:
            raise ValueError(f"X holds the token id {np.max(X)}: ids must be below 2**31, and the fewer the better.")
        ids = X.astype(np.int32)
        if (ids != X).any() or ids.min() < 0:
            raise ValueError(
                "X must hold token ids: whole numbers from 0, which stands for padding, as TextVectorizer makes them."
            )
        largest = int(ids.max())
        if reset:
            self.vocabulary_size_ = self.vocabulary_size or max(largest + 1, 2)
        if largest >= self.vocabulary_size_:
            raise ValueError(
                f"X holds the token id {largest}, outside the vocabulary of {self.vocabulary_size_} (ids 0 to "
                f"{self.vocabulary_size_ - 1}): use the vectorizer that the classifier was fitted with, or set "
                f"vocabulary_size={largest + 1} or more before fit."
            )
        return ids

    def _module_params(self):
        return {"vocabulary_size": self.vocabulary_size_, "n_classes": len(self.classes_)}


def _refuse_texts(X):
    """Texts and rows of unequal length fail in the checks of a table, with words that do not help."""
    first = X.iloc[0] if hasattr(X, "iloc") and len(X) else X[0] if isinstance(X, (list, np.ndarray)) and len(X) else X
    if isinstance(first, str):
        raise ValueError("X holds texts: put a TextVectorizer in front, make_pipeline(TextVectorizer(), ...).")
    if isinstance(X, list) and isinstance(first, (list, tuple, np.ndarray)) and len({np.size(row) for row in X}) > 1:
        raise ValueError("The rows of X differ in length: pad them at the end with 0, as TextVectorizer does.")
