"""The plan: which machines of a subscription need a job, in which order, and why the others do not.

Every job may start immediately; the semaphores put them in order. Deadlines and what does not fit
are judged by the plan of the open jobs (`shared/domain/plan/machines`), and tiers at the start.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import reasons
from shared.domain.job.job import Job, JobId, job_id
from shared.domain.job.required_locks import own_scopes
from shared.domain.job.spec import JobSpec, spec_of
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.machine.maintenance import MaintenanceStatus, Phase
from shared.domain.machine.placement import PlacementUnknown, placement_of, tier_number
from shared.domain.policy.eligibility import Exemption, ExemptionRule, exemption_under
from shared.domain.policy.policy import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A machine for which nothing is planned, with the reason.

    `rule`: why it is left alone in an open self-service phase; None: no phase is open for it.
    """

    machine: MachineId
    reason: str
    rule: ExemptionRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJobs:
    """New jobs in the order in which they should go, and the machines that are left alone."""

    jobs: tuple[Job, ...]
    not_planned: tuple[NotPlanned, ...]


def plan(
    seen: Iterable[tuple[Machine, Observation]],
    *,
    known: Mapping[JobId, Job],
    policy: Rules,
    now: datetime,
) -> NewJobs:
    """Jobs for machines with an open self-service phase and no job, or with a superseded last job.

    Deterministic: the same machines and the same moment give the same plan, in any order. Machines
    of one scope follow each other update domain by update domain.
    """
    jobs: list[Job] = []
    canaries: list[Job] = []
    left_alone: list[NotPlanned] = []
    planned = 0
    for machine, observation in seen:
        decision = _decide(machine, observation, policy, now)
        if isinstance(decision, NotPlanned):
            left_alone.append(decision)
            continue
        job = _job_of_the_wave(decision, known)
        rules = policy.rules_of(machine).policy
        if rules.canary.machines and machine.tag(rules.tags.canary) == "on":
            canaries.append(job)
        if job.id in known:
            planned += 1
        else:
            jobs.append(job)
    jobs = [replace(job, wave_size=len(jobs) + planned) for job in jobs]
    left_alone.sort(key=lambda each: each.machine)
    ordered = sorted((_waiting_for_canaries(job, canaries) for job in jobs), key=_sort_key)
    return NewJobs(jobs=tuple(ordered), not_planned=tuple(left_alone))


def _waiting_for_canaries(job: Job, canaries: Sequence[Job]) -> Job:
    """The job, waiting for the canaries that its owner chose in its placement or group.

    A canary waits for nobody.
    """
    ahead = {
        each.id for each in canaries if each.wave == job.wave and own_scopes(each) & own_scopes(job)
    }
    return job if job.id in ahead else replace(job, waits_for_canaries=tuple(sorted(ahead)))


def _job_of_the_wave(job: Job, known: Mapping[JobId, Job]) -> Job:
    """The machine's known job, or the new one under the first id after the superseded ones."""
    superseded = 0
    while (former := known.get(job.id)) is not None:
        if not former.may_have_successor:
            return former
        superseded += 1
        job = replace(job, id=job_id(job.machine, job.wave, superseded))
    return job


def _sort_key(job: Job) -> tuple[int, bool, str, str, str]:
    """Those that others wait for come first, so that the others find them stored."""
    return (
        0 if job.tier is None else tier_number(job.tier),
        bool(job.waits_for_canaries),
        job.placement.scope,
        job.placement.lane or "",
        job.machine,
    )


def _decide(machine: Machine, seen: Observation, policy: Rules, now: datetime) -> Job | NotPlanned:
    status = seen.maintenance
    if status is None:
        return NotPlanned(machine=machine.id, reason=reasons.NO_MAINTENANCE)
    closed = _closed_reason(status, now)
    if closed is not None:
        return NotPlanned(machine=machine.id, reason=closed)
    exempt = exemption_under(machine, policy.rules_of(machine)) or _not_now(seen.power, status)
    if exempt is not None:
        return NotPlanned(machine=machine.id, reason=exempt.reason, rule=exempt.rule)
    placement = placement_of(machine, seen)
    if isinstance(placement, PlacementUnknown):
        rule = ExemptionRule.NO_PLACEMENT
        return NotPlanned(machine=machine.id, reason=placement.value, rule=rule)
    return _job(machine.id, status.wave or now, spec_of(machine, seen, placement, policy), now)


def _job(machine: MachineId, wave: datetime, spec: JobSpec, now: datetime) -> Job:
    return Job(
        id=job_id(machine, wave),
        machine=machine,
        wave=wave,
        **spec.as_changes(),
        state=State.PLANNED,
        due=now,
        reason="planned",
        created_at=now,
        changed_at=now,
        state_entered_at=now,
    )


def _closed_reason(status: MaintenanceStatus, now: datetime) -> str | None:
    """Why no self-service phase is open for the machine."""
    if status.is_completed:
        return reasons.COMPLETED
    phase = status.phase_at(now)
    if phase is not Phase.SELF_SERVICE:
        return reasons.phase_not_open(phase.value)
    return None


def _not_now(power: Power, status: MaintenanceStatus) -> Exemption | None:
    """What keeps a machine out that may be moved, in an open phase."""
    if power is not Power.RUNNING:
        reason = reasons.not_planned_while_off(power.value)
        return Exemption(rule=ExemptionRule.NOT_RUNNING, reason=reason)
    if not status.allowed:
        reason = reasons.not_planned_while_refused(status.last_result or "")
        return Exemption(rule=ExemptionRule.NOT_ALLOWED, reason=reason)
    if status.wave is None:
        return Exemption(rule=ExemptionRule.NO_WAVE, reason=reasons.WAVE_UNKNOWN)
    return None
