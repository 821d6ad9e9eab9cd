"""Rows around a row: what changes little of it, and nothing of what a model that did not store it would say."""

from dataclasses import dataclass, replace
from itertools import product
from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

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
        perturb = {"table": _table, "images": _images, "tokens": _tokens, "texts": _texts}[kind]
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


def _table(X, neighborhood, rng, number):
    scale = neighborhood.scale
    if sparse.issparse(X):  # what is not stored means absence, and stays absent
        X = X.astype(float)
        X.data = X.data * np.maximum(1 + scale * rng.standard_normal(len(X.data)), 0)
        return X
    if hasattr(X, "iloc"):
        moved = X.copy()
        for place in range(X.shape[1]):
            moved.isetitem(place, _column(X.iloc[:, place], scale, rng))
        return moved
    X = _array(X)
    if X.ndim != 2:
        raise ValueError(
            "kind='table' takes an array, DataFrame or sparse matrix of numbers or words, got rows that make an array "
            f"of shape {X.shape}."
        )
    if X.dtype.kind in "fiu":
        return _moved(X, scale, rng)
    moved = X.copy()
    for place in range(X.shape[1]):
        moved[:, place] = _column(X[:, place], scale, rng)
    return moved


def _array(X):
    """An array; of objects where rows are lists of different lengths, which no kind takes."""
    try:
        return np.asarray(X)
    except ValueError:
        return np.array([None] * len(X))


def _column(values, scale, rng):
    """One column of a frame or of an array of objects: noise for numbers, swaps for words."""
    kind = getattr(values.dtype, "kind", "O")
    are_numbers = kind in "fiu" or (
        kind == "O"
        and not hasattr(values, "cat")
        and all(isinstance(v, Real) and not isinstance(v, (bool, np.bool_)) for v in values)
    )
    if not are_numbers:
        index = _swapped(len(values), scale, rng)
        return values.take(index).array if hasattr(values, "iloc") else values[index]
    if hasattr(values.dtype, "na_value"):  # pandas' own numbers, among them missing ones
        moved = _moved(values.to_numpy(dtype=float, na_value=np.nan)[:, None], scale, rng)[:, 0]
        return type(values)(moved, index=values.index, dtype=values.dtype)
    numbers = np.array(values, dtype=float if kind == "O" else values.dtype)
    return _moved(numbers[:, None], scale, rng)[:, 0]


def _moved(X, scale, rng):
    """Noise in proportion to each column's deviation.

    Columns of two values get another row's now and then, and columns of whole numbers keep to values that occur, so
    that no encoder meets what it has not seen: canaries are training rows.
    """
    numbers = X.astype(float)
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    spread = np.array([np.std(column[np.isfinite(column)]) if np.isfinite(column).any() else 0.0 for column in known.T])
    moved = numbers + scale * spread * rng.standard_normal(X.shape)
    for place, column in enumerate(known.T):
        values = np.unique(column[np.isfinite(column)])
        if not len(values):
            continue
        # What no row has, such as a negative age, a pipeline may not take.
        moved[:, place] = moved[:, place].clip(values[0], values[-1])
        if len(values) <= 2:
            moved[:, place] = numbers[_swapped(len(X), scale, rng), place]
        elif X.dtype.kind in "iu" or np.array_equal(values, np.round(values)):
            moved[:, place] = _nearest(values, moved[:, place])
    return moved.astype(X.dtype)


def _nearest(values, numbers):
    """The nearest of sorted values to each number; what is no number stays."""
    after = np.searchsorted(values, numbers).clip(1, len(values) - 1)
    nearest = np.where(numbers - values[after - 1] < values[after] - numbers, values[after - 1], values[after])
    return np.where(np.isfinite(numbers), nearest, numbers)


def _swapped(n, share, rng):
    """Index of rows in which a share of the places holds another row's."""
    return np.where(rng.random(n) < share, rng.integers(n, size=n), np.arange(n))


def _images(X, neighborhood, rng, number):
    """Shifted by a pixel at least, edges repeated, or mirrored, or both; none twice before all have been had."""
    flat = _array(X)
    shape = flat.shape[1:] if neighborhood.image_shape is None else tuple(neighborhood.image_shape)
    fits = len(shape) in (2, 3) and min(shape) > 0 and flat.shape[1:] in (shape, (int(np.prod(shape)),))
    if not fits or (len(shape) == 3 and shape[2] > 4 >= shape[0]):
        raise ValueError(
            "kind='images' takes (n, height, width) or (n, height, width, channels), the channels last, got an array "
            f"of shape {flat.shape} and image_shape={neighborhood.image_shape}: for flat rows give image_shape."
        )
    images = flat.reshape(len(flat), *shape)
    most = max(1, round(neighborhood.scale * min(shape[:2])))
    steps = range(-most, most + 1)
    moves = [move for move in product(steps, steps, (False, True)) if move != (0, 0, False)]
    order = np.random.default_rng(neighborhood.seed).permutation(len(moves))
    down, right, mirrored = moves[order[number % len(moves)]]
    rows, columns = ((np.arange(n) - by).clip(0, n - 1) for n, by in ((shape[0], down), (shape[1], right)))
    return images[:, rows][:, :, columns[::-1] if mirrored else columns].reshape(flat.shape)


def _tokens(X, neighborhood, rng, number):
    """A share of the tokens left out, the others moved up, the end padded with 0."""
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype.kind not in "iu":
        raise ValueError(f"kind='tokens' takes rows of token ids, got an array of shape {X.shape} and type {X.dtype}.")
    kept = (rng.random(X.shape) >= neighborhood.scale) & (X != 0)
    empty = ~kept.any(axis=1)
    kept[empty] = (X != 0)[empty]
    order = np.argsort(~kept, axis=1, kind="stable")
    return np.take_along_axis(np.where(kept, X, 0), order, axis=1)


def _texts(X, neighborhood, rng, number):
    """A share of the words left out, one at least left in."""
    texts = [] if np.ndim(X) > 1 or sparse.issparse(X) else list(X)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(
            f"kind='texts' takes a list, array or Series of strings, got {type(X).__name__}; of a DataFrame give the "
            "column of texts alone."
        )
    return [" ".join(_some(text.split(), neighborhood.scale, rng)) or text for text in texts]


def _some(words, share, rng):
    return [word for word, dropped in zip(words, rng.random(len(words)) < share, strict=True) if not dropped]
