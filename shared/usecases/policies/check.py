"""What policy files mean: every problem, or what each group and each machine would get."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from shared.domain.calendar.interval import Interval
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import MachineId
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.lines import RuleLine, rule_lines
from shared.domain.policy.files.load import Refused
from shared.domain.policy.files.node import FileProblem
from shared.domain.policy.files.remarks import remarks_on
from shared.usecases.app import App
from shared.usecases.policies.sighting import MOST_MACHINES, scanned_subscriptions, sighted
from shared.usecases.policies.trial import try_files

#: how far ahead openings are shown, and how many
AHEAD = timedelta(days=90)
_OPENINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCheck:
    """What the machines of a group would get. `name` is empty for machines of no group."""

    name: str
    owner: str
    left_alone: str | None
    mode: str
    machines: int
    time_zone: str
    openings: tuple[Interval, ...]
    rules: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCheck:
    """The group of one machine, and why it would be left alone."""

    machine: MachineId
    group: str
    left_alone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck:
    """What was found. With problems the files are no policy, and nothing else is known."""

    at: datetime
    files: tuple[PolicyFile, ...]
    version: str | None
    problems: tuple[FileProblem, ...] = ()
    remarks: tuple[FileProblem, ...] = ()
    groups: tuple[GroupCheck, ...] = ()
    machines: tuple[MachineCheck, ...] = ()
    #: whether there are more machines than were looked at
    has_more_machines: bool = False


async def check_policy(app: App, files: Sequence[PolicyFile]) -> PolicyCheck:
    """Check files against the machines as scans last saw them. Changes nothing, asks Azure nothing.

    Without a platform file they are tried over the version in force.
    """
    trial = try_files(app, files)
    if isinstance(trial.outcome, Refused):
        return PolicyCheck(
            at=app.now(), files=trial.files, version=None, problems=trial.outcome.problems
        )
    policy = trial.outcome
    seen = await sighted(app, await scanned_subscriptions(app))
    machines = tuple(_machine(each, policy) for each in seen[:MOST_MACHINES])
    known = [each.machine for each in seen[:MOST_MACHINES]]
    return PolicyCheck(
        at=app.now(),
        files=trial.files,
        version=policy.version,
        remarks=tuple(remarks_on(policy, app.now(), known)),
        groups=tuple(_groups(policy, machines, app.now())),
        machines=machines,
        has_more_machines=len(seen) > MOST_MACHINES,
    )


def _machine(entry: InventoryEntry, policy: LayeredPolicy) -> MachineCheck:
    rules = policy.rules_of(entry.machine)
    exemption = exemption_under(entry.machine, rules)
    return MachineCheck(
        machine=entry.machine.id,
        group=rules.group,
        left_alone=None if exemption is None else exemption.reason,
    )


def _groups(
    policy: LayeredPolicy, machines: Sequence[MachineCheck], now: datetime
) -> Iterator[GroupCheck]:
    counts = Counter(each.group for each in machines)
    for name, rules in policy.rule_sets.items():
        calendar = rules.policy.change_windows
        openings = calendar.openings(now, now + AHEAD) if rules.leave_alone is None else iter(())
        yield GroupCheck(
            name=name,
            owner=rules.owner,
            left_alone=rules.leave_alone,
            mode=rules.mode,
            machines=counts[name],
            time_zone=calendar.time_zone,
            openings=tuple(islice(openings, _OPENINGS)),
            rules=rule_lines(policy, name),
        )
