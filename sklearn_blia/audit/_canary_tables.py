"""Single canaries of a fitted audit, as tables and as decision values."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ._observations import canary_columns


class CanaryTablesMixin:
    """What an audit can tell of its single canaries."""

    attacks_: dict
    report_: Any
    train_rows_: Any
    _changed_rows: set

    def to_canary_frame(self, *, model=None, epsilon=None, attacks=None):
        """Return a table of single canaries: what was planted, what was inferred, and which were memorized most.

        Parameters
        ----------
        model : str, default=None
            Name of the model; None takes all.
        epsilon : float, default=None
            Budget; None takes all.
        attacks : str or sequence of str, default=None
            Names of attacks that read no label; None takes all of these.

        Returns
        -------
        DataFrame
            One row for each canary, attack and fit: ``model``, ``epsilon``, ``repeat``, ``attack``; ``row`` of X as it
            was given to ``fit``, -1 where the planter changed the rows; ``coin``, the number of the coin that decided
            its label, the same for all rows of a unit; ``natural_label``, ``private_label``,
            ``released_label`` (None where nobody tells), ``inferred_label``,
            ``first_candidate``, ``second_candidate``; ``score``, the attack's decision value, at least 0 for the
            second candidate, whose size says how sure it is; ``correct``, whether the private label was
            inferred; ``memorization``, the score towards the released label of an attack that compares: as far as the
            attack finds anything at all, the largest belong to the rows that the model memorized most. It is NaN where
            the released label is no candidate, and for attacks that compare with nothing, whose scores say how sure
            the model is of a row, whatever it was trained on.
        """
        import pandas as pd

        names, found = self._find(model, epsilon, attacks)
        tables = [
            pd.DataFrame(
                canary_columns(
                    key, name, self.attacks_[name], one, None if key in self._changed_rows else self.train_rows_
                )
            )
            for key, one in found.items()
            for name in names
        ]
        return pd.concat(tables, ignore_index=True)

    def to_html(self, path=None, *, secrets=False):
        """Write the report as a page to show, one file; see `sklearn_blia.report.AuditReport.to_html`.

        Parameters
        ----------
        path : str or path-like, default=None
            The file; None returns the page.
        secrets : bool, default=False
            Whether to name the rows that were memorized most, with their private labels.

        Returns
        -------
        str or None
            The page, where there is no `path`.
        """
        check_is_fitted(self, "report_")
        return self.report_.to_html(path, secrets=self.to_canary_frame() if secrets else None)

    def canary_scores(self, attack, *, model=None, epsilon=None, target=None):
        """Return an attack's decision values over all repeats, and the coins that they are held against.

        Parameters
        ----------
        attack : str
            Name of an attack that reads no label.
        model : str, default=None
            Name of the model; None takes the only one.
        epsilon : float, default=None
            Budget; None takes the largest.
        target : {"private", "released"}, default=None
            Which labels; None takes the audit's.

        Returns
        -------
        coins : ndarray of bool of shape (n_coins,)
            False for the first candidate, True for the second. Where rows share coins, one for each coin.
        scores : ndarray of shape (n_coins,)
            At least 0 where the second candidate is inferred; their size orders the coins.
        """
        check_is_fitted(self, "report_")
        epsilon = max(cell.epsilon for cell in self.report_.cells) if epsilon is None else epsilon
        (name,), found = self._find(model, epsilon, attack)
        if len({key.model for key in found}) > 1:
            raise ValueError(f"model must name one of {sorted({key.model for key in found})}.")
        target = self.report_.settings.target if target is None else target
        codes = np.concatenate([one.codes_of(target) for one in found.values()])
        decided = [clone(self.attacks_[name]).decide(one, target) for one in found.values()]
        scores = np.concatenate([one.scores for one in decided] if self.attacks_[name].adapts else decided)
        return codes[codes >= 0] == 1, scores[codes >= 0]

    def _find(self, model, epsilon, attacks):
        """Names of attacks, and observations by key."""
        check_is_fitted(self, "report_")
        if not hasattr(self, "observations_"):
            raise ValueError("The audit has dropped its canaries by forget(): fit it again.")
        known = [name for name, attack in self.attacks_.items() if not attack.reads_labels]
        names = [attacks] if isinstance(attacks, str) else known if attacks is None else list(attacks)
        if not names or not set(names) <= set(known):
            raise ValueError(f"attacks must name attacks of the audit that read no label, {known}; got {attacks!r}.")
        found = {
            key: one
            for key, one in self.observations_.items()
            if epsilon in (None, key.epsilon) and model in (None, key.model)
        }
        if not found:
            raise ValueError(
                f"model={model!r} and epsilon={epsilon!r} must be a model and a budget of the audit, with a fit that "
                "did not fail."
            )
        return names, found
