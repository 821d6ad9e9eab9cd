"""Rows around a row: what changes little of it, and nothing of what a model that did not store it would say."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from . import _perturbations
from ._candidates import second_candidate_proba
from ._side_information import SideInformation

# Kinds of rows, with the scale that each has by default.
SCALES = {"table": 0.3, "images": 0.05, "tokens": 0.1, "texts": 0.1}


@dataclass(frozen=True)
class Neighborhood:
    """How rows around the canaries are made.

    Attributes
    ----------
    kind : {"auto", "table", "images", "tokens", "texts"}
        What a row is.
    n_neighbors : int
        Rows around each.
    scale : float or None
        How far: noise in standard deviations of a column, shift in sides of an image, share of dropped words; None for
        that of the kind.
    image_shape : tuple of int or None
        Of images in flat rows.
    seed : int
        Of the random numbers.
    """

    kind: str = "auto"
    n_neighbors: int = 16
    scale: float | None = None
    image_shape: tuple | None = None
    seed: int = 0

    def around(self, X):
        """Make the rows around given ones.

        Parameters
        ----------
        X : array-like, sparse matrix, DataFrame or list of texts, n_rows
            The rows.

        Yields
        ------
        of the type of X
            `n_neighbors` times one neighbour of every row.

        Raises
        ------
        ValueError
            If the rows are not of the kind.
        """
        kind = self._kind_of(X)
        here = replace(self, kind=kind, scale=SCALES[kind] if self.scale is None else self.scale)
        perturb = getattr(_perturbations, kind)
        rng = np.random.default_rng(self.seed)
        for number in range(self.n_neighbors):
            yield perturb(X, here, rng, number)

    def side_information(self, probas, pairs=None, classes=None):
        """Put what a model said of the rows around the canaries into the form that attacks take.

        Parameters
        ----------
        probas : sequence of array-like of shape (n_canaries, n_classes)
            Class probabilities of each of the `n_neighbors` sets of rows, in the order of `around`.
        pairs : array-like of shape (n_canaries, 2), default=None
            Candidate labels; may be left out with two classes.
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns.

        Returns
        -------
        SideInformation
            For ``side=``.
        """
        return SideInformation(neighbors={self: np.stack([second_candidate_proba(p, pairs, classes) for p in probas])})

    def _kind_of(self, X):
        if self.image_shape is not None and self.kind not in ("auto", "images"):
            raise ValueError(f"image_shape is for images, and kind={self.kind!r} is none: leave one of them out.")
        if sparse.issparse(X) and self.kind not in ("auto", "table"):
            raise ValueError(f"kind={self.kind!r} is not for sparse rows, which are a table.")
        if self.kind != "auto" or self.image_shape is not None:
            return "images" if self.kind == "auto" else self.kind
        if sparse.issparse(X) or hasattr(X, "columns"):
            return "table"
        first = X.iloc[0] if hasattr(X, "iloc") else X[0]
        if isinstance(first, str):
            return "texts"
        return "images" if np.ndim(first) > 1 else "table"


def ask_around(predict_proba, X, pairs, classes, neighborhoods):
    """Ask a model about the rows around the canaries.

    Parameters
    ----------
    predict_proba : callable
        From rows to probabilities.
    X : array-like
        The canaries' rows.
    pairs : ndarray of shape (n_canaries, 2)
        Candidate labels.
    classes : ndarray
        Labels of the columns.
    neighborhoods : sequence of Neighborhood
        Which rows.

    Returns
    -------
    SideInformation or None
        With `neighbors`; None without neighborhoods.
    """
    neighbors: dict = {}
    for neighborhood in neighborhoods:
        try:
            probas = [predict_proba(rows) for rows in neighborhood.around(X)]
        except Exception as error:
            raise ValueError(
                f"The model cannot be asked about rows around the canaries, as made by {neighborhood}: {error}"
            ) from error
        neighbors |= neighborhood.side_information(probas, pairs, classes).neighbors
    return SideInformation(neighbors=neighbors) if neighbors else None


def check_neighborhoods(neighborhoods, X):
    """Make neighbours of a few rows, so that rows of another kind are told before any training.

    Parameters
    ----------
    neighborhoods : sequence of Neighborhood
        Which.
    X : array-like
        Rows.
    """
    for neighborhood in neighborhoods:
        next(neighborhood.around(_safe_indexing(X, np.arange(min(_num_samples(X), 50)))))
