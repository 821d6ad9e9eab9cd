"""Files that are there as a whole or not at all, and tables read and written piece by piece."""

from ._atomic import whole_file, write_whole
from ._packed import check_packed, is_bomb, open_packed
from ._tables import TableFile, arrow, open_table, table_writer
from ._texts import pack_texts, unpack_texts

__all__ = [
    "TableFile",
    "arrow",
    "check_packed",
    "is_bomb",
    "open_packed",
    "open_table",
    "pack_texts",
    "table_writer",
    "unpack_texts",
    "whole_file",
    "write_whole",
]
