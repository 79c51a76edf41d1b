"""What Azure's response to a call means for the job."""

from datetime import timedelta

import pytest

from shared.domain.job.decision import Decision, Locks
from shared.domain.job.states import Event, State
from shared.domain.machine.arm_responses import ArmResponse
from shared.domain.redeploy.response import on_response
from tests.unit.domain.redeploy.decided import AGAIN, POLICY, SOON, TIMING, a_job, stays
from tests.unit.domain.samples import NOW

CALLED = a_job(state=State.ADMITTED, called_at=NOW, attempts=1)


def decide(result: ArmResponse) -> Decision:
    return on_response(CALLED, result, POLICY, NOW)


def test_an_accepted_call_is_followed() -> None:
    assert decide(ArmResponse(status=202, operation="https://op")) == Decision(
        event=Event.ACCEPTED,
        reason="Azure accepted the call",
        at=NOW + TIMING.expected_duration / 10,
        changes={"operation": "https://op", "started_at": NOW, "lost_calls": 0},
    )


@pytest.mark.parametrize("status", [None, 408, 500, 502, 503, 504])
def test_a_lost_answer_keeps_the_locks_and_the_attempt(status: int | None) -> None:
    result = ArmResponse(status=status, code="X")
    decision = decide(result)
    assert stays(decision, f"the response was lost: {result}", SOON)
    assert decision.attempt_counts


@pytest.mark.parametrize(
    ("result", "until", "notify"),
    [
        (
            ArmResponse(status=429, retry_after=timedelta(minutes=20)),
            NOW + timedelta(minutes=20),
            None,
        ),
        (ArmResponse(status=409, code="Conflict"), AGAIN, None),
        (ArmResponse(status=404, code="SubscriptionNotFound"), AGAIN, None),
        (ArmResponse(status=403, code="AuthorizationFailed"), AGAIN, "call.forbidden"),
        (ArmResponse(status=409, code="AllocationFailed"), NOW + TIMING.no_capacity_wait, None),
    ],
)
def test_where_nothing_was_started_no_attempt_counts_and_the_locks_go_back_unused(
    result: ArmResponse, until: object, notify: str | None
) -> None:
    decision = decide(result)
    assert (decision.event, decision.at, decision.notify) == (Event.DEFERRED, until, notify)
    assert (decision.locks, decision.attempt_counts) == (Locks.RETURN_UNUSED, False)
    assert decision.reason is not None
    assert str(result) in decision.reason


def test_a_machine_that_is_not_eligible_is_not_asked_for_again() -> None:
    said = "Operation is not allowed since the Subscription of this VM is not eligible."
    decision = decide(ArmResponse(status=409, code="OperationNotAllowed", message=said))
    assert (decision.event, decision.locks) == (Event.REFUSED, Locks.RETURN_UNUSED)


def test_an_answer_that_nobody_has_seen_is_left_to_a_person_with_the_locks_held() -> None:
    decision = decide(ArmResponse(status=400, code="NeverSeen"))
    assert (decision.event, decision.locks, decision.notify) == (
        Event.PARKED,
        Locks.KEEP,
        "job.parked",
    )
