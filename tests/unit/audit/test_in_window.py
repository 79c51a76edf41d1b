"""I4 on hand-made logs, and the auditor's own reading of weekly windows."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.checks import in_window
from sandbox.audit.rules import (
    OneOffWindow,
    PolicyError,
    Rules,
    Timing,
    Window,
    Windows,
    read_windows,
)
from sandbox.audit.windows import open_until
from tests.unit.audit.logs import COLLEAGUE, START, Log, at, vm

#: 16:00 to 16:10 UTC of the Monday on which the logs begin
TEN_MINUTES = Windows(windows=(Window(days=("mon",), start=time(16, 0), end=time(16, 10)),))


def sentences(log: Log, windows: Windows = TEN_MINUTES) -> Sequence[str]:
    rules = Rules(change_windows=windows, timing=Timing(expected_duration=timedelta(seconds=60)))
    return [each.sentence for each in in_window.violations(log.history(), rules, FORESTALL)]


def called_at(seconds: float, *, closes: float = 3000, by: str = FORESTALL) -> Log:
    log = Log(closes=closes)
    log.load("a")
    log.call(seconds, "a", by=by)
    return log


@pytest.mark.parametrize("seconds", [1, 300, 540, 541.9])
def test_a_call_that_fits_into_the_window_is_clean(seconds: float) -> None:
    assert sentences(called_at(seconds)) == []


def test_a_call_too_late_for_the_expected_duration_is_a_violation() -> None:
    assert sentences(called_at(543)) == [
        "called 57.0 s before the change window closed; a redeploy takes up to 60 s"
    ]


def test_a_call_outside_every_window_is_a_violation() -> None:
    assert sentences(called_at(605)) == ["called while no change window was open"]
    tuesday = Windows(windows=(Window(days=("tue",), start=time(16, 0), end=time(17, 0)),))
    assert sentences(called_at(10), tuesday) == ["called while no change window was open"]


def test_a_call_a_moment_before_the_window_opens_is_a_violation() -> None:
    later = Windows(windows=(Window(days=("mon",), start=time(16, 1), end=time(17, 0)),))
    assert sentences(called_at(59.9), later) == ["called while no change window was open"]
    assert sentences(called_at(60), later) == []


def test_without_windows_every_moment_is_allowed() -> None:
    assert sentences(called_at(2000), Windows()) == []


def test_calls_of_others_are_not_judged() -> None:
    assert sentences(called_at(2000, by=COLLEAGUE)) == []


def test_a_refused_call_outside_the_window_is_a_violation_too() -> None:
    log = Log()
    log.load("a")
    log.call(700, "a", accepted=False)
    assert sentences(log) == ["called while no change window was open"]


def test_a_call_after_the_self_service_phase_is_a_violation() -> None:
    assert sentences(called_at(201, closes=200)) == []  # on its way while the phase closed
    assert sentences(called_at(203, closes=200)) == [
        "called outside its self-service phase, 16:00:01 to 16:03:20 UTC"
    ]


def test_a_call_before_anything_was_announced_is_a_violation() -> None:
    log = Log()
    log.load("a", announced=False)
    log.call(10, "a")
    assert sentences(log) == ["called though no self-service phase had been announced for it"]


NIGHT = Windows(
    windows=(Window(days=("sat",), start=time(22, 0), end=time(4, 0)),), time_zone="Europe/Berlin"
)


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        ("2026-11-28T20:59:59Z", None),  # Saturday 21:59:59 in Berlin
        ("2026-11-28T21:00:00Z", "2026-11-29T03:00:00Z"),
        ("2026-11-29T02:59:59Z", "2026-11-29T03:00:00Z"),
        ("2026-11-29T03:00:00Z", None),
        (
            "2026-10-24T20:00:00Z",
            "2026-10-25T03:00:00Z",
        ),  # the night in which clocks go back has seven hours
        (
            "2026-03-28T21:00:00Z",
            "2026-03-29T02:00:00Z",
        ),  # and the one in which they go forward five
    ],
)
def test_a_night_window_keeps_its_local_times(moment: str, closes: str | None) -> None:
    expected = datetime.fromisoformat(closes) if closes else None
    assert open_until(NIGHT, datetime.fromisoformat(moment)) == expected


def test_windows_that_touch_at_midnight_are_one() -> None:
    whole = Windows(windows=(Window(days=("mon", "tue"), start=time(0), end=time(0)),))
    assert open_until(whole, START) == datetime(2026, 11, 25, tzinfo=UTC)


@given(st.integers(0, 7 * 24 * 60 - 1), st.integers(0, 23), st.integers(1, 23))
def test_an_instant_is_open_exactly_when_its_wall_clock_lies_in_the_window(
    minute: int, start: int, hours: int
) -> None:
    windows = Windows(
        windows=(Window(days=("wed",), start=time(start), end=time((start + hours) % 24)),)
    )
    moment = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)
    since = moment - datetime(2026, 11, 25, start, tzinfo=UTC)
    assert (open_until(windows, moment) is not None) == (
        timedelta(0) <= since < timedelta(hours=hours)
    )


def with_one_off(seconds: float, machine: str, start: float, end: float) -> Sequence[str]:
    window = OneOffWindow(machine=machine, start=at(start), end=at(end))
    rules = Rules(
        change_windows=TEN_MINUTES,
        timing=Timing(expected_duration=timedelta(seconds=60)),
        one_off_windows=(window,),
    )
    log = called_at(seconds, closes=90_000)
    return [each.sentence for each in in_window.violations(log.history(), rules, FORESTALL)]


def test_a_window_that_an_operator_opened_for_the_machine_counts() -> None:
    assert with_one_off(2000, vm("a").upper(), 1900, 2100) == []


@pytest.mark.parametrize(
    ("seconds", "machine", "start", "end"),
    [
        (2000, "b", 1900, 2100),
        (1899, "a", 1900, 2100),
        (2050, "a", 1900, 2100),
        (2200, "a", 1900, 2100),
        (1900 + 4 * 3600, "a", 1900, 80_000),
    ],
    ids=["another machine", "too early", "too short", "over", "after four hours"],
)
def test_a_window_of_one_machine_excuses_nothing_else(
    seconds: float, machine: str, start: float, end: float
) -> None:
    found = with_one_off(seconds, vm(machine), start, end)
    assert found == ["called while no change window was open"]


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '[{"machine": "a", "start": "2026-12-01T08:00", "end": "x"}]']
)
def test_a_list_of_windows_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        read_windows(text)
