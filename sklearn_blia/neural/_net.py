"""The skorch net that the classifiers hold: weights, precision, and a training loop without idle work."""

from contextlib import nullcontext, suppress

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch.nn.functional import cross_entropy

from ._interrupt import ctrl_c_noted
from ._rows import Batches

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class _CallbackStop(Exception):
    """A callback asked to stop the training; skorch's callbacks say so by a KeyboardInterrupt."""


class Net(NeuralNetClassifier):
    """A skorch classifier that trains on `Batches`.

    It differs from skorch's own in what happens around the arithmetic, not in the arithmetic: a callback that
    watches batches gets skorch's loop; without one a loop runs that keeps no record of single batches and
    fetches no loss from the device before the epoch is over.

    Parameters
    ----------
    precision : {"float32", "float64", "bfloat16"}, default="float32"
        Type of the parameters, or mixed precision: single-precision parameters, products in bfloat16.
    channels_last : bool, default=False
        Lay images out with the channels innermost, as convolutions and pooling want them (benchmarks/neural.py).
    """

    def __init__(self, *args, precision="float32", channels_last=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.precision = precision
        self.channels_last = channels_last

    def initialize_module(self):
        super().initialize_module()
        if self.precision == "float64":
            self.module_.double()
        if self.channels_last:
            self.module_.to(memory_format=torch.channels_last)
        return self

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """As skorch's, but only a callback may end the training early: the user's Ctrl-C goes through.

        skorch takes every KeyboardInterrupt for a wish to keep the half-trained net; a search over many fits
        could then not be stopped, and would compare nets that are not what their parameters say.
        """
        if not self.initialized_:
            self.initialize()
        with ctrl_c_noted() as ctrl_c:
            self._ctrl_c = ctrl_c
            self.notify("on_train_begin", X=X, y=y)
            try:
                with suppress(_CallbackStop):
                    self.fit_loop(X, y)
            finally:
                del self._ctrl_c
                # Also when the training fails: a callback may hold an open bar or file.
                self.notify("on_train_end", X=X, y=y)
        return self

    def notify(self, method_name, **cb_kwargs):
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt as stop:
            if not hasattr(self, "_ctrl_c") or self._ctrl_c.is_set():
                raise
            raise _CallbackStop from stop

    def get_iterator(self, dataset, training=False):
        iterator = super().get_iterator(dataset, training=training)
        if isinstance(iterator, Batches):
            iterator.device = self.device
        return iterator

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        if not training or self._batches_are_watched():
            super().run_single_epoch(iterator, training=training, prefix=prefix, step_fn=step_fn, **fit_params)
        else:
            self._train_one_epoch(iterator)
        if training:
            self._check_loss()

    def infer(self, x, **fit_params):
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        with self.mixed():
            scores = self.module_(x)
        return scores.float() if self.precision == "bfloat16" else scores

    def get_loss(self, y_pred, y_true, *args, **kwargs):
        if not isinstance(y_true, (tuple, list)):
            return cross_entropy(y_pred, y_true)
        labels, weights = y_true
        return (cross_entropy(y_pred, labels, reduction="none") * weights).mean()

    def _train_one_epoch(self, batches):
        self.module_.train()
        total, n_rows = 0.0, 0
        for X, labels in batches:
            self.optimizer_.zero_grad()
            loss = self.get_loss(self.infer(X), labels)
            loss.backward()
            self.optimizer_.step()
            total = total + loss.detach() * len(X)
            n_rows += len(X)
        # One record for the whole pass, in the form in which skorch's scoring of the epoch expects it.
        self.history.new_batch()
        self.history.record_batch("train_loss", float(total) / n_rows)
        self.history.record_batch("train_batch_size", n_rows)
        self.history.record("train_batch_count", len(batches))

    def _check_loss(self):
        loss = np.mean(self.history[-1, "batches", :, "train_loss"])
        if not np.isfinite(loss):
            raise divergence(loss, self.history[-1, "epoch"], self.lr)

    def _batches_are_watched(self):
        return any(
            getattr(type(callback), hook) is not getattr(Callback, hook)
            for _, callback in self.callbacks_
            for hook in _BATCH_HOOKS
        )

    def mixed(self):
        """Context in which products are taken in bfloat16, where that is the precision."""
        if self.precision != "bfloat16":
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)


def divergence(loss, epoch, lr):
    """Return the error of a training whose loss is no number any more."""
    return ValueError(
        f"Training diverged: the loss is {loss} in epoch {epoch}. Lower lr={lr}, or scale the features "
        "(StandardScaler)."
    )
