"""The gates before a redeploy: each closes for its own reason, in one order."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.rules.dates import RangeWindow
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.job.decision import Decision, Locks
from shared.domain.job.job import Job
from shared.domain.job.required_locks import line_of
from shared.domain.job.states import Event
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Policy, Timing
from shared.domain.reasons import OUTSIDE_CHANGE_WINDOW, UNWATCHED
from shared.domain.redeploy.gates import GateInputs, check_gates
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job

#: every day from 22:00 to 02:00; NOW is noon
NIGHTS = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),))
NIGHT = NOW.replace(hour=22)
PAUSE = Pause(target=EVERYTHING, reason="quarter end", by="kim", at=NOW)
RECHECK = 7 * MINUTE


def policy(
    calendar: Calendar | None = None, attempts: int = 2, lasts: timedelta = 30 * MINUTE
) -> Policy:
    return Policy(
        change_windows=calendar or Calendar(),
        timing=Timing(recheck_interval=RECHECK, expected_duration=lasts),
        limits=Limits(max_attempts=attempts),
    )


def answer(
    job: Job,
    now: datetime = NOW,
    *,
    rules: Policy | None = None,
    mode: Mode = Mode.ACT,
    pauses: tuple[Pause, ...] = (),
    watched: bool = True,
) -> Decision | None:
    circumstances = GateInputs(mode=mode, watched=watched, pauses=pauses)
    return check_gates(job, circumstances, rules or policy(), now)


def waits(reason: str, until: datetime) -> Decision:
    return Decision(event=Event.DEFERRED, reason=reason, at=until, locks=Locks.RELEASE)


def sleeps(reason: str, at: datetime) -> Decision:
    """As `waits`, in the line of the lock that the job shares with its region."""
    return replace(waits(reason, at), changes={"waits_for": line_of(a_job(), Policy())})


def ends(event: Event, reason: str, notify: str | None) -> Decision:
    changes = {} if event is Event.CLOSED else {"superseded": notify is None}
    return Decision(event=event, reason=reason, locks=Locks.RELEASE, notify=notify, changes=changes)


def test_a_job_passes_where_nothing_is_in_the_way() -> None:
    assert answer(a_job()) is None
    assert answer(a_job(self_service_end=None)) is None


def test_a_job_of_a_subscription_that_was_taken_out_is_not_called_and_nobody_is_told() -> None:
    assert answer(a_job(), watched=False) == ends(Event.WITHDRAWN, UNWATCHED, notify=None)


def test_after_a_call_it_waits_so_that_its_attempts_stay_counted() -> None:
    expected = answer(a_job(attempts=1), rules=policy(attempts=2), watched=False)
    assert expected == waits(UNWATCHED, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("before", "passes"), [(timedelta(0), False), (timedelta(microseconds=1), True)]
)
def test_the_self_service_phase_is_over_at_its_very_end(before: timedelta, passes: bool) -> None:
    expected = answer(a_job(self_service_end=NOW), NOW - before)

    closed = ends(Event.CLOSED, "the self-service phase has closed", "job.missed")
    assert expected == (None if passes else closed)


@pytest.mark.parametrize(("attempts", "passes"), [(0, True), (2, True), (3, False), (4, False)])
def test_the_attempts_are_counted(attempts: int, passes: bool) -> None:
    expected = answer(a_job(attempts=attempts), rules=policy(attempts=3))

    used_up = "all 3 attempts are used up, and the machine is still scheduled"
    assert expected == (
        None if passes else ends(Event.WITHDRAWN, used_up, "job.attempts_exhausted")
    )


def test_a_pause_defers_and_names_its_author() -> None:
    assert answer(a_job(), pauses=(PAUSE,)) == sleeps(
        "paused (everything) by kim: quarter end", NOW + RECHECK
    )


def test_observe_mode_defers_and_says_that_it_would_have_gone_on() -> None:
    assert answer(a_job(), mode=Mode.OBSERVE) == sleeps(
        "observe mode: would redeploy now", NOW + 16 * HOUR
    )


def test_outside_the_change_window_it_waits_for_the_opening() -> None:
    assert answer(a_job(), rules=policy(NIGHTS)) == sleeps("outside the change window", NIGHT)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (NIGHT, None),
        (NIGHT + 3 * HOUR + 30 * MINUTE, None),  # ends with the window
        (NIGHT + 3 * HOUR + 31 * MINUTE, NIGHT + DAY),  # would end after it
    ],
)
def test_the_whole_redeploy_must_fit_into_the_window(
    now: datetime, opening: datetime | None
) -> None:
    expected = answer(a_job(), now, rules=policy(NIGHTS))

    assert expected == (None if opening is None else sleeps("outside the change window", opening))


@pytest.mark.parametrize(
    ("end", "in_time"), [(NIGHT, False), (NIGHT - HOUR, False), (NIGHT + MINUTE, True)]
)
def test_a_job_without_a_window_in_time_waits_as_long_as_its_phase_is_open(
    end: datetime,
    in_time: bool,
) -> None:
    expected = answer(a_job(self_service_end=end), rules=policy(NIGHTS))

    none = "no change window opens before the self-service phase closes"
    window = sleeps("outside the change window", NIGHT)
    assert expected == (window if in_time else waits(none, NOW + HOUR))


def test_the_order_of_the_gates_is_the_order_of_the_reasons() -> None:
    """Each gate shows once the one before it is open."""
    night = policy(NIGHTS, attempts=1)
    closed, used_up = a_job(self_service_end=NOW, attempts=1), a_job(attempts=1)

    reasons = [
        answer(closed, rules=night, mode=Mode.OBSERVE, pauses=(PAUSE,), watched=False),
        answer(used_up, rules=night, mode=Mode.OBSERVE, pauses=(PAUSE,), watched=False),
        answer(a_job(), rules=night, mode=Mode.OBSERVE, pauses=(PAUSE,), watched=False),
        answer(a_job(), rules=night, mode=Mode.OBSERVE, pauses=(PAUSE,)),
        answer(a_job(), rules=night, mode=Mode.OBSERVE),
        answer(a_job(), NIGHT, rules=night, mode=Mode.OBSERVE),
        answer(a_job(), NIGHT, rules=night),
    ]

    words = [
        "phase has closed",
        "attempts",
        "not watched",
        "paused",
        "outside the change window",
        "observe",
    ]
    assert [
        each is not None and each.reason is not None and word in each.reason
        for word, each in zip(words, reasons, strict=False)
    ] == [True] * 6
    assert reasons[-1] is None


def test_a_machine_that_azure_had_no_room_for_waits_until_its_time_whoever_wakes_it() -> None:
    held = a_job(not_before=NOW + HOUR)

    assert answer(held) == waits("Azure had no capacity for it on another host", NOW + HOUR)
    assert answer(held, NOW + HOUR) is None


def test_c28_a_due_time_by_older_zone_data_opens_no_window() -> None:
    """It slept while the app got newer zone data: the rules count, and not `due`."""
    nightly = WeeklyWindow(days=tuple(Weekday), start=time(2), end=time(4))
    casablanca = policy(Calendar(windows=(nightly,), time_zone="Africa/Casablanca"))
    by_2025b = datetime(2027, 1, 10, 1, tzinfo=UTC)
    job = a_job(due=by_2025b, self_service_end=None)

    assert answer(job, by_2025b, rules=casablanca) == sleeps(OUTSIDE_CHANGE_WINDOW, by_2025b + HOUR)
    assert answer(job, by_2025b + HOUR, rules=casablanca) is None


def test_c92_a_job_starts_when_a_blackout_ends_and_not_at_its_next_look() -> None:
    ends_at = NOW + 4 * HOUR
    local_end = ends_at.replace(tzinfo=None)
    freeze = RangeWindow(start=local_end - 10 * DAY, end=local_end)
    rules = policy(Calendar(blackouts=(Blackout(rule=freeze),)))

    assert answer(a_job(), ends_at - 30 * MINUTE, rules=rules) == sleeps(
        OUTSIDE_CHANGE_WINDOW, ends_at
    )
    assert answer(a_job(), ends_at, rules=rules) is None
