"""Which waiting jobs may miss their self-service phase, and what blocks them.

The forecast is a true bound.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.job.job import HeldLease, Job, JobId, job_id
from shared.domain.job.required_locks import RequiredLock
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire, release
from shared.domain.lock.scheduling import with_waiter
from shared.domain.lock.semaphore import Acquired, Halt, Lease, LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.plan.deadlines import (
    BlockingRule,
    Constraints,
    WaitingJob,
    at_risk,
    earliest_starts,
    last_start,
)
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Policy, Timing
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job, vm_id

SCOPE = Scope("avset:web")
ACTING = Constraints(mode=Mode.ACT)
NIGHT = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),))
SATURDAY = Calendar(windows=(WeeklyWindow(days=(Weekday.SAT,), start=time(22), end=time(4)),))
INSTANT = timedelta(microseconds=1)
#: NOW is a Monday noon
MONDAY = NOW.replace(hour=0)


def policy(calendar: Calendar | None = None, **changes: Any) -> Policy:
    timing = {
        name: changes.pop(name)
        for name in ("expected_duration", "deadline_warning")
        if name in changes
    }
    return Policy(
        change_windows=calendar or Calendar(), timing=Timing(**timing), limits=Limits(**changes)
    )


def job(name: str = "web-1", lane: str | None = "ud:0", **changes: Any) -> Job:
    """A waiting job of the scope that was found thirty days ago."""
    usual = {
        "id": job_id(vm_id(name), NOW - DAY),
        "machine": vm_id(name),
        "placement": Placement(scope=SCOPE, lane=None if lane is None else Lane(lane)),
        "state": State.DEFERRED,
        "reason": "another lane is in flight",
        "created_at": NOW - 30 * DAY,
    }
    return a_job(**usual | changes)


def waiting(job: Job, rules: Policy, *scopes: Scope) -> WaitingJob:
    """The job with its claim on its placement's lock, and on plain caps too."""
    limits = rules.limits
    closes = job.self_service_end
    request = LockRequest(
        since=job.created_at,
        last_start=None if closes is None else last_start(rules, NOW, closes) or closes,
        prioritized_at=job.prioritized_at,
        job=job.id,
        lane=job.placement.lane,
        slots=limits.slots,
        lease=rules.timing.lease_duration,
        cool_down=limits.cool_down,
        spacing=limits.spacing,
    )
    cap = replace(request, lane=None, cool_down=timedelta(0), spacing=timedelta(0))
    return WaitingJob(
        job=job,
        required_locks=(
            RequiredLock(scope=job.placement.scope, request=request),
            *(RequiredLock(scope=each, request=cap) for each in scopes),
        ),
    )


def rules_in_the_way(
    one: Job,
    rules: Policy | None = None,
    constraints: Constraints = ACTING,
    others: tuple[Job, ...] = (),
) -> list[BlockingRule]:
    """What is in a job's way, and that it is at risk at all; [] if it is not."""
    rules = rules or policy()
    found = at_risk([waiting(each, rules) for each in (one, *others)], constraints, rules, NOW)
    return [each.rule for each in found[one.id].blockers] if one.id in found else []


@pytest.mark.parametrize(
    ("calendar", "duration", "closes", "last"),
    [
        (Calendar(), HOUR, NOW + DAY, NOW + DAY - INSTANT),
        (NIGHT, HOUR, NOW + DAY, NOW + 13 * HOUR),
        (
            NIGHT,
            HOUR,
            NOW + 11 * HOUR,
            NOW + 11 * HOUR - INSTANT,
        ),  # in a window: the phase's end alone counts
        (NIGHT, 4 * HOUR, NOW + DAY, NOW + 10 * HOUR),  # it fits only exactly at the opening
        (NIGHT, HOUR, NOW + 10 * HOUR, None),  # the window opens as the phase closes
        (NIGHT, 5 * HOUR, NOW + DAY, None),
        (SATURDAY, HOUR, NOW + 5 * DAY, None),
        (SATURDAY, HOUR, NOW + 7 * DAY, MONDAY + 6 * DAY + 3 * HOUR),
        (SATURDAY, HOUR, NOW + 35 * DAY, MONDAY + 34 * DAY + 3 * HOUR),
    ],
)
def test_the_last_start_is_the_last_instant_that_fits_before_the_phase_closes(
    calendar: Calendar, duration: timedelta, closes: datetime, last: datetime | None
) -> None:
    # As last_start takes any policy, so also one whose duration fits in no window: that is a
    # policy's own test.
    rules = policy(expected_duration=duration)
    object.__setattr__(rules, "change_windows", calendar)

    found = last_start(rules, NOW, closes)

    assert found == last


