"""Run one benchmark of the paper, and put its figures beside ours."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from ..attacks import LabelLiRAAttack, named_attacks
from ..audit import LabelAudit
from ..datasets import load_blia_tables
from ..metrics import check_epsilons
from ._benchmarks import BENCHMARKS, EPSILONS, PaperBenchmark, Size
from ._data import load_rows

# The paper does not say which threshold it took; its delta-margin reads the labels.
PAPER_ATTACKS = {"threshold (fixed)": "threshold", "delta-margin (oracle)": "delta_margin"}
LIRA = "label-LiRA"


@dataclass(frozen=True)
class PaperResult:
    """One benchmark, run.

    Attributes
    ----------
    benchmark : PaperBenchmark
        Which.
    size_name : str
        "full" or "reduced".
    size : Size
        As it was run.
    note : str
        What is to be known of the data; empty for the published files.
    settings : dict
        Seed, device, seconds that all fits took together, checksum of the data.
    reports : list of AuditReport
        Of the budgets with the likelihood-ratio attack, and of those without.
    """

    benchmark: PaperBenchmark
    size_name: str
    size: Size
    note: str
    settings: dict
    reports: list

    def __str__(self):
        note = f" ({self.note})" if self.note else ""
        heading = f"{self.benchmark.data}{note}, {self.size_name} size"
        return "\n\n".join([heading, *map(str, self.reports)])

    def rows(self):
        """Return one row for each budget and attack, the paper's figures beside ours.

        Returns
        -------
        list of dict
            Names and numbers; ratios as fractions, the paper's too; None where the paper has no figure.
        """
        rows = []
        for report in self.reports:
            counts = {(cell.epsilon, name): result.private.n_canaries
                      for cell in report.cells for name, result in cell.attacks.items()}  # fmt: skip
            for row in report.rows():
                size = report.settings
                head = self._head() | {"n_train": size.n_train, "n_repeats": size.n_repeats}
                del row["model"]  # the network, which the head names
                count = {"n_canaries": counts.get((row["epsilon"], row["attack"]), 0)}
                rows.append(head | count | row | figures_of(self.benchmark.figures, row["epsilon"], row["attack"]))
        return sorted(rows, key=lambda row: -row["epsilon"])

    def to_dict(self):
        """Return everything as plain data that JSON can hold.

        Returns
        -------
        dict
            The benchmark, the size, settings, versions and the reports.
        """
        benchmark = {name: value for name, value in asdict(self.benchmark).items() if name != "sizes"}
        size = asdict(replace(self.size, shadow_epsilons=tuple(map(str, self.size.shadow_epsilons))))
        reports = [report.to_dict() for report in self.reports]
        named = {"size_name": self.size_name, "size": size, "note": self.note, "settings": self.settings}
        return {"benchmark": benchmark, **named, "reports": reports}

    def _head(self):
        return {"benchmark": self.benchmark.name, "size": self.size_name, "note": self.note, "status": "run",
                "network": self.benchmark.network, "parameters": self.size.parameters_text()}  # fmt: skip


def run_benchmark(
    benchmark,
    *,
    size="reduced",
    epsilons=EPSILONS,
    n_repeats=None,
    mechanism="randomized-response",
    note=None,
    device="auto",
    data_home=None,
    cache_dir=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Run the protocol of the paper's Section 6 on one of its benchmarks.

    2 % of the training rows are canaries, whose label is re-drawn by a fair coin; all labels pass randomized
    response; a network of the kind that Table 1 names is trained, and attacked by threshold (fixed, mean, median), by
    delta-margin (on predicted and on oracle losses) and by the likelihood-ratio attack.

    Parameters
    ----------
    benchmark : str or PaperBenchmark
        A name in `BENCHMARKS`, or one of your own making.
    size : {"full", "reduced"}, default="reduced"
        The paper's number of rows, for which CIFAR and Big-Vul want a GPU and the others an hour and a half of one
        core at most; or what two cores do in an hour at most.
    epsilons : sequence of float, default=EPSILONS
        Privacy budgets.
    n_repeats : int, default=None
        Fits for each; None takes the size's.
    mechanism : label sampler with ``epsilon``, default="randomized-response"
        What protects the labels, as `LabelAudit` takes it.
    note : str, default=None
        What tables should say of the data; None notes files that are not the published ones.
    device : str, default="auto"
        Where torch computes.
    data_home : str or path-like, default=None
        Where the data sets lie, as the fetchers take it.
    cache_dir : str or path-like, default=None
        Folder of finished fits, with which a run that was killed goes on.
    n_jobs : int, default=None
        Fits at a time.
    random_state : int, default=0
        Seed of the rows drawn and of the audit.
    verbose : bool or int, default=0
        Tell on standard error how far it is.

    Returns
    -------
    PaperResult
        Our figures and the paper's.

    Raises
    ------
    ValueError
        If there is no such benchmark or size, the device is not there, or a number is out of range.
    OSError
        If the data are not there and cannot be fetched.

    See Also
    --------
    sklearn_blia.LabelAudit : The same for your own data and classifier.
    """
    benchmark = _find(benchmark)
    if size not in benchmark.sizes:
        raise ValueError(f"size must be one of {', '.join(benchmark.sizes)}, got {size!r}.")
    epsilons = _check(epsilons, n_repeats, random_state, n_jobs)
    from ..neural import find_device

    found = str(find_device(device))
    of_size = benchmark.sizes[size]
    if n_repeats is not None:
        of_size = replace(of_size, n_repeats=n_repeats)
    rows = load_rows(benchmark, of_size, data_home, random_state)
    reports, seconds = [], 0.0
    for budgets, attacks in _plan(of_size, epsilons):
        audit = LabelAudit(
            rows.classifier(benchmark, of_size, found),
            mechanism=mechanism,
            epsilons=budgets,
            attacks=attacks,
            n_repeats=of_size.n_repeats,
            n_canaries=n_canaries(rows.n_train),
            test_size=rows.test_size,
            cache_dir=cache_dir,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        reports.append(audit.fit(rows.X, rows.y).report_)
        seconds += audit.seconds_
    settings = {"random_state": random_state, "device": found, "n_jobs": n_jobs, "data_sha256": rows.sha256,
                "seconds_of_fits": seconds}  # fmt: skip
    return PaperResult(benchmark, size, of_size, rows.note if note is None else note, settings, reports)


def figures_of(figures, epsilon, attack):
    """Look up what the paper has for a budget and an attack; None where it has nothing.

    Parameters
    ----------
    figures : str
        Benchmark, as `load_blia_tables` names it.
    epsilon : float
        Budget.
    attack : str
        Name of the attack in our reports.

    Returns
    -------
    dict of str to float or None
        "paper_train_accuracy" and "paper_success_ratio", as fractions.
    """
    tables = load_blia_tables()
    at = np.flatnonzero((tables.benchmark == figures) & (tables.epsilon == epsilon))
    if not len(at):
        return {"paper_train_accuracy": None, "paper_success_ratio": None}
    column = PAPER_ATTACKS.get(attack)
    ratio = float(tables[f"{column}_success_ratio"][at[0]] / 100) if column else None
    return {"paper_train_accuracy": float(tables.train_accuracy[at[0]] / 100), "paper_success_ratio": ratio}


def _find(benchmark):
    if isinstance(benchmark, PaperBenchmark):
        return benchmark
    if benchmark not in BENCHMARKS:
        raise ValueError(f"benchmark must be one of {', '.join(BENCHMARKS)}, got {benchmark!r}.")
    return BENCHMARKS[benchmark]


def n_canaries(n_train):
    """Canaries of a fit: 2 % of the training rows, as in the paper."""
    return max(1, n_train // 50)


def _check(epsilons, n_repeats, random_state, n_jobs):
    """Budgets as floats; ValueError for whatever an audit would refuse, before the first is run."""
    epsilons = check_epsilons(epsilons)
    if n_repeats is not None and n_repeats < 1:
        raise ValueError(f"n_repeats must be at least 1, got {n_repeats}.")
    if n_jobs == 0:
        raise ValueError("n_jobs must not be 0: leave it out for one at a time, or -1 for all cores.")
    if not 0 <= random_state < 2**32:
        raise ValueError(f"random_state must be a whole number from 0 to 2**32 - 1, got {random_state!r}.")
    return epsilons


def _plan(size, epsilons):
    """Budgets and attacks of each audit: shadows are trained at some budgets alone."""
    with_shadows = [e for e in epsilons if size.n_shadows and e in size.shadow_epsilons]
    without = [e for e in epsilons if e not in with_shadows]
    lira = {LIRA: LabelLiRAAttack(size.n_shadows)} if with_shadows else {}
    plans = [(with_shadows, named_attacks() | lira), (without, named_attacks())]
    return [(budgets, attacks) for budgets, attacks in plans if budgets]
