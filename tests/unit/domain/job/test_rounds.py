"""Every loop of states has a bound: attempts grow, or an operator has to decide."""

from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.decision import Decision, Locks, after, bounded, recheck
from shared.domain.job.job import Job
from shared.domain.job.rounds import CHECKS_BEFORE_NOTIFIED, MAX_LOOKS, Rounds
from shared.domain.job.states import TRANSITIONS, Event, State
from tests.unit.domain.samples import HOUR, NOW, a_job

#: what only a person does to a job
BY_A_PERSON = {Event.RETRIED, Event.RESUMED, Event.RELEASED, Event.CANCELLED}
#: how a job ended that no scan reopens
ENDED_BY_A_PERSON = {(State.FAILED, Event.REOPENED), (State.CANCELLED, Event.REOPENED)}
BY_ITSELF = sorted(
    (state, event)
    for state, event in TRANSITIONS
    if event not in BY_A_PERSON and (state, event) not in ENDED_BY_A_PERSON
)


def decided(event: Event, **changes: object) -> Decision:
    given: dict[str, Any] = {"event": event, "reason": "a reason", "at": NOW + HOUR} | changes
    return Decision(**given)


def is_counted(state: State, event: Event) -> bool:
    """Whether the arrow leaves its trace on a job whose attempts have not grown."""
    job = a_job(state=state, attempts=1, rounds=Rounds(attempts=1))
    return after(job, decided(event), NOW).rounds != job.rounds


def cycle_of(arrows: list[tuple[State, Event]]) -> list[State] | None:
    before: dict[State, set[State]] = {}
    for state, event in arrows:
        before.setdefault(TRANSITIONS[state, event], set()).add(state)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as circle:
        return list(circle.args[1])
    return None


def test_every_circle_of_states_is_counted_waited_in_or_made_by_a_person() -> None:
    waits = [(State.DEFERRED, Event.DEFERRED)]
    rest = [each for each in BY_ITSELF if each not in waits and not is_counted(*each)]

    assert cycle_of(rest) is None


@pytest.mark.parametrize("arrow", [each for each in BY_ITSELF if is_counted(*each)], ids=str)
def test_no_arrow_is_counted_that_no_circle_needs(arrow: tuple[State, Event]) -> None:
    others = [each for each in BY_ITSELF if not is_counted(*each)]

    assert (
        cycle_of([*(each for each in others if each != (State.DEFERRED, Event.DEFERRED)), arrow])
        is not None
    )


def test_whoever_waits_ends_with_the_phase() -> None:
    for state in (State.PLANNED, State.DEFERRED):
        assert TRANSITIONS[state, Event.CLOSED] is State.MISSED


@given(st.lists(st.sampled_from(BY_ITSELF), max_size=60))
def test_without_another_attempt_a_job_is_looked_at_so_often_and_no_more(
    arrows: list[tuple[State, Event]],
) -> None:
    job, looks = a_job(attempts=1, rounds=Rounds(attempts=1)), 0
    for state, event in arrows:
        if state is job.state:
            decision = bounded(job, decided(event))
            job = after(job, decision, NOW)
            looks += decision.event is Event.REOPENED or (
                decision.event is Event.DEFERRED and state in (State.REDEPLOYING, State.VERIFYING)
            )

    assert looks < MAX_LOOKS


def go_round(job: Job, state: State, **changes: object) -> tuple[Job, Decision]:
    """The job comes back to waiting from a state."""
    back = a_job(**{"state": state, "attempts": job.attempts, "rounds": job.rounds, **changes})
    decision = bounded(back, decided(Event.DEFERRED, locks=Locks.RELEASE))
    return after(back, decision, NOW), decision


def test_looks_that_lead_nowhere_park_the_job_and_call_a_person() -> None:
    job = a_job(attempts=1, rounds=Rounds(attempts=1))
    for _ in range(MAX_LOOKS - 1):
        job, decision = go_round(job, State.VERIFYING)
        assert (job.state, decision.notify) == (State.DEFERRED, None)

    job, decision = go_round(job, State.VERIFYING)

    assert (job.state, job.leases, job.pending_notification) == (State.PARKED, (), "job.parked")
    assert job.reason == "5 looks led to no other attempt; the last one: a reason"


def test_an_attempt_starts_the_count_anew() -> None:
    job = a_job(attempts=1, rounds=Rounds(attempts=1, looks=MAX_LOOKS - 1, checks=3))

    job, _ = go_round(job, State.VERIFYING, attempts=2)

    assert (job.state, job.rounds) == (State.DEFERRED, Rounds(attempts=2))


def test_a_call_that_did_not_count_is_no_attempt() -> None:
    job = a_job(state=State.ADMITTED, attempts=2, called_at=NOW, rounds=Rounds(attempts=1))
    refused = decided(Event.DEFERRED, attempt_counts=False)

    assert after(job, refused, NOW).rounds == Rounds(attempts=1, checks=1)


def test_checks_that_lead_nowhere_are_told_of_ever_more_rarely_and_go_on() -> None:
    job, told = a_job(), []
    for n in range(1, 8 * CHECKS_BEFORE_NOTIFIED + 1):
        job, decision = go_round(job, State.ADMITTED)
        assert job.state is State.DEFERRED
        if decision.notify is not None:
            told.append((n, decision.notify))

    times = [CHECKS_BEFORE_NOTIFIED * factor for factor in (1, 2, 4, 8)]
    assert told == [(n, "job.no_progress") for n in times]


def test_what_is_told_anyway_is_not_told_in_other_words() -> None:
    job = a_job(state=State.ADMITTED, rounds=Rounds(checks=CHECKS_BEFORE_NOTIFIED - 1))

    assert bounded(job, decided(Event.DEFERRED, notify="call.forbidden")).notify == "call.forbidden"


@pytest.mark.parametrize("state", [State.PLANNED, State.DEFERRED])
def test_waiting_and_looking_again_are_no_rounds(state: State) -> None:
    job = a_job(state=state)
    assert after(job, decided(Event.DEFERRED), NOW).rounds == Rounds()
    assert after(a_job(state=State.VERIFYING), recheck("r", NOW + HOUR), NOW).rounds == Rounds()


def test_a_person_who_retries_it_starts_the_count_anew() -> None:
    job = a_job(state=State.PARKED, attempts=1, rounds=Rounds(attempts=1, looks=MAX_LOOKS))

    assert after(job, decided(Event.RETRIED), NOW).rounds == Rounds(attempts=1)


def test_a_scan_that_reopens_a_job_again_and_again_without_an_attempt_calls_a_person() -> None:
    job, reopened = a_job(state=State.SUCCEEDED, attempts=1, rounds=Rounds(attempts=1)), 0
    while job.state is State.SUCCEEDED:
        decision = bounded(job, decided(Event.REOPENED))
        job = after(job, decision, NOW)
        if job.state is State.DEFERRED:
            reopened += 1
            job = a_job(state=State.SUCCEEDED, attempts=1, rounds=job.rounds)

    assert (job.state, job.pending_notification, reopened) == (
        State.PARKED,
        "job.parked",
        MAX_LOOKS - 1,
    )


def test_a_person_who_reopens_it_starts_the_count_anew() -> None:
    job = a_job(state=State.FAILED, attempts=1, rounds=Rounds(attempts=1, looks=MAX_LOOKS))

    again = bounded(job, decided(Event.REOPENED, by="ada"))

    assert after(job, again, NOW).rounds == Rounds(attempts=1)
    assert after(job, again, NOW).state is State.DEFERRED
