"""Data: the user's own tables, and the figures that the BLIA paper published."""

from ._blia_tables import load_blia_tables
from ._table import read_table

__all__ = ["load_blia_tables", "read_table"]
