"""When a waiting job's wave is over, and which jobs a scan may end for it."""

from dataclasses import replace

import pytest

from shared.domain.job.job import HeldLease, Job, job_id
from shared.domain.job.states import State
from shared.domain.job.wave_end import may_end_at_scan, wave_end_reason
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.placement import Scope
from shared.domain.plan.planning import plan
from shared.domain.policy.policy import Policy
from shared.domain.reasons import DELETED, NOT_SCHEDULED, WAVE_MOVED
from tests.unit.domain.samples import DAY, NOW, a_job, a_machine, observation, open_phase, vm_id


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (observation(), None),
        (NotFound(machine=vm_id(), at=NOW), DELETED),
        (observation(maintenance=None), NOT_SCHEDULED),
        (observation(maintenance=open_phase(last_result="MaintenanceCompleted")), NOT_SCHEDULED),
        (observation(maintenance=open_phase(self_service_start=NOW + DAY)), WAVE_MOVED),
        # Nothing that says another wave: not allowed just now, no times, stopped, the phase over.
        (observation(maintenance=open_phase(allowed=False)), None),
        (observation(maintenance=open_phase(self_service_start=None, self_service_end=None)), None),
        (observation(power=Power.DEALLOCATED), None),
        (observation(maintenance=open_phase(self_service_end=NOW)), None),
        # Moving: what its status says need not last.
        (observation(maintenance=None, provisioning=Provisioning.UPDATING), None),
        (observation(maintenance=None, power=Power.STARTING), None),
    ],
)
def test_a_wave_is_over_by_the_machines_own_word_alone(
    shown: Observation | NotFound, reason: str | None
) -> None:
    assert wave_end_reason(a_job(), shown) == reason


@pytest.mark.parametrize("state", State)
def test_a_scan_ends_only_jobs_that_wait_for_themselves(state: State) -> None:
    waits = {State.PLANNED, State.DEFERRED}
    assert may_end_at_scan(a_job(state=state)) == (state in waits)


def test_a_job_that_holds_a_lease_or_has_called_is_left_to_its_own_step() -> None:
    held = (HeldLease(scope=Scope("avset:x"), token=1),)
    assert not may_end_at_scan(a_job(state=State.DEFERRED, leases=held))
    assert not may_end_at_scan(a_job(state=State.DEFERRED, attempts=1))


def ended_job(job: Job, superseded: int) -> Job:
    return replace(
        job,
        id=job_id(job.machine, job.wave, superseded),
        state=State.SKIPPED,
        superseded=True,
        finished_at=NOW,
    )


@pytest.mark.parametrize("superseded", [1, 2, 3])
def test_a_wave_that_comes_back_is_planned_anew_however_often(superseded: int) -> None:
    known = {each.id: each for each in (ended_job(a_job(), n) for n in range(superseded))}
    (job,) = plan([(a_machine(), observation())], known=known, policy=Policy(), now=NOW).jobs
    assert job.id == job_id(vm_id(), NOW - DAY, superseded)
    assert job.id not in known
    assert not plan(
        [(a_machine(), observation())], known={**known, job.id: job}, policy=Policy(), now=NOW
    ).jobs


@pytest.mark.parametrize(
    "former",
    [
        replace(ended_job(a_job(), 0), attempts=1),
        replace(ended_job(a_job(), 0), superseded=False),
        replace(ended_job(a_job(), 0), state=State.SUCCEEDED),
        replace(ended_job(a_job(), 0), state=State.CANCELLED),
    ],
    ids=["called", "skipped for another reason", "succeeded", "cancelled by a person"],
)
def test_no_job_follows_one_that_called_or_ended_otherwise(former: Job) -> None:
    made = plan([(a_machine(), observation())], known={former.id: former}, policy=Policy(), now=NOW)
    assert made.jobs == ()
