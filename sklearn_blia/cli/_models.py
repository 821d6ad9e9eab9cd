"""Models at the command line: ready-made, one's own from Python, or from a file without code in it."""

import importlib
import inspect
import os
import sys
from pathlib import Path
from typing import Any

from ..audit import MODEL_NAMES, available_models, make_models
from ._inputs import say


def add_model_arguments(parser):
    """Add ``--model`` and ``--trust``."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="MODEL",
        help=f"model to audit, may be repeated: {', '.join(MODEL_NAMES)}; or package.module:object, a classifier of "
        "your own or what makes one; or FILE.skops (default: logistic-regression, random-forest, gradient-boosting, "
        "neural-network)",
    )
    parser.add_argument(
        "--trust", action="append", default=[], metavar="TYPE", help="type that may be loaded from FILE.skops"
    )


def find_models(X, names, trusted):
    """Return unfitted classifiers by name.

    Parameters
    ----------
    X : DataFrame or ndarray
        The table, for ready-made models.
    names : list of str or None
        What was asked for; None takes those that are always there.
    trusted : list of str
        Types that may be loaded from a file.

    Returns
    -------
    dict of str to classifier
        By name.
    """
    if names is None:
        names = available_models()
        if "neural-network" not in names:
            say("leaving out neural-network: pip install 'sklearn-blia[neural]' adds it")
    if trusted and not any(name.endswith(".skops") for name in names):
        raise ValueError("--trust is for types of a FILE.skops, and --model names none.")
    models: dict = {}
    for name in names:
        if name in models or Path(name).name in models:
            raise ValueError(f"--model: {name!r} is named twice.")
        if name in MODEL_NAMES:
            models |= make_models(X, [name])
        elif name.endswith(".skops"):
            models[Path(name).name] = _from_skops(name, trusted)
        elif ":" in name:
            models[name] = _from_python(name)
        else:
            raise ValueError(
                f"--model: {name!r} is none of {', '.join(MODEL_NAMES)}, no package.module:object and no FILE.skops."
            )
    return models


def _from_python(name):
    module_name, _, path = name.partition(":")
    here = os.getcwd()
    sys.path.insert(0, here)  # a module beside the table, as with `python -m`
    try:
        found: Any = importlib.import_module(module_name)
        for part in path.split("."):
            found = getattr(found, part)
        is_maker = inspect.isclass(found) or (callable(found) and not hasattr(found, "get_params"))
        made = found() if is_maker else found
    except Exception as error:  # whatever the user's own module raises
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"--model: {name!r} cannot be imported, or makes no model: {why}.") from error
    finally:
        sys.path.remove(here)
    if not (hasattr(made, "fit") and hasattr(made, "get_params")):
        raise ValueError(f"--model: {name!r} is {type(made).__name__}, and no scikit-learn classifier.")
    return made


def _from_skops(name, trusted):
    try:
        from skops import io
    except ImportError as error:
        raise ImportError("--model FILE.skops needs skops: pip install skops.") from error
    if not Path(name).is_file():
        raise ValueError(f"--model: there is no file {name!r}.")
    try:
        unknown = sorted(set(io.get_untrusted_types(file=name)) - set(trusted))
        if unknown:
            raise ValueError(
                f"--model: {name!r} holds {', '.join(unknown)}, which may run code: if you trust its source, add "
                + " ".join(f"--trust {one}" for one in unknown)
            )
        return io.load(name, trusted=list(trusted))
    except ValueError:
        raise
    except Exception as error:  # a zip file of anything
        raise ValueError(f"--model: {name!r} is no skops file, or damaged: {error}") from error
