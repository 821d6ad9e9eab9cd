"""What the subcommands that train share: the data they read, the files they write."""

import argparse
import sys
from pathlib import Path

from ..files import whole_file


def add_data_arguments(parser):
    """Add ``--data`` and ``--target``."""
    parser.add_argument("--data", metavar="FILE", help="CSV file with a header line, or Parquet file")
    parser.add_argument("--target", metavar="COLUMN", help="column of FILE that holds the labels")


def load(path, target):
    """Return X, y and a title: of a file, or without one of scikit-learn's handwritten digits."""
    if (path is None) != (target is None):
        raise ValueError("--data FILE and --target COLUMN go together: give both, or neither.")
    if path is not None:
        from ..datasets import read_table

        return *read_table(path, target), f"{Path(path).name}, target {target}"
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X, (y >= 5).astype(int), "handwritten digits, 5 or more"


def check_outputs(paths, inputs):
    """Refuse files that cannot be written, by option, or that are read: now, not after minutes of training."""
    seen: dict = {}
    for option, path in paths.items():
        if not path:
            continue
        out = Path(path).absolute()
        if out.is_dir() or not out.parent.is_dir():
            raise ValueError(f"{option}: cannot write {path!r}: it is a folder, or its folder does not exist.")
        if out.exists() and any(Path(data).exists() and out.samefile(data) for data in inputs if data):
            raise ValueError(f"{option}: {path!r} is the data file; name another.")
        if out in seen:
            raise ValueError(f"{option}: {path!r} is the file of {seen[out]} too; name another.")
        seen[out] = option


def check_plot(path):
    """Refuse a picture that cannot be drawn: now, not after minutes of training."""
    if path:
        from matplotlib.figure import Figure

        known = Figure().canvas.get_supported_filetypes()
        if Path(path).suffix[1:] not in known:
            raise ValueError(f"--plot: {path!r} must end in one of .{', .'.join(sorted(known))}.")


def write_plot(figure, path):
    """Write a picture in the format that its name says."""
    with whole_file(path) as file:
        figure.savefig(file, format=Path(path).suffix[1:], dpi=150)


def make_folder(option, path):
    """Make a folder for results, or refuse what cannot be one: now, not after minutes of training."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{option}: {path!r} is no folder and cannot be made one ({error.strerror}).") from error


def whole_number(text):
    # The name is what argparse tells the user is wrong.
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {count}")
    return count


def jobs(text):
    # The name is what argparse tells the user is wrong.
    count = int(text)
    if not count:
        raise argparse.ArgumentTypeError("must not be 0: leave it out for one at a time, or -1 for all cores")
    return count


def seed(text):
    # The name is what argparse tells the user is wrong.
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2^32 - 1, got {number}")
    return number


def say(line):
    """One line of progress, on standard error."""
    print(line, file=sys.stderr, flush=True)
