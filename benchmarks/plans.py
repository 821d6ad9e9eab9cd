"""What it costs to plant canaries in a table in a file and to score the answers: time and peak memory.

Tables of ten columns, CSV and Parquet, of one and of four million rows, and of one with UUIDs for ids; each step is a
process of its own, whose peak memory is its own (Linux). Answers to all rows that were asked about, in random order, of
a model that knows nothing. Writes results/plans.csv; fails if one million rows take 30 s or 1 GiB.
"""

import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
from _results import write

from sklearn_blia import AuditPlan
from sklearn_blia.audit import plant_table

LIMIT_SECONDS, LIMIT_MIB = 30, 1024


def make_table(path, n_rows, id_column):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.standard_normal(n_rows).round(4) for i in range(9)})
    frame["income"] = np.where(rng.random(n_rows) < 0.3, ">50K", "<=50K")
    if id_column:
        frame[id_column] = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(n_rows)]
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path, index=False)


def answer(folder, suffix, id_column):
    read = pd.read_csv if suffix == ".csv" else pd.read_parquet
    names = [id_column, "blia_plan"] if id_column else ["id"]
    ids = read(folder / "out" / f"ask{suffix}", **{"usecols" if suffix == ".csv" else "columns": names})
    p = np.random.default_rng(1).random(len(ids))
    ids.assign(**{">50K": p, "<=50K": 1 - p}).sample(frac=1, random_state=0).to_csv(folder / "said.csv", index=False)


def plan(folder, table, id_column):
    plant_table(table, "income", folder / "out", folder / "secret", id_column=id_column or None)


def score(folder, *_):
    AuditPlan.load(folder / "secret").score(folder / "said.csv", claim=1.0)


def measured(step, folder, table, id_column):
    """Seconds and MiB of one step in a process of its own, imports included in the memory and not in the time."""
    command = [sys.executable, __file__, step, folder, table, id_column]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return map(float, done.stdout.split())


def main():
    rows = []
    tables = [(suffix, n_rows, "") for suffix in (".csv", ".parquet") for n_rows in (1_000_000, 4_000_000)]
    for suffix, n_rows, id_column in [*tables, (".csv", 1_000_000, "uuid")]:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home)
            table = folder / f"table{suffix}"
            make_table(table, n_rows, id_column)
            plan_seconds, plan_mib = measured("plan", folder, table, id_column)
            answer(folder, suffix, id_column)
            score_seconds, score_mib = measured("score", folder, table, id_column)
        rows.append(
            {
                "format": suffix[1:],
                "ids": id_column or "made",
                "n_rows": n_rows,
                "plan_seconds": plan_seconds,
                "plan_mib": plan_mib,
                "score_seconds": score_seconds,
                "score_mib": score_mib,
            }
        )
    write("plans.csv", rows)
    small = [row for row in rows if row["n_rows"] == 1_000_000]
    worst = max(row["plan_seconds"] + row["score_seconds"] for row in small)
    largest = max(max(row["plan_mib"], row["score_mib"]) for row in small)
    return int(worst > LIMIT_SECONDS or largest > LIMIT_MIB)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    step, folder, table, id_column = sys.argv[1:]
    started = time.perf_counter()
    {"plan": plan, "score": score}[step](Path(folder), Path(table), id_column)
    seconds = time.perf_counter() - started
    # Not ru_maxrss, in which a process inherits the peak of the one that started it.
    (peak,) = (
        line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    print(seconds, int(peak) / 1024)
