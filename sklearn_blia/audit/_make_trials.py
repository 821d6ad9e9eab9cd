"""From budgets, repeats and attacks to the trainings that an audit needs, with their canaries and seeds."""

from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import _num_samples

from ..canaries import CanaryFlipper, Planted, Planter, default_n_canaries, generator, positions_of
from ..evidence import Training
from ._drawing import draw_labels
from ._trials import Key, Trial

# Streams of randomness of further trainings; the model under attack has none of these.
_STREAMS = {Training("left out"): 1, Training("redrawn"): 2, Training("redrawn", same_seed=True): 3}


def make_trials(models, epsilons, n_repeats, entropy, sources, plant):
    """List the trainings of an audit.

    The seeds of a training follow from the audit's entropy, its own budget, its own repeat and what it is there for:
    another budget, repeat, model or attack in the audit changes no other training. Models at one budget and repeat
    share canaries, coins and noise.

    Parameters
    ----------
    models : sequence of str
        Names of the classifiers.
    epsilons : sequence of float
        Privacy budgets.
    n_repeats : int
        Repeats of each.
    entropy : int
        Seed of the audit.
    sources : sequence of Source
        Whose further trainings go with each model under attack.
    plant : callable
        From a seed to `Planted`.

    Returns
    -------
    list of Trial
        Of the first model first, then of the first budget; each model under attack is followed by what goes with it.
    """
    further = list(dict.fromkeys(training for source in sources for training in source.trainings()))
    planted: dict = {}
    trials = []
    for model in models:
        for epsilon in map(float, epsilons):
            bits = int(np.float64(epsilon).view(np.uint64))
            for repeat in range(n_repeats):
                coins, noise, training = _seeds(3, entropy, bits, repeat)
                if (epsilon, repeat) not in planted:
                    planted[epsilon, repeat] = plant(coins)
                canaries, X, y = planted[epsilon, repeat]
                target = Trial(Key(model, epsilon, repeat), canaries, noise, training, X=X, y=y)
                trials += [target, *(_further(target, one, entropy, bits) for one in further)]
    return trials


def _further(target, training, entropy, bits):
    stream = _STREAMS[replace(training, number=0, n_folds=1)]
    parts = [training.n_folds] if training.n_folds > 1 else []  # these have streams of their own
    coins, noise, seed = _seeds(3, entropy, bits, target.key.repeat, stream, training.number, *parts)
    return replace(
        target,
        key=target.key._replace(training=training),
        noise_seed=noise,
        training_seed=target.training_seed if training.same_seed else seed,
        coins_seed=coins,  # also where the rows are left out: no coin of the target's goes anywhere
    )


def _seeds(count, *key):
    return map(int, np.random.SeedSequence(key).generate_state(count) >> 1)  # what RandomState takes


def check_planter(planter, n_canaries, n_train):
    """Return what plants the canaries.

    Parameters
    ----------
    planter : Planter or None
        None takes a `CanaryFlipper`.
    n_canaries : int or None
        Their number, where there is no planter.
    n_train : int
        Training rows.

    Returns
    -------
    Planter
        Whose number of canaries is set.

    Raises
    ------
    ValueError
        If both are given, or it is no planter.
    """
    if planter is None:
        return CanaryFlipper(n_canaries=default_n_canaries(n_train) if n_canaries is None else n_canaries)
    if isinstance(planter, type) or not isinstance(planter, Planter):
        raise ValueError(f"planter must plant canaries, as CanaryFlipper() does; got {planter!r}.")
    if n_canaries is not None:
        raise ValueError("planter and n_canaries both say how many canaries there are: give one of them.")
    return clone(planter) if hasattr(planter, "get_params") else planter


