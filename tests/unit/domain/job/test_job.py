"""The job and its transition table.

The table is written a second time here, by hand, so that a change is noticed.
"""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.job import HeldLease, Job, JobId, job_id, partition_of
from shared.domain.job.states import TRANSITIONS, Event, State, UnknownTransition
from shared.domain.machine.machine import SubscriptionId
from shared.domain.machine.placement import Placement, Scope
from tests.unit.domain.samples import DAY, MINUTE, NOW, SUBSCRIPTION, a_job, vm_id

#: state, event, next state, as an operator would tell it
EXPECTED_TRANSITIONS = """
    planned            admitted   admitted
    planned            deferred   deferred
    planned            withdrawn  skipped
    planned            closed     missed
    planned            cancelled  cancelled
    planned            parked     parked
    deferred           admitted   admitted
    deferred           deferred   deferred
    deferred           withdrawn  skipped
    deferred           closed     missed
    deferred           cancelled  cancelled
    deferred           parked     parked
    admitted           accepted   redeploying
    admitted           adopted    redeploying
    admitted           finished   verifying
    admitted           deferred   deferred
    admitted           refused    skipped
    admitted           withdrawn  skipped
    admitted           closed     missed
    admitted           parked     parked
    redeploying        finished   verifying
    redeploying        deferred   deferred
    redeploying        withdrawn  skipped
    redeploying        broken     failed
    redeploying        parked     parked
    verifying          verified   succeeded
    verifying          deferred   deferred
    verifying          withdrawn  skipped
    verifying          broken     failed
    verifying          parked     parked
    parked             retried    deferred
    parked             resumed    redeploying
    parked             released   parked
    parked             cancelled  cancelled
    succeeded          reopened   deferred
    skipped            reopened   deferred
    missed             reopened   deferred
    cancelled          reopened   deferred
    failed             reopened   deferred
    succeeded          parked     parked
    skipped            parked     parked
    missed             parked     parked
"""
ROWS = [
    (State(state), Event(event), State(target))
    for state, event, target in (line.split() for line in EXPECTED_TRANSITIONS.strip().splitlines())
]
UNKNOWN = sorted(set(product(State, Event)) - {(state, event) for state, event, _ in ROWS})


class TestTransitions:
    @pytest.mark.parametrize(("state", "event", "target"), ROWS)
    def test_each_arrow_leads_where_it_should(
        self, state: State, event: Event, target: State
    ) -> None:
        job = a_job(state=state).after_event(event, NOW)

        assert job.state is target
        assert job.changed_at == job.state_entered_at == NOW

    @pytest.mark.parametrize(("state", "event"), UNKNOWN)
    def test_every_other_pair_is_a_bug(self, state: State, event: Event) -> None:
        with pytest.raises(UnknownTransition, match=f"{event.value} in state {state.value}"):
            a_job(state=state).after_event(event, NOW)

    def test_the_table_has_these_rows_and_no_others(self) -> None:
        assert [(state, event, target) for (state, event), target in TRANSITIONS.items()] == ROWS

    def test_only_reopening_and_its_bound_lead_out_of_a_final_state(self) -> None:
        out = {(state, event) for state, event in TRANSITIONS if state.is_final}

        assert {state for state, event in out if event is Event.REOPENED} == {
            state for state in State if state.is_final
        }
        assert {event for _, event in out} == {Event.REOPENED, Event.PARKED}

    def test_every_state_can_still_end(self) -> None:
        ending = {state for state in State if state.is_final}
        while (
            more := {state for (state, _), target in TRANSITIONS.items() if target in ending}
            - ending
        ):
            ending |= more

        assert ending == set(State)

    def test_the_machine_can_only_be_moving_between_admission_and_verification(self) -> None:
        flying = {state for state in State if state.may_be_in_flight}

        assert flying == {State.ADMITTED, State.REDEPLOYING, State.VERIFYING}
        entries = {
            event
            for (state, event), target in TRANSITIONS.items()
            if state not in flying and target in flying
        }
        # Resumed: a parked job whose call was made, or may have been, holds its leases still.
        assert entries == {Event.ADMITTED, Event.RESUMED}


