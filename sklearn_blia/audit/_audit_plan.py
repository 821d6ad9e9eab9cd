"""A plan: canaries planted for a model that is trained elsewhere, or by whoever calls."""

from dataclasses import dataclass

import numpy as np

from ..canaries import Canaries
from ..metrics import PrivacyClaim
from ._export import export_plan
from ._plan_file import load_plan, save_plan
from ._plan_settings import PlanData, PlanSettings, own_ids
from ._score_plan import canary_frame, score_plan


@dataclass(frozen=True, eq=False, repr=False)
class AuditPlan:
    """Canaries in training data, for a model that somebody trains on it; the secret of an audit.

    Made by `plant_canaries`, or by `plant_table` from a file. Train on `labels`, or `export` the tables and let
    somebody else train; then `score` the fitted model or the answers.

    Attributes
    ----------
    settings : PlanSettings
        What the plan was made of.
    canaries : Canaries
        The secret; ``rows`` are rows of the training data.
    classes : ndarray of shape (n_classes,)
        Class labels.
    asked : ndarray of int of shape (n_asked,)
        Rows that are asked about: all, or a random set of them with the canaries inside. In rising order.
    user_ids : ndarray of str of shape (n_asked,) or None
        Their ids, where the user's table has some; None for the plan's own.
    columns : dict of str to ndarray of int of shape (n_asked,)
        By name of the column: labels to train on at these rows, as positions in `classes`, -1 for a row to be left
        out. The first is the model's, the others those of further trainings.
    trainings : dict of str to Training or None
        By name of the column, what it is for; None for the model.
    claim : PrivacyClaim or None
        What the plan's mechanism promised; None without one.
    caps : ndarray of shape (n_canaries,) or None
        What no attack exceeds on average at each canary, if the mechanism is what it says.
    fair : bool
        Whether released labels are fair coins too.
    attacks : dict of str to attack
        Attacks that `score` runs.
    groups : ndarray of str of shape (n_canaries,) or None
        Group of each canary.
    data : PlanData or None
        Rows and labels; None for a plan that was loaded, or planted in a file.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_blia import plant_canaries
    >>> X, y = load_digits(return_X_y=True)
    >>> plan = plant_canaries(X, y >= 5, random_state=0)
    >>> plan
    AuditPlan(449 canaries in 1,797 rows, secret)
    >>> model = RandomForestClassifier(random_state=0).fit(X, plan.labels)
    >>> plan.score(model).verdicts[0].memorized
    True
    """

    settings: PlanSettings
    canaries: Canaries
    classes: np.ndarray
    asked: np.ndarray
    user_ids: np.ndarray | None
    columns: dict
    trainings: dict
    claim: PrivacyClaim | None
    caps: np.ndarray | None
    fair: bool
    attacks: dict
    groups: np.ndarray | None = None
    data: PlanData | None = None

    def __repr__(self):
        return f"AuditPlan({len(self.canaries):,} canaries in {self.settings.n_rows:,} rows, secret)"

    @property
    def ids(self):
        """Ids of the rows that are asked about, texts of shape (n_asked,)."""
        return own_ids(self.settings.name, self.asked) if self.user_ids is None else self.user_ids

    @property
    def canary_places(self):
        """Where the canaries stand among the rows that are asked about, ints of shape (n_canaries,)."""
        return np.searchsorted(self.asked, self.canaries.rows)

    @property
    def labels(self):
        """Labels to train the model on, of shape (n_samples,)."""
        return self.require_data("labels").labels

    @property
    def X(self):
        """Rows to train on: those that were given, unless the planter added some."""
        return self.require_data("X").X

    def require_data(self, wanted):
        """Return the rows and labels of the plan.

        Parameters
        ----------
        wanted : str
            What an error calls them.

        Returns
        -------
        PlanData
            Rows and labels.

        Raises
        ------
        ValueError
            If the plan was loaded, or planted in a file.
        """
        if self.data is None:
            raise ValueError(
                f"The plan has no {wanted}: it was loaded, or planted in a file, and keeps no rows. Ask the model "
                "about the rows of the ask table yourself, and pass score a frame of ids and probabilities."
            )
        return self.data

    def export(self, folder, *, format="csv"):
        """Write what somebody needs to train: a table, the rows to ask the model about, and how to answer.

        Parameters
        ----------
        folder : str or path-like
            Made, or there and empty. No secret goes in, but whoever compares the label columns of further trainings
            sees which rows are canaries.
        format : {"csv", "parquet"}, default="csv"
            Of the tables.

        Raises
        ------
        ValueError
            If the folder is not empty, or the rows are no table.
        """
        export_plan(self, self.require_data("rows"), folder, format)

    def save(self, path):
        """Write the secret to a file that only its owner can read, as a whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file, outside of every exported folder. Rows and attacks are not written.
        """
        save_plan(self, path)

    @classmethod
    def load(cls, path, *, attacks=None):
        """Read a plan that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.
        attacks : {"quick", "strong"}, attack, list of attack, or dict of str to attack, default=None
            What `score` runs; None takes the quick ones, and those for which the plan has further trainings.

        Returns
        -------
        AuditPlan
            Without rows.

        Raises
        ------
        ValueError
            If the file is no plan, or damaged.
        """
        return cls(**load_plan(path, attacks))

    def score(self, answers, *, claim=None, groups=None, name=None, alpha=0.05, n_jobs=None, random_state=0):
        """Audit a model that was trained on the plan's labels.

        Parameters
        ----------
        answers : fitted classifier; or path, DataFrame, list of these, or dict of str to these
            A classifier that was fitted on `labels`: it is asked, and what the attacks compare it with is trained here.
            Else what the model says of the rows in the exported ``ask`` table, in a CSV or Parquet file or a frame:
            a column of ids and a column of probabilities for each class, by name; or of ids and a column
            ``prediction``. In any order, also in several parts. Answers of further trainings name their label column in
            a column ``label_column``, or as key of a dict.
        claim : PrivacyClaim or float, default=None
            What is claimed of the training: label-DP with that epsilon. None takes the plan's own mechanism's, if it
            has one.
        groups : array-like of shape (n_samples,), or Series by id, default=None
            Group of every row of the training data, or of every id that was asked about: findings are told for each,
            too. None takes the plan's.
        name : str, default=None
            What the report calls the model; None takes its class, or "model".
        alpha : float, default=0.05
            Level of intervals, bounds and verdicts.
        n_jobs : int, default=None
            Trainings at a time, where there are any.
        random_state : int, default=0
            Draws the coins of joint tests, and seeds trainings.

        Returns
        -------
        AuditReport
            The report, with one entry.

        Raises
        ------
        ValueError
            If answers are missing, repeated, of another plan, of other classes, or no probabilities.
        """
        return score_plan(self, answers, claim, groups, name, alpha, n_jobs, random_state)

    def to_canary_frame(self, answers, *, name=None, n_jobs=None, random_state=0):
        """Return a table of single canaries: what was planted, what was inferred, and which were memorized most.

        Parameters
        ----------
        answers : fitted classifier, path, DataFrame, list of these, or dict of str to these
            As in `score`.
        name : str, default=None
            What the table calls the model.
        n_jobs : int, default=None
            Trainings at a time, where there are any.
        random_state : int, default=0
            Seeds trainings.

        Returns
        -------
        DataFrame
            Columns as in `sklearn_blia.LabelAudit.to_canary_frame`, and ``id``. It holds the secret.
        """
        return canary_frame(self, answers, name, n_jobs, random_state)
