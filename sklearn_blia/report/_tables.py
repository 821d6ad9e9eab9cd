"""The tables of a report, cell by cell, for whatever shows them."""

from ._text import p_value_text, ratio_text


def attack_table(report, cell):
    """Lay out the attacks on one model at one budget.

    Parameters
    ----------
    report : AuditReport
        The report.
    cell : Cell
        One with findings.

    Returns
    -------
    dict
        ``header`` and ``rows`` of texts, and ``chances``, sentences on attacks that read labels.
    """
    target = report.target_of(cell)
    others = [other for other in cell.findings.targets if other != target and cell.is_private]
    level = f"{100 * (1 - report.settings.alpha):g}%"
    return {
        "header": ["attack", f"{target} SR [{level} CI]", "over k", "joint p", "eps >=", *others],
        "rows": [_row(name, finding, target, others) for name, finding in cell.attacks.items()],
        "chances": [
            f"* by chance {' '.join(name.split())} has {ratio_text(finding.tests[target].chance_level)}"
            for name, finding in cell.attacks.items()
            if finding.tests[target].reads_labels
        ],
    }


def _row(name, finding, target, others):
    test = finding.tests[target]
    low, high = test.confidence_interval
    bound = finding.bound
    return [
        " ".join(name.split()) + "*" * test.reads_labels,
        f"{ratio_text(test.success_ratio)} [{ratio_text(low)}, {ratio_text(high)}]",
        ratio_text(finding.coverage[target]) if target in finding.coverage else "-",
        p_value_text(finding.joint_p_values[target]),
        "-" if bound is None else f"{bound.epsilon_lower_bound:.2f}",
        *(ratio_text(finding.tests[other].success_ratio) for other in others),
    ]


def group_table(found, alpha):
    """Lay out the groups of one model at one budget.

    Parameters
    ----------
    found : GroupFindings
        What was found in each.
    alpha : float
        Level of the intervals.

    Returns
    -------
    dict
        ``header`` and ``rows`` of texts.
    """
    return {
        "header": [
            f"group, by {' '.join(found.attack.split())}",
            "canaries",
            f"SR [{100 * (1 - alpha):g}% CI]",
            "p",
            "p of more",
        ],
        "rows": [
            [
                " ".join(name.split()),
                f"{one.n_canaries:,}",
                f"{ratio_text(one.success_ratio)} [{', '.join(map(ratio_text, one.confidence_interval))}]",
                p_value_text(one.p_value),
                p_value_text(one.more_p_value),
            ]
            for name, one in found.groups.items()
        ],
    }
