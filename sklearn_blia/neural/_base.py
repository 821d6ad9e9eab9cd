"""What every neural classifier shares: it holds a skorch net, and is a scikit-learn classifier around it."""

from abc import ABCMeta, abstractmethod
from copy import deepcopy
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from skorch.callbacks import Callback, EarlyStopping
from skorch.helper import predefined_split

from ._device import find_device, find_precision
from ._memory import memory_errors_told
from ._net import Net
from ._private import PrivateMixin
from ._progress import progress_callback
from ._random import own_random_stream
from ._rows import Rows, batches_of, own_memory
from ._soft import SoftLabelsMixin
from ._together import TogetherMixin

# Parameters that a training which goes on can follow.
_MAY_CHANGE = {
    "max_epochs", "batch_size", "lr", "momentum", "weight_decay", "early_stopping", "validation_fraction",
    "n_iter_no_change", "warm_start", "random_state", "verbose",
}  # fmt: skip
OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


class BaseNeuralClassifier(
    TogetherMixin, PrivateMixin, SoftLabelsMixin, ClassifierMixin, BaseEstimator, metaclass=ABCMeta
):
    """Base of the neural classifiers.

    A subclass names its module in ``_module_class``, tells its dimensions by ``_module_params``, and reads
    other rows than a table's by ``_read``. The net is held, not inherited from: a skorch net fails
    scikit-learn's checks (it takes any label as it comes, and sets parameters at will), a holder passes them.
    """

    _parameter_constraints: dict = {
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "precision": [StrOptions({"auto", "float32", "float64", "bfloat16"})],
        "callbacks": [list, tuple, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _module_class: type
    net_: Net
    _stream: list  # state of the random stream, for a training that goes on
    _channels_last = False  # whether the rows are images, which are fastest with the channels innermost
    _was_private = False  # whether the net was trained under a promise that it has spent
    _join_single = False  # whether the module cannot be trained on a minibatch of one row
    _rows_at_once = 2048  # of a prediction: enough to be fast, few enough for their activations to stay in the cache

    @abstractmethod
    def __init__(
        self,
        *,
        max_epochs,
        batch_size,
        lr,
        optimizer,
        momentum,
        weight_decay,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        warm_start,
        precision,
        callbacks,
        device,
        random_state,
        verbose,
    ):
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.precision = precision
        self.callbacks = callbacks
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _module_params(self):
        """Return the constructor arguments of the module, from what `_read` found in the first rows."""

    def _look_at(self, X, sample_weight):
        """Learn from the first training rows what the module needs to know of their values."""

    def _read(self, X, y="no_validation", *, reset):
        """Check rows and labels and return both as arrays; with `reset` also learn the rows' dimensions.

        Without labels to check the second is None.
        """
        return self._checked(X, y, self._float_type(reset), reset)

    def _checked(self, X, y, dtype, reset):
        """A table and its labels, checked by scikit-learn."""
        checked = validate_data(self, X, y, dtype=dtype, reset=reset)
        return checked if isinstance(checked, tuple) else (checked, None)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Train a network, a fresh one unless `warm_start` is set.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes. Tables are cast to single precision: scale them first.
        y : array-like of shape (n_samples,)
            Class labels, of two classes at least.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the loss, brought to a mean of 1. A weight of 2 is a row that stands twice
            where one minibatch holds all rows; over several minibatches the two differ by the order of the
            steps.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If X does not fit the class (missing values among others), if y has fewer than two classes, or if
            the training loss diverges.
        MemoryError
            If the memory of the device does not suffice.
        """
        return self._train(X, y, sample_weight, self.max_epochs, resume=self.warm_start and hasattr(self, "net_"))

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one pass over the given rows, and keep the network for the next call.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever occur; needed in the first call where its y does not hold them all.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, as in `fit`.

        Returns
        -------
        self
            The classifier.

        Raises
        ------
        ValueError
            As `fit`; also if y holds a label that the first call did not know, or with ``early_stopping=True``.
        MemoryError
            If the memory of the device does not suffice.
        """
        if self.early_stopping:
            raise ValueError("partial_fit does not know when to stop: use fit, or early_stopping=False.")
        return self._train(X, y, sample_weight, 1, resume=hasattr(self, "net_"), classes=classes)

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            Probabilities, in the order of ``classes_``; float64 where that is the precision.
        """
        check_is_fitted(self, "net_")
        X, _ = self._read(X, reset=False)
        device = self.net_.device
        self.net_.module_.eval()
        parts = []
        with torch.inference_mode(), memory_errors_told(device, "predict fewer rows at once, or on device='cpu'"):
            for start in range(0, len(X), self._rows_at_once):
                # A copy, for torch takes no array that it may not write to.
                part = torch.from_numpy(np.array(X[start : start + self._rows_at_once]))
                parts.append(torch.softmax(self.net_.infer(part.to(device)), dim=1).cpu())
        return torch.cat(parts).numpy()

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.

        Returns
        -------
        ndarray of shape (n_samples,)
            The most probable class of each row.
        """
        check_is_fitted(self, "net_")
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _train(self, X, y, sample_weight, epochs, *, resume, classes=None):
        source, (X, y) = X, self._read(X, y, reset=not resume)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=self._float_type(not resume), ensure_non_negative=True
            )
            sample_weight = sample_weight / sample_weight.mean()
        if resume:
            self._check_unchanged(classes)
        else:
            if hasattr(self, "net_"):
                del self.net_  # should this fit fail, the old net does not go with the new classes
            self.__dict__.pop("_was_private", None)
            self._look_at(X, sample_weight)
            self.classes_ = self._find_classes(y, classes)
            # Drawn once: a training that goes on holds out the same rows, and its random stream goes on.
            self._seeds = check_random_state(self.random_state).randint(2**31, size=2)
        codes = self._encode(y)
        device = torch.device(self.net_.device) if resume else find_device(self.device)
        train, held_out = self._hold_out(own_memory(X, source), codes, sample_weight)
        self._check_batches(len(train))
        advice = f"lower batch_size={self.batch_size}, take a smaller network, or device='cpu'"
        start = self._stream if resume else int(self._seeds[0])
        with own_random_stream(device, start) as self._stream, memory_errors_told(device, advice):
            net = self._adapted_net() if resume else self._make_net(device).initialize()
            net.set_params(max_epochs=epochs, train_split=None if held_out is None else predefined_split(held_out))
            try:
                net.partial_fit(train)
            finally:
                net.set_params(train_split=None)  # the rows held out are not the net's to keep
        self.net_ = net
        self._built_with = self.get_params(deep=False)
        return self

    def _check_unchanged(self, classes):
        """Refuse to go on training where that could not do what the parameters now say."""
        if self._was_private:
            raise ValueError("A private training has spent what it promised and cannot go on: fit a new classifier.")
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if name not in _MAY_CHANGE and repr(value) != repr(self._built_with[name])
        ]
        if changed:
            raise ValueError(
                f"A training that goes on keeps the network that it has, but {', '.join(changed)} asks for another: "
                "set warm_start=False and fit anew, or take a new classifier."
            )
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"classes={list(classes)!r} are not those of the first call, {self.classes_.tolist()}: name all "
                "of them there."
            )

    def _find_classes(self, y, classes):
        check_classification_targets(y)
        found = np.unique(y if classes is None else np.asarray(classes))
        if len(found) < 2:
            raise ValueError(
                f"{type(self).__name__} needs two classes at least, y has only one class, {found.tolist()[0]!r}. If "
                "this is a fold or a part of the data, stratify the split, or name all classes in partial_fit."
            )
        return found

    def _encode(self, y):
        codes = np.minimum(np.searchsorted(self.classes_, y), len(self.classes_) - 1)
        unknown = self.classes_[codes] != y
        if np.any(unknown):
            raise ValueError(
                f"y holds the label {y[unknown].tolist()[0]!r}, which is not in classes_={self.classes_.tolist()}: "
                "name all labels in the first call, partial_fit(X, y, classes=[...])."
            )
        return codes.astype(np.int64)

    def _hold_out(self, X, codes, weights):
        if not self.early_stopping:
            return Rows(X, codes, weights), None
        try:
            parts = train_test_split(
                np.arange(len(X)),
                test_size=self.validation_fraction,
                stratify=self.classes_[codes],
                random_state=int(self._seeds[1]),
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping cannot hold out validation_fraction={self.validation_fraction} of the {len(X)} rows: "
                f"{str(error).rstrip('.')}. Take another fraction, or early_stopping=False."
            ) from error
        return tuple(Rows(X[part], codes[part], None if weights is None else weights[part]) for part in parts)

    def _check_batches(self, n_rows):
        """Refuse a number of rows that the module cannot be trained on batch by batch."""

    def _float_type(self, reset):
        """Type of the rows: the one asked for in `fit`, the net's own afterwards."""
        return np.float64 if (self.precision if reset else self.net_.precision) == "float64" else np.float32

    def _optimizer_params(self):
        params = {"weight_decay": self.weight_decay}
        return params | {"momentum": self.momentum} if self.optimizer == "sgd" else params

    def _make_net(self, device):
        # One kernel for the whole step: the optimiser's own work is a third of a small network's training.
        optimizer = self._optimizer_params() | {"fused": device.type in ("cpu", "cuda")}
        name = device.type if device.index is None else str(device)
        return Net(
            self._module_class,
            **{f"module__{name}": value for name, value in self._module_params().items()},
            classes=np.arange(len(self.classes_)),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=OPTIMIZERS[self.optimizer],
            **{f"optimizer__{name}": value for name, value in optimizer.items()},
            lr=self.lr,
            batch_size=self.batch_size,
            iterator_train=batches_of,
            iterator_train__shuffle=True,
            iterator_train__join_single=self._join_single,
            iterator_valid=batches_of,
            callbacks=self._make_callbacks(),
            callbacks__valid_acc=None,  # it would watch every batch for a number that nobody asked for
            callbacks__print_log=progress_callback(self.verbose),
            device=name,
            verbose=int(self.verbose),
            precision=find_precision(self.precision, device),
            channels_last=self._channels_last,
        )

    def _make_callbacks(self):
        callbacks = deepcopy(list(self.callbacks or []))
        for callback in callbacks:
            held = callback[-1] if isinstance(callback, tuple) else callback
            if not (isinstance(held, Callback) or (isinstance(held, type) and issubclass(held, Callback))):
                raise ValueError(f"callbacks must hold skorch callbacks, or pairs of a name and one; got {held!r}.")
        if self.early_stopping:
            stop = EarlyStopping(patience=self.n_iter_no_change, load_best=True)
            callbacks.append(("early_stopping", stop))
        return callbacks

    def _adapted_net(self):
        """The net that goes on training, following the parameters that have changed since."""
        before = self._built_with
        self.net_.set_params(batch_size=self.batch_size, verbose=int(self.verbose))
        if any(getattr(self, name) != before[name] for name in ("early_stopping", "n_iter_no_change", "verbose")):
            self.net_.callbacks = self._make_callbacks()
            self.net_.callbacks__print_log = progress_callback(self.verbose)
            self.net_.initialize_callbacks()
        changed = {name: getattr(self, name) for name in ("lr", "weight_decay") if getattr(self, name) != before[name]}
        if self.optimizer == "sgd" and self.momentum != before["momentum"]:
            changed["momentum"] = self.momentum
        for group in self.net_.optimizer_.param_groups:
            group.update(changed)
        return self.net_
