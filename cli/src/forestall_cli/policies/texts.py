"""Checks of policy files and the policy in force, as text for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forestall_cli.policies.responses import (
    MachineChangeView,
    MachineRulesView,
    OpeningView,
    PolicyCheckView,
    PolicyDifferenceView,
    PolicyGroupView,
    PolicyHistoryView,
    PolicyProblemView,
    RuleView,
)
from forestall_cli.tables import cell, in_columns

_NAMES = 5
_EVERY_OTHER = "every other machine"


def refused(problems: Sequence[PolicyProblemView]) -> str:
    """Every problem, each on one line, and their number."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([*(cell(str(each)) for each in problems), count])


def check(found: PolicyCheckView, *, with_machines: bool) -> str:
    """What each group gets, and what each machine gets if that is asked for."""
    lines = [f"remark: {cell(str(each))}" for each in found.remarks]
    lines.append(
        f"policy {found.version}: {len(found.groups) - 1} groups, no problems;"
        f" {len(found.machines)} machines as scans last saw them"
    )
    if found.has_more_machines:
        lines.append("there are more machines, which were not looked at")
    for group in found.groups:
        lines += _group(group, found)
    if with_machines:
        rows = ((each.id, each.group, each.left_alone or "") for each in found.machines)
        lines += ["", in_columns(("machine", "group", "left alone"), rows)]
    return "\n".join(lines)


def difference(found: PolicyDifferenceView) -> str:
    """The rules that change, then the machines in open waves whose start changes."""
    lines = [f"policy {found.before} -> {found.after}"]
    if not found.rules:
        lines.append("no rule changes")
    for name, rules in groupby(found.rules, key=lambda each: each.group):
        lines += ["", f"group {cell(name)}" if name else _EVERY_OTHER]
        lines += [
            f"  {cell(each.key)}: {cell(each.before)} -> {cell(each.after)}" for each in rules
        ]
    lines += ["", *_effect(found)]
    if found.machines:
        head = ("machine", "change", "start", "new start", "group", "reason")
        zone = found.time_zone or "UTC"
        lines += ["", in_columns(head, (_row(each, zone) for each in found.machines))]
    return "\n".join(lines)


def machine_rules(found: MachineRulesView) -> str:
    """Each rule with the line that it comes from."""
    group = f"group {cell(found.group)}" if found.group else "no group"
    owner = f", owner {cell(found.owner)}" if found.owner else ""
    lines = [f"{cell(found.machine)}: {group}{owner}, policy {found.policy}"]
    if found.left_alone is not None:
        lines.append(f"left alone: {cell(found.left_alone)}")
    lines += [f"tag {cell(each.name)}: {cell(each.value)}" for each in found.tags]
    lines += [f"open {_opening(each, found.time_zone)}" for each in found.openings]
    if not found.openings and found.left_alone is None:
        lines.append("not open within 90 days")
    return "\n".join([*lines, "", *_rules(found.rules)])


def history(found: PolicyHistoryView) -> str:
    """The versions, newest first."""
    if found.place is None:
        return f"policy {found.policy} of the setting FORESTALL_POLICY, which has no history"
    lines = [f"policy {found.policy}, published to {cell(found.place)}"]
    if found.problem:
        lines.append(f"the newest version is not in force: {cell(found.problem)}")
    rows = (
        (each.state, each.version, each.published_at, each.by, each.name, each.reason)
        for each in found.versions
    )
    head = ("state", "version", "published", "by", "name", "reason")
    lines += ["", in_columns(head, rows)]
    return "\n".join([*lines, "there are more"] if found.has_more else lines)


def _group(group: PolicyGroupView, found: PolicyCheckView) -> Iterator[str]:
    yield ""
    yield f"group {cell(group.name)}" if group.name else _EVERY_OTHER
    names = [_short(each.id) for each in found.machines if each.group == group.name]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    yield f"  {len(names)} machines: {cell(', '.join(names[:_NAMES]))}{more}"
    alone = [each for each in found.machines if each.group == group.name and each.left_alone]
    if group.left_alone is not None:
        yield f"  left alone: {cell(group.left_alone)}"
        return
    if alone:
        first = alone[0]
        yield f"  {len(alone)} left alone, such as {_short(first.id)}: {cell(first.left_alone)}"
    if group.mode != "act":
        yield f"  mode {cell(group.mode)}"
    for each in group.openings:
        yield f"  open {_opening(each, group.time_zone)}"
    if not group.openings:
        yield "  not open within 90 days"
    yield from (f"  {each}" for each in _rules([one for one in group.rules if one.place]))


def _effect(found: PolicyDifferenceView) -> Iterator[str]:
    counts: dict[str, int] = {}
    for each in found.machines:
        counts[each.change] = counts.get(each.change, 0) + 1
    told = [f"{n} {cell(change)}" for change, n in sorted(counts.items())]
    yield "; ".join([*told, f"{found.unchanged} keep their start"])
    if found.feasibility_before != found.feasibility_after:
        yield f"all machines: {cell(found.feasibility_before)} -> {cell(found.feasibility_after)}"
    if found.not_seen:
        yield f"{found.not_seen} machines were not seen by a scan, and keep their group here"
    if found.has_more_machines:
        yield "there are more machines, which were not looked at"


def _row(each: MachineChangeView, zone: str) -> tuple[str, ...]:
    group = each.group_after
    if each.group_before != group:
        group = f"{each.group_before or '-'} -> {group or '-'}"
    return (
        _short(each.id),
        each.change,
        _local(each.before, zone) if each.before else "",
        _local(each.after, zone) if each.after else "",
        group,
        each.reason,
    )


def _rules(rules: Sequence[RuleView]) -> Iterator[str]:
    for each in rules:
        yield f"{cell(each.key)}: {cell(each.value)}  ({each.place or 'default'})"


def _opening(each: OpeningView, zone: str) -> str:
    return f"{_local(each.start, zone)} to {_local(each.end, zone)}"


def _local(text: str, zone: str) -> str:
    """An instant in a zone; as it is where this machine does not know the zone."""
    try:
        return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M %Z}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return cell(text)


def _short(machine: str) -> str:
    return machine.rpartition("/")[2]
