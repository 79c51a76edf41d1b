"""Back-off with memory: the time grows while the cause stays."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.back_off import LONGEST, BackOff, cause_of, view_of
from shared.domain.job.decision import Decision, after, bounded, defer, recheck
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import Power
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job, observation, open_phase

FIRST = 5 * MINUTE


def test_the_wait_doubles_from_the_first_to_four_hours() -> None:
    waits = [BackOff(cause="c", times=n).wait(FIRST, None) // MINUTE for n in range(1, 10)]
    assert waits == [5, 10, 20, 40, 80, 160, 240, 240, 240]


@given(st.integers(1, 10_000), st.timedeltas(timedelta(0), 40 * DAY))
def test_the_wait_leaves_time_for_checks_before_the_phase_ends(times: int, left: timedelta) -> None:
    wait = BackOff(cause="c", times=times).wait(FIRST, left)
    assert FIRST <= wait <= LONGEST
    assert wait <= max(FIRST, left / 4)


def test_a_longer_first_wait_is_kept() -> None:
    assert BackOff(cause="c", times=3).wait(6 * HOUR, None) == 6 * HOUR


@pytest.mark.parametrize(
    "other",
    [
        "refused: VM 'web-2' request 0f8fad5b-d9cb-469f-a165-70867728950e after 17 s",
        "REFUSED: vm 'web-1' request 7c9e6679-7425-40de-944b-e07fc1f90ae7 after 3 s",
    ],
)
def test_ids_numbers_and_the_machine_make_no_other_cause(other: str) -> None:
    first = a_job().machine
    name = first.rsplit("/", 1)[-1]
    request = "11111111-d9cb-469f-a165-000000000000"
    text = f"refused: VM '{name}' request {request} after 5 s"
    second = first.rpartition("/")[0] + "/web-2"
    machine = type(first)(second if "web-2" in other else first)
    assert cause_of(text, first) == cause_of(other, machine)
    assert cause_of("another text", first) != cause_of(text, first)


def test_a_changed_machine_shows_another_view() -> None:
    views = {
        view_of(each)
        for each in (
            observation(),
            observation(power=Power.STOPPED),
            observation(agent_ready=False),
            observation(maintenance=None),
            observation(maintenance=open_phase(allowed=False)),
        )
    }
    assert len(views) == 5
    assert view_of(observation()) == view_of(observation(at=NOW + HOUR))


def again(reason: str = "r", **changes: object) -> Decision:
    return defer(reason, NOW + FIRST, backs_off=True, **changes)


def test_the_memory_is_kept_while_the_job_waits_for_its_turn_and_ends_with_a_result() -> None:
    job = after(a_job(state=State.ADMITTED), again(), NOW)
    assert job.back_off.times == 1
    waited = after(job, Decision(event=Event.DEFERRED, reason="lane", at=NOW + HOUR), NOW)
    assert waited.back_off == job.back_off
    assert after(job, recheck("x", NOW + HOUR), NOW).back_off == job.back_off
    twice = after(a_job(state=State.ADMITTED, back_off=job.back_off), again(), NOW)
    assert (twice.back_off.times, twice.due) == (2, NOW + 2 * FIRST)
    called = a_job(state=State.ADMITTED, back_off=twice.back_off)
    accepted = Decision(event=Event.ACCEPTED, reason="ok", at=NOW)
    assert after(called, accepted, NOW).back_off == BackOff()
    by_operator = Decision(reason="x", at=NOW, by="ada")
    assert after(twice, by_operator, NOW).back_off == BackOff()


def test_a_notification_is_repeated_for_another_cause_only() -> None:
    told = Decision(
        event=Event.DEFERRED, reason="one", at=NOW + FIRST, backs_off=True, notify="call.blocked"
    )
    job = a_job(state=State.ADMITTED)
    assert bounded(job, told).notify == "call.blocked"
    known = a_job(state=State.ADMITTED, back_off=after(job, told, NOW).back_off)
    assert bounded(known, told).notify is None
    assert bounded(known, again("two")).notify is None
    other = Decision(
        event=Event.DEFERRED, reason="two", at=NOW + FIRST, backs_off=True, notify="call.blocked"
    )
    assert bounded(known, other).notify == "call.blocked"
