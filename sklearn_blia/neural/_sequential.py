"""Multilayer perceptron for tables: the paper's "Sequential" network."""

from itertools import pairwise

import numpy as np
from torch import nn

from ._base import BaseNeuralClassifier


class Sequential(nn.Sequential):
    """Linear layers with rectified linear units between them.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of every layer, input and output included.
    """

    def __init__(self, layer_sizes):
        layers = [layer for n_in, n_out in pairwise(layer_sizes) for layer in (nn.Linear(n_in, n_out), nn.ReLU())]
        super().__init__(*layers[:-1])


class SequentialClassifier(BaseNeuralClassifier):
    """Multilayer perceptron for tables, trained with torch through skorch.

    The "Sequential" architecture of the BLIA paper (arXiv 2503.12801, Table 1), which the paper trains on
    the Census data.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(128, 64)
        Units of each hidden layer.
    max_epochs : int, default=30
        Passes over the data. The more, the more the network memorizes.
    batch_size : int, default=64
        Rows of a minibatch.
    lr : float, default=0.001
        Learning rate.
    optimizer : {"adam", "adamw", "sgd"}, default="adam"
        Optimiser.
    weight_decay : float, default=0.0
        L2 penalty (decoupled for "adamw").
    device : str, default="auto"
        A torch device; "auto" takes a GPU where there is one.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights and the order of the minibatches.
    verbose : bool or int, default=0
        Print one line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    net_ : skorch.NeuralNetClassifier
        The trained net.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features, where X had them.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : The one of scikit-learn, without torch.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn_blia.neural import SequentialClassifier
    >>> X, y = make_classification(200, random_state=0)
    >>> SequentialClassifier(random_state=0).fit(X, y).predict_proba(X).shape
    (200, 2)
    """

    _parameter_constraints: dict = {
        **BaseNeuralClassifier._parameter_constraints,
        "hidden_layer_sizes": ["array-like"],
    }
    _module_class = Sequential

    def __init__(
        self,
        hidden_layer_sizes=(128, 64),
        *,
        max_epochs=30,
        batch_size=64,
        lr=0.001,
        optimizer="adam",
        weight_decay=0.0,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _module_params(self, n_features, n_classes):
        sizes = list(self.hidden_layer_sizes)
        if not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must hold whole numbers above 0, got {self.hidden_layer_sizes!r}.")
        return {"layer_sizes": (n_features, *sizes, n_classes)}
