"""``sklearn-blia check-mechanism``: two columns of labels against a claimed epsilon."""

from ..metrics import check_mechanism


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "check-mechanism",
        help="check a claimed label-DP epsilon against the labels before and after the mechanism",
        description="Bounds every ratio P(released | natural) / P(released | other natural label) from two columns "
        "of a table, without any model. Exit status 1 if the claim is refuted.",
    )
    parser.add_argument("--data", metavar="FILE", required=True, help="CSV file with a header line, or Parquet file")
    parser.add_argument("--natural", metavar="COLUMN", required=True, help="labels before the mechanism")
    parser.add_argument("--released", metavar="COLUMN", required=True, help="labels after it")
    parser.add_argument("--epsilon", type=float, required=True, help="the claim")
    parser.add_argument("--delta", type=float, default=0.0, help="delta of the claim (default: 0)")
    parser.add_argument("--alpha", type=float, default=0.05, help="level of the check (default: 0.05)")
    parser.set_defaults(run=run)


def run(arguments):
    """Print the verdict on the parsed `arguments`; return 1 if the claim is refuted, else 0."""
    from ..datasets import read_table

    natural, released = (read_table(arguments.data, column)[1] for column in (arguments.natural, arguments.released))
    check = check_mechanism(natural, released, arguments.epsilon, arguments.delta, alpha=arguments.alpha)
    print(check)
    return int(check.refuted)
