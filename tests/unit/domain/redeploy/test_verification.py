"""Whether a machine came back, and came back maintained.

The platform and its health check must agree, for long enough.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.health.health_check import NO_HEALTH_CHECK, HealthResult, Healthy
from shared.domain.job.decision import Decision, Locks
from shared.domain.job.job import AgentCheck
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.policy.policy import Policy, Timing
from shared.domain.redeploy.verification import is_verified_ready, verify
from tests.unit.domain.redeploy.decided import (
    COMPLETED,
    LOOKED_FOR,
    MAINTAINED,
    MOVING,
    NOT_FOUND,
    POLICY,
    PROVED,
    SOON,
    TICK,
    TIMING,
    UNHEALTHY,
    UNPROVED,
    a_job,
    observations,
    stays,
)
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, observation, open_phase


def decide(
    shown: Observation | NotFound,
    health: HealthResult = NO_HEALTH_CHECK,
    *,
    waited: timedelta = MINUTE,
    ready_since: datetime | None = None,
    **changes: Any,
) -> Decision:
    """VERIFYING for some time, and seen ready since an instant."""
    job = a_job(
        state=State.VERIFYING, state_entered_at=NOW - waited, ready_since=ready_since, **changes
    )
    return verify(job, shown, health, POLICY, NOW)


def broken(reason: str) -> Decision:
    return Decision(event=Event.BROKEN, reason=reason, locks=Locks.RELEASE)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (
            observation(agent_ready=False),
            "the machine is running, provisioning succeeded, agent not ready",
        ),
        (
            observation(power=Power.STOPPED, maintenance=None),
            "the machine is stopped, provisioning succeeded, agent ready",
        ),
        (
            observation(provisioning=Provisioning.UNKNOWN),
            "the machine is running, provisioning unknown, agent ready",
        ),
    ],
)
@pytest.mark.parametrize("ready_since", [None, NOW - DAY])
def test_a_machine_that_is_not_well_is_waited_for_and_then_has_failed(
    shown: Observation, reason: str, ready_since: datetime | None
) -> None:
    early = decide(shown, waited=30 * MINUTE - TICK, ready_since=ready_since)
    late = decide(shown, waited=30 * MINUTE, ready_since=ready_since)

    assert stays(early, reason, NOW + timedelta(milliseconds=1))
    assert early.changes == {"ready_since": None}
    assert stays(decide(shown, ready_since=ready_since), reason, SOON)
    assert late == broken(reason)


@pytest.mark.parametrize(
    ("ready_since", "until"),
    [
        (None, NOW + 5 * MINUTE),
        (NOW - MINUTE, NOW + 4 * MINUTE),
        (NOW - 5 * MINUTE + timedelta(seconds=10), NOW + timedelta(seconds=10)),
    ],
)
def test_it_must_have_been_well_for_the_bake_time(
    ready_since: datetime | None, until: datetime
) -> None:
    decision = decide(MAINTAINED, ready_since=ready_since)
    assert stays(decision, "ready; bake time runs", until)
    assert decision.changes == {"ready_since": ready_since or NOW}


@pytest.mark.parametrize("shown", [MAINTAINED, COMPLETED])
def test_then_it_has_succeeded_if_azure_shows_no_maintenance_any_more(shown: Observation) -> None:
    assert decide(shown, ready_since=NOW - 5 * MINUTE) == Decision(
        event=Event.VERIFIED, reason="maintained, running and ready", locks=Locks.RELEASE
    )


def test_without_bake_time_the_first_look_is_enough() -> None:
    job = a_job(state=State.VERIFYING, state_entered_at=NOW)
    policy = Policy(timing=Timing(bake_time=timedelta(0)))
    assert verify(job, MAINTAINED, NO_HEALTH_CHECK, policy, NOW).event is Event.VERIFIED


@pytest.mark.parametrize(
    ("result", "said"), [("RetryLater", "RetryLater"), (None, "landed on another old host")]
)
def test_a_machine_still_scheduled_comes_again_and_its_call_counts(
    result: str | None, said: str
) -> None:
    shown = observation(maintenance=open_phase(last_result=result))
    assert decide(shown, ready_since=NOW - HOUR) == Decision(
        event=Event.DEFERRED,
        reason=f"ready, but still scheduled ({said})",
        at=NOW,
        locks=Locks.RELEASE,
    )


def test_not_before_its_time_where_azure_had_no_room() -> None:
    assert decide(observation(), ready_since=NOW - HOUR, not_before=NOW + HOUR).at == NOW + HOUR


def test_a_status_that_may_be_late_is_looked_at_again_before_a_second_attempt() -> None:
    settled = TIMING.bake_time + TIMING.recheck_interval

    late = decide(observation(), ready_since=NOW - settled + TICK)

    assert late.event is None
    assert late.at is not None
    assert NOW < late.at <= NOW + TIMING.poll_interval
    assert decide(observation(), ready_since=NOW - settled).event is Event.DEFERRED


@pytest.mark.parametrize("absence", UNPROVED)
def test_one_404_keeps_the_leases_and_is_looked_at_again(absence: Any) -> None:
    decision = decide(NOT_FOUND, waited=DAY, ready_since=NOW - DAY, absence=absence)
    assert stays(decision, LOOKED_FOR, SOON)
    assert decision.changes == {"ready_since": None}


def test_a_machine_that_was_deleted_is_no_failure_and_people_are_told() -> None:
    assert decide(NOT_FOUND, absence=PROVED) == Decision(
        event=Event.WITHDRAWN,
        reason="the machine was deleted",
        locks=Locks.RELEASE,
        notify="machine.deleted",
    )


class TestItsHealthCheck:
    """It counts in addition to the platform's state, and never instead of it."""

    def test_one_that_passes_lets_everything_go_on_as_without_one(self) -> None:
        for shown in (observation(), MAINTAINED, MOVING, NOT_FOUND, observation(agent_ready=False)):
            assert decide(shown, Healthy(), ready_since=NOW - DAY) == decide(
                shown, ready_since=NOW - DAY
            )

    def test_one_that_fails_is_waited_for_and_then_the_machine_has_failed_in_its_words(
        self,
    ) -> None:
        ready = NOW - DAY
        assert stays(
            decide(MAINTAINED, UNHEALTHY, waited=6 * MINUTE, ready_since=ready),
            UNHEALTHY.reason,
            NOW + 2 * MINUTE,
        )
        assert decide(MAINTAINED, UNHEALTHY, waited=30 * MINUTE, ready_since=ready) == broken(
            UNHEALTHY.reason
        )

    def test_a_machine_that_the_platform_calls_unwell_is_unwell_whatever_its_page_says(
        self,
    ) -> None:
        for health in (Healthy(), NO_HEALTH_CHECK, UNHEALTHY):
            assert not is_verified_ready(a_job(), observation(agent_ready=False), health)
            assert not is_verified_ready(a_job(), NOT_FOUND, health)
            reason = decide(observation(agent_ready=False), health).reason
            assert reason is not None
            assert "agent not ready" in reason

    def test_an_agent_that_was_waived_does_not_count_and_all_else_does(self) -> None:
        waived = a_job(agent=AgentCheck.WAIVED)
        silent = observation(agent_ready=False)
        assert is_verified_ready(waived, silent, Healthy())
        assert is_verified_ready(waived, silent, NO_HEALTH_CHECK)
        assert is_verified_ready(waived, observation(), NO_HEALTH_CHECK)
        assert not is_verified_ready(waived, silent, UNHEALTHY)
        for unwell in (
            replace(silent, power=Power.STOPPED),
            replace(silent, provisioning=Provisioning.UPDATING),
        ):
            assert not is_verified_ready(waived, unwell, Healthy())
        for required in (AgentCheck.REQUIRED, AgentCheck.MISSING):
            assert not is_verified_ready(a_job(agent=required), silent, Healthy())

    def test_both_must_agree(self) -> None:
        assert is_verified_ready(a_job(), observation(), Healthy())
        assert is_verified_ready(a_job(), observation(), NO_HEALTH_CHECK)
        assert not is_verified_ready(a_job(), observation(), UNHEALTHY)


@given(shown=observations, minutes=st.integers(0, 60), ready=st.none() | st.integers(0, 60))
def test_success_means_well_for_long_enough_and_not_scheduled(
    shown: Observation, minutes: int, ready: int | None
) -> None:
    since = None if ready is None else NOW - ready * MINUTE
    if decide(shown, waited=minutes * MINUTE, ready_since=since).event is Event.VERIFIED:
        assert shown.is_ready
        assert shown.maintenance is None or shown.maintenance.is_completed
        assert ready is not None
        assert ready >= 5
