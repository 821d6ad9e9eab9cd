"""Check of texts, for all that takes them."""

import numpy as np


def check_texts(X, name):
    """Return texts as a list of str.

    Parameters
    ----------
    X : iterable of str
        A list, an array or a Series of texts.
    name : str
        Who asks, for the message.

    Returns
    -------
    list of str
        The texts.

    Raises
    ------
    ValueError
        If X is a single text, a table, empty, or holds anything else than texts.
    """
    if isinstance(X, str):
        raise ValueError(f"{name} takes many texts, a list or an array of str; X is a single one.")
    if getattr(X, "ndim", 1) != 1:
        raise ValueError(f"{name} takes texts, a list, a Series or an array (n_samples,); X has {X.ndim} dimensions.")
    texts = list(X)
    if not texts:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"{name} takes texts, but row {row} of X is {text!r}; fill missing texts with ''.")
    return [str(text) for text in texts] if isinstance(X, np.ndarray) else texts
