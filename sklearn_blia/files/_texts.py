"""Texts in arrays without Python objects."""

import numpy as np


def pack_texts(texts):
    """Texts as two arrays: NumPy's own arrays of texts give every one the room of the longest.

    Parameters
    ----------
    texts : iterable of str
        The texts.

    Returns
    -------
    dict
        "text": uint8, all texts in UTF-8; "ends": int64, where each ends.
    """
    data, ends = bytearray(), []  # grown text by text: no second copy of hundreds of megabytes
    for text in texts:
        data += text.encode("utf-8", "surrogatepass")
        ends.append(len(data))
    return {"text": np.frombuffer(data, dtype=np.uint8), "ends": np.array(ends, dtype=np.int64)}


def unpack_texts(arrays):
    """The texts that `pack_texts` packed.

    Parameters
    ----------
    arrays : dict
        As `pack_texts` returned it.

    Returns
    -------
    list of str
        The texts.
    """
    data, start, texts = arrays["text"], 0, []
    for end in arrays["ends"].tolist():
        texts.append(data[start:end].tobytes().decode("utf-8", "surrogatepass"))
        start = end
    return texts
