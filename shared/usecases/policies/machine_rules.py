"""The rules of one machine, each with the line that it comes from."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from shared.domain.calendar.interval import Interval
from shared.domain.machine.instance_view import NotFound
from shared.domain.machine.machine import MachineId
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.files.lines import RuleLine, rule_lines
from shared.usecases.app import App
from shared.usecases.policies.check import AHEAD

_OPENINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRules:
    """What counts for a machine now."""

    machine: MachineId
    at: datetime
    version: str
    group: str
    owner: str
    mode: str
    left_alone: str | None
    time_zone: str
    openings: tuple[Interval, ...]
    rules: tuple[RuleLine, ...]
    #: the tags of the machine that the policy reads, as it has them
    tags: tuple[tuple[str, str], ...]


async def show_rules(app: App, machine: MachineId) -> MachineRules | None:
    """The rules of a machine, by its tags as Azure shows them now; None: Azure does not find it.

    One read of Azure. AzureUnavailable where Azure does not answer.
    """
    found = await app.azure.read_machine(machine)
    if isinstance(found, NotFound):
        return None
    rules, now = app.rules.rules_of(found), app.now()
    exemption = exemption_under(found, rules)
    calendar = rules.policy.change_windows
    names = rules.policy.tags
    read = (names.control, names.allow, names.group, names.health_check, names.canary)
    return MachineRules(
        machine=machine,
        at=now,
        version=app.rules.version,
        group=rules.group,
        owner=rules.owner,
        mode=rules.mode,
        left_alone=None if exemption is None else exemption.reason,
        time_zone=calendar.time_zone,
        openings=tuple(islice(calendar.openings(now, now + AHEAD), _OPENINGS)),
        rules=rule_lines(app.rules, rules.group),
        tags=tuple((name, value) for name in read if (value := found.tag(name)) is not None),
    )
