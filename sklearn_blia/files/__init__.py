"""Files that are there as a whole or not at all, and whether they can be read."""

from ._atomic import whole_file, write_whole
from ._packed import check_packed

__all__ = ["check_packed", "whole_file", "write_whole"]
