"""``sklearn-blia audit``: train models on data with canaries, attack them, print one table."""

import json
from pathlib import Path

import numpy as np

from ..audit import MODEL_NAMES, audit_models, available_models, make_models
from ._inputs import add_data_arguments, check_output, load, say, whole_number


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "audit",
        help="audit classifiers for label memorization",
        description="Plants canaries, trains classifiers, infers the canaries' labels from their outputs and tests "
        "the result. Without --data on scikit-learn's handwritten digits (is the digit 5 or more?).",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--model", action="append", choices=MODEL_NAMES, help="model to audit; may be repeated (default: all)"
    )
    parser.add_argument(
        "--epsilon",
        type=float,
        default=np.inf,
        help="protect all labels by randomized response (default: inf, not)",
    )
    parser.add_argument(
        "--canaries",
        type=whole_number,
        help="number of canaries (default: 2 %% of the training rows, but at least 500 and at most a quarter)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the whole audit (default: 0)")
    parser.add_argument("--json", metavar="OUT", help="also write the report to this file")
    parser.set_defaults(run=run)


def run(arguments):
    """Run the audit that the parsed `arguments` ask for, print its table and return 0."""
    X, y, title = load(arguments.data, arguments.target)
    check_output("--json", arguments.json, arguments.data)
    names = arguments.model or available_models()
    left_out = set(MODEL_NAMES) - set(names)
    if not arguments.model and left_out:
        say(f"leaving out {', '.join(left_out)}: pip install 'sklearn-blia[neural]' adds it")
    report = audit_models(
        make_models(X, names, random_state=arguments.seed),
        X,
        y,
        epsilon=arguments.epsilon,
        n_canaries=arguments.canaries,
        random_state=arguments.seed,
        title=title,
        on_progress=say,
    )
    print(report)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report.to_dict(), indent=1) + "\n")
    return 0
