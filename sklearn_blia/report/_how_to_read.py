"""What stands on the page of an audit with canaries for those who never saw one."""

METHOD = (
    "A few training rows, the canaries, got a label by a fair coin between two candidates before training. The coin "
    "has nothing to do with the rest of the row: whoever guesses it better than half the time, from the model alone, "
    "has found a trace of the label in the model."
)


def reading(report):
    """Say what the numbers of a report mean.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    list of tuple of (str, str)
        Terms and sentences.
    """
    s, cells = report.settings, report.cells
    level, alpha = f"{100 * (1 - s.alpha):g} %", f"{100 * s.alpha:g} %"
    tests = [test for cell in cells for finding in cell.attacks.values() for test in finding.tests.values()]
    stars = (
        ", but for attacks with a star, which see the label that they infer; their chance level is exact and stands "
        "below the table"
    ) * any(test.reads_labels for test in tests)
    said = [
        (
            "SR",
            "the success ratio: the share of canaries whose label an attack infers, of two candidates each. By chance "
            f"it is 50 %{stars}. The interval covers what it would be with other coins, for these trainings, in "
            f"{level} of cases.",
        ),
        (
            "over k",
            "the same for the k surest guesses, averaged over all k. It is larger where an attack is right when it is "
            "sure.",
        ),
        (
            "joint p",
            "how probable the best result of all these attacks would be, if nothing had been memorized. Corrected for "
            f"there being several; below {alpha} something was found.",
        ),
        (
            "eps >=",
            f"so much of the privacy budget was spent at least, at {level} confidence for all these attacks together.",
        ),
    ]
    size = largest_unit(cells)
    if size > 1:
        said.append(
            (
                "coins",
                f"one coin decided up to {size:,} labels at once: success ratios count coins, and eps >= is of all "
                f"labels of a coin{share_of_a_label(cells)}.",
            )
        )
    if any(cell.is_private for cell in cells):
        said += [
            (
                "epsilon",
                "how far the true label of a row may show in what is trained: at 0 not at all, at 1 whoever guesses "
                "between two labels is right in 73 % of cases at most, at 4 in 98 %.",
            ),
            (
                "cap",
                "under the promise no attack that does not see labels is right more often on average; its surest "
                "guesses may be, and by chance all of them a little.",
            ),
        ]
    if any(cell.is_private and cell.findings and "released" in cell.findings.targets for cell in cells):
        said.append(
            (
                "private, released",
                "labels before the protection, and after it, which is what the model was trained on.",
            )
        )
    if any(cell.findings is not None and cell.findings.groups for cell in cells):
        said.append(
            (
                "p, p of more",
                "of a group: whether its labels were found, corrected for all attacks and groups; and whether they are "
                "found more often than those of the other groups, corrected for the number of groups and attacks.",
            )
        )
    return said


def largest_unit(cells):
    """Labels that one coin decides at most."""
    return max((cell.unit_size for cell in cells), default=1)


def share_of_a_label(cells):
    """What a bound on the epsilon of a coin says of a single label; nothing where a claim has a delta.

    With a delta the bound holds at that of the coin, and labels could spend a smaller epsilon at a larger delta.
    """
    if any(cell.claim.delta for cell in cells):
        return " at its delta"
    return f", so that one label spent 1/{largest_unit(cells):,} of it at least"


def limits(report):
    """Say what an audit with canaries cannot tell.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    list of str
        Sentences.
    """
    s = report.settings
    said = [
        "That a model memorized nothing: attacks not tried here might find what these did not, and effects smaller "
        "than the canaries can show stay unseen.",
        "That a privacy claim is true: claims can be refuted, never proved, by guessing.",
    ]
    if s.n_test == 0:
        said.append(
            "That the model was trained on the labels that it was given: whoever trains on others, or leaves rows out, "
            "is not found out by this audit."
        )
    others = (
        f"{s.n_repeats} repeats show how far trainings differ, not how far another kind of training would"
        if s.n_repeats > 1
        else "this is one training, and another with other coins may give something else"
    )
    return [
        *said,
        "Anything of the features: an audit of labels tells nothing of whether rows as such can be recognised.",
        f"Much of other trainings: {others}.",
    ]
