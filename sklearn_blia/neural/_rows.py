"""Rows in memory, and minibatches of them without a DataLoader's work."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from ._random import own_random_stream


class Rows(Dataset):
    """Tensors of rows, labels and, where there are any, weights.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        Features.
    codes : ndarray of shape (n_samples,)
        Labels as positions in the classes.
    weights : ndarray of shape (n_samples,), default=None
        Weights; the label of a row is then the pair of its label and its weight.
    """

    def __init__(self, X, codes, weights=None):
        self.X, self.codes = torch.from_numpy(X), torch.from_numpy(codes)
        self.weights = None if weights is None else torch.from_numpy(weights)

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, rows):
        labels = self.codes[rows] if self.weights is None else (self.codes[rows], self.weights[rows])
        return self.X[rows], labels


class Batches:
    """The minibatches of a DataLoader, each cut out of the tensors by one index operation.

    A DataLoader fetches row by row and stacks what it fetched; for a small network that takes longer than the
    training itself. Its random draws are repeated here, so that a seed gives the batches it would have given.

    Parameters
    ----------
    rows : Rows
        The data.
    batch_size : int
        Rows of a batch; the last may be smaller.
    shuffle : bool, default=False
        Whether each pass draws an order of its own.
    join_single : bool, default=False
        Put a single row that is left over into the batch before it: batch normalisation takes no single row.
    """

    device = "cpu"  # where the batches are wanted

    def __init__(self, rows, batch_size, shuffle=False, join_single=False):
        self.rows, self.batch_size, self.shuffle, self.join_single = rows, batch_size, shuffle, join_single

    def __len__(self):
        return len(self._sizes())

    def __iter__(self):
        order = draw_order(len(self.rows)) if self.shuffle else torch.arange(len(self.rows))
        for batch in order.split(self._sizes()):
            X, labels = self.rows[batch]
            yield X.to(self.device), _to(labels, self.device)

    def _sizes(self):
        n_whole, left = divmod(len(self.rows), self.batch_size)
        sizes = [self.batch_size] * n_whole + [left] * (left > 0)
        if self.join_single and left == 1 and n_whole:
            sizes[-2:] = [self.batch_size + 1]
        return sizes


def draw_order(n_rows):
    """Draw an order of the rows from torch's random stream, the one that a DataLoader would draw.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    Returns
    -------
    Tensor of shape (n_rows,)
        The order.
    """
    _draw_seed()  # a DataLoader draws a seed for its workers before its sampler draws one for the order
    generator = torch.Generator()
    generator.manual_seed(_draw_seed())
    return torch.randperm(n_rows, generator=generator)


def next_order(stream, device, n_rows):
    """Draw the next order of the rows from a random stream of one's own.

    Parameters
    ----------
    stream : list of Tensor
        Where an earlier block left the stream; in place, where the draw leaves it.
    device : torch.device
        Device that draws beside the CPU.
    n_rows : int
        Number of rows.

    Returns
    -------
    Tensor of shape (n_rows,)
        The order.
    """
    with own_random_stream(device, list(stream)) as left:
        order = draw_order(n_rows)
    stream[:] = left
    return order


def _draw_seed():
    return int(torch.empty((), dtype=torch.int64).random_())


def batches_of(dataset, batch_size, shuffle=False, join_single=False):
    """Minibatches of `Rows`, or of any other data set that a callback hands to the net.

    Parameters
    ----------
    dataset : Dataset
        The data.
    batch_size : int
        Rows of a batch.
    shuffle : bool, default=False
        Whether each pass draws an order of its own.
    join_single : bool, default=False
        As in `Batches`.

    Returns
    -------
    Batches or DataLoader
        The batches.
    """
    if isinstance(dataset, Rows):
        return Batches(dataset, batch_size, shuffle, join_single)
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle)


def _to(labels, device):
    return tuple(part.to(device) for part in labels) if isinstance(labels, tuple) else labels.to(device)


def own_memory(array, source):
    """Return an array that torch may keep: writable, contiguous, and not the caller's own memory.

    Parameters
    ----------
    array : ndarray
        What was made of `source`; copied where it has to be.
    source : array-like
        What the caller passed.

    Returns
    -------
    ndarray
        The array or a copy.
    """
    is_callers = not isinstance(source, np.ndarray) or np.may_share_memory(array, source)
    keep = array.flags.writeable and array.flags.c_contiguous and not is_callers
    return array if keep else np.array(array, order="C")
