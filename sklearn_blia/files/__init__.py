"""Files that are there as a whole or not at all, and tables read and written piece by piece."""

from ._atomic import whole_file, write_whole
from ._packed import check_packed, open_packed
from ._tables import TableFile, arrow, open_table, table_writer

__all__ = [
    "TableFile",
    "arrow",
    "check_packed",
    "open_packed",
    "open_table",
    "table_writer",
    "whole_file",
    "write_whole",
]
