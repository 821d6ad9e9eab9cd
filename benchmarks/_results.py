"""Write rows of results as CSV."""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def write(name, rows):
    """Write a list of dicts to results/`name`, numbers with five significant digits, and print them."""
    FOLDER.mkdir(exist_ok=True)
    shown = [{key: f"{value:.5g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows]
    with open(FOLDER / name, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(shown[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(shown)
    for row in shown:
        print("  ".join(f"{key}={value}" for key, value in row.items()))
