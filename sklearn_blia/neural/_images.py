"""Images as input: their shapes, and the standardisation of their channels."""

from math import isqrt, prod

import numpy as np
import torch
from torch import nn

from ._base import BaseNeuralClassifier
from ._checks import is_count


class Standardize(nn.Module):
    """Bring every channel to mean 0 and variance 1, by the statistics of the training images.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_channels,)
        Mean and standard deviation of each channel.
    """

    def __init__(self, mean, scale):
        super().__init__()
        for name, values in (("mean", mean), ("scale", scale)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32).reshape(-1, 1, 1))

    def forward(self, images):
        return (images.to(self.mean.dtype) - self.mean) / self.scale


class BaseImageClassifier(BaseNeuralClassifier):
    """Base of the classifiers of images.

    Images come as (n, height, width), as (n, height, width, channels), or flat, one image a row, the channels
    innermost. Bytes stay bytes in memory; the network casts and standardises batch by batch.
    """

    _parameter_constraints: dict = {**BaseNeuralClassifier._parameter_constraints, "image_shape": ["array-like", None]}
    _channels_last = True
    _rows_at_once = 512

    def _read(self, X, y="no_validation", *, reset):
        X, shape = _flatten(X)
        X, y = self._checked(X, y, [self._float_type(reset), np.uint8], reset)
        if reset:
            self.image_shape_ = self._find_shape(shape)
        elif shape is not None and shape != self.image_shape_:
            raise ValueError(
                f"X holds images of (height, width, channels) {shape}, but {type(self).__name__} was fitted on images "
                f"of {self.image_shape_}: bring them to that shape."
            )
        # torch wants the channels before the rows of an image. Sums depend on the order in memory, so it is always
        # the same; a grey image is reshaped, for moving an axis of length 1 leaves strides that torch takes amiss.
        height, width, channels = self.image_shape_
        if channels == 1:
            X = X.reshape(len(X), 1, height, width)
        else:
            X = np.ascontiguousarray(np.moveaxis(X.reshape(len(X), height, width, channels), -1, 1))
        return X, y

    def _look_at(self, X, sample_weight):
        parts = np.array_split(X, range(1000, len(X), 1000))  # in double precision all at once would fill the memory
        means = np.concatenate([part.mean(axis=(2, 3), dtype=np.float64) for part in parts])
        squares = np.concatenate([part.var(axis=(2, 3), dtype=np.float64) for part in parts]) + means**2
        self.channel_mean_ = np.average(means, axis=0, weights=sample_weight)
        variance = np.average(squares, axis=0, weights=sample_weight) - self.channel_mean_**2
        self.channel_scale_ = np.sqrt(np.where(variance > 1e-12 * self.channel_mean_**2, variance, 1.0))

    def _find_shape(self, shape):
        if self.image_shape is None:
            return _square(self.n_features_in_) if shape is None else shape
        wanted = _with_channels(tuple(self.image_shape))
        if prod(wanted) != self.n_features_in_ or shape not in (None, wanted):
            given = f"{self.n_features_in_} columns" if shape is None else f"images of {shape}"
            raise ValueError(f"image_shape={self.image_shape!r} does not fit X, which has {given}.")
        return wanted

    def _module_params(self):
        return {
            "image_shape": self.image_shape_,
            "n_classes": len(self.classes_),
            "mean": self.channel_mean_,
            "scale": self.channel_scale_,
        }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _flatten(X):
    """X as flat rows, and the shape of its images, None where they came flat."""
    if not hasattr(X, "shape"):
        try:
            X = np.asarray(X)
        except ValueError as error:
            raise ValueError("X must hold images of one shape; these differ in size.") from error
    if len(X.shape) > 4:
        raise ValueError(
            f"X has {len(X.shape)} dimensions; images are (n, height, width) or (n, height, width, channels)."
        )
    if len(X.shape) < 3:
        return X, None  # a table of flat images, or something that is refused as no table
    shape = _with_channels(X.shape[1:])
    if shape[0] in (1, 3) and shape[2] not in (1, 2, 3, 4):
        raise ValueError(
            f"X has shape {X.shape}, which looks like channels first: images are (n, height, width, channels), "
            "np.moveaxis(X, 1, -1)."
        )
    return np.asarray(X).reshape(len(X), prod(shape)), shape


def _with_channels(shape):
    whole = all(is_count(size) for size in shape)
    if len(shape) not in (2, 3) or not whole:
        raise ValueError(f"image_shape must be (height, width) or (height, width, channels), got {shape}.")
    return (*map(int, shape), 1) if len(shape) == 2 else tuple(map(int, shape))


def _square(n_values):
    """Shape of flat square images: grey, or of three channels. No number of values is both."""
    for channels in (1, 3):
        side = isqrt(n_values // channels)
        if side * side * channels == n_values:
            return (side, side, channels)
    raise ValueError(
        f"X has {n_values} columns, which are no square image, grey or of three channels: give image_shape=(height, "
        "width) or (height, width, channels), or images of shape (n, height, width, channels)."
    )
