"""A check that several constructor arguments share."""

from numbers import Integral


def is_count(value):
    """Whether a value is a whole number above 0; True, which Python takes for 1, is not."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) > 0