@pytest.mark.parametrize(
    ("to_go", "warning", "found_ago", "rules"),
    [
        (4 * DAY, 3 * DAY, 30 * DAY, []),
        (3 * DAY, 3 * DAY, 30 * DAY, [BlockingRule.TIME]),
        (MINUTE, 3 * DAY, 30 * DAY, [BlockingRule.TIME]),
        (MINUTE, timedelta(0), 30 * DAY, []),
        (2 * DAY, 3 * DAY, HOUR, []),  # found late: half of what it had has to be gone
        (2 * DAY, 3 * DAY, 2 * DAY, [BlockingRule.TIME]),
        (timedelta(0), 3 * DAY, 30 * DAY, []),  # closed: the gates end it
    ],
)
def test_a_job_that_still_waits_near_its_last_start_is_at_risk(
    to_go: timedelta, warning: timedelta, found_ago: timedelta, rules: list[BlockingRule]
) -> None:
    one = job(self_service_end=NOW + to_go, created_at=NOW - found_ago)
    assert rules_in_the_way(one, policy(deadline_warning=warning)) == rules


def test_it_is_the_last_start_that_is_near_and_not_the_end() -> None:
    one = job(self_service_end=MONDAY + 10 * DAY)  # the last window before it is on Saturday
    assert rules_in_the_way(one, policy(SATURDAY, deadline_warning=6 * DAY)) == [BlockingRule.TIME]
    assert rules_in_the_way(one, policy(SATURDAY, deadline_warning=5 * DAY)) == []


PAUSE = Pause(target=EVERYTHING, reason="incident 42", by="ada", at=NOW)
HALTED = Semaphore(scope=SCOPE, halts=(Halt(reason="web-0 did not come back", job="s~0", at=NOW),))


@pytest.mark.parametrize(
    ("one", "constraints", "rules"),
    [
        (job(), Constraints(mode=Mode.ACT, pauses=(PAUSE,)), [BlockingRule.PAUSE]),
        (job(), Constraints(mode=Mode.ACT, semaphores=(HALTED,)), [BlockingRule.HALT]),
        (job(), Constraints(mode=Mode.OBSERVE), [BlockingRule.OBSERVE]),
        (job(state=State.PLANNED), Constraints(mode=Mode.ACT), [BlockingRule.TIME]),
        (job(state=State.PARKED, due=None), Constraints(mode=Mode.ACT), [BlockingRule.PARKED]),
        (
            job(),
            Constraints(mode=Mode.OBSERVE, pauses=(PAUSE,), semaphores=(HALTED,)),
            [BlockingRule.PAUSE, BlockingRule.OBSERVE, BlockingRule.HALT],
        ),
        (
            job(),
            Constraints(mode=Mode.ACT, semaphores=(replace(HALTED, scope=Scope("other")),)),
            [BlockingRule.TIME],
        ),
    ],
)
def test_what_a_person_has_to_lift_is_named_once_the_last_start_is_near(
    one: Job, constraints: Constraints, rules: list[BlockingRule]
) -> None:
    assert (
        rules_in_the_way(replace(one, self_service_end=NOW + DAY), constraints=constraints) == rules
    )
    assert (
        rules_in_the_way(replace(one, self_service_end=NOW + 20 * DAY), constraints=constraints)
        == []
    )


def test_a_parked_job_that_holds_the_lock_is_in_the_way_of_the_others_and_not_of_itself() -> None:
    parked = job("web-0", state=State.PARKED, due=None, self_service_end=NOW + DAY)
    lease = Lease(job=parked.id, lane=Lane("ud:0"), token=1, acquired_at=NOW, expires_at=NOW + HOUR)
    constraints = Constraints(mode=Mode.ACT, semaphores=(Semaphore(scope=SCOPE, holders=(lease,)),))
    behind = job("web-1", self_service_end=NOW + DAY)

    assert rules_in_the_way(behind, constraints=constraints, others=(parked,)) == [
        BlockingRule.PARKED
    ]
    assert rules_in_the_way(parked, constraints=constraints, others=(behind,)) == [
        BlockingRule.PARKED
    ]
    assert rules_in_the_way(behind, constraints=constraints) == [BlockingRule.TIME], (
        "its holder works, so it only waits"
    )


@pytest.mark.parametrize(
    "one",
    [
        job(self_service_end=None),
        job(self_service_end=NOW - DAY),
        job(
            state=State.PARKED,
            called_at=NOW,
            leases=(HeldLease(scope=SCOPE, token=1),),
            self_service_end=NOW + DAY,
        ),
    ],
    ids=["no end is known", "closed", "its call may be moving the machine"],
)
def test_what_is_not_known_or_not_to_be_helped_is_left_alone(one: Job) -> None:
    assert rules_in_the_way(one) == []


