"""``sklearn-blia sweep``: one model over privacy budgets, with repeats."""

import json
from pathlib import Path

from ..audit import MODEL_NAMES, LabelAudit, available_models, make_models
from ._inputs import add_data_arguments, check_output, load, say, whole_number


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "sweep",
        help="audit one classifier over privacy budgets, with repeats",
        description="Trains a classifier at every epsilon, several times with fresh canaries, coins and noise, attacks "
        "it and pools the repeats. Without --data on scikit-learn's handwritten digits (is the digit 5 or more?).",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--model", choices=MODEL_NAMES, help="model (default: neural-network where torch is installed, else boosting)"
    )
    parser.add_argument(
        "--epsilons",
        type=numbers,
        default="inf,4,2,1,0.8,0.5,0.3",
        metavar="E,E,...",
        help="privacy budgets, separated by commas (default: %(default)s)",
    )
    parser.add_argument("--repeats", type=whole_number, default=5, help="fits for each budget (default: %(default)s)")
    parser.add_argument(
        "--canaries",
        type=whole_number,
        help="canaries of each fit (default: 2 %% of the training rows, but at least 500 and at most a quarter)",
    )
    parser.add_argument(
        "--engine", choices=("auto", "batched", "loop"), default="auto", help="how to run the fits (default: auto)"
    )
    parser.add_argument("--jobs", type=int, help="fits, or trainings of many, at a time; -1: all cores (default: 1)")
    parser.add_argument("--cache", metavar="FOLDER", help="store finished fits here, and go on with those that are")
    parser.add_argument("--seed", type=int, default=0, help="seed of the whole sweep (default: 0)")
    parser.add_argument("--json", metavar="OUT", help="also write the report to this file")
    parser.add_argument("--csv", metavar="OUT", help="also write one line for each budget and attack to this file")
    parser.add_argument("--plot", metavar="OUT", help="also draw accuracy and success ratios (.png, .pdf, .svg)")
    parser.set_defaults(run=run)


def run(arguments):
    """Run the sweep that the parsed `arguments` ask for, print its table and return 0."""
    X, y, title = load(arguments.data, arguments.target)
    for option in ("json", "csv", "plot"):
        check_output(f"--{option}", getattr(arguments, option), arguments.data)
    _check_extras(arguments)
    default = "neural-network" if "neural-network" in available_models() else "gradient-boosting"
    name = arguments.model or default
    audit = LabelAudit(
        make_models(X, [name])[name],
        epsilons=arguments.epsilons,
        n_repeats=arguments.repeats,
        n_canaries=arguments.canaries,
        engine=arguments.engine,
        n_jobs=arguments.jobs,
        random_state=arguments.seed,
        cache_dir=arguments.cache,
        verbose=1,
    ).fit(X, y)
    say(f"engine: {audit.engine_}")
    print(f"{title}, {name}\n{audit.report_}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(audit.report_.to_dict(), indent=1) + "\n")
    if arguments.csv:
        audit.to_frame().to_csv(arguments.csv, index=False)
    if arguments.plot:
        audit.plot().figure_.savefig(arguments.plot, dpi=150)
    return 0


def _check_extras(arguments):
    """What files need is told now, not after the training."""
    if arguments.csv:
        import pandas  # noqa: F401
    if arguments.plot:
        from matplotlib.figure import Figure

        known = Figure().canvas.get_supported_filetypes()
        if Path(arguments.plot).suffix[1:] not in known:
            raise ValueError(f"--plot: {arguments.plot!r} must end in one of .{', .'.join(sorted(known))}.")


def numbers(text):
    # The name is what argparse tells the user is wrong.
    return [float(part) for part in text.split(",")]
