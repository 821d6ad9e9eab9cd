"""Rows around a row: what changes little of it, and nothing of what a model that did not store it would say."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from ..canaries import second_proba
from . import _perturbations
from ._evidence import named_proba

# Kinds of rows, with the scale that each has by default.
SCALES = {"table": 0.3, "images": 0.05, "tokens": 0.1, "texts": 0.1}


@dataclass(frozen=True)
class Neighborhood:
    """What the model under attack says of rows around each canary, and how these are made.

    Evidence: ``second`` of shape (n_neighbors, n_canaries), its probability of the second candidate, renormalised.

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

    def trainings(self):
        """Return no further trainings.

        Returns
        -------
        tuple
            Empty.
        """
        return ()

    def collect(self, ask, trained, public):
        """Ask about the rows around the canaries.

        Parameters
        ----------
        ask : callable
            From rows to probabilities.
        trained : list
            Not used.
        public : PublicCanaries
            The canaries.

        Returns
        -------
        dict of str to ndarray
            ``second``.
        """
        return {"second": np.stack([public.second(ask(rows)) for rows in self.around(public.X)])}

    def evidence(self, probas, pairs=None, classes=None):
        """Put what a model elsewhere said of the rows around the canaries into the form of evidence.

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
        dict of Source to dict of str to ndarray
            For ``evidence_of(..., found=)``.
        """
        named = [named_proba(proba, pairs, classes) for proba in probas]
        return {self: {"second": np.stack([second_proba(proba, at) for at, proba, _ in named])}}

    def check(self, X):
        """Make one neighbour of a few rows, so that rows of another kind are told before any training.

        Parameters
        ----------
        X : array-like of n_rows rows
            Rows.
        """
        next(self.around(_safe_indexing(X, np.arange(min(_num_samples(X), 50)))))

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
