"""The plan: which machines of a subscription need a job, in which order, and why the others do not.

Every job may start immediately; the semaphores put them in order. Deadlines, tiers and
infeasibility are not judged here yet.
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
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import PlacementUnknown, placement_of
from shared.domain.policy.eligibility import exemption_reason
from shared.domain.policy.policy import Policy, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A machine for which nothing is planned, with the reason."""

    machine: MachineId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """New jobs in the order in which they should go, and the machines that are left alone."""

    jobs: tuple[Job, ...]
    not_planned: tuple[NotPlanned, ...]


def plan(
    seen: Iterable[tuple[Machine, Observation]],
    *,
    known: Mapping[JobId, Job],
    policy: Policy,
    now: datetime,
) -> Plan:
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
        if policy.canary.machines and machine.tag(policy.tags.canary) == "on":
            canaries.append(job)
        if job.id in known:
            planned += 1
        else:
            jobs.append(job)
    jobs = [replace(job, wave_size=len(jobs) + planned) for job in jobs]
    left_alone.sort(key=lambda each: each.machine)
    ordered = sorted((_waiting_for_canaries(job, canaries) for job in jobs), key=_sort_key)
    return Plan(jobs=tuple(ordered), not_planned=tuple(left_alone))


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


def _sort_key(job: Job) -> tuple[bool, str, str, str]:
    """Those that others wait for come first, so that the others find them stored."""
    return (
        bool(job.waits_for_canaries),
        job.placement.scope,
        job.placement.lane or "",
        job.machine,
    )


def _decide(machine: Machine, seen: Observation, policy: Policy, now: datetime) -> Job | NotPlanned:
    reason = _exclusion_reason(machine, seen, policy.tags, now)
    if reason is not None or seen.maintenance is None:
        return NotPlanned(machine=machine.id, reason=reason or reasons.NO_MAINTENANCE)
    placement = placement_of(machine, seen)
    if isinstance(placement, PlacementUnknown):
        return NotPlanned(machine=machine.id, reason=placement.value)
    wave = seen.maintenance.wave or now
    return _job(machine.id, wave, spec_of(machine, seen, placement, policy), now)


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


def _exclusion_reason(machine: Machine, seen: Observation, tags: Tags, now: datetime) -> str | None:
    status = seen.maintenance
    if status is None:
        return reasons.NO_MAINTENANCE
    if status.is_completed:
        return reasons.COMPLETED
    exempt = exemption_reason(machine, tags)
    if exempt is not None:
        return exempt
    if status.phase_at(now) is not Phase.SELF_SERVICE:
        return reasons.phase_not_open(status.phase_at(now).value)
    if seen.power is not Power.RUNNING:
        return reasons.not_planned_while_off(seen.power.value)
    if not status.allowed:
        return reasons.not_planned_while_refused(status.last_result or "")
    if status.wave is None:
        return reasons.WAVE_UNKNOWN
    return None
