"""PATE: a student learns from noised votes of teachers that never saw each other's labels."""

import hashlib
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import _num_samples

from ..canaries import PlainInterval, ask, require_predict_proba, take_rows, uniforms
from ._base import _CLASSIFIER, BaseDefence, train_on
from ._confident_gnmax import ConfidentGNMax


class PATEClassifier(BaseDefence):
    """Label-DP by private aggregation of teacher ensembles (PATE) with Confident-GNMax.

    The rows are divided at random, without a look at the labels, into as many shards as there are teachers. Each
    teacher is trained on its shard and votes on rows of the training data; features are not protected. Rows are asked
    about in a random order: where the largest count of votes, with noise, passes a threshold, the label with the
    largest noised count is the answer. Questions end when the budget is spent. The student is trained on the answers
    alone. Papernot et al. 2018, "Scalable Private Learning with PATE", Algorithm 1; for labels alone Malek et al.
    2021, "Antipodes of Label Differential Privacy: PATE and ALIBI", Section 5.

    The account holds whatever the votes are, and counts what was really asked and answered; noise in votes follows
    from epsilon, delta and ``n_answers``: it is ``2 sqrt(n_answers) / mu``, which the teachers have to outnumber.

    Parameters
    ----------
    teacher : classifier
        Unfitted, with ``predict_proba``; trained on a shard each.
    student : classifier, default=None
        Unfitted; None takes the teacher.
    epsilon : float, default=1.0
        What is promised, above 0. ``inf`` counts votes without noise.
    delta : float, default=1e-5
        What is promised with it.
    n_teachers : int, default=100
        Shards.
    n_answers : int, default=100
        Labels that the student should get at least, if half of the questions are answered.
    threshold : float, default=0.5
        Share of the teachers that has to agree, up to noise.
    classes : array-like, default=None
        All class labels. By default those found in y, and then the set of labels that occur is not itself
        protected.
    random_state : int, RandomState instance or None, default=None
        Seeds shards, questions and noise; None takes the noise from the operating system's entropy. For experiments
        only.

    Attributes
    ----------
    estimator_ : classifier
        The student.
    n_asked_, n_answered_ : int
        Questions and answers.
    sigma_ : float
        Standard deviation of the noise, in votes.
    privacy_claim_ : PrivacyClaim
        What is promised.
    released_labels_ : None
        Not every row gets a label.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_blia.defences import PATEClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = PATEClassifier(LogisticRegression(), epsilon=8.0, n_teachers=60, random_state=0).fit(X / 16, y)
    >>> model.privacy_claim_, bool(model.n_answered_ <= model.n_asked_)
    (PrivacyClaim(epsilon=8.0, delta=1e-05), True)
    """

    _parameter_constraints: dict = {
        **{name: value for name, value in BaseDefence._parameter_constraints.items() if name != "estimator"},
        "teacher": _CLASSIFIER,
        "student": [*_CLASSIFIER, None],
        "epsilon": [PlainInterval(Real, 0, np.inf, closed="right")],
        "delta": [PlainInterval(Real, 0, 0.5, closed="right")],
        "n_teachers": [PlainInterval(Integral, 1, None, closed="left")],
        "n_answers": [PlainInterval(Integral, 1, None, closed="left")],
        "threshold": [PlainInterval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        teacher,
        student=None,
        epsilon=1.0,
        delta=1e-5,
        *,
        n_teachers=100,
        n_answers=100,
        threshold=0.5,
        classes=None,
        random_state=None,
    ):
        self.teacher = teacher
        self.student = student
        self.epsilon = epsilon
        self.delta = delta
        self.n_teachers = n_teachers
        self.n_answers = n_answers
        self.threshold = threshold
        self.classes = classes
        self.random_state = random_state

    def _inner(self):
        return self.teacher if self.student is None else self.student

    def _train(self, X, codes):
        n = _num_samples(X)
        if n < self.n_teachers:
            raise ValueError(f"n_teachers={self.n_teachers} cannot share {n} rows: take fewer, or more rows.")
        require_predict_proba(self.teacher, "teacher")
        aggregator = ConfidentGNMax.planned(self.epsilon, self.delta, self.n_answers, self.n_teachers, self.threshold)
        rng = check_random_state(self.random_state)
        seed = None if self.random_state is None else int(rng.randint(2**31))
        shards = np.array_split(rng.permutation(n), self.n_teachers)  # no look at the labels
        asked = self._asked(rng.permutation(n))
        votes = self._votes(X, codes, shards, take_rows(X, asked), rng)
        # Other votes, other noise: were it the same, two fits together would tell where votes differ.
        owner = f"{type(self).__qualname__} {aggregator!r} {hashlib.sha256(votes.tobytes()).hexdigest()}"
        answers, self.n_asked_ = aggregator.label(votes, lambda shape: uniforms(seed, owner, codes, shape))
        self._count(X, codes, answers)
        answered = answers >= 0
        self.n_answered_, self.sigma_ = int(answered.sum()), float(aggregator.sigma_answer)
        self._promise(self.delta)
        if not self.n_answered_:
            raise ValueError(
                f"No question of {self.n_asked_} was answered: noise of {self.sigma_:.0f} votes is too much for "
                f"n_teachers={self.n_teachers}, or they do not agree. Raise n_teachers or epsilon, or lower n_answers "
                "or threshold."
            )
        return train_on(self._inner(), take_rows(X, asked[answered]), self.classes_[answers[answered]])

    def _asked(self, rows):
        """As many rows as can be asked about if not one is answered."""
        if self.epsilon == np.inf:
            return rows
        return rows[: 4 * self.n_answers + 1]

    def _votes(self, X, codes, shards, asked, rng):
        """One vote a teacher: of several labels that it thinks equally likely it takes one by chance.

        So does one that cannot be trained: that may hang on a single label, and must cost no more than a vote.
        """
        votes = np.zeros((_num_samples(asked), len(self.classes_)), dtype=int)
        failed = []
        for shard in shards:
            try:
                teacher = train_on(self.teacher, take_rows(X, shard), self.classes_[codes[shard]])
                proba = ask(teacher, asked, self.classes_)
            except Exception as error:
                failed.append(error)
                if len(failed) == len(shards):
                    raise
                proba = np.ones(votes.shape)
            likely = np.isclose(proba, proba.max(axis=1, keepdims=True), rtol=1e-6, atol=0)
            votes[np.arange(len(votes)), np.argmax(likely * (1 + rng.random_sample(proba.shape)), axis=1)] += 1
        return votes
