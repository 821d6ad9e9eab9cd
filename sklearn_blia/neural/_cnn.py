"""Convolutional network for small images."""

from math import ceil
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval
from torch import nn

from ._checks import is_count
from ._docs import with_shared_docs
from ._images import BaseImageClassifier, Standardize


class ConvolutionalNetwork(nn.Sequential):
    """Blocks of convolution, rectifier and pooling, then two linear layers.

    Parameters
    ----------
    image_shape : tuple of int
        Height, width and channels.
    n_classes : int
        Number of outputs.
    mean, scale : ndarray of shape (n_channels,)
        Statistics that `Standardize` takes.
    channels : sequence of int
        Feature maps of every block; each block halves height and width, rounding up.
    hidden_size : int
        Units of the hidden linear layer.
    dropout : float
        Share of the hidden units that a training step drops.
    """

    def __init__(self, image_shape, n_classes, mean, scale, channels, hidden_size, dropout):
        height, width, n_in = image_shape
        layers = [Standardize(mean, scale)]
        for n_out in channels:
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
            n_in = n_out
        halved = 2 ** len(channels)
        shrunk = ceil(height / halved) * ceil(width / halved)
        layers += [nn.Flatten(), nn.Linear(n_in * shrunk, hidden_size), nn.ReLU()]
        super().__init__(*layers, nn.Dropout(dropout), nn.Linear(hidden_size, n_classes))


@with_shared_docs
class CNNClassifier(BaseImageClassifier):
    """Convolutional network for small images, grey or colour, trained with torch through skorch.

    The architecture that the BLIA paper (arXiv 2503.12801, Table 1) trains on Fashion-MNIST. Images come as
    arrays (n, height, width) or (n, height, width, channels), or as flat rows; bytes need no scaling, for the
    network brings each channel to mean 0 and variance 1 by the statistics of the training images.

    Parameters
    ----------
    channels : sequence of int, default=(32, 64)
        Feature maps of each block of a 3×3 convolution and a 2×2 pooling.
    hidden_size : int, default=128
        Units of the hidden linear layer.
    dropout : float, default=0.0
        Share of the hidden units that a training step drops.
    {image_parameters}
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    {image_attributes}

    See Also
    --------
    ResNet18Classifier : The deeper network, for CIFAR.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_blia.neural import CNNClassifier
    >>> digits = load_digits()
    >>> model = CNNClassifier(channels=(8, 16), max_epochs=10, random_state=0).fit(digits.images, digits.target)
    >>> bool(model.score(digits.images, digits.target) > 0.8)
    True
    """

    _parameter_constraints: dict = {
        **BaseImageClassifier._parameter_constraints,
        "channels": ["array-like"],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }
    _module_class = ConvolutionalNetwork
    _fits_together = True
    _apart_on_cpu = "a CPU takes no less time for the convolutions of many networks at once"

    def __init__(
        self,
        channels=(32, 64),
        *,
        hidden_size=128,
        dropout=0.0,
        image_shape=None,
        max_epochs=30,
        batch_size=64,
        lr=0.001,
        optimizer="adam",
        momentum=0.9,
        weight_decay=0.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        precision="auto",
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            max_epochs=max_epochs,
            batch_size=batch_size,
            lr=lr,
            optimizer=optimizer,
            momentum=momentum,
            weight_decay=weight_decay,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            precision=precision,
            callbacks=callbacks,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.channels = channels
        self.hidden_size = hidden_size
        self.dropout = dropout
        self.image_shape = image_shape

    def _module_params(self):
        channels = list(self.channels)
        if not channels or not all(is_count(n) for n in channels):
            raise ValueError(f"channels must hold whole numbers above 0, one at least, got {self.channels!r}.")
        own = {"channels": tuple(channels), "hidden_size": self.hidden_size, "dropout": self.dropout}
        return super()._module_params() | own