def test_a_job_for_which_no_window_is_left_is_at_risk_however_far_off_the_end_is() -> None:
    one = job(self_service_end=MONDAY + 5 * DAY, created_at=NOW)
    assert rules_in_the_way(one, policy(SATURDAY, deadline_warning=timedelta(0))) == [
        BlockingRule.WINDOWS
    ]


def test_of_more_machines_than_fit_the_last_ones_are_at_risk_at_once() -> None:
    """A four hours' window on one night, an hour each: the fifth one has no place."""
    rules = policy(NIGHT, expected_duration=HOUR, deadline_warning=timedelta(0))
    jobs = tuple(job(f"web-{n}", self_service_end=NOW + DAY) for n in range(5))

    found = at_risk([waiting(each, rules) for each in jobs], ACTING, rules, NOW)

    assert [each.rule for each in found[jobs[4].id].blockers] == [BlockingRule.QUEUE]
    assert set(found) == {jobs[4].id}
    assert "its turn comes not before 2026-11-24T22:00:00Z" in str(found[jobs[4].id])


def test_a_cap_that_is_shared_puts_machines_of_different_scopes_one_behind_the_other() -> None:
    rules = policy(NIGHT, expected_duration=4 * HOUR, deadline_warning=timedelta(0))
    jobs = [
        job(f"web-{n}", self_service_end=NOW + DAY, placement=Placement(scope=Scope(f"alone:{n}")))
        for n in range(2)
    ]
    alone = at_risk([waiting(each, rules) for each in jobs], ACTING, rules, NOW)
    capped = at_risk([waiting(each, rules, Scope("cap:all")) for each in jobs], ACTING, rules, NOW)
    assert (len(alone), len(capped)) == (0, 1)


@pytest.mark.parametrize(
    ("lanes", "limits", "minutes"),
    [
        (["0", "0"], {"slots": 1}, [0, 30]),
        (["0", "0"], {"slots": 2}, [0, 0]),
        (["0", "0", "0"], {"slots": 2}, [0, 0, 30]),
        (["0", "1"], {"slots": 2, "cool_down": 45 * MINUTE}, [0, 75]),
        (["0", "0", "1", "1"], {"slots": 2, "cool_down": 45 * MINUTE}, [0, 0, 75, 75]),
        (["0", "0"], {"slots": 2, "spacing": 10 * MINUTE}, [0, 10]),
        (["0", "0"], {"slots": 1, "spacing": 50 * MINUTE}, [0, 50]),
        (["0", "1"], {"slots": 1, "cool_down": MINUTE, "spacing": 50 * MINUTE}, [0, 50]),
        (["0", "0"], {"slots": 1, "calendar": NIGHT}, [600, 630]),
        (["0"] * 9, {"slots": 1, "calendar": NIGHT}, [*range(600, 840, 30), 600 + 24 * 60]),
    ],
)
def test_turns_follow_slots_lanes_spacing_and_windows(
    lanes: list[str], limits: dict[str, Any], minutes: list[int]
) -> None:
    rules = policy(**limits)
    jobs = [job(f"web-{n}", lane) for n, lane in enumerate(lanes)]
    starts = earliest_starts([waiting(each, rules) for each in jobs], rules, NOW)
    assert [starts[each.id] for each in jobs] == [NOW + n * MINUTE for n in minutes]


def test_the_lane_of_the_most_urgent_machine_goes_first() -> None:
    rules = policy(cool_down=HOUR)
    calm, urgent = job("a", "ud:0"), job("b", "ud:1", self_service_end=NOW + DAY)
    starts = earliest_starts([waiting(each, rules) for each in (calm, urgent)], rules, NOW)
    assert (starts[urgent.id], starts[calm.id]) == (NOW, NOW + 90 * MINUTE)


def test_many_ends_are_answered_as_each_by_itself() -> None:
    """What is cached from one end to the next changes no answer."""
    rules = policy(NIGHT, expected_duration=HOUR)
    ends = [NOW + n * 7 * HOUR for n in (30, 3, 12, 29, 1, 2, 11, 4)]
    jobs = [
        job(f"web-{n}", self_service_end=end, state=State.PARKED, due=None)
        for n, end in enumerate(ends)
    ]
    longest = replace(rules, timing=replace(rules.timing, deadline_warning=99 * DAY))
    found = at_risk([waiting(each, longest) for each in jobs], ACTING, longest, NOW)
    lasts = {each.phase_end: each.last_start for each in found.values()}
    assert len(lasts) > 3
    assert lasts == {end: last_start(rules, NOW, end) for end in lasts}


windows = st.builds(
    WeeklyWindow,
    days=st.lists(st.sampled_from(list(Weekday)), min_size=1, unique=True).map(tuple),
    start=st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    end=st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
)
calendars = st.builds(
    Calendar,
    windows=st.lists(windows, max_size=3).map(tuple),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
)
durations = st.integers(1, 8).map(lambda n: n * 30 * MINUTE)


