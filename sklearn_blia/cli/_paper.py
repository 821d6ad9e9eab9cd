"""``sklearn-blia paper``: the experiments of the BLIA paper, its figures beside ours."""

from pathlib import Path

from ..files import write_whole
from ..paper import BENCHMARKS, draw_figure_2, format_tables, read_results, run_benchmark, write_results
from ._inputs import check_outputs, check_plot, make_folder, whole_number, write_plot


def add_parser(commands):
    """Add the subcommand to the parser's `commands`."""
    parser = commands.add_parser(
        "paper",
        help="run the BLIA paper's experiments again",
        description="Runs the protocol of the paper's Section 6 on its benchmarks: 2 % canaries, seven budgets, the "
        "networks of Table 1, its attacks and the likelihood-ratio attack. Prints its tables, our figures beside its "
        "own.",
    )
    add_run_arguments(parser)
    parser.add_argument("--out", metavar="FOLDER", help="also write CSV, JSON and tables.md into this folder")
    parser.add_argument("--plot", metavar="OUT", help="also draw the paper's Figure 2 (.png, .pdf, .svg)")
    parser.set_defaults(run=run)


def add_run_arguments(parser):
    """Add what says which benchmarks are run, and how."""
    parser.add_argument(
        "--benchmark", action="append", choices=BENCHMARKS, help="which; may be repeated (default: census)"
    )
    parser.add_argument(
        "--size",
        choices=("full", "reduced"),
        default="reduced",
        help="the paper's number of rows, or what two cores do in an hour at most (default: reduced)",
    )
    parser.add_argument("--device", default="auto", help="where torch computes: cpu, cuda, ... (default: auto)")
    parser.add_argument("--repeats", type=whole_number, help="fits for each budget (default: the size's)")
    parser.add_argument("--jobs", type=int, help="fits at a time; -1: all cores (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything (default: 0)")
    parser.add_argument("--note", help="what the tables should say of the data")
    parser.add_argument("--data-home", metavar="FOLDER", help="where the data sets lie, or are fetched to")
    parser.add_argument("--cache", metavar="FOLDER", help="store finished fits here, and go on with those that are")


def run_arguments(arguments):
    """Keywords of `run_benchmark` from parsed arguments."""
    return {
        "size": arguments.size,
        "n_repeats": arguments.repeats,
        "note": arguments.note,
        "device": arguments.device,
        "data_home": arguments.data_home,
        "cache_dir": arguments.cache,
        "n_jobs": arguments.jobs,
        "random_state": arguments.seed,
        "verbose": 1,
    }


def run(arguments):
    """Run the benchmarks that the parsed `arguments` ask for, print their tables and return 0."""
    check_outputs({"--plot": arguments.plot}, [])
    check_plot(arguments.plot)
    if arguments.out:
        make_folder("--out", arguments.out)
    rows: list = []
    try:
        for name in dict.fromkeys(arguments.benchmark or ["census"]):
            result = run_benchmark(name, **run_arguments(arguments))
            rows += result.rows()
            if arguments.out:
                write_results(arguments.out, name, result.rows(), result.to_dict())
                write_whole(Path(arguments.out, "tables.md"), format_tables(read_results(arguments.out)))
    finally:  # whatever happens to a later one
        if rows:
            if arguments.plot:
                write_plot(draw_figure_2(rows), arguments.plot)
            print(format_tables(rows), end="")
    return 0
