"""A decision carried out.

What happens to the job after any decision in any state.
"""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.health.health_check import NO_HEALTH_CHECK
from shared.domain.job.decision import Decision, Locks, after, defer, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event, State, UnknownTransition
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.redeploy.last_checks import CheckedMachine, before_call
from shared.domain.redeploy.operation import follow_operation
from shared.domain.redeploy.response import on_response
from shared.domain.redeploy.unknown_outcome import after_unknown_outcome
from shared.domain.redeploy.verification import verify
from tests.unit.domain.redeploy.decided import MACHINE, POLICY, held, looks
from tests.unit.domain.redeploy.decided import a_job as a_job_of_the_machine
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job

LATER = NOW + HOUR


class TestEachPart:
    def test_every_decision_counts_the_step_up(self) -> None:
        assert after(a_job(step=4), recheck("r", LATER), NOW).step == 5

    def test_without_an_event_state_locks_and_the_time_of_the_state_stay(self) -> None:
        job = held(a_job(state=State.VERIFYING))
        changed = after(job, recheck("r", LATER), NOW)
        assert (changed.state, changed.leases, changed.state_entered_at) == (
            job.state,
            job.leases,
            job.state_entered_at,
        )
        assert (changed.reason, changed.due, changed.changed_at) == ("r", LATER, NOW)

    def test_without_a_reason_the_job_keeps_its_own(self) -> None:
        assert after(a_job(reason="mine"), recheck(None, LATER), NOW).reason == "mine"

    @pytest.mark.parametrize("locks", [Locks.RELEASE, Locks.RETURN_UNUSED])
    def test_a_job_that_gives_its_locks_back_holds_none(self, locks: Locks) -> None:
        decision = Decision(event=Event.DEFERRED, reason="r", at=LATER, locks=locks)
        assert after(held(a_job(state=State.ADMITTED)), decision, NOW).leases == ()

    @pytest.mark.parametrize(("called_at", "attempts"), [(NOW, 1), (None, 2)])
    def test_only_an_attempt_that_was_counted_is_taken_back(
        self, called_at: datetime | None, attempts: int
    ) -> None:
        job = a_job(state=State.ADMITTED, attempts=2, called_at=called_at)
        assert after(job, defer("r", LATER), NOW).attempts == attempts

    def test_a_waiting_job_is_looked_at_no_later_than_its_phase_closes(self) -> None:
        job = a_job(self_service_end=NOW + MINUTE)
        assert (
            after(job, Decision(event=Event.DEFERRED, reason="r", at=LATER), NOW).due
            == NOW + MINUTE
        )
        closed = a_job(self_service_end=NOW - MINUTE)
        assert after(closed, Decision(event=Event.DEFERRED, reason="r", at=LATER), NOW).due == NOW

    def test_one_that_is_in_flight_is_not_bound_by_it(self) -> None:
        job = a_job(state=State.VERIFYING, self_service_end=NOW + MINUTE)
        assert after(job, recheck("r", LATER), NOW).due == LATER

    @pytest.mark.parametrize(("notify", "due"), [(None, None), ("job.missed", NOW)])
    def test_one_that_is_over_is_due_only_until_people_were_told(
        self, notify: str | None, due: datetime | None
    ) -> None:
        decision = Decision(event=Event.CLOSED, reason="r", notify=notify)
        changed = after(a_job(), decision, NOW)
        assert (changed.pending_notification, changed.due) == (notify, due)

    def test_what_is_still_to_be_told_is_kept_as_long_as_the_state_is(self) -> None:
        parked = a_job(state=State.PARKED, pending_notification="job.parked", due=NOW)
        released = after(
            parked, Decision(event=Event.RELEASED, reason="r", locks=Locks.RELEASE), NOW
        )
        assert (released.pending_notification, released.due) == ("job.parked", NOW)
        cancelled = after(parked, Decision(event=Event.CANCELLED, reason="r"), NOW)
        assert (cancelled.pending_notification, cancelled.due) == (None, None)

    def test_counts_of_what_went_wrong_in_a_row_end_with_the_next_step(self) -> None:
        job = a_job(dead_letters=2, lost_calls=3)
        assert after(job, recheck("r", LATER), NOW).dead_letters == 0
        assert after(job, recheck("r", LATER, dead_letters=3), NOW).dead_letters == 3
        assert after(job, Decision(event=Event.DEFERRED, reason="r", at=LATER), NOW).lost_calls == 0

    def test_an_arrow_that_does_not_exist_is_a_bug(self) -> None:
        with pytest.raises(UnknownTransition):
            after(a_job(), Decision(event=Event.VERIFIED, reason="r"), NOW)

    def test_a_job_that_goes_on_needs_a_time(self) -> None:
        with pytest.raises(ValueError, match="names no time"):
            after(a_job(), Decision(event=Event.DEFERRED, reason="r"), NOW)


answers = st.builds(
    ArmResponse,
    status=st.none() | st.sampled_from([200, 202, 400, 401, 403, 404, 408, 409, 429, 500, 503]),
    code=st.sampled_from(["", "AllocationFailed", "OperationNotAllowed"]),
    message=st.sampled_from(["", "the Subscription of this VM is not eligible."]),
)
jobs = st.builds(
    a_job_of_the_machine,
    state=st.sampled_from([State.ADMITTED, State.REDEPLOYING, State.VERIFYING]),
    state_entered_at=st.integers(0, 200).map(lambda n: NOW - n * MINUTE),
    called_at=st.sampled_from([None, NOW, NOW - HOUR]),
    attempts=st.integers(1, 2),
    lost_calls=st.integers(0, 9),
    ready_since=st.sampled_from([None, NOW - DAY]),
).map(held)


@given(
    job=jobs,
    seen=looks,
    result=answers,
    progress=st.none() | st.sampled_from(OperationState),
    rounds=st.integers(1, 3),
)
def test_whatever_is_decided_in_flight_can_be_carried_out(
    job: Job, seen: Any, result: ArmResponse, progress: OperationState | None, rounds: int
) -> None:
    """Each decision has its arrow.

    Locks are held exactly as long as the machine may move, or a person has to look.
    """
    for _ in range(rounds):
        for decision in _decisions(job, seen, result, progress):
            changed = after(job, decision, NOW)
            keeps = changed.state.may_be_in_flight or changed.state is State.PARKED
            assert bool(changed.leases) is keeps
            assert changed.attempts >= 0
            assert changed.due is None or changed.due >= NOW
            assert changed.state.is_final or changed.due is not None
        job = job.with_observation(seen)


def _decisions(
    job: Job, seen: Any, result: ArmResponse, progress: OperationState | None
) -> list[Decision]:
    reading = None if progress is None else OperationStatus(state=progress)
    match job.state:
        case State.ADMITTED:
            look = CheckedMachine(health=NO_HEALTH_CHECK, machine=MACHINE, seen=seen)
            found = [
                before_call(job, look, POLICY, NOW),
                on_response(job, result, POLICY, NOW),
                after_unknown_outcome(job, seen, POLICY, NOW),
            ]
            return [each for each in found if each is not None]
        case State.REDEPLOYING:
            return [follow_operation(job, reading, seen, POLICY, NOW)]
        case _:
            return [verify(job, seen, NO_HEALTH_CHECK, POLICY, NOW)]
