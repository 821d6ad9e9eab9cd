"""Ready-made classifiers for audits of a table: one for each family that data scientists use first."""

import importlib.util

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from ._boosters import make_catboost, make_lightgbm, make_xgboost


def table_preprocessor(X):
    """Unsupervised preparation of a table for any of the classifiers: impute, scale, one-hot.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Features. In a DataFrame numbers are columns of whole numbers, floats, decimals or durations (in seconds),
        and every other column is a category: text, booleans, dates. Missing values (NaN, None, NaT, pandas.NA)
        become the median of their column, or a category of their own.

    Returns
    -------
    transformer
        Unfitted. Raises ValueError when fitted on complex numbers, or on infinite ones.
    """
    numbers = (SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    if not hasattr(X, "columns"):
        return make_pipeline(*numbers)
    categories = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(_each(_as_numbers), *numbers), _number_columns),
            ("categories", make_pipeline(_each(_as_texts), categories), _category_columns),
        ]
    )
    return columns if hasattr(X, "iloc") else make_pipeline(FunctionTransformer(_as_pandas), columns)


def _each(function):
    return FunctionTransformer(function, feature_names_out="one-to-one")


def _as_pandas(frame):
    """Frames of polars, say: what follows looks at columns as pandas has them."""
    return frame if hasattr(frame, "iloc") else frame.to_pandas()


def _number_columns(frame):
    return _columns(frame, True)


def _category_columns(frame):
    return _columns(frame, False)


def _columns(frame, are_numbers):
    places = [place for place in range(frame.shape[1]) if _is_number(frame.iloc[:, place]) == are_numbers]
    # What is no text would be taken for places, which other names, such as the years 2020 and 2021, are not.
    names = [frame.columns[place] for place in places]
    return names if all(isinstance(name, str) for name in names) else places


def _is_number(column):
    from pandas.api.types import infer_dtype  # the column is one of pandas

    if column.dtype.kind == "O":
        return infer_dtype(column) == "decimal"
    return column.dtype.kind in "iufcm"


def _as_numbers(frame):
    """Columns of any numeric type as one array of floats, missing values as NaN."""
    # Alone, single precision stays what it is.
    single = all(dtype == np.float32 for dtype in frame.dtypes)
    numbers = np.empty(frame.shape, np.float32 if single else np.float64)
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if column.dtype.kind == "c":
            raise ValueError(f"Column {name!r} of X holds complex numbers: make two columns of them.")
        if column.dtype.kind == "m":
            column = column.dt.total_seconds()
        numbers[:, place] = column.to_numpy(dtype=numbers.dtype, na_value=np.nan)
    return numbers


def _as_texts(frame):
    """Columns of any type as one array of texts: of mixed types an encoder takes none. Missing values as NaN."""
    texts = np.empty(frame.shape, dtype=object)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        missing = column.isna().to_numpy(dtype=bool)
        values = column.astype(object).to_numpy()
        texts[:, place] = [np.nan if gone else str(value) for value, gone in zip(values, missing, strict=True)]
    return texts


def _neural_network(seed):
    from ..neural import SequentialClassifier  # torch is slow to import and may not be there

    return SequentialClassifier(random_state=seed)


_MAKERS = {
    "logistic-regression": lambda seed: LogisticRegression(max_iter=1000),
    "random-forest": lambda seed: RandomForestClassifier(random_state=seed),
    "gradient-boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "neural-network": _neural_network,
    "xgboost": make_xgboost,
    "lightgbm": make_lightgbm,
    "catboost": make_catboost,
}
MODEL_NAMES = tuple(_MAKERS)
# Those of packages that not everybody has are audited when they are named.
_USUAL = ("logistic-regression", "random-forest", "gradient-boosting", "neural-network")


def available_models():
    """Names of the usual ready-made models: those of scikit-learn, and with torch a neural network.

    Returns
    -------
    list of str
        In the order of the report.
    """
    has_torch = all(importlib.util.find_spec(name) for name in ("torch", "skorch"))
    return [name for name in _USUAL if name != "neural-network" or has_torch]


def make_models(X, names=None, random_state=None):
    """Make unfitted classifiers for a table, each behind its own `table_preprocessor`.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        The table; only its kind and columns are looked at.
    names : sequence of str, default=None
        Of "logistic-regression", "random-forest", "gradient-boosting", "neural-network", and where their packages are
        installed "xgboost", "lightgbm" and "catboost"; None means `available_models`.
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
        If a model is asked for whose package is missing.
    """
    names = available_models() if names is None else list(names)
    unknown = sorted(set(names) - set(MODEL_NAMES))
    if unknown:
        raise ValueError(f"There is no model {', '.join(unknown)}: choose from {', '.join(MODEL_NAMES)}.")
    return {name: make_pipeline(table_preprocessor(X), _make(name, random_state)) for name in names}


def _make(name, random_state):
    try:
        return _MAKERS[name](random_state)
    except ModuleNotFoundError as error:
        if name in _USUAL:
            raise
        raise ImportError(f"The model {name} needs the package of that name: pip install {name}.") from error
