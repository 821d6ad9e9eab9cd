"""The residual network of 18 layers, in its form for images of 32 by 32."""

from numbers import Integral

from sklearn.utils._param_validation import Interval
from torch import nn
from torch.nn.functional import relu

from ._docs import with_shared_docs
from ._images import BaseImageClassifier, Standardize


def _conv(n_in, n_out, kernel, stride=1):
    convolution = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut (He et al. 2016, Figure 2 and Equations 1 and 2).

    Parameters
    ----------
    n_in, n_out : int
        Feature maps at input and output.
    stride : int
        Of the first convolution; 2 halves height and width.
    """

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.first = _conv(n_in, n_out, 3, stride)
        self.second = _conv(n_out, n_out, 3)
        same = stride == 1 and n_in == n_out
        self.shortcut = nn.Identity() if same else _conv(n_in, n_out, 1, stride)

    def forward(self, x):
        return relu(self.second(relu(self.first(x))) + self.shortcut(x))


class ResNet18(nn.Sequential):
    """Residual network of 18 layers (He et al. 2016, Table 1) with a 3×3 stem and no max-pooling.

    Parameters
    ----------
    image_shape : tuple of int
        Height, width and channels.
    n_classes : int
        Number of outputs.
    mean, scale : ndarray of shape (n_channels,)
        Statistics that `Standardize` takes.
    width : int
        Feature maps of the first stage; each of the three others doubles them.
    """

    def __init__(self, image_shape, n_classes, mean, scale, width):
        layers = [Standardize(mean, scale), _conv(image_shape[2], width, 3), nn.ReLU()]
        n_in = width
        for stage in range(4):
            n_out = width * 2**stage
            layers += [ResidualBlock(n_in, n_out, 1 if stage == 0 else 2), ResidualBlock(n_out, n_out, 1)]
            n_in = n_out
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_in, n_classes))


@with_shared_docs
class ResNet18Classifier(BaseImageClassifier):
    """Residual network of 18 layers for small images, trained with torch through skorch.

    ResNet-18 of He et al. (2016, "Deep Residual Learning for Image Recognition", Table 1) in the form that is
    usual for images of 32×32: a 3×3 convolution in place of the 7×7 stem, and no max-pooling. The BLIA paper
    (arXiv 2503.12801, Table 1) trains it on CIFAR. Images come as for `CNNClassifier`.

    Parameters
    ----------
    width : int, default=64
        Feature maps of the first stage; 64 is the network of the paper, smaller ones train faster.
    {image_parameters}
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    {image_attributes}

    See Also
    --------
    CNNClassifier : A smaller network for small images.

    Notes
    -----
    Batch normalisation takes no single row: one that is left over at the end joins the minibatch before it.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_blia.neural import ResNet18Classifier
    >>> digits = load_digits()
    >>> model = ResNet18Classifier(width=4, max_epochs=1, random_state=0).fit(digits.images, digits.target)
    >>> model.predict_proba(digits.images).shape
    (1797, 10)
    """

    _parameter_constraints: dict = {
        **BaseImageClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left")],
    }
    _module_class = ResNet18
    _join_single = True
    _apart = "batch normalisation keeps running statistics of one network"

    def __init__(
        self,
        width=64,
        *,
        image_shape=None,
        max_epochs=30,
        batch_size=128,
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
        self.width = width
        self.image_shape = image_shape

    def _module_params(self):
        return super()._module_params() | {"width": self.width}

    def _check_batches(self, n_rows):
        # The last stage sees an eighth of the height and width; batch normalisation takes no single value.
        if max(self.image_shape_[:2]) <= 8 and min(n_rows, self.batch_size) == 1:
            raise ValueError(
                "Batch normalisation cannot be trained on a single small image at a time: give two rows and "
                "batch_size=2 at least."
            )
