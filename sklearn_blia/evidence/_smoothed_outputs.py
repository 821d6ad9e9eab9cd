"""What the model under attack says of rows like a row, itself left out."""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from ..canaries import as_numbers, join_rows
from ._bystander_outputs import require_bystanders


@dataclass(frozen=True)
class SmoothedOutputs:
    """The logits that rows like each training row have on average, the row itself left out.

    A regression of the model's own log probabilities on the features, by a random forest out of bag: no label is
    looked at and no model is trained on labels. What it cannot predict of a logit is the row's own.

    Evidence: ``canaries`` of shape (n_canaries,) and ``bystanders`` of shape (n_bystanders,), logits of the second
    candidate against the first.

    Attributes
    ----------
    clip : float
        Probabilities are brought to at least this.
    """

    clip: float = 1e-2
    needs_bystanders = True
    may_be_missing = True

    def trainings(self):
        """Return no further trainings.

        Returns
        -------
        tuple
            Empty.
        """
        return ()

    def check(self, X):
        """Compare a few rows, so that rows that cannot be are told before any training.

        Parameters
        ----------
        X : array-like of n_rows rows
            Rows.
        """
        as_numbers(_safe_indexing(X, np.arange(min(10, _num_samples(X)))))

    def collect(self, ask, trained, public):
        """Ask about all rows, and smooth.

        Parameters
        ----------
        ask : callable
            From rows to probabilities.
        trained : list
            Not used.
        public : PublicCanaries
            With features and bystanders.

        Returns
        -------
        dict of str to ndarray
            ``canaries`` and ``bystanders``.
        """
        others = require_bystanders(public)
        if public.X is None:
            raise ValueError("it compares rows by their features, and there are none")
        logs = np.log(np.concatenate([ask(public.X), ask(others.X)]).clip(self.clip, 1))
        forest = RandomForestRegressor(100, min_samples_leaf=5, max_features="sqrt", oob_score=True, random_state=0)
        forest.fit(as_numbers(join_rows([public.X, others.X])), logs)
        smooth = forest.oob_prediction_
        pairs = np.concatenate([public.pairs, others.pairs])
        first, second = np.take_along_axis(smooth, pairs, axis=1).T
        m = len(public)
        return {"canaries": (second - first)[:m], "bystanders": (second - first)[m:]}
