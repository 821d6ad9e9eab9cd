"""Warnings of this package, public so that they can be caught, turned into errors or silenced by name."""

__all__ = [
    "BelowChanceWarning",
    "NotStoredWarning",
    "OtherFilesWarning",
    "OtherFitsWarning",
    "RepeatedReleaseWarning",
    "TextColumnsWarning",
]


class BelowChanceWarning(UserWarning):
    """An attack is right far less often than a coin.

    Either predictions or labels were put together wrongly, or the attack reads the model the wrong way round.
    """


class NotStoredWarning(UserWarning):
    """Finished fits cannot be stored, because the disk is full, say; the audit goes on without."""


class OtherFilesWarning(UserWarning):
    """Files of a data set are in the place of the published ones, and are not these."""


class OtherFitsWarning(UserWarning):
    """The folder of stored fits holds fits of other audits, none of which can be used."""


class RepeatedReleaseWarning(UserWarning):
    """The same labels were released again with fresh noise, and the epsilons of all releases add up.

    Told of the second, fourth, eighth, ... release in one process, also of those by cross-validation and searches;
    workers of a parallel one count for themselves. Audits, whose models are thrown away, release nothing.
    """


class TextColumnsWarning(UserWarning):
    """Columns of a table look like numbers, but are read as text.

    Raised by `read_table` where every value of a text column would be a number without its thousands separators,
    percent or currency signs, or decimal comma. As text each value is a category of its own, which a model sees
    one-hot encoded: it learns less from the column than from the numbers, or memorizes it.
    """
