"""One neighbour of every row: of tables, images, token ids and texts.

Each function takes the rows, the `Neighborhood` with kind and scale filled in, its random numbers, and the number of
the neighbour.
"""

from itertools import product
from numbers import Real

import numpy as np
from scipy import sparse


def table(X, neighborhood, rng, number):
    """Noise on numbers, swaps of words."""
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
    if hasattr(X, "with_columns") and hasattr(X, "schema"):  # polars
        columns = {name: _column(X[name].to_numpy(), scale, rng) for name in X.columns}
        return type(X)(columns, schema=X.schema, strict=False)
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


def images(X, neighborhood, rng, number):
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


def tokens(X, neighborhood, rng, number):
    """A share of the tokens left out, the others moved up, the end padded with 0."""
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype.kind not in "iu":
        raise ValueError(f"kind='tokens' takes rows of token ids, got an array of shape {X.shape} and type {X.dtype}.")
    kept = (rng.random(X.shape) >= neighborhood.scale) & (X != 0)
    empty = ~kept.any(axis=1)
    kept[empty] = (X != 0)[empty]
    order = np.argsort(~kept, axis=1, kind="stable")
    return np.take_along_axis(np.where(kept, X, 0), order, axis=1)


def texts(X, neighborhood, rng, number):
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
