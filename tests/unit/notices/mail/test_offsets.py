"""Times with an offset from UTC are converted, or left alone where the offset is doubtful."""

from datetime import UTC, datetime

import pytest

from shared.domain.notices.mail.windows import window_in

DAY = (datetime(2025, 2, 13, 23, 10, tzinfo=UTC), datetime(2025, 2, 14, 23, 10, tzinfo=UTC))
HOUR_EARLIER = tuple(each.replace(hour=22) for each in DAY)


@pytest.mark.parametrize(
    ("zone", "window"),
    [
        ("UTC", DAY),
        ("UTC+0", DAY),
        ("UTC+01:00", HOUR_EARLIER),
        ("UTC +01:00", HOUR_EARLIER),
        ("UTC+1", HOUR_EARLIER),
        ("GMT+0100", HOUR_EARLIER),
        ("(UTC+01:00)", HOUR_EARLIER),
        ("UTC+15:00", None),
        ("UTC+01:75", None),
    ],
)
def test_an_offset_is_converted_or_left_alone(
    zone: str, window: tuple[datetime, datetime] | None
) -> None:
    assert window_in(f"2025-02-13 23:10 {zone} to 2025-02-14 23:10 {zone}") == window


def test_an_offset_behind_utc_is_added() -> None:
    text = "2025-02-13 18:10 UTC-05:00 to 2025-02-14 18:10 UTC\N{MINUS SIGN}5"

    assert window_in(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "13 February 2025 23:10 UTC-14 February 2025 23:10 UTC",
        "13 February 2025 23:10 UTC - 14 February 2025 23:10 UTC",
        "2025-02-13 23:10 UTC-2025-02-14 23:10 UTC",
        "2025-02-13 23:10 UTC - 2025-02-14 23:10 UTC",
    ],
)
def test_a_dash_between_two_times_is_no_offset(text: str) -> None:
    assert window_in(text) == DAY
