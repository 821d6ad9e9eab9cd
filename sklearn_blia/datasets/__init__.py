"""The benchmark data sets, the BLIA paper's figures, and the user's own tables."""

from ._big_vul import fetch_big_vul
from ._blia_tables import load_blia_tables
from ._census import fetch_census, make_census_preprocessor
from ._cifar10 import fetch_cifar10
from ._cifar100 import fetch_cifar100
from ._devign import fetch_devign
from ._fashion_mnist import fetch_fashion_mnist
from ._imdb import fetch_imdb
from ._table import read_table

__all__ = [
    "fetch_big_vul",
    "fetch_census",
    "fetch_cifar10",
    "fetch_cifar100",
    "fetch_devign",
    "fetch_fashion_mnist",
    "fetch_imdb",
    "load_blia_tables",
    "make_census_preprocessor",
    "read_table",
]
