"""Neural classifiers that behave like scikit-learn's own; needs the extra ``neural`` (torch and skorch)."""

try:
    import skorch  # noqa: F401
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"sklearn_blia.neural needs {error.name}: install the extra, pip install 'sklearn-blia[neural]'."
    ) from error

from ._sequential import SequentialClassifier

__all__ = ["SequentialClassifier"]
