"""scikit-learn's own checks: on the classifier of tables as it is, on the others behind small adapters.

The checks hand every estimator a table. The adapters below let an image or a row of tokens be read off one, and
change nothing else. What takes texts is in tests/test_common.py, with the checks that need no table.
"""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sklearn_blia.neural import (
    CNNClassifier,
    ResNet18Classifier,
    RNNClassifier,
    SequentialClassifier,
    TransformerClassifier,
)

# In double precision a weight of 2 is a row that stands twice, to the 1e-7 that the check asks for. In single
# precision the sums differ by rounding; for its own MLPClassifier scikit-learn sets another solver for this check.
EXACT = {"precision": "float64", "random_state": 0}
EQUIVALENCE = "check_sample_weight_equivalence_on_dense_data"


class TableAsImages:
    """A row of a table as an image of one line."""

    def _find_shape(self, shape):
        return (1, self.n_features_in_, 1)


class TableAsTokens:
    """Ten ids by the size of the value; the place in the row tells the feature."""

    def _check_ids(self, X, reset):
        return super()._check_ids(np.digitize(X, np.linspace(-2, 2, 9)) + 1, reset)


class CNNOfTables(TableAsImages, CNNClassifier):
    pass


class ResNetOfTables(TableAsImages, ResNet18Classifier):
    pass


class RNNOfTables(TableAsTokens, RNNClassifier):
    pass


class TransformerOfTables(TableAsTokens, TransformerClassifier):
    pass


@parametrize_with_checks(
    [
        SequentialClassifier(**EXACT),
        CNNOfTables((8,), max_epochs=20, lr=0.01, **EXACT),
        RNNOfTables(embedding_size=8, hidden_size=8, lr=0.02, **EXACT),
        TransformerOfTables(embedding_size=8, n_heads=2, n_layers=1, lr=0.02, dropout=0.0, **EXACT),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# Batch normalisation takes the mean over a minibatch's rows, whatever they weigh: there is no precision in which a
# residual network could pass.
WITHOUT_EQUIVALENCE = [
    SequentialClassifier(random_state=0),
    ResNetOfTables(4, max_epochs=10, batch_size=32, lr=0.01, random_state=0),
]


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pair
        for estimator in WITHOUT_EQUIVALENCE
        for pair in estimator_checks_generator(estimator)
        if getattr(pair[1], "func", pair[1]).__name__ != EQUIVALENCE
    ],
)
def test_scikit_learn_checks_without_equivalence_of_weights(estimator, check):
    check(estimator)
