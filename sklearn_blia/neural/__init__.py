"""Neural classifiers that behave like scikit-learn's own; needs the extra ``neural`` (torch and skorch)."""

try:
    import skorch  # noqa: F401
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"sklearn_blia.neural needs {error.name}: install the extra, pip install 'sklearn-blia[neural]'."
    ) from error

from ._cnn import CNNClassifier
from ._compiled import compile_loop
from ._device import find_device
from ._pretrained import PretrainedTransformerClassifier
from ._resnet import ResNet18Classifier
from ._rnn import RNNClassifier
from ._sequential import SequentialClassifier
from ._text_vectorizer import TextVectorizer
from ._threads import divided_threads
from ._transformer import TransformerClassifier

__all__ = [
    "CNNClassifier",
    "PretrainedTransformerClassifier",
    "RNNClassifier",
    "ResNet18Classifier",
    "SequentialClassifier",
    "TextVectorizer",
    "TransformerClassifier",
    "compile_loop",
    "divided_threads",
    "find_device",
]
