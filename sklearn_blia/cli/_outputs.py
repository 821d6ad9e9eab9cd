"""The files that a report is written to."""

import json

from ..files import write_whole
from ._inputs import check_outputs


def add_output_arguments(parser, lines="model, budget and attack", with_secrets=True):
    """Add ``--json``, ``--csv`` with a line for each of what `lines` says, and ``--html``."""
    parser.add_argument("--json", metavar="OUT", help="also write the report to this file")
    parser.add_argument("--csv", metavar="OUT", help=f"also write one line for each {lines} to this file")
    parser.add_argument("--html", metavar="OUT", help="also write the report as a page to show, one file")
    if not with_secrets:
        parser.set_defaults(html_secrets=False)
        return
    parser.add_argument(
        "--html-secrets", action="store_true", help="name the rows that were memorized most on the page of --html"
    )


def check_output_arguments(arguments, inputs, *more):
    """Refuse what cannot be written, or for which something is missing: now, not after the work."""
    options = ("json", "csv", "html", *more)
    check_outputs({f"--{option}": getattr(arguments, option) for option in options}, inputs)
    if arguments.html_secrets and not arguments.html:
        raise ValueError("--html-secrets is for the page of --html: give both, or neither.")
    if arguments.csv or arguments.html_secrets:
        import pandas  # noqa: F401


def write_report(report, arguments, secrets=None):
    """Write the files that were asked for, each as a whole or not at all."""
    if arguments.json:
        write_whole(arguments.json, json.dumps(report.to_dict(), indent=1) + "\n", private=True)
    if arguments.csv:
        write_whole(arguments.csv, report.to_frame().to_csv(index=False), private=True)
    if arguments.html:
        report.to_html(arguments.html, **({} if secrets is None else {"secrets": secrets}))
