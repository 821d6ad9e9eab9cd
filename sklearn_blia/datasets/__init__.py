"""Data: the user's own tables, and the figures that the BLIA paper published."""

from ._table import read_table

__all__ = ["read_table"]
