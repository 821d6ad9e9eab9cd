"""What every neural classifier shares: it holds a skorch net, and is a scikit-learn classifier around it."""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from skorch import NeuralNetClassifier

from ._rows import Rows, whole_batch

_ROWS_AT_ONCE = 8192
OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


class BaseNeuralClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of the neural classifiers.

    A subclass names its module in ``_module_class`` and tells its dimensions by ``_module_params``. The net
    is held, not inherited from: a skorch net fails scikit-learn's checks (it takes any label as it comes,
    and sets parameters at will), a holder passes them.
    """

    _parameter_constraints: dict = {
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _module_class: type

    @abstractmethod
    def _module_params(self, n_features, n_classes):
        """Return the constructor arguments of the module."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train a fresh network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; cast to single precision, so scale them first.
        y : array-like of shape (n_samples,)
            Class labels, of two classes at least.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, if y has fewer than two classes, or if the training loss diverges.
        """
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        encoder = LabelEncoder().fit(y)
        if len(encoder.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs two classes at least, y has only one class.")
        self.classes_ = encoder.classes_
        device = self._device()
        # The seed holds inside fit alone: the caller's stream goes on as if nothing had happened, and equal
        # seeds give equal nets in any process.
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(int(check_random_state(self.random_state).randint(2**31)))
            rows = Rows(np.array(X), encoder.transform(y).astype(np.int64))  # a copy: torch wants to own its memory
            self.net_ = self._make_net(X.shape[1], device).fit(rows, y=None)
        loss = self.net_.history[-1, "train_loss"]
        if not np.isfinite(loss):
            raise ValueError(
                f"Training diverged: the loss is {loss} after {self.max_epochs} epochs. Lower lr={self.lr}, or "
                "scale the features (StandardScaler)."
            )
        return self

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            Probabilities, in the order of ``classes_``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        module = self.net_.module_.eval()
        with torch.inference_mode():
            # In chunks, to bound memory; large ones, for the cost of a call is that of many rows.
            parts = [
                torch.softmax(module(part.to(self.net_.device)), dim=1).cpu()
                for part in torch.from_numpy(np.array(X)).split(_ROWS_AT_ONCE)
            ]
        return torch.cat(parts).numpy()

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            The most probable class of each row.
        """
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _device(self):
        if self.device != "auto":
            return torch.device(self.device)
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def _make_net(self, n_features, device):
        params = self._module_params(n_features, len(self.classes_))
        return NeuralNetClassifier(
            self._module_class,
            **{f"module__{name}": value for name, value in params.items()},
            classes=np.arange(len(self.classes_)),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=OPTIMIZERS[self.optimizer],
            optimizer__weight_decay=self.weight_decay,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            iterator_train__shuffle=True,
            iterator_train__collate_fn=whole_batch,
            train_split=None,
            device=device.type if device.index is None else str(device),
            verbose=int(self.verbose),
        )
