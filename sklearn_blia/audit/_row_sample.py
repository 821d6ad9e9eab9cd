"""A random set of rows of a table of any length, in one pass and bounded memory."""

import numpy as np


class RowSample:
    """Keeps a uniform random set of at most so many rows: those with the smallest random keys.

    Parameters
    ----------
    most : int
        Rows to keep; all where there are fewer.
    rng : numpy.random.Generator
        Draws the keys.
    """

    def __init__(self, most, rng):
        self.most = most
        self.rng = rng
        self.n_seen = 0
        self._keys = np.empty(0)
        self._rows = np.empty(0, dtype=np.int64)
        self._columns: dict = {}

    def add(self, columns):
        """Look at more rows.

        Parameters
        ----------
        columns : dict of str to ndarray of shape (n_rows,)
            What is kept of each row.
        """
        n = len(next(iter(columns.values())))
        keys = self.rng.random(n)
        rows = np.arange(self.n_seen, self.n_seen + n)
        self.n_seen += n
        old = self._columns or {name: values[:0] for name, values in columns.items()}
        self._keys = np.concatenate([self._keys, keys])
        self._rows = np.concatenate([self._rows, rows])
        self._columns = {name: np.concatenate([old[name], values]) for name, values in columns.items()}
        if len(self._keys) > 2 * self.most:
            self._shrink()

    def _shrink(self):
        if len(self._keys) > self.most:
            kept = np.argpartition(self._keys, self.most)[: self.most]
            self._keys, self._rows = self._keys[kept], self._rows[kept]
            self._columns = {name: values[kept] for name, values in self._columns.items()}

    def finish(self):
        """Return the rows that were kept, in the order of the table.

        Returns
        -------
        rows : ndarray of int of shape (n_kept,)
            Their numbers.
        columns : dict of str to ndarray of shape (n_kept,)
            What was kept of them.
        """
        self._shrink()
        order = np.argsort(self._rows)
        return self._rows[order], {name: values[order] for name, values in self._columns.items()}
