"""Warnings of this package, public so that they can be caught, turned into errors or silenced by name."""

__all__ = ["TextColumnsWarning"]


class TextColumnsWarning(UserWarning):
    """Columns of a table look like numbers, but are read as text.

    Raised by `read_table` where every value of a text column would be a number without its thousands separators,
    percent or currency signs, or decimal comma. As text each value is a category of its own, which a model sees
    one-hot encoded: it learns less from the column than from the numbers, or memorizes it.
    """
