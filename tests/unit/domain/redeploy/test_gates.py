"""The gates before a redeploy: each closes for its own reason, in one order."""

from datetime import datetime, time, timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.policy.change_windows import Calendar, Weekday, WeeklyWindow
from shared.domain.policy.eligibility import UNWATCHED
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Pace, Policy
from shared.domain.redeploy.gates import Admit, Defer, Refuse, pass_gates
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job

#: every day from 22:00 to 02:00; NOW is noon
NIGHTS = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),))
NIGHT = NOW.replace(hour=22)
PAUSE = Pause(target=EVERYTHING, reason="quarter end", by="kim", at=NOW)
RECHECK = 7 * MINUTE


def policy(calendar: Calendar | None = None, attempts: int = 2, lasts: timedelta = 30 * MINUTE) -> Policy:
    return Policy(
        change_windows=calendar or Calendar(),
        pace=Pace(recheck_every=RECHECK, expected_duration=lasts),
        limits=Limits(attempts=attempts),
    )


def answer(
    job: Job,
    now: datetime = NOW,
    *,
    rules: Policy | None = None,
    mode: Mode = Mode.ACT,
    pauses: tuple[Pause, ...] = (),
    watched: bool = True,
) -> Admit | Defer | Refuse:
    return pass_gates(job, mode=mode, watched=watched, policy=rules or policy(), pauses=pauses, now=now)


def test_a_job_passes_where_nothing_is_in_the_way() -> None:
    assert answer(a_job()) == Admit()
    assert answer(a_job(self_service_end=None)) == Admit()


def test_a_job_of_a_subscription_that_was_taken_out_is_not_called_and_nobody_is_told() -> None:
    assert answer(a_job(), watched=False) == Refuse(reason=UNWATCHED, exempt=True)


def test_after_a_call_it_waits_so_that_its_attempts_stay_counted() -> None:
    verdict = answer(a_job(attempts=1), rules=policy(attempts=2), watched=False)
    assert isinstance(verdict, Defer)
    assert verdict.reason == UNWATCHED


@pytest.mark.parametrize(("before", "passes"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_the_self_service_phase_is_over_at_its_very_end(before: timedelta, passes: bool) -> None:  # noqa: FBT001
    verdict = answer(a_job(self_service_end=NOW), NOW - before)

    assert verdict == (Admit() if passes else Refuse(reason="the self-service phase has closed", missed=True))


@pytest.mark.parametrize(("attempts", "passes"), [(0, True), (2, True), (3, False), (4, False)])
def test_the_attempts_are_counted(attempts: int, passes: bool) -> None:  # noqa: FBT001 - a table
    verdict = answer(a_job(attempts=attempts), rules=policy(attempts=3))

    assert verdict == Admit() if passes else isinstance(verdict, Refuse)
    if isinstance(verdict, Refuse):
        assert not verdict.missed
        assert "all 3 attempts are used up" in verdict.reason


def test_a_pause_defers_and_names_its_author() -> None:
    assert answer(a_job(), pauses=(PAUSE,)) == Defer(
        reason="paused (everything) by kim: quarter end", until=NOW + RECHECK
    )


def test_observe_mode_defers_and_says_that_it_would_have_gone_on() -> None:
    assert answer(a_job(), mode=Mode.OBSERVE) == Defer(
        reason="observe mode: would redeploy now", until=NOW + RECHECK
    )


def test_outside_the_change_window_it_waits_for_the_opening() -> None:
    assert answer(a_job(), rules=policy(NIGHTS)) == Defer(reason="outside the change window", until=NIGHT)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (NIGHT, None),
        (NIGHT + 3 * HOUR + 30 * MINUTE, None),  # ends with the window
        (NIGHT + 3 * HOUR + 31 * MINUTE, NIGHT + DAY),  # would end after it
    ],
)
def test_the_whole_redeploy_must_fit_into_the_window(now: datetime, opening: datetime | None) -> None:
    verdict = answer(a_job(), now, rules=policy(NIGHTS))

    assert verdict == (
        Admit() if opening is None else Defer(reason="outside the change window", until=opening)
    )


@pytest.mark.parametrize(("end", "missed"), [(NIGHT, True), (NIGHT - HOUR, True), (NIGHT + MINUTE, False)])
def test_a_phase_that_closes_before_the_next_window_is_told_at_once(end: datetime, missed: bool) -> None:  # noqa: FBT001
    verdict = answer(a_job(self_service_end=end), rules=policy(NIGHTS))

    assert isinstance(verdict, Refuse) is missed
    if isinstance(verdict, Refuse):
        assert verdict.missed
        assert "no change window opens before" in verdict.reason


def test_the_order_of_the_gates_is_the_order_of_the_reasons() -> None:
    """Each gate shows once the one before it is open."""
    night = policy(NIGHTS, attempts=1)
    shut = {"mode": Mode.OBSERVE, "pauses": (PAUSE,), "watched": True}
    closed, used_up = a_job(self_service_end=NOW, attempts=1), a_job(attempts=1)

    reasons = [
        pass_gates(closed, policy=night, now=NOW, **shut),  # type: ignore[arg-type] # two kinds in one dict
        pass_gates(used_up, policy=night, now=NOW, **shut),  # type: ignore[arg-type] # as above
        pass_gates(a_job(), policy=night, now=NOW, **shut),  # type: ignore[arg-type] # as above
        pass_gates(a_job(), policy=night, now=NOW, mode=Mode.OBSERVE, watched=True, pauses=()),
        pass_gates(a_job(), policy=night, now=NIGHT, mode=Mode.OBSERVE, watched=True, pauses=()),
        pass_gates(a_job(), policy=night, now=NIGHT, mode=Mode.ACT, watched=True, pauses=()),
    ]

    words = ["phase has closed", "attempts", "paused", "outside the change window", "observe"]
    assert [word in getattr(each, "reason", "") for word, each in zip(words, reasons, strict=False)] == [
        True
    ] * 5
    assert reasons[-1] == Admit()


def test_a_machine_that_azure_had_no_room_for_waits_until_its_time_whoever_wakes_it() -> None:
    held = a_job(not_before=NOW + HOUR)

    assert answer(held) == Defer(reason="Azure had no room for it on another host", until=NOW + HOUR)
    assert answer(held, NOW + HOUR) == Admit()
