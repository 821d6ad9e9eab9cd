"""``sklearn-blia audit``: train models on data with canaries, attack them, print one table."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ..audit import MODEL_NAMES, audit_models, available_models, make_models


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "audit",
        help="audit classifiers for label memorization",
        description="Plants canaries, trains classifiers, infers the canaries' labels from their outputs and tests "
        "the result. Without --data on scikit-learn's handwritten digits (is the digit 5 or more?).",
    )
    parser.add_argument("--data", metavar="FILE", help="CSV file with a header line, or Parquet file")
    parser.add_argument("--target", metavar="COLUMN", help="column of FILE that holds the labels")
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
    X, y, title = _load(arguments.data, arguments.target)
    if arguments.json:  # told now, not after minutes of training
        out = Path(arguments.json).absolute()
        if out.is_dir() or not out.parent.is_dir():
            raise ValueError(f"--json: cannot write {arguments.json!r}: it is a folder, or its folder does not exist.")
        if arguments.data and out.exists() and out.samefile(arguments.data):
            raise ValueError(f"--json: {arguments.json!r} is the data file; name another.")
    names = arguments.model or available_models()
    left_out = set(MODEL_NAMES) - set(names)
    if not arguments.model and left_out:
        _say(f"leaving out {', '.join(left_out)}: pip install 'sklearn-blia[neural]' adds it")
    report = audit_models(
        make_models(X, names, random_state=arguments.seed),
        X,
        y,
        epsilon=arguments.epsilon,
        n_canaries=arguments.canaries,
        random_state=arguments.seed,
        title=title,
        on_progress=_say,
    )
    print(report)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report.to_dict(), indent=1) + "\n")
    return 0


def _load(path, target):
    if (path is None) != (target is None):
        raise ValueError("--data FILE and --target COLUMN go together: give both, or neither.")
    if path is not None:
        from ..datasets import read_table

        return *read_table(path, target), f"{Path(path).name}, target {target}"
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X, (y >= 5).astype(int), "handwritten digits, 5 or more"


def _say(line):
    print(line, file=sys.stderr, flush=True)


def whole_number(text):
    # The name is what argparse tells the user is wrong.
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {count}")
    return count
