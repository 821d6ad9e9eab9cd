"""The command ``sklearn-blia``: thin, no logic of its own."""

from ._main import main
from ._paper import add_run_arguments, run_arguments

__all__ = ["add_run_arguments", "main", "run_arguments"]
