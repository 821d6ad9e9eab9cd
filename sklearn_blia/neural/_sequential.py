"""Multilayer perceptron for tables: the paper's "Sequential" network."""

from itertools import pairwise

import torch
from torch import nn

from ._base import BaseNeuralClassifier
from ._checks import is_count
from ._docs import with_shared_docs


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

    @staticmethod
    def forward_stacked(params, X):
        """Scores of many networks, whose parameters have one more dimension in front: one product a layer.

        vmap would do, but keeps bias and rectifier apart from the product.
        """
        places = range(0, len(params), 2)  # in the sequence, a rectifier behind each layer
        for place in places:
            bias, weight = params[f"{place}.bias"][:, None], params[f"{place}.weight"]
            X = torch.baddbmm(bias, X, weight.mT)
            if place != places[-1]:
                X = X.relu_()
        return X


@with_shared_docs
class SequentialClassifier(BaseNeuralClassifier):
    """Multilayer perceptron for tables, trained with torch through skorch.

    The "Sequential" architecture of the BLIA paper (arXiv 2503.12801, Table 1), which the paper trains on
    the Census data.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(128, 64)
        Units of each hidden layer.
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
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
    _fits_together = True

    def __init__(
        self,
        hidden_layer_sizes=(128, 64),
        *,
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
        self.hidden_layer_sizes = hidden_layer_sizes

    def _module_params(self):
        sizes = list(self.hidden_layer_sizes)
        if not all(is_count(size) for size in sizes):
            raise ValueError(f"hidden_layer_sizes must hold whole numbers above 0, got {self.hidden_layer_sizes!r}.")
        return {"layer_sizes": (self.n_features_in_, *sizes, len(self.classes_))}
