"""When do models memorize labels? Studies over rows, classes, capacity, remedies and kinds of canary.

Every setting is an audit without label privacy: canaries are planted, models trained, and their labels inferred by a
likelihood-ratio attack with four shadow models, the strongest of the package at that price. Told is the memorization
score, the share of labels inferred beyond chance, with the interval between repeats (Student's t, of other trainings
too). Fits are stored, so that what was interrupted goes on.

Writes results/studies/NAME.csv, docs/studies/NAME.png, and the table between the marks on docs/studies/NAME.md. Real
data need SKLEARN_BLIA_DATA. All studies take about an hour on two cores:

    python benchmarks/studies.py [NAME ...]          # run
    python benchmarks/studies.py --draw [NAME ...]   # pictures and tables again, from the committed rows
"""

import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pandas as pd
from _results import FOLDER, write
from _studies import STUDIES

PAGES = Path(__file__).parents[1] / "docs" / "studies"
BEGIN, END = "<!-- table: python benchmarks/studies.py -->", "<!-- end of table -->"


def run(name):
    """Run one study, and write its rows as they come."""
    rows, started = [], time.perf_counter()
    for row in STUDIES[name].run():
        rows.append(row)
        print(f"{time.perf_counter() - started:6.0f} s  " + "  ".join(map(str, row.values())), flush=True)
    (FOLDER / "studies").mkdir(parents=True, exist_ok=True)
    write(f"studies/{name}.csv", rows)


def show(name):
    """Draw a study, and write its table into its page."""
    frame = pd.read_csv(FOLDER / "studies" / f"{name}.csv")
    PAGES.mkdir(exist_ok=True)
    STUDIES[name].draw(frame, PAGES / f"{name}.png")
    page = PAGES / f"{name}.md"
    if page.exists():
        text = page.read_text()
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        page.write_text(f"{before}{BEGIN}\n\n{STUDIES[name].table(frame)}\n\n{END}{after}")


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if argument != "--draw"] or list(STUDIES)
    for wanted in names:
        if "--draw" not in sys.argv:
            run(wanted)
        show(wanted)
