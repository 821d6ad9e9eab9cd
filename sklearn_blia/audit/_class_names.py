"""What a column of a class may be called."""


def class_names(classes):
    """What a column of a class may be called.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Class labels.

    Returns
    -------
    dict of str to int
        Names, and the place of the class: a whole number with and without decimals, a boolean as other languages write
        it.
    """
    names: dict = {}
    for place, label in enumerate(classes.tolist()):
        text = str(label).strip()
        aliases = [text]
        if isinstance(label, bool):
            aliases += [text.lower(), text.upper()]
        elif isinstance(label, (int, float)) and label == int(label):
            aliases += [str(int(label)), str(float(label))]
        names |= dict.fromkeys(aliases, place)
    return names
