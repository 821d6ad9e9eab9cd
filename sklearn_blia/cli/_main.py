"""Entry point: parse, dispatch, and turn bad input into one line and exit status 2."""

import argparse
import os
import sys
import warnings

from .._version import __version__
from . import _audit, _check_claim, _check_mechanism, _observe, _paper, _plan, _score


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, default=None
        Arguments; None takes the process's.

    Returns
    -------
    int
        Exit status: 0, or 2 for bad input, or what the subcommand says.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal cannot write costs no report
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(
        prog="sklearn-blia",
        description="Did this classifier memorize its labels, does its label privacy hold, and how sure are we?",
    )
    parser.add_argument("--version", action="version", version=f"sklearn-blia {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (_audit, _plan, _score, _observe, _check_claim, _check_mechanism, _paper):
        command.add_parser(commands)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    arguments = parser.parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say_warning
            return arguments.run(arguments)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, ImportError, OSError, RuntimeError) as error:
        if arguments.debug:
            raise
        print(f"sklearn-blia {arguments.command}: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _say_warning(message, *_, **__):
    """One line, without the place in the code where it came from."""
    print(f"warning: {message}", file=sys.stderr, flush=True)
