"""Progress of a training: a bar on a terminal, one line an epoch in a log."""

import re
import sys
from typing import Any

from skorch.callbacks import Callback, PrintLog
from tqdm import tqdm

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ProgressBar(Callback):
    """A bar over the epochs, with the latest loss beside it."""

    bar_: Any = None

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(total=net.max_epochs, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        losses = {name: net.history[-1][name] for name in ("train_loss", "valid_loss") if name in net.history[-1]}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()
        self.bar_ = None  # an open bar cannot be pickled


def progress_callback(verbose):
    """Return the callback that shows progress, or None where nothing is to be shown.

    Parameters
    ----------
    verbose : bool or int
        Whether to show anything.

    Returns
    -------
    skorch.callbacks.Callback or None
        A bar where standard error is a terminal, else skorch's table, one line an epoch.
    """
    if not verbose:
        return None
    return ProgressBar() if sys.stderr.isatty() else PrintLog(sink=_print_plain)


def _print_plain(text):
    """A log shows the codes of colours as they are."""
    print(_COLOUR.sub("", text))
