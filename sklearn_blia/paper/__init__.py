"""The experiments of the BLIA paper's Section 6, set up to be run again."""

from ._benchmarks import BENCHMARKS, EPSILONS, PaperBenchmark, Size
from ._figure_2 import draw_figure_2
from ._files import read_results, write_results
from ._run import PaperResult, run_benchmark
from ._tables import format_tables, interval_text, markdown_table, number_text, rows_not_run, title_of

__all__ = [
    "BENCHMARKS",
    "EPSILONS",
    "PaperBenchmark",
    "PaperResult",
    "Size",
    "draw_figure_2",
    "format_tables",
    "interval_text",
    "markdown_table",
    "number_text",
    "read_results",
    "rows_not_run",
    "run_benchmark",
    "title_of",
    "write_results",
]
