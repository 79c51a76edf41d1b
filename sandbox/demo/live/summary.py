"""The end of a rehearsal in a table and a few sentences.

It repeats the report, and adds nothing to it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sandbox.demo.live.fleet_state import name_of
from sandbox.demo.report.document import MachineReport, Report
from sandbox.demo.report.outcomes import Outcome

#: the last sentence of a run that succeeded; README shows it
SETTLED = "Every eligible machine is settled, and the auditor found no violation."

_SHOWN = 10


def summary(
    report: Report, subscriptions: Mapping[str, str], reasons: Mapping[str, str]
) -> RenderableType:
    """The table of outcomes and the verdict.

    `reasons` are the app's reasons for machines, by id.
    """
    return Group(
        _table(report, subscriptions), Text(), *_sentences(report, reasons), _result_line(report)
    )


def _table(report: Report, subscriptions: Mapping[str, str]) -> Table:
    present = [
        each for each in Outcome if any(machine.outcome is each for machine in report.machines)
    ]
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("subscription", no_wrap=True)
    for title in (
        "machines",
        "eligible",
        *(each.value.replace("-", " ") for each in present),
        "redeploys",
    ):
        table.add_column(title, justify="right")
    for subscription in sorted({machine.subscription for machine in report.machines}):
        machines = [machine for machine in report.machines if machine.subscription == subscription]
        table.add_row(subscriptions.get(subscription, subscription), *_counts(machines, present))
    table.add_section()
    table.add_row("total", *_counts(report.machines, present), style="bold")
    return table


def _counts(machines: Sequence[MachineReport], present: Sequence[Outcome]) -> Iterator[str]:
    yield str(len(machines))
    yield str(sum(machine.eligible for machine in machines))
    for outcome in present:
        yield str(sum(machine.outcome is outcome for machine in machines) or "")
    yield str(sum(machine.redeploys for machine in machines))


def _sentences(report: Report, reasons: Mapping[str, str]) -> Iterator[Text]:
    figures = report.figures
    hand_over = figures["hand_over_seconds"]
    if figures["wave_seconds"] is not None:
        yield Text(
            f"The wave took {figures['wave_seconds']:.1f} s. "
            f"Calls: {figures['calls']}, of them refused: {figures['refused_calls']}; "
            f"instance views read: {figures['instance_view_reads']}; most in flight together: "
            f"{figures['most_in_flight']}."
        )
    makespan = figures["makespan"]
    if makespan["ratio"] is not None:
        yield Text(
            f"The app needed {makespan['seconds']:.1f} s, {makespan['ratio']:g} times the least "
            f"that its policy and Azure allowed ({makespan['least']:.1f} s)."
        )
    if hand_over["count"]:
        yield Text(
            f"Hand-over to the next update domain: median {hand_over['p50']:.2f} s, "
            f"95 % within {hand_over['p95']:.2f} s, at most {hand_over['max']:.2f} s, "
            f"with a cool-down of {hand_over['cool_down']:g} s in it."
        )
    left_alone = Counter(
        each.reason for each in report.machines if each.outcome is Outcome.LEFT_ALONE
    )
    for reason, count in left_alone.most_common():
        yield Text(f"Left alone on purpose: {count} ({reason}).")
    for machine in report.unsettled[:_SHOWN]:
        why = reasons.get(machine.id)
        yield Text(
            f"{name_of(machine.id)}: {machine.outcome.value}" + (f" ({why})" if why else ""),
            style="yellow",
        )
    for violation in report.violations[:_SHOWN]:
        yield Text(str(violation), style="red")
    hidden = len(report.unsettled[_SHOWN:]) + len(report.violations[_SHOWN:])
    if hidden:
        yield Text(f"and {hidden} more in report.json", style="dim")
    for note in report.notes:
        yield Text(f"Note: {note}.", style="yellow")


def _result_line(report: Report) -> Text:
    if report.ok:
        return Text(SETTLED, style="bold green")
    unsettled, violations = len(report.unsettled), len(report.violations)
    return Text(
        (
            f"Not successful. Eligible machines that are not settled: {unsettled}; "
            f"violations: {violations}."
        ),
        style="bold red",
    )
