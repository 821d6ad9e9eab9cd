"""Training on probabilities of labels."""

from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state

from ._device import find_device
from ._memory import memory_errors_told
from ._random import own_random_stream
from ._rows import Rows, own_memory


class SoftLabelsMixin:
    """Adds `fit_soft` to a neural classifier."""

    def fit_soft(self: Any, X, targets, classes):
        """Train a fresh network on probabilities of labels: the cross-entropy of each row with its own.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.
        targets : array-like of shape (n_samples, n_classes)
            Probabilities.
        classes : array-like of shape (n_classes,)
            Class labels, sorted.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If X does not fit the class, shapes do not go together, or ``early_stopping=True``, which needs labels.
        """
        if self.early_stopping:
            raise ValueError("early_stopping=True holds out labels, and probabilities are none: set it to False.")
        source, (X, _) = X, self._read(X, reset=True)
        self._look_at(X, None)
        self.classes_ = self._find_classes(np.asarray(classes), None)
        targets = check_array(targets, dtype=self._float_type(True), input_name="targets")
        if targets.shape != (len(X), len(self.classes_)):
            raise ValueError(f"targets must have shape {(len(X), len(self.classes_))}, got {targets.shape}.")
        self._check_batches(len(X))
        self._seeds = check_random_state(self.random_state).randint(2**31, size=2)
        device = find_device(self.device)
        advice = f"lower batch_size={self.batch_size}, take a smaller network, or device='cpu'"
        with own_random_stream(device, int(self._seeds[0])) as self._stream, memory_errors_told(device, advice):
            net = self._make_net(device).initialize()
            net.set_params(max_epochs=self.max_epochs, train_split=None)
            net.partial_fit(Rows(own_memory(X, source), np.array(targets)))
        self.net_ = net
        self._built_with = self.get_params(deep=False)
        return self
