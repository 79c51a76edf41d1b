"""What needs a person: each with the next thing to type."""

from collections.abc import Iterator
from dataclasses import dataclass

from forestall_cli.names import machine_name, scope_name, short_job, short_reason
from forestall_cli.responses.health import HealthView, ScanStatusList
from forestall_cli.responses.jobs import JobView
from forestall_cli.responses.locks import SemaphoreView
from forestall_cli.responses.messages import TargetList
from forestall_cli.responses.plan import InfeasibleView, PlanView

_OPEN = ("planned", "deferred", "admitted", "redeploying", "verifying", "parked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing: what it is, what it is about, why, and what to type next."""

    what: str
    about: str
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The answers that a status is made of."""

    health: HealthView
    jobs: list[JobView]
    semaphores: list[SemaphoreView]
    scans: ScanStatusList
    targets: TargetList
    plan: PlanView
    unreadable: int


def needs(picture: Picture) -> list[Matter]:
    """All that needs a person, the worst first."""
    return [*_state(picture), *_halts(picture), *_jobs(picture), *_outside(picture)]


def _state(picture: Picture) -> Iterator[Matter]:
    if picture.health.held:
        yield Matter(
            what="held", about="everything", reason=picture.health.held,
            next_step="docs/runbook.md, then: forestall go-on",
        )  # fmt: skip
    if picture.unreadable:
        yield Matter(
            what="unreadable", about=f"{picture.unreadable} stored rows",
            reason="this version cannot read them", next_step="forestall jobs",
        )  # fmt: skip


def _halts(picture: Picture) -> Iterator[Matter]:
    machines = {each.id: each.machine for each in picture.jobs}
    for lock in picture.semaphores:
        for halt in lock.halts:
            machine = machine_name(machines.get(halt.job, halt.job))
            waiting = len(lock.waiters)
            yield Matter(
                what="halted", about=machine,
                reason=f"{halt.reason}; {scope_name(lock.scope)} is halted, {waiting} wait",
                next_step=f"forestall why {machine}",
            )  # fmt: skip


def _jobs(picture: Picture) -> Iterator[Matter]:
    for each in picture.jobs:
        if each.state == "parked":
            yield Matter(
                what="parked", about=machine_name(each.machine), reason=each.reason,
                next_step=f"forestall explain {machine_name(each.machine)}",
            )  # fmt: skip
    names = {each.id: each.name for each in picture.plan.machines}
    for one in picture.plan.infeasible:
        yield _unfit(one, names.get(one.id) or machine_name(one.id))
    unfit = {one.id for one in picture.plan.infeasible}
    for each in picture.jobs:
        if each.at_risk and each.state in _OPEN and each.machine not in unfit:
            yield Matter(
                what="at risk", about=machine_name(each.machine),
                reason=f"{', '.join(each.at_risk)}: {short_reason(each.reason)}",
                next_step=f"forestall prioritize {short_job(each.id)}",
            )  # fmt: skip


def _unfit(one: InfeasibleView, name: str) -> Matter:
    ways = f"; ways out: {' / '.join(one.relax)}" if one.relax else ""
    return Matter(
        what="does not fit", about=name, reason=short_reason(f"{'; '.join(one.blocked_by)}{ways}"),
        next_step="forestall plan",
    )  # fmt: skip


def _outside(picture: Picture) -> Iterator[Matter]:
    for scan in picture.scans.scans:
        if scan.failing_since:
            yield Matter(
                what="not scanned", about=scan.subscription,
                reason=f"since {scan.failing_since}: {scan.failure or 'no reason'}",
                next_step="forestall doctor",
            )  # fmt: skip
    for target in picture.targets.targets:
        if target.condition == "broken":
            yield Matter(
                what="broken", about=f"messages to {target.name}", reason=target.reason,
                next_step=f"forestall test notify {target.name}",
            )  # fmt: skip
