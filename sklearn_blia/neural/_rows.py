"""Rows in memory, handed to the DataLoader a whole batch at a time."""

import torch
from torch.utils.data import Dataset


class Rows(Dataset):
    """A data set of tensors that gives a batch by one index operation instead of one row at a time.

    The DataLoader draws its batches as ever, so a seed gives the same batches as without; `whole_batch` in place
    of its collation takes what ``__getitems__`` gives as it is.

    Parameters
    ----------
    X, y : ndarray
        Features and encoded labels of n_samples rows.
    """

    def __init__(self, X, y):
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, row):
        return self.X[row], self.y[row]

    def __getitems__(self, rows):
        rows = torch.as_tensor(rows)
        return self.X[rows], self.y[rows]


def whole_batch(batch):
    """Collate nothing: the batch is whole."""
    return batch