def plant_once(planter, X, y, classes, rng):
    """Plant canaries in the training rows.

    Parameters
    ----------
    planter : Planter
        What plants.
    X : array-like
        Training rows.
    y : ndarray
        Natural labels.
    classes : ndarray
        All classes.
    rng : numpy.random.Generator
        Draws everything.

    Returns
    -------
    canaries : Canaries
        The secret.
    X, y : array-like or None
        Rows and labels, where the planter changed more than the canaries' labels.
    """
    if hasattr(planter, "get_params") and planter.get_params().get("classes", 0) is None:
        planter = clone(planter).set_params(classes=classes)

    planted = planter.plant(X, y, rng)
    _check_planted(planted, type(planter).__name__, classes)
    if planted.X is not X:
        return planted.canaries, planted.X, np.asarray(planted.y)
    only_coins = np.array_equal(planted.canaries.apply(y), planted.y)
    return planted.canaries, None, None if only_coins else np.asarray(planted.y)


def planting(planter, X, y, classes):
    """Return a function from a seed to canaries in the training rows, as `plant_once`.

    Parameters
    ----------
    planter, X, y, classes
        As in `plant_once`.

    Returns
    -------
    callable
        From a seed to what `plant_once` returns.
    """
    codes = positions_of(y, classes)
    # Coins follow the data as well: two audits with one seed on two parts of the data share none.
    return lambda seed: plant_once(planter, X, y, classes, generator(seed, "LabelAudit", X, codes))


def _check_planted(planted, name, classes):
    """Raise ValueError if what a user's planter made is no training data with canaries in it."""
    if not isinstance(planted, Planted):
        raise ValueError(f"{name}.plant must return Planted(X, y, canaries), got {type(planted).__name__}.")
    n_rows, labels = _num_samples(planted.X), np.asarray(planted.y)
    rows = planted.canaries.rows
    if labels.shape != (n_rows,) or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n_rows:
        raise ValueError(
            f"{name}.plant made {n_rows} rows, labels of shape {labels.shape} and canaries in rows {rows.min()} to "
            f"{rows.max()}: there must be a label for each row, and the canaries' rows among them."
        )
    unknown = labels[positions_of(labels, classes) < 0]
    if len(unknown):
        raise ValueError(f"{name}.plant made the label {unknown[0]!r}, which is none of {classes.tolist()[:6]}.")


def check_canaries(trials, attacks):
    """Hold the canaries of an audit against its attacks, before any training.

    Parameters
    ----------
    trials : list of Trial
        All trainings.
    attacks : dict of str to attack
        What will guess.

    Returns
    -------
    dict
        ``n_canaries`` of the first fit; ``n_coins``, where rows share these, else None; ``n_train``, rows that it is
        trained on, where the planter added some, else None; ``notes`` on fits that have other numbers of canaries.

    Raises
    ------
    ValueError
        If an attack cannot guess them.
    """
    first = trials[0]
    for attack in attacks.values():
        attack.check_canaries(first.canaries)
    counts = sorted({len(trial.canaries) for trial in trials if trial.is_target})
    notes = (f"Fits have {counts[0]:,} to {counts[-1]:,} canaries, as units differ in size.",) if counts[1:] else ()
    return {
        "n_canaries": len(first.canaries),
        "n_coins": None if first.canaries.units is None else first.canaries.n_units,
        "n_train": None if first.X is None else _num_samples(first.X),
        "notes": notes,
    }


def check_labels(common, X, y, trials):
    """Draw the labels of each budget once, so that whatever is wrong with them is told before any training.

    Parameters
    ----------
    common : Common
        What all trainings share.
    X : array-like
        Training rows.
    y : ndarray
        Natural labels.
    trials : list of Trial
        All trainings.

    Raises
    ------
    ValueError
        If a sampler refuses the labels, or no released label is a candidate.
    """
    seen = set()
    for trial in trials:
        if trial.is_target and trial.key.epsilon not in seen:
            seen.add(trial.key.epsilon)
            drawn = draw_labels(common, X, y, trial)
            if not (drawn.canaries.codes(drawn.all_labels[drawn.canaries.rows]) >= 0).any():
                raise ValueError(
                    f"n_canaries={len(trial.canaries)} is too few: no canary's released label is one of its two "
                    "candidates, so nothing can be said of memorization. Plant more, or raise epsilon."
                )
