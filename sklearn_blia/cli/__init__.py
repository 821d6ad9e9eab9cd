"""The command ``sklearn-blia``: thin, no logic of its own."""

from ._main import main

__all__ = ["main"]
