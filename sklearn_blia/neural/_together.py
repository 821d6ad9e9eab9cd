"""Many classifiers that differ in labels and seed alone, fitted at once."""

import numpy as np
import torch
from sklearn.base import clone
from sklearn.utils import check_random_state

from ._compiled import is_compilable, train_compiled
from ._device import find_device
from ._memory import memory_errors_told
from ._net import divergence
from ._random import own_random_stream
from ._rows import own_memory
from ._stacked import train_stacked


class TogetherMixin:
    """Adds `fit_together` to a neural classifier.

    A class whose module can be batched says so in ``_fits_together``, itself and not by inheritance: a subclass
    may train otherwise. One whose module cannot says why in ``_apart``, and one that gains nothing by it on a CPU
    in ``_apart_on_cpu``.
    """

    _apart: str | None = None
    _apart_on_cpu: str | None = None
    # Parameters of the classifier.
    early_stopping: bool
    callbacks: list | None
    warm_start: bool
    device: str
    batch_size: int
    max_epochs: int

    def why_not_together(self):
        """Say why classifiers with these parameters cannot be fitted together.

        Returns
        -------
        str or None
            The reason; None if they can.
        """
        if self._apart:
            return self._apart
        if not vars(type(self)).get("_fits_together"):
            return "a subclass may train otherwise than its base"
        if self.early_stopping:
            return "early_stopping=True ends every training at an epoch of its own"
        if self.callbacks:
            return "callbacks watch one training each"
        if self.warm_start:
            return "warm_start=True goes on with one network"
        dropout = getattr(self, "dropout", 0.0)
        if dropout:
            return f"dropout={dropout} draws from the random stream of one network"
        return None

    def why_slow_together(self):
        """Say why fitting together, though possible, takes no less time on the device in question.

        Returns
        -------
        str or None
            The reason; None if it does take less.
        """
        return self._apart_on_cpu if find_device(self.device).type == "cpu" else None

    def fit_together(self, X, labels, random_states, *, return_exceptions=False, on_batch=None):
        """Fit several clones on the same rows, each with labels and a seed of its own, in one training.

        Perceptrons on the CPU are trained by a compiled loop where numba is installed (``sklearn-blia[fast]``), as many
        at a time as torch has threads. Of all others, parameters are stacked and products batched. For small networks
        either takes far less time than one training after another. Each clone gets what ``fit`` gives it alone, up to
        the rounding of sums: its own initialisation, its own minibatches. ``verbose`` is ignored.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.
        labels : array-like of shape (n_classifiers, n_samples)
            Class labels; all classes in every row.
        random_states : sequence of int, of length n_classifiers
            Their ``random_state``.
        return_exceptions : bool, default=False
            Return the error in place of a classifier whose training diverged, instead of raising the first.
        on_batch : callable, default=None
            Called without arguments before every minibatch, or every few milliseconds; an exception that it raises ends
            the training. It may be called from several threads.

        Returns
        -------
        list of classifiers
            Fitted clones, as ``fit`` leaves them but for the times in the history of the net.

        Raises
        ------
        ValueError
            If these parameters do not allow it (`why_not_together`), if X or the labels are unfit, or if a
            training diverges.
        MemoryError
            If the memory of the device does not suffice.

        See Also
        --------
        sklearn_blia.LabelAudit : An audit whose many fits run through this.
        """
        why = self.why_not_together()
        if why:
            raise ValueError(f"{type(self).__name__} cannot be fitted together: {why}. Fit one after another.")
        labels = _check_labels(labels, random_states)
        first = clone(self)
        first._validate_params()
        source, (X, _) = X, first._read(X, labels[0], reset=True)
        first._look_at(X, None)
        first.classes_ = _shared_classes(first, labels)
        first._check_batches(len(X))
        device = find_device(self.device)
        codes = np.stack([first._encode(row) for row in labels])
        models = [_like(first, seed) for seed in random_states]
        advice = f"fit fewer than {len(models)} together, lower batch_size={self.batch_size}, or take device='cpu'"
        with memory_errors_told(device, advice):
            for model in models:
                with own_random_stream(device, int(model._seeds[0])) as model._stream:
                    model.net_ = model._make_net(device).initialize()
            nets, streams = [model.net_ for model in models], [model._stream for model in models]
            rows = torch.from_numpy(own_memory(X, source))
            train = train_compiled if is_compilable(nets) else train_stacked
            losses = train(nets, streams, rows, torch.from_numpy(codes), self.max_epochs, on_batch or _go_on)
        return [_finish(model, losses[:, number], return_exceptions) for number, model in enumerate(models)]


def _check_labels(labels, random_states):
    labels = np.asarray(labels)
    n_seeds = np.size(random_states)
    if labels.ndim != 2 or not len(labels) or np.shape(random_states) != (len(labels),):
        raise ValueError(
            "labels must be of shape (n_classifiers, n_samples), with as many random_states as classifiers, one at "
            f"least; got labels of shape {labels.shape} and {n_seeds} random_states."
        )
    return labels


def _shared_classes(model, labels):
    classes = model._find_classes(labels[0], None)
    for number, row in enumerate(labels):
        if not np.array_equal(np.unique(row), classes):
            raise ValueError(
                f"labels[{number}] holds the classes {np.unique(row).tolist()}, and labels[0] {classes.tolist()}: "
                "networks fitted together have the same outputs. Fit this one alone."
            )
    return classes


def _like(first, seed):
    """A clone with its own seed that knows of X and the classes what the first has learnt."""
    model = clone(first).set_params(random_state=seed)
    learnt = vars(first).keys() - first.get_params(deep=False).keys()
    vars(model).update({name: vars(first)[name] for name in learnt})
    model._seeds = check_random_state(seed).randint(2**31, size=2)
    return model


def _finish(model, losses, return_exceptions):
    for epoch, loss in enumerate(losses.tolist(), start=1):
        if not np.isfinite(loss):
            error = divergence(loss, epoch, model.lr)
            if not return_exceptions:
                raise error
            return error
        model.net_.history.new_epoch()
        model.net_.history.record("epoch", epoch)
        model.net_.history.record("train_loss", loss)
    model._built_with = model.get_params(deep=False)
    return model


def _go_on():
    pass
