"""``sklearn-blia audit``: train models on data with canaries, attack them, print one report."""

import argparse

from ..attacks import SETS
from ..audit import LabelAudit
from ..defences import DEFENCE_NAMES, defend
from ._inputs import add_data_arguments, check_plot, jobs, load, say, seed, whole_number, write_plot
from ._models import add_model_arguments, find_models
from ._outputs import add_output_arguments, check_output_arguments, write_report


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "audit",
        help="audit classifiers for label memorization and label privacy",
        description="Plants canaries, trains classifiers at every privacy budget, infers the canaries' labels from "
        "what may be seen of them and tests the result, repeats pooled. Without --data on scikit-learn's handwritten "
        "digits (is the digit 5 or more?).",
    )
    add_data_arguments(parser)
    parser.add_argument("--groups", metavar="COLUMN", help="column of FILE with groups, to tell findings of each")
    add_model_arguments(parser)
    parser.add_argument(
        "--epsilon",
        "--epsilons",
        dest="epsilons",
        type=numbers,
        metavar="E[,E...]",
        help="protect all labels by randomized response, or by --defence; several budgets between commas (default: "
        "inf, not; with --defence 1)",
    )
    parser.add_argument(
        "--defence",
        nargs="+",
        action="extend",
        choices=DEFENCE_NAMES,
        metavar="NAME",
        help=f"train each model under these defences in place of randomized response alone: {', '.join(DEFENCE_NAMES)}",
    )
    parser.add_argument(
        "--attacks",
        choices=SETS,
        default="quick",
        help="quick: the paper's; residual: also one that learns from the other rows, for the price of one more "
        "training of each fit; strong: the paper's and those that look around and compare with 17 more (default: "
        "quick)",
    )
    parser.add_argument(
        "--repeats", type=whole_number, default=1, help="fits of each model at each budget (default: %(default)s)"
    )
    parser.add_argument(
        "--canaries",
        type=whole_number,
        help="canaries of each fit (default: 2 %% of the training rows, but at least 500 and at most a quarter)",
    )
    parser.add_argument(
        "--engine", choices=("auto", "batched", "loop"), default="auto", help="how to run the fits (default: auto)"
    )
    parser.add_argument(
        "--stop-when-refuted",
        action="store_true",
        help="no further repeats for a model and budget once that is refuted",
    )
    parser.add_argument("--jobs", type=jobs, help="fits, or trainings of many, at a time; -1: all cores (default: 1)")
    parser.add_argument(
        "--fit-timeout", type=seconds, metavar="SECONDS", help="end fits that take longer, and count them as failed"
    )
    parser.add_argument("--cache", metavar="FOLDER", help="store finished fits here, and go on with those that are")
    parser.add_argument("--seed", type=seed, default=0, help="seed of the whole audit (default: 0)")
    add_output_arguments(parser)
    parser.add_argument(
        "--plot",
        metavar="OUT",
        help="also draw accuracy and success ratios, or several models side by side (.png, .pdf, .svg)",
    )
    parser.set_defaults(run=run)


def run(arguments):
    """Run the audit that the parsed `arguments` ask for, write its files, print its report and return 0."""
    X, y, title = load(arguments.data, arguments.target)
    check_output_arguments(arguments, [arguments.data], "plot")
    groups = _groups(X, arguments.groups)
    models = find_models(X, arguments.model, arguments.trust)
    check_plot(arguments.plot)
    if arguments.defence:
        models = defend(models if len(models) > 1 else next(iter(models.values())), arguments.defence)
    audit = LabelAudit(
        models,
        mechanism=None if arguments.defence else "randomized-response",
        epsilons=arguments.epsilons or [1.0 if arguments.defence else float("inf")],
        n_repeats=arguments.repeats,
        stop_when_refuted=arguments.stop_when_refuted,
        n_canaries=arguments.canaries,
        attacks=arguments.attacks,
        engine=arguments.engine,
        n_jobs=arguments.jobs,
        fit_timeout=arguments.fit_timeout,
        random_state=arguments.seed,
        cache_dir=arguments.cache,
        title=title,
        verbose=1,
    ).fit(X, y, groups)
    say(f"engine: {audit.engine_}")
    _write(audit, arguments)
    print(audit.report_)
    return 0


def _write(audit, arguments):
    """Files first: whatever happens to the terminal, the results are there."""
    write_report(audit.report_, arguments, audit.to_canary_frame() if arguments.html_secrets else None)
    if arguments.plot:
        write_plot(audit.plot().figure_, arguments.plot)


def _groups(X, column):
    """The column of groups, which stays a feature."""
    if column is None:
        return None
    if column not in getattr(X, "columns", ()):
        raise ValueError(f"--groups: the table has no column {column!r} beside the target.")
    return X[column].to_numpy()


def numbers(text):
    """Numbers separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers separated by commas, got {text!r}") from None


def seconds(text):
    """A positive number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds, got {text!r}")
    return value