class TestSpec:
    @pytest.mark.parametrize(
        ("state", "event", "target"),
        [row for row in ROWS if row[2].is_final or row[2] is State.PARKED],
    )
    def test_a_final_or_parked_state_keeps_no_due_time(
        self, state: State, event: Event, target: State
    ) -> None:
        job = a_job(state=state, due=NOW).after_event(event, NOW, due=NOW + DAY)

        assert job.due is None
        assert job.finished_at == (NOW if target.is_final else None)

    def test_changes_are_taken_over(self) -> None:
        lease = HeldLease(scope=Scope("vm:x"), token=7)

        job = a_job().after_event(
            Event.ADMITTED, NOW, leases=(lease,), attempts=1, reason="admitted", due=NOW + MINUTE
        )

        assert (job.leases, job.attempts, job.reason, job.due) == (
            (lease,),
            1,
            "admitted",
            NOW + MINUTE,
        )

    def test_the_time_of_an_event_cannot_be_talked_away(self) -> None:
        assert (
            a_job()
            .after_event(Event.DEFERRED, NOW, changed_at=NOW - DAY, state_entered_at=NOW - DAY)
            .state_entered_at
            == NOW
        )

    def test_the_bake_time_of_one_attempt_does_not_count_for_the_next(self) -> None:
        job = a_job(state=State.VERIFYING, ready_since=NOW - DAY).after_event(Event.DEFERRED, NOW)

        again = job.after_event(Event.ADMITTED, NOW).after_event(Event.FINISHED, NOW)

        assert (job.ready_since, again.ready_since) == (None, None)

    def test_an_adopted_operation_is_not_that_of_an_earlier_attempt(self) -> None:
        parked = a_job(state=State.REDEPLOYING, operation="https://arm/operations/1").after_event(
            Event.PARKED, NOW
        )

        adopted = (
            parked.after_event(Event.RETRIED, NOW)
            .after_event(Event.ADMITTED, NOW)
            .after_event(Event.ADOPTED, NOW)
        )

        assert parked.operation == "https://arm/operations/1"
        assert adopted.operation is None

    def test_the_accepted_operation_stays_on_record_to_the_end(self) -> None:
        job = a_job(state=State.ADMITTED).after_event(
            Event.ACCEPTED, NOW, operation="https://arm/operations/2"
        )

        done = job.after_event(Event.FINISHED, NOW).after_event(Event.VERIFIED, NOW)

        assert (job.operation, done.operation) == ("https://arm/operations/2",) * 2

    def test_with_changes_stays_in_the_state_since_the_same_time(self) -> None:
        job = a_job(state=State.VERIFYING, ready_since=NOW)

        later = job.with_changes(NOW + MINUTE, reason="baking", due=NOW + 2 * MINUTE)

        assert (later.state, later.state_entered_at, later.ready_since) == (
            job.state,
            job.state_entered_at,
            NOW,
        )
        assert later.changed_at == NOW + MINUTE

    def test_no_state_is_reached_but_by_the_table(self) -> None:
        with pytest.raises(UnknownTransition, match="by events only"):
            a_job().with_changes(NOW, state=State.SUCCEEDED)

    @pytest.mark.parametrize(
        "name",
        [
            "wave", "self_service_end", "due", "created_at", "changed_at", "state_entered_at",
            "started_at", "finished_at", "ready_since",
        ],
    )  # fmt: skip
    def test_a_moment_without_time_zone_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"{name} has no time zone"):
            a_job(**{name: datetime(2026, 1, 1)})  # noqa: DTZ001 - the point of the test

    def test_the_whole_job_survives_its_json(self) -> None:
        job = a_job(
            group=Placement(scope=Scope("group:x/shop")),
            leases=(HeldLease(scope=Scope("vm:x"), token=3),),
            operation="https://arm/operations/3",
            ready_since=NOW,
        )

        assert msgspec.json.decode(msgspec.json.encode(job), type=Job) == job

    def test_its_subscription_is_that_of_its_machine(self) -> None:
        assert a_job().subscription == SubscriptionId(SUBSCRIPTION)


class TestIds:
    def test_the_same_machine_in_the_same_wave_is_the_same_job(self) -> None:
        elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))

        assert job_id(vm_id(), NOW) == job_id(vm_id(), elsewhere)
        # Written down: an id that changed between two versions of the app would redeploy every
        # machine again.
        assert job_id(vm_id(), NOW) == f"{SUBSCRIPTION}~ac152ab3d8c6508690325d53"

    def test_another_wave_or_another_machine_is_another_job(self) -> None:
        assert (
            len({job_id(vm_id(), NOW), job_id(vm_id(), NOW + MINUTE), job_id(vm_id("web-2"), NOW)})
            == 3
        )

    def test_a_wave_without_time_zone_names_no_job(self) -> None:
        with pytest.raises(ValueError, match="no time zone"):
            job_id(vm_id(), datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test

    def test_its_partition_is_the_subscription(self) -> None:
        assert partition_of(job_id(vm_id(), NOW)) == SUBSCRIPTION

    @pytest.mark.parametrize("text", ["", "~", "abc", "abc~", "~abc"])
    def test_a_text_that_is_no_job_id_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a job id"):
            partition_of(JobId(text))


@given(events=st.lists(st.sampled_from(Event), max_size=30), data=st.data())
def test_whatever_happens_a_job_is_waiting_in_flight_or_over(
    events: list[Event], data: st.DataObject
) -> None:
    job = a_job(state=data.draw(st.just(State.PLANNED)))
    history: list[Any] = []
    for event in events:
        if event is Event.RESUMED and Event.ADMITTED not in history:
            continue  # `job_commands.retry` resumes only what may have been called
        if (job.state, event) in TRANSITIONS:
            job = job.after_event(event, NOW, due=NOW)
            history.append(event)

    assert (job.due is None) == (job.state.is_final or job.state is State.PARKED)
    assert (job.finished_at is not None) == job.state.is_final
    # I2: nothing is accepted or verified that was not admitted before.
    started = {Event.ACCEPTED, Event.ADOPTED, Event.FINISHED, Event.VERIFIED} & set(history)
    assert not started or Event.ADMITTED in history


@pytest.mark.parametrize("state", [state for state in State if state.is_final])
def test_a_reopened_job_forgets_its_end_and_keeps_its_attempts(state: State) -> None:
    ended = a_job(
        state=state,
        attempts=1,
        finished_at=NOW,
        superseded=True,
        seen_again_at=NOW,
        prioritized_at=NOW,
        reported_risks=("queue",),
    )

    job = ended.after_event(Event.REOPENED, NOW + DAY)

    assert job == replace(
        ended,
        state=State.DEFERRED,
        changed_at=NOW + DAY,
        state_entered_at=NOW + DAY,
        finished_at=None,
        superseded=False,
        seen_again_at=None,
        prioritized_at=None,
        reported_risks=(),
    )


@pytest.mark.parametrize(("state", "event", "target"), ROWS)
def test_a_job_says_what_ended_it(state: State, event: Event, target: State) -> None:
    job = a_job(state=state).after_event(event, NOW)

    assert job.ended_by == (event if target.is_final else None)
