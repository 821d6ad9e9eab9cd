"""``sklearn-blia plan``: plant canaries in a table for whoever trains."""

from ..audit import plant_table, shadow_attacks
from ..labels import RandomizedResponse
from ..metrics import epsilon_ceiling
from ._inputs import say, seed, whole_number


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "plan",
        help="plant canaries in a table for a model that somebody else trains",
        description="Writes into a new folder a table to train on, the rows to ask the model about, and how to train "
        "and answer; the secret into a file of its own. What comes back is for the command score.",
    )
    parser.add_argument("--data", metavar="FILE", required=True, help="CSV file with a header line, or Parquet file")
    parser.add_argument("--target", metavar="COLUMN", required=True, help="column of FILE that holds the labels")
    parser.add_argument("--out", metavar="FOLDER", required=True, help="new folder for the tables")
    parser.add_argument("--secret", metavar="FILE", required=True, help="where to keep the secret, not in FOLDER")
    parser.add_argument("--id", metavar="COLUMN", help="column that names the rows (default: one is added)")
    parser.add_argument("--groups", metavar="COLUMN", help="column of groups, to tell findings of each")
    parser.add_argument(
        "--canaries",
        type=whole_number,
        help="canaries (default: 2 %% of the rows that are asked about, but at least 500 and at most a quarter)",
    )
    parser.add_argument(
        "--epsilon",
        type=float,
        metavar="E",
        help="protect all labels by randomized response before they leave (default: not)",
    )
    parser.add_argument(
        "--shadows", type=whole_number, metavar="K", help="label columns for so many shadow models, too; two at least"
    )
    parser.add_argument("--reference", action="store_true", help="a label column for a reference model, too")
    parser.add_argument(
        "--crossfit",
        action="store_true",
        help="label columns for two models on half of the rows each, too, for the residual attack",
    )
    parser.add_argument(
        "--patch", action="store_true", help="write ids and labels alone, to be joined to the table; needs --id"
    )
    parser.add_argument(
        "--seed", type=seed, help="seed, for experiments: whoever guesses it can draw the coins again (default: none)"
    )
    parser.set_defaults(run=run)


def run(arguments):
    """Plant as the parsed `arguments` ask for, write tables and secret, and return 0."""
    if arguments.shadows == 1:
        raise ValueError("--shadows: two shadow models are needed at least.")
    plan = _plant(
        arguments.data,
        arguments.target,
        arguments.out,
        arguments.secret,
        id_column=arguments.id,
        groups=arguments.groups,
        n_canaries=arguments.canaries,
        mechanism=None if arguments.epsilon is None else RandomizedResponse(arguments.epsilon),
        attacks=shadow_attacks(arguments.shadows or 0, arguments.reference, arguments.crossfit),
        patch=arguments.patch,
        random_state=arguments.seed,
    )
    further = len(plan.columns) - 1
    say(f"plan {plan.settings.name}: {len(plan.canaries):,} canaries in {plan.settings.n_rows:,} rows")
    ceiling = epsilon_ceiling(len(plan.canaries))
    say(f"so many can show an epsilon of {ceiling:.2f} at most: plant more to refute a larger claim")
    say(f"send {arguments.out}; keep {arguments.secret} to yourself")
    if further:
        say(f"{further} more label columns: whoever compares them sees which rows are canaries")
    return 0


# How messages of the function call what the command calls otherwise.
_OPTIONS = {
    "patch=True needs id_column": "--patch needs --id",
    "id_column:": "--id:",
    "secret:": "--secret:",
    "folder:": "--out:",
    "target:": "--target:",
    "groups:": "--groups:",
    "groups holds": "--groups: the column holds",
    "n_canaries=": "--canaries ",
    "The 'epsilon' parameter of RandomizedResponse": "--epsilon",
}


def _plant(*arguments, **options):
    """`plant_table`, with messages that name the options of the command."""
    try:
        return plant_table(*arguments, **options)
    except ValueError as error:
        text = str(error)
        for name, option in _OPTIONS.items():
            if text.startswith(name):
                raise ValueError(option + text.removeprefix(name)) from error
        raise
