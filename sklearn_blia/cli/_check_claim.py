"""``sklearn-blia check-claim``: a count of right guesses against a claimed epsilon."""

from ..metrics import check_claim


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "check-claim",
        help="check a claimed label-DP epsilon against an audit's count",
        description="Tells whether so many rightly guessed canaries refute a claimed epsilon, and if not, what "
        "would have. Exit status 1 if the claim is refuted.",
    )
    parser.add_argument("--correct", type=int, required=True, help="canaries whose private label was guessed")
    parser.add_argument("--canaries", type=int, required=True, help="canaries planted")
    parser.add_argument("--guesses", type=int, help="guesses made, if not all; fixed before the audit")
    parser.add_argument("--epsilon", type=float, required=True, help="the claim")
    parser.add_argument("--delta", type=float, default=0.0, help="delta of the claim (default: 0)")
    parser.add_argument("--alpha", type=float, default=0.05, help="level of the check (default: 0.05)")
    parser.set_defaults(run=run)


def run(arguments):
    """Print the verdict on the parsed `arguments`; return 1 if the claim is refuted, else 0."""
    check = check_claim(
        arguments.correct,
        arguments.canaries,
        arguments.epsilon,
        arguments.delta,
        n_guesses=arguments.guesses,
        alpha=arguments.alpha,
    )
    print(check)
    return int(check.refuted)
