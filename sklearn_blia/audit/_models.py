"""Ready-made classifiers for audits of a table: one for each family that data scientists use first."""

import importlib.util

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def table_preprocessor(X):
    """Unsupervised preparation of a table for any of the classifiers: impute, scale, one-hot.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Features. In a DataFrame every column that is not numeric is a category.

    Returns
    -------
    transformer
        Unfitted.
    """
    numeric = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    if not hasattr(X, "columns"):
        return numeric
    categories = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False)
    return make_column_transformer(
        (numeric, make_column_selector(dtype_include="number")),
        (categories, make_column_selector(dtype_exclude="number")),
    )


def _neural_network(seed):
    from ..neural import SequentialClassifier  # torch is slow to import and may not be there

    return SequentialClassifier(random_state=seed)


_MAKERS = {
    "logistic-regression": lambda seed: LogisticRegression(max_iter=1000),
    "random-forest": lambda seed: RandomForestClassifier(random_state=seed),
    "gradient-boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "neural-network": _neural_network,
}
MODEL_NAMES = tuple(_MAKERS)


def available_models():
    """Names of the ready-made models that can run here: all, or all but the neural one without torch.

    Returns
    -------
    list of str
        In the order of the report.
    """
    has_torch = all(importlib.util.find_spec(name) for name in ("torch", "skorch"))
    return [name for name in MODEL_NAMES if name != "neural-network" or has_torch]


def make_models(X, names=None, random_state=None):
    """Make unfitted classifiers for a table, each behind its own `table_preprocessor`.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        The table; only its kind and columns are looked at.
    names : sequence of str, default=None
        Of "logistic-regression", "random-forest", "gradient-boosting" and "neural-network"; None means all
        that can run here.
    random_state : int or None, default=None
        Seed of each.

    Returns
    -------
    dict
        Classifiers by name.

    Raises
    ------
    ValueError
        If a name is unknown.
    ImportError
        If the neural network is asked for and torch or skorch is missing.
    """
    names = available_models() if names is None else list(names)
    unknown = sorted(set(names) - set(MODEL_NAMES))
    if unknown:
        raise ValueError(f"There is no model {', '.join(unknown)}: choose from {', '.join(MODEL_NAMES)}.")
    return {name: make_pipeline(table_preprocessor(X), _MAKERS[name](random_state)) for name in names}
