"""Audit several classifiers on one data set: plant canaries, protect, train, attack, test."""

import secrets
import time

import numpy as np
from sklearn.utils import check_random_state

from ..attacks import DeltaMarginAttack, ThresholdAttack, canary_outputs
from ..attacks._base import neighborhoods_of
from ..attacks._neighbors import check_neighborhoods
from ..pipeline import LabelPipeline
from ._preparation import check_samplers, default_n_canaries, label_samplers, split_rows
from ._report import AuditReport, AuditRow
from ._results import attack_results


def default_attacks():
    """The paper's attacks by the names they have in reports.

    Returns
    -------
    dict
        Attacks by name.
    """
    return {
        "threshold (fixed)": ThresholdAttack("fixed"),
        "threshold (mean)": ThresholdAttack("mean"),
        "threshold (median)": ThresholdAttack("median"),
        "delta-margin": DeltaMarginAttack(),
        "delta-margin (oracle)": DeltaMarginAttack(loss="oracle"),
    }


def audit_models(
    models,
    X,
    y,
    *,
    epsilon=np.inf,
    n_canaries=None,
    attacks=None,
    test_size=0.25,
    alpha=0.05,
    random_state=None,
    title="",
    on_progress=None,
):
    """Audit classifiers for label memorization, each trained once on the same labels.

    A quarter of the rows is held out with clean labels. In the rest canaries get fair coins for labels and,
    with a finite `epsilon`, all labels pass randomized response. Every model is trained on the result and
    every attack guesses the canaries from the model's outputs.

    Parameters
    ----------
    models : dict
        Unfitted classifiers with ``predict_proba``, by name.
    X : array-like, sparse matrix or DataFrame of n_samples rows
        Features.
    y : array-like of shape (n_samples,)
        Natural labels.
    epsilon : float, default=inf
        Label-DP parameter of the randomized response; ``inf`` trains without it.
    n_canaries : int, default=None
        Canaries to plant; None takes 2 % of the training rows, but at least 500 and at most a quarter.
    attacks : dict, default=None
        Attacks by name; None takes the paper's.
    test_size : float, default=0.25
        Share of rows held out.
    alpha : float, default=0.05
        Level of intervals, bounds and verdicts, between 0.0001 and 0.5. Epsilon bounds are corrected for the
        number of label-blind attacks (Bonferroni), so that the largest of a model's bounds may be quoted.
    random_state : int, RandomState instance or None, default=None
        Draws the split, the canaries and the noise; None takes the system's entropy.
    title : str, default=""
        Name of the data for the report.
    on_progress : callable, default=None
        Called with one line of text before each model is trained, and after.

    Returns
    -------
    AuditReport
        One row for each model and attack.

    Raises
    ------
    ValueError
        If there is no model or attack, a classifier has no ``predict_proba``, a class has fewer than two
        rows, or the numbers do not fit the data; all before any training.
    """
    attacks = default_attacks() if attacks is None else attacks
    say = on_progress or (lambda line: None)
    # Without a seed everything, the noise included, follows from the system's entropy and not from NumPy's
    # global generator, which someone may have seeded.
    rng = check_random_state(secrets.randbits(32) if random_state is None else random_state)
    _check_models(models, attacks)
    if not 1e-4 <= alpha <= 0.5:
        raise ValueError(f"alpha must lie in [0.0001, 0.5], got {alpha!r}.")
    X_train, X_test, y_train, y_test, _ = split_rows(X, y, test_size, rng)
    check_neighborhoods(neighborhoods_of(attacks.values()), X_train)
    n_canaries = default_n_canaries(len(y_train)) if n_canaries is None else n_canaries
    # Seeds, for every model has to be trained on the same released labels.
    seeds = map(int, rng.randint(2**31, size=2))
    samplers = label_samplers(epsilon, n_canaries, np.unique(np.asarray(y)), *seeds)
    check_samplers(samplers, X_train, y_train)
    seed = int(rng.randint(2**31))
    rows = []
    for number, (name, model) in enumerate(models.items(), start=1):
        say(f"[{number}/{len(models)}] training {name} ...")
        started = time.perf_counter()
        fitted = LabelPipeline([*samplers, ("classifier", model)]).fit(X_train, y_train)
        accuracy = float(fitted.score(X_test, y_test))
        rows += _attack(name, fitted, accuracy, attacks, alpha, seed)
        say(f"[{number}/{len(models)}] {name} done in {time.perf_counter() - started:.1f} s")
    return AuditReport(
        rows=rows,
        title=title,
        epsilon=float(epsilon),
        n_classes=len(samplers[0][1].classes),
        n_train=len(y_train),
        n_test=len(y_test),
        n_canaries=int(n_canaries),
        alpha=alpha,
        random_state=int(random_state) if isinstance(random_state, (int, np.integer)) else None,
    )


def check_attacks(attacks):
    """Check the parameters of attacks before any training.

    Parameters
    ----------
    attacks : dict of str to attack
        The attacks.
    """
    for attack in attacks.values():
        attack._validate_params()


def _check_models(models, attacks):
    check_attacks(attacks)
    if not models or not attacks:
        raise ValueError("models and attacks must each hold at least one entry.")
    for name, model in models.items():
        if not hasattr(model, "predict_proba"):
            raise ValueError(
                f"{name!r} ({type(model).__name__}) has no predict_proba, which every attack needs: use a "
                "classifier that has it, or wrap this one in CalibratedClassifierCV."
            )


def _attack(name, fitted, accuracy, attacks, alpha, seed):
    """Rows of one model: every attack against private and released labels, tested alone and jointly."""
    outputs = canary_outputs(fitted, neighborhoods=neighborhoods_of(attacks.values()))
    results = attack_results([outputs], attacks, alpha, seed)
    return [
        AuditRow(name, accuracy, attack, r.private, r.released, r.joint_p_value, r.joint_p_value_released, r.n_guesses)
        for attack, r in results.items()
    ]
