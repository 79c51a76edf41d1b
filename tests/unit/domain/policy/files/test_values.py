"""Durations, times and dates as users write them."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy.values import (
    read_date,
    read_duration,
    read_end_time,
    read_local_time,
    read_time,
    shown_duration,
)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(days=7)),
        ("90s", timedelta(seconds=90)),
        ("0s", timedelta(0)),
        (" 5M ", timedelta(minutes=5)),
        ("PT30M", timedelta(minutes=30)),
        ("P3D", timedelta(days=3)),
        ("P1DT2H", timedelta(hours=26)),
        ("PT1.5S", timedelta(seconds=1.5)),
        ("P1W", timedelta(days=7)),
    ],
)
def test_a_duration(text: str, length: timedelta) -> None:
    assert read_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "m",
        "P",
        "PT",
        "1m1h",
        "-5m",
        "1.5h",
        "30 m",
        "30min",
        "P1M",
        "off",
        "9" * 70 + "s",
        "\u0661\u0660m",  # digits of Arabic
        "PT\uff11\uff10M",  # wide digits
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Write a duration such as 30m"):
        read_duration(text)


def test_a_duration_has_a_limit() -> None:
    with pytest.raises(ValueError, match="at most 3650 days"):
        read_duration("3651d")


@given(seconds=st.integers(0, 3_650 * 86_400))
def test_a_duration_is_read_as_it_is_shown(seconds: int) -> None:
    assert read_duration(shown_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_parts_of_a_second_are_shown() -> None:
    assert shown_duration(timedelta(seconds=1.5)) == "PT1.5S"
    assert read_duration("PT1.5S") == timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (read_time, "22:00", time(22)),
        (read_time, "7:05", time(7, 5)),
        (read_time, "22:00:30", time(22, 0, 30)),
        (read_end_time, "24:00", time(0)),
        (read_end_time, "00:00", time(0)),
        (read_end_time, "06:30", time(6, 30)),
        (read_date, "2026-12-23", date(2026, 12, 23)),
        (read_local_time, "2026-12-23 18:00", datetime(2026, 12, 23, 18)),  # noqa: DTZ001
        (read_local_time, "2026-12-23T18:00:00", datetime(2026, 12, 23, 18)),  # noqa: DTZ001
    ],
)
def test_times_and_dates(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_time, "24:00", "from 00:00 to 23:59"),  # C01
        (read_time, "22", "such as 22:00"),
        (read_time, "22:60", "from 00:00 to 23:59"),
        (read_time, "10pm", "such as 22:00"),
        (read_time, "\uff12\uff12:00", "such as 22:00"),
        (read_end_time, "\u0660\u0666:00", "such as 06:00"),
        (read_date, "\uff12\uff10\uff12\uff16-12-23", "such as 2026-12-23"),
        (read_time, "22:00+01:00", "such as 22:00"),
        (read_end_time, "24:01", "from 00:00 to 24:00"),
        (read_date, "2026-02-30", "such as 2026-12-23"),
        (read_date, "23.12.2026", "such as 2026-12-23"),
        (read_date, "20261223", "such as 2026-12-23"),
        (read_local_time, "2026-12-23", "a date and a time"),
        (read_local_time, "2026-12-23 18:00Z", "a date and a time"),
    ],
)
def test_what_is_no_time_or_date_is_refused(
    read: Callable[[str], object], text: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        read(text)
