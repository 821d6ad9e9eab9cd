"""What a fetcher returns, in scikit-learn's form."""

from numbers import Integral, Real
from os import PathLike

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

FETCHING = {
    "data_home": [str, PathLike, None],
    "download_if_missing": ["boolean"],
    "return_X_y": ["boolean"],
    "as_frame": ["boolean"],
    "n_retries": [Interval(Integral, 0, None, closed="left")],
    "delay": [Interval(Real, 0.0, None, closed="left")],
}
_DOCS = """data_home : str or path-like, default=None
    Folder of all data sets. None: the environment variable ``SKLEARN_BLIA_DATA``, else ``sklearn_blia`` in
    scikit-learn's data home. Files that lie there in the layout of the official archives are used.
download_if_missing : bool, default=True
    If False, raise an OSError where the files are not there instead of fetching them.
return_X_y : bool, default=False
    Return ``(data, target)`` instead of a Bunch.
as_frame : bool, default=False
    Return pandas objects.
n_retries : int, default=3
    How often to try again when the connection fails.
delay : float, default=1.0
    Seconds between tries."""


def with_fetching_docs(function):
    """Fill ``{fetching}`` into the docstring of a fetcher: the parameters that all of them share."""
    if function.__doc__ is not None:  # python -OO
        function.__doc__ = function.__doc__.replace("{fetching}", _DOCS.replace("\n", "\n    "))
    return function


def bunch_of_texts(texts, target, target_names, descr, return_X_y, as_frame):
    """Return texts and labels as a fetcher does.

    Parameters
    ----------
    texts : list of str
        The texts.
    target : ndarray of shape (n_samples,)
        Labels.
    target_names : list of str
        Names of the labels.
    descr : str
        Description.
    return_X_y, as_frame : bool
        In which form.

    Returns
    -------
    Bunch or tuple
        As `sklearn.datasets.fetch_20newsgroups` gives them; with `as_frame` the texts are a Series.
    """
    frame, data = None, texts
    if as_frame:
        pd = import_pandas()
        frame = pd.DataFrame({"text": texts, "target": target})
        data, target = frame["text"], frame["target"]
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, frame=frame, target_names=target_names, DESCR=descr)


def bunch_of_images(images, target, target_names, descr, return_X_y, as_frame):
    """Return images and labels as a fetcher does.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, channels)
        The images.
    target : ndarray of shape (n_samples,)
        Labels.
    target_names : list of str
        Names of the labels.
    descr : str
        Description.
    return_X_y, as_frame : bool
        In which form.

    Returns
    -------
    Bunch or tuple
        As `sklearn.datasets.load_digits` gives them: ``data`` holds the images as flat rows.
    """
    data = images.reshape(len(images), -1)
    feature_names = [f"pixel{place}" for place in range(data.shape[1])]
    frame = None
    if as_frame:
        pd = import_pandas()
        data = pd.DataFrame(data, columns=feature_names)
        target = pd.Series(target, name="target")
        frame = pd.concat([data, target], axis=1)
    if return_X_y:
        return data, target
    return Bunch(
        data=data, target=target, frame=frame, feature_names=feature_names, target_names=target_names, images=images,
        DESCR=descr,
    )  # fmt: skip


def in_subset(subset, read):
    """Read "train", "test" or both.

    Parameters
    ----------
    subset : {"train", "test", "all"}
        Which part.
    read : callable
        Takes "train" or "test", returns a dict of arrays.

    Returns
    -------
    list of dict
        What was read of each part.
    """
    return [read(part) for part in (("train", "test") if subset == "all" else (subset,))]


def joined(parts, name):
    """Join one array of several parts.

    Parameters
    ----------
    parts : list of dict
        As `in_subset` returns them.
    name : str
        Which array.

    Returns
    -------
    ndarray
        The rows of all parts.
    """
    return parts[0][name] if len(parts) == 1 else np.concatenate([part[name] for part in parts])


def import_pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "as_frame=True needs pandas: pip install pandas, or the extra that has it, 'sklearn-blia[plot]'."
        ) from error
    return pandas
