"""Checks policy files without an app: every problem with its line, then what each group gets.

python -m toolchain.policy_check forestall.yaml groups/*.yaml [--now 2026-12-01] [--fleet FILE]

The first file is that of the platform. Exit code 1 if the files are no policy. Fleet files are
those of `make run FLEET=`, such as the output of `az vm list`: each machine is shown with its
group.

python -m toolchain.policy_check --setting policy.json

Reads one file as the app reads FORESTALL_POLICY, and prints the policy as JSON with all defaults.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.load import load_list, paths_of
from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.local_clock import shown
from shared.domain.machine.machine import Machine, machine_id
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import NO_GROUP, LayeredPolicy, RuleSet
from shared.domain.policy.files.load import Refused, load_policy
from shared.domain.policy.files.remarks import remarks_on
from shared.domain.policy.files.rules import shown_value
from shared.domain.policy.values import read_date
from shared.settings.policy import read_policy_setting
from shared.settings.reading.reader import Reader

_AHEAD = timedelta(days=90)
_OPENINGS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the files mean; 1 if they are no policy."""
    options = _options(arguments)
    if options.setting:
        return _print_setting(options.files[0])
    files, unreadable = read_files(options.files)
    if unreadable:
        sys.stdout.write("\n".join([*unreadable, f"{len(unreadable)} problems"]) + "\n")
        return 1
    policy = load_policy(files, options.now)
    if isinstance(policy, Refused):
        sys.stdout.write(f"{policy}\n{len(policy.problems)} problems\n")
        return 1
    try:
        machines, notes = read_fleet(paths_of(options.fleet)) if options.fleet else ([], [])
    except FleetError as fault:
        sys.stdout.write(f"{fault}\n")
        return 1
    notes = [f"note: {each}" for each in notes]
    sys.stdout.write("\n".join([*notes, *_lines(policy, options.now, machines)]) + "\n")
    return 0


def read_fleet(paths: Sequence[Path]) -> tuple[list[Machine], list[str]]:
    """The machines of fleet files or of Azure's output in them, and notes on what was left out.

    FleetError names the file, the place in it and what to do.
    """
    listed, notes = load_list(*paths)
    return [
        Machine(id=machine_id(each.id), location=each.location, tags=each.tags) for each in listed
    ], notes


def _print_setting(path: Path) -> int:
    files, problems = read_files([path])
    reader = Reader({"FORESTALL_POLICY": files[0].text} if files else {})
    policy = read_policy_setting(reader)
    problems += [each.replace("FORESTALL_POLICY", str(path), 1) for each in reader.problems]
    if problems:
        sys.stdout.write("\n".join(problems) + "\n")
        return 1
    policy = replace(policy, change_windows=_with_iana_names(policy.change_windows))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(policy)).decode() + "\n")
    return 0


def _with_iana_names(calendar: Calendar) -> Calendar:
    """The same calendar, for readers that do not know the zones of Windows by name."""
    within = calendar.within and _with_iana_names(calendar.within)
    return replace(calendar, time_zone=calendar.zone.key, within=within)


def read_files(paths: Sequence[Path]) -> tuple[list[PolicyFile], list[str]]:
    """The files, and one sentence for each that cannot be read."""
    files, problems = [], []
    for number, path in enumerate(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as fault:
            problems.append(f"{path}: it cannot be read: {fault.strerror}. Check the path.")
        except UnicodeDecodeError as fault:
            problems.append(f"{path}: byte {fault.start} is no UTF-8. Save the file as UTF-8.")
        else:
            files.append(PolicyFile(str(path), text, is_platform=number == 0))
    return files, problems


def _lines(policy: LayeredPolicy, now: datetime, machines: Sequence[Machine] = ()) -> Iterator[str]:
    for remark in remarks_on(policy, now, machines):
        yield f"remark: {remark}"
    yield f"policy {policy.version}: {len(policy.document.groups)} groups, no problems"
    for rules in policy.rule_sets.values():
        yield from _rule_set(rules, now)
    if machines:
        yield ""
        yield f"{len(machines)} machines"
    for each in machines:
        found = policy.rules_of(each)
        exempt = exemption_under(each, found)
        left = "" if exempt is None else f", left alone: {exempt.reason}"
        yield f"  {each.id}: {found.group or 'no group'}{left}"


def _rule_set(rules: RuleSet, now: datetime) -> Iterator[str]:
    yield ""
    yield f"group {rules.group}" if rules.group != NO_GROUP else "every other machine"
    if rules.leave_alone:
        yield f"  left alone: {rules.leave_alone}"
        return
    calendar = rules.policy.change_windows
    for each in islice(calendar.openings(now, now + _AHEAD), _OPENINGS):
        yield f"  open {shown(each.start, calendar.zone)} to {shown(each.end, calendar.zone)}"
    for key, written in rules.values.items():
        if written.place is not None:
            yield f"  {key}: {shown_value(written.value)}  ({written.place})"


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m toolchain.policy_check", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--setting", action="store_true", help="the file is FORESTALL_POLICY")
    parser.add_argument("--fleet", nargs="+", help="machines, as az vm list prints them")
    parser.add_argument("--now", type=_moment, default=datetime.now(UTC), help="a date")
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    try:
        day = read_date(text)
    except ValueError as fault:
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-12-01") from fault
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
