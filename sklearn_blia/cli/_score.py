"""``sklearn-blia score``: what a model elsewhere said, against the secret of its plan."""

from ..audit import AuditPlan
from ..metrics import PrivacyClaim
from ._outputs import add_output_arguments, check_output_arguments, write_report


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "score",
        help="audit a model that somebody else trained, from its answers",
        description="Joins answers to the secret of their plan, attacks, tests, and prints the report. Exit status 1 "
        "if the claim is refuted, 2 for answers that cannot be right.",
    )
    parser.add_argument("--secret", metavar="FILE", required=True, help="what the command plan kept")
    parser.add_argument(
        "--answers",
        metavar="FILE",
        nargs="+",
        required=True,
        help="CSV or Parquet files of ids and probabilities; COLUMN=FILE for a training on another label column",
    )
    parser.add_argument("--epsilon", type=float, help="the claim (default: that of the plan's own mechanism, if any)")
    parser.add_argument("--delta", type=float, default=0.0, help="delta of the claim (default: 0)")
    parser.add_argument("--alpha", type=float, default=0.05, help="level of intervals and verdicts (default: 0.05)")
    parser.add_argument("--name", default=None, help="what the report calls the model (default: model)")
    add_output_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Score the answers that the parsed `arguments` name; return 1 if the claim is refuted, else 0."""
    if arguments.delta and arguments.epsilon is None:
        raise ValueError("--delta goes with --epsilon: give both, or neither.")
    plan = AuditPlan.load(arguments.secret)
    answers: dict = {}
    for text in arguments.answers:
        column, is_named, path = text.partition("=")
        if not (is_named and column in plan.columns):
            column, path = None, text
        answers.setdefault(column, []).append(path)
    check_output_arguments(arguments, [arguments.secret, *(path for paths in answers.values() for path in paths)])
    given = answers.get(None, answers) if len(answers) == 1 else answers
    report = plan.score(
        given,
        claim=None if arguments.epsilon is None else PrivacyClaim(arguments.epsilon, arguments.delta),
        name=arguments.name,
        alpha=arguments.alpha,
    )
    secrets = plan.to_canary_frame(given, name=arguments.name) if arguments.html_secrets else None
    write_report(report, arguments, secrets)
    print(report)
    if any(verdict.below_chance for verdict in report.verdicts):
        return 2
    return int(any(verdict.refuted for verdict in report.verdicts))
