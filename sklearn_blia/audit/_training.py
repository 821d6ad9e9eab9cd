"""One training: put in the labels, train, and ask for what is kept."""

import time
from dataclasses import replace

import numpy as np
from sklearn.base import clone

from ..canaries import (
    ask,
    bystander_rows,
    bystanders_of,
    fitted_steps,
    positions_of,
    predicted_labels,
    released_labels,
    releases_labels,
    shared_rows,
    take_rows,
)
from ..evidence import Outputs, collect, fold_of, need_bystanders
from ..labels import uncounted_releases
from ..metrics import PrivacyClaim
from ._concurrency import with_threads
from ._drawing import draw_labels, promised
from ._fronts import Front, split_front
from ._seeds import with_seed
from ._trials import Outcome
from ._untouched import untouched


def train(data, trial):
    """Put in the coins, pass the labels through the mechanism, train and ask.

    Parameters
    ----------
    data : Data
        What every training of the model is given.
    trial : Trial
        Which training.

    Returns
    -------
    Outcome
        What is kept of it.
    """
    started = time.perf_counter()
    drawn = draw_labels(data.common, data.X_train, data.y_train, trial)
    classifier, front = make_classifier(data.common, trial), Front([], drawn.X, data.X_test)
    if data.fits_front(trial):
        front, (_, classifier) = data.front, split_front(classifier)
    with uncounted_releases():  # of a mechanism inside
        model = untouched(lambda X: clone(classifier).fit(X, drawn.labels), shared_rows(front.train))
    return replace(keep(data, model, drawn, trial, front), seconds=time.perf_counter() - started)


def make_classifier(common, trial):
    """Return the unfitted classifier of a trial: with its seed, and its budget where it spends that itself."""
    classifier = with_threads(with_seed(common.models[trial.key.model], trial.training_seed), common.n_threads)
    budget = common.budget_of.get(trial.key.model)
    if not budget:
        return classifier
    classes = budget.removesuffix("epsilon") + "classes"
    if classifier.get_params().get(classes, 0) is None:  # a label that is rare may be missing after the coins
        classifier.set_params(**{classes: common.classes})
    return classifier.set_params(**{budget: trial.key.epsilon})


def keep(data, model, drawn, trial, front):
    """Ask a trained model for what is kept of it; its time is yet to be filled in.

    Parameters
    ----------
    data : Data
        What every training of the model is given.
    model : classifier
        Fitted, on what the front made of the rows.
    drawn : Drawn
        What it was trained on.
    trial : Trial
        Which training.
    front : Front
        Fitted on the rows of the training.

    Returns
    -------
    Outcome
        With NaN seconds.
    """
    common = data.common
    classes, canaries, steps = common.classes, drawn.canaries, fitted_steps(model)
    spends_itself = trial.key.model in common.budget_of
    released = released_labels(steps, None if spends_itself else drawn.all_labels)
    if released is not None and not trial.leaves_out and len(released) != len(drawn.labels):
        raise ValueError(
            f"released_labels_ of {type(model).__name__} holds {len(released)} labels, and it was trained on "
            f"{len(drawn.labels)} rows: it must hold one for each row, in their order."
        )
    _refuse_second_claim(steps, common)
    # Labels that the model certainly knows; of rows that were left out it may know less.
    trained_on = drawn.labels if trial.leaves_out and not spends_itself else released

    def ask_about(rows):
        return untouched(lambda X: ask(model, front.transform(X), classes, trained_on), rows)

    def accuracy(ready, labels):
        predicted = untouched(lambda X: predicted_labels(model, X, classes), shared_rows(ready))
        return float(np.mean(predicted == labels))

    told = drawn.all_labels if released is None else released
    public = replace(canaries.public(classes), X=take_rows(drawn.all_X, canaries.rows))
    found = {}
    if trial.is_target:
        if need_bystanders(common.sources):
            public = replace(public, bystanders=bystanders_of(canaries.rows, told, classes, drawn.all_X))
        found = collect([Outputs(), *common.sources], ask_about, {}, public, tolerant=True)
    second = public.second(found[Outputs()]["proba"] if found else ask_about(public.X))
    claim, caps = drawn.claim, drawn.caps
    if spends_itself and not trial.leaves_out:  # caps are of rows that it was trained on
        spender = next((step for step in steps if hasattr(step, "privacy_claim_")), None)
        claim, caps = promised(spender, canaries, PrivacyClaim(trial.key.epsilon))
    return Outcome(
        train_accuracy=accuracy(front.train, told) if trial.is_target else np.nan,
        test_accuracy=accuracy(front.test, data.y_test) if trial.is_target else np.nan,
        second=second,
        released=None if released is None or trial.leaves_out else positions_of(released[canaries.rows], classes),
        fair=drawn.fair and all(getattr(step, "symmetric", False) for step in steps if releases_labels(step)),
        claim=claim,
        caps=caps,
        found=found,
        left_out=_ask_about_the_part(ask_about, drawn, classes, trial.key.training),
    )


def _ask_about_the_part(ask_about, drawn, classes, training):
    """What a training that left a part of the rows out says of the bystanders in it."""
    if training is None or training.n_folds == 1:
        return None
    rows = bystander_rows(drawn.canaries.rows, np.arange(len(drawn.all_labels)), len(classes))
    left_out = rows[fold_of(rows, training.n_folds) == training.number]
    if not len(left_out):
        return np.empty((0, len(classes)), dtype=np.float32)
    return ask_about(take_rows(drawn.all_X, left_out)).astype(np.float32)


def _refuse_second_claim(steps, common):
    """What could not be seen before the fit: a model that promises an epsilon of its own beside the audit's."""
    own = [step for step in steps if getattr(step, "privacy_claim_", None) is not None]
    if own and common.mechanism is not None and own[0].privacy_claim_.epsilon != np.inf:
        raise ValueError(
            f"{type(own[0]).__name__} promises {own[0].privacy_claim_} of its own, beside the audit's mechanism: pass "
            "mechanism=None, and epsilons then set its epsilon."
        )
