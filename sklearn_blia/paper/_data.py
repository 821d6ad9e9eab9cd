"""The rows of a benchmark, as its network takes them."""

import hashlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.utils import _safe_indexing

from .. import datasets
from ..exceptions import OtherFilesWarning


@dataclass(frozen=True)
class Rows:
    """Rows and labels of a benchmark.

    Attributes
    ----------
    X, y : array-likes
        All rows, to train on and held out.
    n_train : int
        How many to train on.
    sha256 : str
        Checksum of everything that was fetched.
    note : str
        Whether the files are not the published ones.
    """

    X: Any
    y: np.ndarray
    n_train: int
    sha256: str
    note: str

    @property
    def test_size(self):
        """Share of the rows held out."""
        return (len(self.y) - self.n_train - 0.5) / len(self.y)  # which is rounded up

    def classifier(self, benchmark, size, device):
        """Make the unfitted network of a benchmark, with what stands in front of it."""
        from .. import neural

        network = getattr(neural, benchmark.network)(device=device, **size.params)
        return make_pipeline(datasets.make_census_preprocessor(), network) if benchmark.kind == "table" else network


def load_rows(benchmark, size, data_home, random_state):
    """Fetch a benchmark's data and draw as many rows as its size says.

    Parameters
    ----------
    benchmark : PaperBenchmark
        Which.
    size : Size
        How many.
    data_home : str or path-like or None
        As the fetchers take it.
    random_state : int
        Seed of the draw.

    Returns
    -------
    Rows
        Texts as token ids.
    """
    fetch = getattr(datasets, benchmark.fetcher)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        X, y = fetch(data_home=data_home, return_X_y=True, **benchmark.fetching)
    for warning in caught:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    other = any(issubclass(warning.category, OtherFilesWarning) for warning in caught)
    wanted = size.n_train + size.n_test
    n_train = size.n_train if len(y) >= wanted else len(y) * size.n_train // wanted
    drawn = np.random.RandomState(random_state).permutation(len(y))[:wanted]
    checksum = _checksum(X, y)
    X, y = _safe_indexing(X, drawn), np.asarray(y)[drawn]
    if benchmark.kind == "texts":
        from ..neural import TextVectorizer

        X = TextVectorizer(**size.tokens).fit_transform(X)
    return Rows(X, y, n_train, checksum, "not the published files" if other else "")


def _checksum(X, y):
    digest = hashlib.sha256()
    if isinstance(X, np.ndarray) and X.dtype != object:
        digest.update(np.ascontiguousarray(X).data)
    else:
        for row in X:
            text = row if isinstance(row, str) else "\x1f".join(map(str, row))
            digest.update((text + "\x1e").encode(errors="surrogatepass"))
    digest.update(np.ascontiguousarray(y).data)
    return digest.hexdigest()
