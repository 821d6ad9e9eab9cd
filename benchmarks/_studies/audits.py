"""What every study measures: how many labels the strongest attack infers from a model, beyond chance."""

import os
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_blia import LabelAudit, LabelLiRAAttack, ThresholdAttack
from sklearn_blia.exceptions import OtherFitsWarning
from sklearn_blia.neural import SequentialClassifier

# The one attack that looks at outputs alone, and the one that sees most: it compares with four shadow models.
ATTACKS = {"threshold": ThresholdAttack("median"), "label-LiRA": LabelLiRAAttack(4)}
STRONGEST = "label-LiRA"
CACHE = Path(os.environ.get("SKLEARN_BLIA_STUDIES_CACHE", Path(__file__).parents[1] / ".cache"))


def scaled(model):
    return make_pipeline(StandardScaler(), model)


def network(hidden=(128, 64), max_epochs=30, **params):
    return scaled(SequentialClassifier(hidden, max_epochs=max_epochs, device="cpu", **params))


def usual_models():
    """Models that everyone uses, as they come."""
    return {
        "logistic regression": scaled(LogisticRegression(max_iter=300)),
        "random forest": RandomForestClassifier(100),
        "gradient boosting": HistGradientBoostingClassifier(),
        "neural network": network(),
        "5 nearest neighbors": scaled(KNeighborsClassifier(5)),
    }


def audit(models, X, y, groups=None, **params):
    """A fitted audit without label privacy; fits are stored, so that what was interrupted goes on."""
    CACHE.mkdir(exist_ok=True)
    warnings.simplefilter("ignore", OtherFitsWarning)  # one store for all studies
    settings = {"epsilons": [np.inf], "n_repeats": 3, "attacks": ATTACKS, "n_jobs": 2, "random_state": 0}
    return LabelAudit(models, cache_dir=CACHE, **settings | params).fit(X, y, groups=groups)


def rows_of(told, found):
    """One row for each model: what was told of the setting, and what was found."""
    for cell in found.report_.cells:
        test, weak = (cell.attacks[name].private for name in (STRONGEST, "threshold"))
        between = cell.attacks[STRONGEST].between.get("private")
        low, high = test.confidence_interval if between is None else between.confidence_interval
        yield told | {
            "model": cell.model,
            "n_train": found.report_.settings.n_train,
            "n_repeats": len(cell.seconds),
            "n_coins": test.n_canaries,
            "memorization": test.memorization_score,
            # Between repeats: of other trainings, too.
            "low": 2 * low - 1,
            "high": 2 * high - 1,
            "joint_p": cell.attacks[STRONGEST].joint_p_values["private"],
            "by_threshold": weak.memorization_score,
            "clean_accuracy": cell.mean("test_accuracies"),
            "train_accuracy": cell.mean("train_accuracies"),
        }


def unplanted(model, X, y, found, n_fits=5):
    """Accuracy on the rows that an audit holds out, of trainings without canaries, and its standard error."""
    held_out = np.setdiff1d(np.arange(len(y)), found.train_rows_)
    scores = []
    for seed in range(n_fits):
        one = clone(model)
        one.set_params(**{key: seed for key in one.get_params() if key.endswith("random_state")})
        scores.append(one.fit(X[found.train_rows_], y[found.train_rows_]).score(X[held_out], y[held_out]))
    return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(n_fits))


def repeats_for(n_canaries, coins=1000):
    """Repeats that make so many coins, three at least."""
    return max(3, -(-coins // n_canaries))


def by_natural_label(found, model, attack=STRONGEST):
    """Right guesses of an attack, and how many there are, by the canaries' natural label."""
    frame = found.to_canary_frame(model=model, attacks=attack)
    return frame.groupby("natural_label")["correct"].agg(["sum", "count"])
