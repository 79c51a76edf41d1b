"""The plan, as an operator asks for it: when each machine with an open job starts, and why then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.plan.machines.plan import Infeasible, MachinePlan, MachineStart
from shared.domain.policy.mode import Mode
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.schedule.plan import Feasibility
from shared.ports import UnreadableRow
from shared.usecases.app import App
from shared.usecases.current_plan import plan_of

#: rows of one read of the machines that are left alone
_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlan:
    """The plan at an instant, or the part of one group. `fingerprint` is that of the part."""

    at: datetime
    mode: Mode
    policy: str
    #: of the policy's windows
    time_zone: str
    fingerprint: str
    feasibility: Feasibility
    machines: tuple[MachineStart, ...]
    infeasible: tuple[Infeasible, ...]
    #: machines without a job in an open phase, of all groups
    left_alone: tuple[ExemptMachine, ...]
    unreadable: tuple[UnreadableRow, ...]


async def show_plan(app: App, group: str | None = None) -> ShownPlan:
    """The plan of all machines, or of those of a group. Changes nothing, and asks Azure nothing.

    All machines are planned in each case, as groups share locks. Reads the open jobs, the locks,
    the pauses and the machines that are left alone, and nothing that has ended.
    """
    jobs, exempt = await app.jobs.open(), await left_alone_machines(app)
    found = await plan_of(app, jobs)
    version = app.rules.version
    part = found if group is None else _part(found, group)
    return ShownPlan(
        at=app.now(),
        mode=app.mode,
        policy=version,
        time_zone=app.rules.platform.change_windows.time_zone,
        fingerprint=part.fingerprint(version),
        feasibility=part.feasibility,
        machines=part.machines,
        infeasible=part.infeasible,
        left_alone=tuple(each for each in exempt if not each.is_unknown),
        unreadable=tuple(sorted(jobs.unreadable, key=lambda row: row.key)),
    )


async def left_alone_machines(app: App) -> Sequence[ExemptMachine]:
    """All that are stored, in order of machine. A scan keeps one row for each."""
    found: list[ExemptMachine] = []
    after: str | None = None
    while True:
        page = await app.exemptions.page(None, after, _ROWS)
        found += [each for each in page if each.is_open(app.now())]
        after = page.last
        if after is None:
            return sorted(found, key=lambda each: each.machine)


def group_of(job: Job) -> str:
    """The job's group of the policy, or the one of its tag; empty if it has none."""
    if job.policy_group:
        return job.policy_group.lower()
    return "" if job.group is None else str(job.group.scope).partition("/")[2]


def _part(plan: MachinePlan, group: str) -> MachinePlan:
    wanted = group.strip().lower()
    machines = tuple(each for each in plan.machines if group_of(each.job) == wanted)
    infeasible = tuple(each for each in plan.infeasible if group_of(each.job) == wanted)
    if not infeasible:
        feasibility = Feasibility.FITS
    elif any(each.is_proved for each in infeasible):
        feasibility = Feasibility.CANNOT_FIT
    else:
        feasibility = Feasibility.NOT_FOUND
    return MachinePlan(machines=machines, infeasible=infeasible, feasibility=feasibility)
