"""The plan: which machines of a subscription need a job, in which order, and why the others do not.

A simple honest version: every job may start at once, and the semaphores put them one behind the other. Deadlines, tiers
and infeasibility are not judged here yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.job.job import Job, JobId, job_id
from shared.domain.job.particulars import Particulars, particulars_of
from shared.domain.job.required_locks import own_scopes
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import Unplaced, place
from shared.domain.policy.eligibility import why_exempt
from shared.domain.policy.policy import Policy, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A machine for which nothing is planned, with the reason."""

    machine: MachineId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """New jobs in the order in which they should go, and the machines that are left alone."""

    jobs: tuple[Job, ...]
    left_alone: tuple[LeftAlone, ...]


def plan(
    seen: Iterable[tuple[Machine, Observation]],
    *,
    known: Mapping[JobId, Job],
    policy: Policy,
    now: datetime,
) -> Plan:
    """Jobs for the machines with an open self-service phase that have none yet, or whose last one lapsed.

    Deterministic: the same machines and the same moment give the same plan, whatever order they come in. Machines of one
    scope follow each other update domain by update domain.
    """
    jobs: list[Job] = []
    canaries: list[Job] = []
    left_alone: list[LeftAlone] = []
    planned = 0
    for machine, observation in seen:
        decision = _decide(machine, observation, policy, now)
        if isinstance(decision, LeftAlone):
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
    ordered = sorted((_behind(job, canaries) for job in jobs), key=_turn)
    return Plan(jobs=tuple(ordered), left_alone=tuple(left_alone))


def _behind(job: Job, canaries: Sequence[Job]) -> Job:
    """The job, waiting for the canaries that its owner chose in its placement or group; a canary waits for nobody."""
    ahead = {each.id for each in canaries if each.wave == job.wave and own_scopes(each) & own_scopes(job)}
    return job if job.id in ahead else replace(job, behind=tuple(sorted(ahead)))


def _job_of_the_wave(job: Job, known: Mapping[JobId, Job]) -> Job:
    """The machine's job as it is known, or the new one, under the first id whose forerunners all lapsed."""
    lapses = 0
    while (former := known.get(job.id)) is not None:
        if not former.may_be_followed:
            return former
        lapses += 1
        job = replace(job, id=job_id(job.machine, job.wave, lapses))
    return job


def _turn(job: Job) -> tuple[bool, str, str, str]:
    """Those that others wait for come first, so that whoever looks for them finds them stored."""
    return (bool(job.behind), job.placement.scope, job.placement.lane or "", job.machine)


def _decide(machine: Machine, seen: Observation, policy: Policy, now: datetime) -> Job | LeftAlone:
    reason = _why_not(machine, seen, policy.tags, now)
    if reason is not None or seen.maintenance is None:
        return LeftAlone(machine=machine.id, reason=reason or "no maintenance is planned")
    placement = place(machine, seen)
    if isinstance(placement, Unplaced):
        return LeftAlone(machine=machine.id, reason=placement.value)
    wave = seen.maintenance.wave or now
    return _job(machine.id, wave, particulars_of(machine, seen, placement, policy), now)


def _job(machine: MachineId, wave: datetime, particulars: Particulars, now: datetime) -> Job:
    return Job(
        id=job_id(machine, wave),
        machine=machine,
        wave=wave,
        **particulars.as_changes(),
        state=State.PLANNED,
        due=now,
        reason="planned",
        created_at=now,
        changed_at=now,
        entered_at=now,
    )


def _why_not(machine: Machine, seen: Observation, tags: Tags, now: datetime) -> str | None:
    status = seen.maintenance
    if status is None:
        return "no maintenance is planned"
    if status.is_completed:
        return "Azure says that its maintenance is completed"
    exempt = why_exempt(machine, tags)
    if exempt is not None:
        return exempt
    if status.phase_at(now) is not Phase.SELF_SERVICE:
        return f"the self-service phase is not open ({status.phase_at(now).value})"
    if seen.power is not Power.RUNNING:
        return f"not running ({seen.power.value}): starting it may place it on an updated host"
    if not status.allowed:
        return (
            f"Azure does not allow maintenance to be started now ({status.last_result or 'no reason given'})"
        )
    if status.wave is None:
        return "Azure shows no time of the self-service phase, so its wave cannot be told from the next"
    return None
