"""What the tests of decisions share.

A policy with distinct times, a machine, and its job.
"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.domain.health.health_check import Unhealthy
from shared.domain.job.decision import Decision, Locks, defer
from shared.domain.job.job import HeldLease, Job
from shared.domain.job.states import Event
from shared.domain.machine.absence import Absence
from shared.domain.machine.instance_view import NotFound, Power, Provisioning
from shared.domain.machine.kinds.harms import harms_of
from shared.domain.machine.placement import pair_of
from shared.domain.policy.policy import Policy, Timing
from shared.domain.reasons import NOT_FOUND as MISSED
from tests.unit.domain import samples
from tests.unit.domain.samples import (
    AVAILABILITY_SET,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_machine,
    observation,
    open_phase,
    vm_id,
)

TICK = timedelta(microseconds=1)
TIMING = Timing(
    poll_interval=MINUTE,
    recheck_interval=7 * MINUTE,
    grace_period=15 * MINUTE,
    operation_timeout=2 * HOUR,
    verify_timeout=30 * MINUTE,
    bake_time=5 * MINUTE,
)
POLICY = Policy(timing=TIMING)
SOON = NOW + MINUTE
AGAIN = NOW + 7 * MINUTE

MACHINE = a_machine(availability_set=AVAILABILITY_SET)
NOT_FOUND = NotFound(machine=vm_id(), at=NOW)
MOVING = observation(provisioning=Provisioning.UPDATING)
MAINTAINED = observation(maintenance=None)
COMPLETED = observation(maintenance=open_phase(last_result="MaintenanceCompleted"))
UNHEALTHY = Unhealthy(reason="https://web-1/health: HTTP 503")

#: looks that prove a deletion
PROVED = Absence(since=NOW - 10 * MINUTE, last=NOW, reads=3)
#: and looks that do not
UNPROVED = (
    None,
    Absence(since=NOW - 10 * MINUTE + TICK, last=NOW, reads=30),
    Absence(since=NOW - DAY, last=NOW, reads=2),
)

observations = st.builds(
    observation,
    power=st.sampled_from(Power),
    provisioning=st.sampled_from(Provisioning),
    agent_ready=st.booleans(),
    maintenance=st.none()
    | st.builds(
        open_phase,
        allowed=st.booleans(),
        self_service_end=st.sampled_from([None, NOW, NOW + DAY]),
        last_result=st.sampled_from([None, "None", "RetryLater", "MaintenanceCompleted"]),
    ),
)
looks = observations | st.just(NOT_FOUND)


def a_job(**changes: Any) -> Job:
    """A job that has everything of MACHINE."""
    return samples.a_job(**{"pair": pair_of(MACHINE), "harms": harms_of(MACHINE), **changes})


def held(job: Job) -> Job:
    """The job with a lease."""
    lease = HeldLease(scope=job.placement.scope, token=3)
    return job.with_changes(NOW, leases=(lease,))


def stays(decision: Decision | None, reason: str | None, at: datetime) -> bool:
    """Whether the job stays in its state with its locks, and is looked at again at an instant."""
    assert decision is not None
    said = (decision.event, decision.reason, decision.at, decision.locks, decision.notify)
    return said == (None, reason, at, Locks.KEEP, None)


def unstarted(reason: str, *, backs_off: bool = False) -> Decision:
    """Nothing was started; the job comes again later."""
    return defer(reason, AGAIN, backs_off=backs_off)


def withdrawn(reason: str) -> Decision:
    """Nothing was started, and the job is over; another may follow."""
    return Decision(
        event=Event.WITHDRAWN,
        reason=reason,
        locks=Locks.RETURN_UNUSED,
        changes={"superseded": True},
    )


LOOKED_FOR = MISSED
