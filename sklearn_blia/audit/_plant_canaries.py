"""Plant canaries in training data, for whoever trains."""

import secrets
from itertools import chain, count

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _num_samples

from ..canaries import fingerprinted, generator, plain_labels, positions_of
from ._answer_columns import class_names, refuse_classes
from ._audit_plan import AuditPlan
from ._checks import check_sampler
from ._groups import groups_of
from ._label_columns import LabelColumns, column_names
from ._make_trials import check_planter, plant_once
from ._plan_attacks import check_trainings
from ._plan_settings import PlanData, PlanSettings, new_name

MOST_ASKED = 1_000_000


def plant_canaries(
    X, y, *, planter=None, n_canaries=None, mechanism=None, attacks="quick", groups=None, title="", random_state=None
):
    """Plant canaries in training data, for a model that somebody trains on it.

    The way to audit what `LabelAudit` cannot train: a model in another language, a cloud service, one behind an API,
    or one that takes too long to train more than once.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or list of n_samples rows
        Features.
    y : array-like of shape (n_samples,)
        Natural labels.
    planter : Planter, default=None
        What plants the canaries, of `sklearn_blia.canaries` say; None takes ``CanaryFlipper(n_canaries=n_canaries)``.
    n_canaries : int, default=None
        Canaries, where no planter says it: None takes 2 % of the rows, but at least 500 and at most a quarter.
    mechanism : label sampler with ``epsilon``, default=None
        What protects all labels before they leave; None where whoever trains protects them, or nobody does.
    attacks : {"quick", "strong"}, attack, list of attack, or dict of str to attack, default="quick"
        Attacks that `AuditPlan.score` runs. Each further training that they need becomes a label column of its own.
    groups : array-like of shape (n_samples,), default=None
        Group of every row: the report tells findings of each, too.
    title : str, default=""
        Name of the data, for the report.
    random_state : int, RandomState instance or None, default=None
        Draws everything. None takes the system's entropy, and is what to use when the table leaves the house: with a
        seed that can be guessed whoever has the natural labels can draw the coins again.

    Returns
    -------
    AuditPlan
        The plan, with the labels to train on.

    Raises
    ------
    ValueError
        If labels, planter, mechanism or attacks are unfit for an audit.

    See Also
    --------
    plant_table : Does the same with a table in a file, of any size.
    sklearn_blia.LabelAudit : Trains itself, and repeats.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_blia import RandomizedResponse, plant_canaries
    >>> y = np.repeat(["ham", "spam"], 500)
    >>> plan = plant_canaries(np.arange(1000)[:, None], y, mechanism=RandomizedResponse(1.0), random_state=0)
    >>> plan.claim, len(plan.canaries), plan.labels.shape
    (PrivacyClaim(epsilon=1.0, delta=0.0), 250, (1000,))
    """
    if not isinstance(title, str):
        raise ValueError(f"title must be a text, got {title!r}.")
    if not (hasattr(X, "shape") or hasattr(X, "__len__")) or getattr(X, "ndim", 1) == 0:
        raise ValueError(f"X must hold rows, got {X!r}.")
    labels = plain_labels(y)
    check_classification_targets(labels)
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"y has only one class ({classes[0]}): there is nothing to memorize.")
    names = [str(label).strip() for label in classes.tolist()]
    if len(set(names)) < len(names):
        raise ValueError(f"y has classes that spaces alone tell apart ({classes.tolist()[:6]}): rename them.")
    refuse_classes(classes)
    if _num_samples(X) != len(labels):
        raise ValueError(f"X has {_num_samples(X)} rows and y {len(labels)} labels: there must be one for each.")
    mechanism = check_sampler(mechanism)
    attacks, trainings = check_trainings(attacks)
    for attack in attacks.values():
        attack.check_rows(X)
    planter = check_planter(planter, n_canaries, len(labels))
    rng, seeded = randomness(random_state, X, positions_of(labels, classes))
    with fingerprinted(X):
        canaries, changed_X, changed_y = plant_once(planter, X, labels, classes, rng)
    for attack in attacks.values():
        attack.check_canaries(canaries)
    if changed_X is not None:
        if groups is not None:
            raise ValueError("groups is for planters that leave the rows as they are, and this one changes them.")
        X = changed_X
    natural = labels if changed_y is None else without_coins(changed_y, canaries)
    drawing = LabelColumns(canaries, trainings, classes, mechanism, rng, seeded)
    drawn = drawing.draw(0, positions_of(natural, classes), X)
    target = str(getattr(y, "name", None) or "label")
    names = column_names(target, trainings)
    columns = {names[training]: codes for training, codes in drawn.items()}
    asked = choose_asked(len(natural), canaries.rows, rng)
    name = new_name()
    settings = PlanSettings(
        name=name,
        target=target,
        id_column=free_name([*getattr(X, "columns", ()), *class_names(classes)]),
        has_own_ids=True,
        n_rows=len(natural),
        title=title,
        planter=repr(planter),
        mechanism=repr(mechanism),
        seeded=seeded,
    )
    return AuditPlan(
        settings=settings,
        canaries=canaries,
        classes=classes,
        asked=asked,
        user_ids=None,
        columns={column: codes[asked] for column, codes in columns.items()},
        trainings={names[training]: training for training in drawn},
        claim=drawing.claim,
        caps=drawing.caps,
        fair=drawing.fair,
        attacks=attacks,
        groups=None if groups is None else groups_of(groups, len(natural), "groups")[canaries.rows],
        data=PlanData(X, natural, classes[columns[target]], columns, mechanism),
    )


def randomness(random_state, X, codes):
    """Return a generator, and whether it follows a seed: without one it has all the system's entropy."""
    if random_state is None:
        return np.random.default_rng(secrets.randbits(128)), False
    return generator(random_state, "plant_canaries", X, codes), True


def without_coins(labels, canaries):
    """Labels as they would be without the coins."""
    natural = np.array(labels, dtype=np.result_type(labels, canaries.natural))
    natural[canaries.rows] = canaries.natural
    return natural


def free_name(columns):
    """A name for the column of ids that no other column has."""
    taken = {str(name) for name in columns}
    names = chain(("id", "row_id"), (f"row_id_{number}" for number in count()))
    return next(name for name in names if name not in taken)


def choose_asked(n_rows, canaries, rng, most=MOST_ASKED):
    """Rows to ask about: all, or of more than so many a random set of them around the canaries."""
    if n_rows <= most:
        return np.arange(n_rows)
    others = np.setdiff1d(np.arange(n_rows), canaries)
    return np.sort(np.concatenate([canaries, rng.choice(others, max(0, most - len(canaries)), replace=False)]))
