"""What imports cost: `import sklearn_blia` and `sklearn-blia --help` beside importing what scikit-learn itself needs.

Processes run in turn; ratios are taken turn by turn, medians reported. What is compared with is `import sklearn.base`,
the least that any classifier needs. Writes results/imports.csv. Fails at twice as long.
"""

import subprocess
import sys
import time

import numpy as np
from _results import write

PROGRAMS = {
    "import sklearn_blia": ["-c", "import sklearn_blia"],
    "sklearn-blia --help": ["-c", "import sys; from sklearn_blia.cli import main; sys.exit(main(['--help']))"],
}
TURNS = 15


def seconds(args):
    started = time.perf_counter()
    subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main():
    ratios: dict = {name: [] for name in PROGRAMS}
    for _ in range(TURNS):
        for name, args in PROGRAMS.items():
            ratios[name].append(seconds(args) / seconds(["-c", "import sklearn.base"]))
    rows = [{"program": name, "over import sklearn.base": float(np.median(values)), "smallest": min(values),
             "largest": max(values)} for name, values in ratios.items()]  # fmt: skip
    write("imports.csv", rows)
    if max(row["over import sklearn.base"] for row in rows) >= 2:
        sys.exit("twice as long or longer")


if __name__ == "__main__":
    main()
