"""How columns of what comes back are called, and what that forbids in what goes out."""

PLAN_COLUMN = "blia_plan"  # which plan the answers are to
LABEL_COLUMN = "label_column"  # which of the plan's label columns the model learned
PREDICTION = "prediction"  # predicted labels, of models without probabilities
RESERVED = (PLAN_COLUMN, LABEL_COLUMN, PREDICTION)


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


def refuse_names(columns, reserved, whose, why="a name that answers need"):
    """Raise ValueError if one of the columns has a reserved name.

    Parameters
    ----------
    columns : iterable of str
        Names of columns that go out.
    reserved : iterable of str
        Names that must mean something else in what comes back.
    whose : str
        What a message calls the table.
    why : str, default="a name that answers need"
        What the names are.
    """
    taken = sorted({name.strip() for name in columns} & set(reserved))
    if taken:
        raise ValueError(f"{whose} has a column {taken[0]!r}, which is {why}: rename the column.")


def refuse_classes(classes):
    """Raise ValueError if a class has a name that means something else in what comes back.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Class labels.
    """
    taken = sorted(set(class_names(classes)) & set(RESERVED))
    if taken:
        raise ValueError(f"target: the class {taken[0]!r} has a name that answers need: rename the class.")


def refuse_class_columns(columns, classes, whose):
    """Raise ValueError if a column is called like a class, whose probabilities would come back under that name.

    Parameters
    ----------
    columns : iterable of str
        Names of columns that go out.
    classes : ndarray of shape (n_classes,)
        Class labels.
    whose : str
        What a message calls the table.
    """
    refuse_names(columns, class_names(classes), whose, "the name of a class")
