"""Tables of the studies' pages, made of the committed rows."""


def with_interval(row):
    """A memorization score with the interval between repeats, in percent."""
    low, high = (round(100 * max(-1.0, min(1.0, row[end]))) for end in ("low", "high"))
    return f"{round(100 * row['memorization'])} [{low}, {high}]"


def change(points):
    """A difference in percentage points, with its sign."""
    return f"{round(points, 1) + 0.0:+.1f}"


def with_outputs(row):
    """The same, and behind a semicolon what outputs alone give away."""
    return f"{with_interval(row)}; {100 * row['by_threshold']:.0f}"


def markdown(header, lines):
    """A table in Markdown."""
    shown = [" | ".join(map(str, line)) for line in [header, ["---"] * len(header), *lines]]
    return "\n".join(f"| {line} |" for line in shown)


def pivot(frame, index, columns, *, titles=None, cell=with_interval):
    """Rows by one column and columns by another."""
    wanted = list(dict.fromkeys(frame[columns]))
    lines = []
    for key in dict.fromkeys(frame[index]):
        line = [key]
        for column in wanted:
            found = frame[(frame[index] == key) & (frame[columns] == column)]
            line.append(cell(found.iloc[0]) if len(found) else "")
        lines.append(line)
    return markdown([titles or index, *wanted], lines)