def any_policy(calendar: Calendar, duration: timedelta, **limits: Any) -> Policy:
    """A policy of any calendar and duration, also of two that never fit.

    What is asked of it must hold there too.
    """
    rules = policy(expected_duration=duration, **limits)
    object.__setattr__(rules, "change_windows", calendar)
    return rules


@given(calendars, durations, st.integers(1, 9 * 48))
def test_no_later_start_fits_than_the_last_one(
    calendar: Calendar, duration: timedelta, half_hours: int
) -> None:
    """Against a search through every half hour, on which all these windows open and close."""
    closes = NOW + half_hours * 30 * MINUTE
    grid = [NOW + n * 30 * MINUTE for n in range(half_hours)]
    fitting = [each for each in grid if calendar.fits(each, duration)]

    found = last_start(any_policy(calendar, duration), NOW, closes)

    if found is None:
        assert fitting == []
    else:
        assert NOW <= found < closes
        assert calendar.fits(found, duration)
        assert not fitting or found >= fitting[-1]


def starts_of_the_lock(
    line: list[WaitingJob], asking: list[str], rules: Policy
) -> dict[str, datetime]:
    """When each job starts if all wait at the real lock, and ask it every ten minutes."""
    lock, now = Semaphore(scope=SCOPE), NOW
    left = {each.job.id: each.required_locks[0].request for each in line}
    for request in left.values():
        lock = with_waiter(lock, request, NOW, until=NOW + 50 * DAY)
    ends: dict[str, tuple[datetime, int]] = {}
    starts: dict[str, datetime] = {}
    while left and now < NOW + 40 * DAY:
        for done in [each for each, (end, _) in ends.items() if end <= now]:
            lock = release(lock, done, ends.pop(done)[1], now)
        is_open = rules.change_windows.fits(now, rules.timing.expected_duration)
        # The forecast assumes that every job has asked before the lock admits one. A waiter expires
        # while its window is closed, so each is added again here.
        for request in left.values() if is_open else []:
            lock = with_waiter(lock, request, now, until=now + DAY)
        # Twice, so that the order of the requests makes no difference.
        for each in [*asking, *asking] if is_open else []:
            if each not in left:
                continue
            lock, result = acquire(lock, left[JobId(each)], now)
            if isinstance(result, Acquired):
                starts[each] = now
                ends[each] = (now + rules.timing.expected_duration, result.lease.token)
                del left[JobId(each)]
        now += 10 * MINUTE
    return starts


limits = st.fixed_dictionaries(
    {
        "slots": st.integers(1, 3),
        "cool_down": st.sampled_from([0, 10, 40]).map(lambda n: n * MINUTE),
        "spacing": st.sampled_from([0, 20, 50]).map(lambda n: n * MINUTE),
    }
)
one_in_line = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(["ud:0", "ud:1", "ud:2"]),
        "self_service_end": st.sampled_from([2, 3, 20, 30]).map(lambda n: NOW + n * DAY),
        "created_at": st.integers(0, 20).map(lambda n: NOW - n * DAY),
        "prioritized_at": st.none() | st.integers(0, 3).map(lambda n: NOW - n * MINUTE),
    }
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(one_in_line, min_size=1, max_size=6),
    st.randoms(use_true_random=False),
    limits,
    st.sampled_from([Calendar(), NIGHT]),
)
def test_the_lock_starts_its_waiters_when_the_forecast_says(
    line: list[dict[str, Any]], random: Random, limits: dict[str, Any], calendar: Calendar
) -> None:
    """The forecast and the lock use the same order, so the order of the requests does not count."""
    rules = policy(calendar, **limits)
    jobs = [job(f"web-{n}", **each) for n, each in enumerate(line)]
    jobs.sort(key=lambda each: (each.placement.lane or "", each.machine))
    line_of_jobs = [waiting(each, rules) for each in jobs]
    asking: list[str] = [each.id for each in jobs]
    random.shuffle(asking)

    forecast = earliest_starts(line_of_jobs, rules, NOW)

    assert starts_of_the_lock(line_of_jobs, asking, rules) == forecast


@given(st.lists(st.sampled_from(["ud:0", "ud:1"]), min_size=1, max_size=6), st.integers(1, 3))
def test_another_machine_in_the_line_makes_nobody_earlier_in_all(
    lanes: list[str], slots: int
) -> None:
    rules = policy(NIGHT, slots=slots)
    line = [waiting(job(f"web-{n}", lane), rules) for n, lane in enumerate(lanes)]
    fewer = earliest_starts(line[:-1], rules, NOW).values()
    more = earliest_starts(line, rules, NOW).values()
    latest = [
        max((next_lane for next_lane in starts if next_lane), default=NOW)
        for starts in (fewer, more)
    ]
    assert latest[0] <= latest[1]
