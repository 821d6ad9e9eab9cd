"""``sklearn-blia observe``: a model that is trained already, from its answers, without canaries."""

from pathlib import Path

from ..audit import MODEL_NAMES, ObservationalAudit, make_models, observe_answers
from ..datasets import read_table
from ..files import arrow, open_table
from ._inputs import seed
from ._outputs import add_output_arguments, check_output_arguments, write_report


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "observe",
        help="audit a model that is trained already, from its answers, without canaries",
        description="Holds what a model says of the rows that it was trained on against a proxy that never saw their "
        "labels, and against what it says of held-out rows. Bounds epsilon plus the proxy's error; says memorization "
        "only where training rows and held-out rows differ.",
    )
    parser.add_argument("--train", metavar="FILE", required=True, help="CSV or Parquet file of rows it was trained on")
    parser.add_argument("--holdout", metavar="FILE", help="file of rows that it was not; without them no verdict")
    parser.add_argument("--target", metavar="COLUMN", required=True, help="column that holds the natural labels")
    parser.add_argument("--id", metavar="COLUMN", required=True, help="column that names the rows of all files")
    parser.add_argument(
        "--answers",
        metavar="FILE",
        nargs="+",
        required=True,
        help="files of ids and what the model says: a column of probabilities for each class, or a column prediction",
    )
    proxy = parser.add_mutually_exclusive_group()
    proxy.add_argument(
        "--proxy",
        choices=MODEL_NAMES,
        help="ready-made model to cross-fit as the proxy (default: gradient boosting, calibrated)",
    )
    proxy.add_argument(
        "--proxy-answers", metavar="FILE", nargs="+", help="answers of a proxy of your own, which never saw the labels"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="share of the rows that is counted, the surest (default: 1)"
    )
    parser.add_argument("--alpha", type=float, default=0.05, help="level of bounds and verdict (default: 0.05)")
    parser.add_argument("--name", help="name of the data in the report (default: that of the file)")
    parser.add_argument("--seed", type=seed, default=0, help="seed of folds and deals (default: 0)")
    add_output_arguments(parser, lines="kind of rows", with_secrets=False)
    parser.set_defaults(run=run)


def run(arguments):
    """Audit as the parsed `arguments` ask for, write files, print the report and return 0."""
    inputs = [arguments.train, arguments.holdout, *arguments.answers, *(arguments.proxy_answers or [])]
    check_output_arguments(arguments, inputs)
    rows = _read(arguments.train, arguments)
    held_out = (None, None) if arguments.holdout is None else _read(arguments.holdout, arguments)
    proxy = arguments.proxy and make_models(rows[0].drop(columns=arguments.id), [arguments.proxy])[arguments.proxy]
    report = _observe(arguments, rows, held_out, proxy)
    write_report(report, arguments)
    print(report)
    return 0


# How messages of the function call what the command calls otherwise.
_OPTIONS = {
    "id_column:": "--id:",
    "X_holdout": "--holdout",
    "y_holdout": "--target of --holdout",
    "pass a classifier that takes them as proxy": "name a --proxy",
}


def _observe(arguments, rows, held_out, proxy):
    try:
        return _report(arguments, rows, held_out, proxy)
    except ValueError as error:
        text = str(error)
        for name, option in _OPTIONS.items():
            text = text.replace(name, option)
        raise ValueError(text) from error


def _report(arguments, rows, held_out, proxy):
    return observe_answers(
        arguments.answers,
        *rows,
        *held_out,
        id_column=arguments.id,
        proxy_answers=arguments.proxy_answers,
        audit=ObservationalAudit(
            proxy,
            share=arguments.share,
            alpha=arguments.alpha,
            title=arguments.name or f"{Path(arguments.train).name}, target {arguments.target}",
            random_state=arguments.seed,
        ),
    )


def _read(path, arguments):
    """Rows, with ids as they stand in the file, and labels."""
    X, y = read_table(path, arguments.target)
    if arguments.id not in X.columns:
        raise ValueError(f"--id: {path!r} has no column {arguments.id!r} beside the target.")
    text = arrow().string()
    X[arguments.id] = [
        one or "" for piece in open_table(path).pieces([arguments.id]) for one in piece.column(0).cast(text).to_pylist()
    ]
    return X, y
