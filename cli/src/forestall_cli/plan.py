"""The plan as text for a terminal."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError
from forestall_cli.names import short_reason
from forestall_cli.responses.plan import InfeasibleView, MachineStartView, PlanView
from forestall_cli.tables import cell, in_columns
from forestall_cli.terminal.cells import cut

#: how often the pages are read again because the plan changed between two of them
_TRIES = 5
#: columns where nothing is cut
ENDLESS = 1_000_000
_NAMES = 3


def whole(app: ApiClient, group: str | None) -> PlanView:
    """All pages of one plan. ApiError if it changes again and again meanwhile."""
    for _ in range(_TRIES):
        pages = [app.get(PlanView, "plan", group=group)]
        while (after := pages[-1].next) is not None:
            pages.append(app.get(PlanView, "plan", group=group, after=after))
        if len({each.fingerprint for each in pages}) == 1:
            machines = tuple(each for page in pages for each in page.machines)
            return msgspec.structs.replace(pages[0], machines=machines, next=None)
    raise ApiError("the plan changes while it is read: try again, or ask for one group")


def table(plan: PlanView, columns: int) -> str:
    """The machines day by day, then what cannot fit. A line that is too long is cut."""
    zone = _zone(plan.time_zone)
    lines = [
        *_head(plan, zone),
        *_days(plan.machines, zone),
        *_infeasible(plan),
        *_left_alone(plan),
    ]
    lines += [
        f"unreadable job {cell(each.key)} {cell(each.machine)}: {cell(each.reason)}"
        for each in plan.unreadable
    ]
    return "\n".join(cut(each, columns) for line in lines for each in line.split("\n"))


def place(start: MachineStartView | None) -> list[str]:
    """The place of one machine in the plan, in one line, for `explain`."""
    if start is None:
        return []
    when = f"starts {cell(start.start)}, at the latest {cell(start.latest_start)}"
    return [f"plan: {when} ({start.certainty}): {cell(short_reason(start.reason))}", ""]


def _head(plan: PlanView, zone: tzinfo) -> Iterator[str]:
    made = _moment(plan.generated_at).astimezone(zone)
    yield (
        f"Plan {plan.fingerprint}, policy {plan.policy}, {plan.mode} mode,"
        f" made {made:%a %d %b %Y %H:%M}; times {_name(zone)}; earliest - latest start"
    )
    without = sum(each.start is None for each in plan.machines)
    yield (
        f"{len(plan.machines)} machines, {without} of them without a start: "
        + {
            "fits": "all others fit" if without else "all fit",
            "cannot fit": "not all can fit",
            "not found": "no place was found for some",
        }.get(plan.feasibility, cell(plan.feasibility))
    )


def _days(machines: tuple[MachineStartView, ...], zone: tzinfo) -> Iterator[str]:
    for day, found in groupby(machines, key=lambda each: _day(each, zone)):
        yield ""
        yield day
        head = ("start", "machine", "group", "placement", "lane", "certainty", "reason")
        yield in_columns(
            head,
            (
                (
                    _span(each, zone),
                    each.name,
                    _group(each),
                    each.placement.rpartition("/")[2],
                    each.lane,
                    each.certainty.upper() if each.certainty == "blocked" else each.certainty,
                    short_reason(each.reason),
                )
                for each in found
            ),
        )


def _group(each: MachineStartView) -> str | None:
    """`crm`, or `crm/replicas` with its tier."""
    return each.group if each.tier is None else f"{each.group}/{each.tier}"


def _day(each: MachineStartView, zone: tzinfo) -> str:
    if each.start is None:
        return "Without a start"
    return f"{_moment(each.start).astimezone(zone):%a %d %b %Y}"


def _span(each: MachineStartView, zone: tzinfo) -> str:
    """`01:00`, or `01:00 - 03:15` with the last possible start, and its day if it is another."""
    if each.start is None:
        return "-"
    first = _moment(each.start).astimezone(zone)
    if each.latest_start is None:
        return _clock(first)
    last = _moment(each.latest_start).astimezone(zone)
    day = "" if last.date() == first.date() else f"{last:%d %b} "
    return f"{_clock(first)} - {day}{_clock(last)}"


def _clock(moment: datetime) -> str:
    """The time of day; with the name of the offset in the hour that is shown twice."""
    other = moment.replace(fold=1 - moment.fold)
    is_twice = other.utcoffset() != moment.utcoffset()
    return f"{moment:%H:%M} {moment:%Z}" if is_twice else f"{moment:%H:%M}"


def _infeasible(plan: PlanView) -> Iterator[str]:
    names = {each.id: each.name for each in plan.machines}
    for key, found in groupby(plan.infeasible, key=lambda each: (each.blocked_by, each.relax)):
        several = list(found)
        blocked_by, relax = key
        yield ""
        yield f"! {_listed(several, names)}: {'; '.join(map(cell, blocked_by))}"
        if relax:
            yield f"  ways out, one of: {' / '.join(map(cell, relax))}"


def _left_alone(plan: PlanView) -> Iterator[str]:
    if plan.left_alone:
        yield ""
        yield f"Left alone ({len(plan.left_alone)})"
        rows = ((each.id.rpartition("/")[2], each.since, each.reason) for each in plan.left_alone)
        yield in_columns(("machine", "since", "reason"), rows)


def _listed(machines: list[InfeasibleView], names: dict[str, str]) -> str:
    shown = ", ".join(cell(names.get(each.id, each.id)) for each in machines[:_NAMES])
    left = len(machines) - _NAMES
    return f"{shown} and {left} more" if left > 0 else shown


def _zone(name: str) -> tzinfo:
    """The zone of the policy; UTC where this machine has no zone data."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _name(zone: tzinfo) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ApiError(f"the answer has {cell(text)}, which is no instant") from fault
    return found if found.tzinfo else found.replace(tzinfo=UTC)
