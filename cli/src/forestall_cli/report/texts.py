"""A report as a few lines, as a table, and as one HTML file that needs nothing else."""

from html import escape

from forestall_cli.output.table import Table, columns
from forestall_cli.report.facts import Facts

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;"
    "border-bottom:1px solid #c9d1d9}thead{display:table-header-group}tr{break-inside:avoid}"
)


def summary(facts: Facts) -> list[str]:
    """The result in a few lines."""
    results = ", ".join(f"{count} {state}" for state, count in facts.results.items()) or "no job"
    lines = [
        f"Wave {facts.wave} of {facts.app}, policy {facts.policy}, made {facts.made_at}",
        f"Phase closes {facts.phase_closes or 'at no known time'}",
        f"{len(facts.machines)} machines: {results}; {len(facts.left_alone)} left alone",
    ]
    if facts.longest_minutes is not None:
        lines.append(
            f"From call to verified: median {facts.median_minutes} min,"
            f" longest {facts.longest_minutes} min"
        )
    if facts.margin_hours is not None:
        lines.append(f"The last machine was done {facts.margin_hours} h before the phase closes")
    if facts.overlaps:
        pairs = "; ".join(f"{each.first} and {each.second}" for each in facts.overlaps[:10])
        lines.append(f"Two lanes of one placement at the same time: {pairs}")
    else:
        lines.append("No two lanes of one placement moved at the same time, by the app's records")
    return [*lines, f"SHA-256 of the JSON: {facts.digest}"]


def table(facts: Facts) -> Table:
    """One line for each machine."""
    rows: list[tuple[object, ...]] = [
        (
            each.state, each.machine, each.started, each.finished, each.minutes, each.attempts,
            each.lane, each.job, each.reason, each.placement, each.operation, each.id,
        )
        for each in facts.machines
    ]  # fmt: skip
    rows += [
        ("left alone", each.machine, None, None, None, None, None, None, each.reason, None, None,
         each.id)
        for each in facts.left_alone
    ]  # fmt: skip
    heads = columns(
        *("state!", "machine!", "started@", "finished@", "minutes#", "attempts#", "lane", "job"),
        *("reason!", "placement+", "operation+", "resource+"),
    )
    return Table.of(heads, rows)


def as_html(facts: Facts) -> str:
    """One HTML file. Text from outside is text and never markup."""
    shown = table(facts)
    head = "".join(f"<th scope=col>{escape(each.name)}</th>" for each in shown.columns)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in shown.rows
    )
    lines = "\n".join(f"<li>{escape(line)}</li>" for line in summary(facts))
    title = f"Forestall: wave {escape(facts.wave)}"
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>\n<ul>{lines}</ul>\n"
        f"<table><caption>Machines; instants in UTC</caption><thead><tr>{head}</tr></thead>\n"
        f"<tbody>{body}</tbody></table>\n</body>\n</html>\n"
    )
