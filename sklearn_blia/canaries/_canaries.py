"""The secret of an audit, and what of it may be known."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..files import whole_file
from ._pairs import candidate_codes, check_label_type, positions_of

# Who knows no units must not take rows for coins: with units it is another format.
_FORMAT, _FORMAT_OF_UNITS = "sklearn-blia canaries 1", "sklearn-blia canaries 2"
CANARY_ARRAYS = ("pairs", "coins", "rows", "natural", "units")
# Sums of scores that are infinite either way must still be numbers.
_LARGEST = 1e100


@dataclass(frozen=True, eq=False, repr=False)
class PublicCanaries:
    """What anybody may know of canaries: where to ask the model, and between which labels each coin decided.

    Attributes
    ----------
    pairs : ndarray of intp of shape (n_canaries, 2)
        Candidate labels, as positions in the classes.
    classes : ndarray of shape (n_classes,)
        Class labels.
    X : array-like of n_canaries rows, or None
        Features of the canaries.
    bystanders : Bystanders or None
        Training rows that are no canaries, where a source of evidence looks at them.
    """

    pairs: np.ndarray
    classes: np.ndarray
    X: Any = None
    bystanders: Any = None

    def __len__(self):
        return len(self.pairs)

    def __repr__(self):
        return f"PublicCanaries({len(self)} of {len(self.classes)} classes)"

    def second(self, proba):
        """Return the probability of each canary's second candidate, renormalised over the two.

        Parameters
        ----------
        proba : ndarray of shape (n_canaries, n_classes)
            Class probabilities, in the order of `classes`.

        Returns
        -------
        ndarray of shape (n_canaries,)
            In [0, 1]; one half where both candidates have probability 0.
        """
        return second_proba(proba, self.pairs)


def second_proba(proba, pairs):
    """Return the probability of each canary's second candidate, renormalised over the two.

    Parameters
    ----------
    proba : ndarray of shape (n_canaries, n_classes)
        Class probabilities.
    pairs : ndarray of intp of shape (n_canaries, 2)
        Candidates, as columns of `proba`.

    Returns
    -------
    ndarray of shape (n_canaries,)
        In [0, 1]; one half where both candidates have probability 0.
    """
    first, second = np.take_along_axis(proba, pairs, axis=1).T
    total = first + second
    return np.divide(second, total, out=np.full(len(proba), 0.5), where=total > 0)


@dataclass(frozen=True, eq=False, repr=False)
class Canaries:
    """Training rows whose label a fair coin re-drew, and what the coins came up with. The one secret of an audit.

    Attributes
    ----------
    pairs : ndarray of shape (n_canaries, 2)
        The two candidate labels of each.
    coins : ndarray of int8 of shape (n_canaries,)
        Which of them the private label is: 0 or 1. **Secret.**
    rows : ndarray of int of shape (n_canaries,)
        Rows of the training data, or ids. **Secret.**
    natural : ndarray of shape (n_canaries,)
        The labels in the data. **Secret.**
    X : array-like of n_canaries rows, or None
        Features of the canaries.
    units : ndarray of int of shape (n_canaries,), or None
        Unit that each row belongs to, a household say: one coin decides for all its rows whether they keep their
        natural labels. None where each row has a coin of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia.canaries import Canaries
    >>> canaries = Canaries(pairs=[["a", "b"], ["a", "c"]], coins=[0, 1], rows=[3, 7], natural=["b", "c"])
    >>> canaries.private.tolist(), canaries
    (['a', 'c'], Canaries(2, secret))
    """

    pairs: np.ndarray
    coins: np.ndarray
    rows: np.ndarray
    natural: np.ndarray
    X: Any = None
    units: np.ndarray | None = None

    def __post_init__(self):
        for name in ("pairs", "coins", "rows", "natural"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        m = len(self.pairs)
        if self.pairs.shape != (m, 2) or not m or any(
            getattr(self, name).shape != (m,) for name in ("coins", "rows", "natural")
        ):  # fmt: skip
            shapes = {name: getattr(self, name).shape for name in ("pairs", "coins", "rows", "natural")}
            raise ValueError(f"pairs must have shape (n_canaries, 2) and the others (n_canaries,), got {shapes}.")
        for name in ("pairs", "natural"):
            check_label_type(getattr(self, name), name)
        if (self.pairs[:, 0] == self.pairs[:, 1]).any():
            raise ValueError("pairs must hold two different labels for each canary.")
        if not np.isin(self.coins, (0, 1)).all():
            raise ValueError("coins must hold only 0 (first candidate) and 1 (second candidate).")
        if len(np.unique(self.rows)) < m:
            raise ValueError("rows must be different for each canary.")
        object.__setattr__(self, "coins", self.coins.astype(np.int8))
        if self.units is not None:
            self._check_units()

    def _check_units(self):
        """Units numbered from 0, whose rows agree on what the coin came up with."""
        units = np.asarray(self.units)
        if units.shape != (len(self),) or units.dtype.kind not in "iu":
            raise ValueError(f"units must hold a whole number for each of {len(self)} canaries, got {self.units!r}.")
        object.__setattr__(self, "units", np.unique(units, return_inverse=True)[1].reshape(-1))
        if (self.unit_codes(self.coins) < 0).any():
            raise ValueError(
                "coins must decide for all rows of a unit whether they keep their natural labels or take their decoys."
            )

    def __len__(self):
        return len(self.pairs)

    def __repr__(self):
        shared = "" if self.units is None else f" with {self.n_units} coins"
        return f"Canaries({len(self)}{shared}, secret)"

    @property
    def n_units(self):
        """Number of coins."""
        return len(self) if self.units is None else int(self.units.max()) + 1

    @property
    def unit_sizes(self):
        """Rows that each coin decides, of shape (n_units,)."""
        return np.ones(len(self), dtype=int) if self.units is None else np.bincount(self.units)

    @property
    def firsts(self):
        """The first canary of each unit, of shape (n_units,)."""
        return np.arange(len(self)) if self.units is None else np.unique(self.units, return_index=True)[1]

    @property
    def turned(self):
        """Rows whose natural label is not the same candidate, first or second, as that of the first row of their unit.

        There the other candidate means the same coin: pairs are sorted by label in every row, for attacks compare rows.
        """
        natural_second = self.natural == self.pairs[:, 1]
        return natural_second ^ natural_second[self.firsts][self.units]

    def by_unit(self, scores):
        """Add decision values up over the rows of each unit: what an attack makes of the coin that they share.

        Parameters
        ----------
        scores : ndarray of shape (n_canaries,) or (n_canaries, 2)
            Decision values of rows, at least 0 for the second candidate; in two dimensions under either label.

        Returns
        -------
        ndarray of shape (n_units,) or (n_units, 2)
            Sums, at least 0 for what the second candidate of the first row means; the very same values where each row
            has a coin of its own.
        """
        if self.units is None:
            return scores
        scores = np.clip(scores, -_LARGEST, _LARGEST)
        turned = self.turned.reshape(-1, *[1] * (scores.ndim - 1))
        total = np.zeros((self.n_units, *scores.shape[1:]))
        np.add.at(total, self.units, np.where(turned, -scores[..., ::-1] if scores.ndim > 1 else -scores, scores))
        return total

    def unit_codes(self, codes):
        """Tell which way the coin of each unit fell, by the labels of its rows.

        Parameters
        ----------
        codes : ndarray of int8 of shape (n_canaries,)
            Candidate of each row: 0, 1, or -1 for a label that is neither.

        Returns
        -------
        ndarray of int8 of shape (n_units,)
            Candidate of the first row, if those of all rows mean the same; else -1. Where rows are as likely either
            way, so are these.
        """
        if self.units is None:
            return codes
        meant = np.where(codes < 0, -1, codes ^ self.turned)
        return self.agreed(meant, -1).astype(np.int8)

    def agreed(self, values, otherwise):
        """Return what all rows of each unit have in common.

        Parameters
        ----------
        values : ndarray of shape (n_canaries,)
            Of each row.
        otherwise : scalar
            Of units whose rows differ.

        Returns
        -------
        ndarray of shape (n_units,)
            Of each unit.
        """
        if self.units is None:
            return values
        told = values[self.firsts]
        agree = np.bincount(self.units, weights=values == told[self.units]) == self.unit_sizes
        return np.where(agree, told, otherwise)

    def in_any(self, mask):
        """Tell which units have a row in a mask.

        Parameters
        ----------
        mask : ndarray of bool of shape (n_canaries,)
            Rows.

        Returns
        -------
        ndarray of bool of shape (n_units,)
            Units.
        """
        return mask if self.units is None else np.bincount(self.units, weights=mask) > 0

    @property
    def private(self):
        """Private labels: what the coins came up with."""
        return self.pairs[np.arange(len(self)), self.coins]

    def public(self, classes):
        """Return what may be known of the canaries.

        Parameters
        ----------
        classes : array-like of shape (n_classes,)
            Class labels.

        Returns
        -------
        PublicCanaries
            Candidates and features, without coins.
        """
        classes = np.asarray(classes)
        pairs = positions_of(self.pairs, classes)
        if (pairs < 0).any():
            raise ValueError(
                f"classes={classes.tolist()} does not hold the candidate label {self.pairs[pairs < 0][0]}."
            )
        return PublicCanaries(pairs, classes, self.X)

    def codes(self, labels):
        """Tell which of its two candidates each label is.

        Parameters
        ----------
        labels : array-like of shape (n_canaries,)
            One label for each canary.

        Returns
        -------
        ndarray of int8 of shape (n_canaries,)
            0 for the first, 1 for the second, -1 for a label that is neither.
        """
        return candidate_codes(labels, self.pairs)

    def with_coins(self, coins):
        """Return the same canaries with other coins.

        Parameters
        ----------
        coins : ndarray of int of shape (n_units,)
            Which candidate of the first row of each unit becomes its label.

        Returns
        -------
        Canaries
            With these coins.
        """
        return replace(self, coins=coins if self.units is None else coins[self.units] ^ self.turned)

    def redrawn(self, rng):
        """Return the same canaries with fresh coins.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws the coins.

        Returns
        -------
        Canaries
            With coins that are independent of these.
        """
        return self.with_coins(rng.integers(2, size=self.n_units))

    def apply(self, y):
        """Put the private labels in their rows.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Labels.

        Returns
        -------
        ndarray of shape (n_samples,)
            A copy in which the canaries have their private labels.
        """
        private = self.private
        changed = np.array(y, dtype=np.result_type(y, private))  # a longer class name must not be cut
        changed[self.rows] = private
        return changed

    @property
    def arrays(self):
        """By name, all that there is but features."""
        return {name: getattr(self, name) for name in CANARY_ARRAYS if getattr(self, name) is not None}

    def save(self, path):
        """Write the canaries to a file that only its owner can read, as a whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file; what was there is replaced. Features are not written: the rows say which they are.
        """
        arrays = {name: _storable(array) for name, array in self.arrays.items()}
        with whole_file(path, private=True) as file:
            name = _FORMAT if self.units is None else _FORMAT_OF_UNITS
            np.savez(file, allow_pickle=False, format=np.array(name), **arrays)

    @classmethod
    def load(cls, path):
        """Read canaries from a file that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        Canaries
            Without features.

        Raises
        ------
        ValueError
            If it is no such file, or damaged.
        """
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                if str(arrays["format"]) not in (_FORMAT, _FORMAT_OF_UNITS):
                    raise ValueError(f"format {arrays['format']}")
                return cls(**{name: arrays[name] for name in CANARY_ARRAYS if name in arrays})
        except FileNotFoundError:
            raise
        except Exception as error:  # a cut or foreign file fails in as many ways as zip files do
            raise ValueError(f"{str(path)!r} is no file of canaries, or damaged: {error}") from error


def _storable(labels):
    """Labels in an array without Python objects."""
    return np.array(labels.tolist()) if labels.dtype == object else labels
