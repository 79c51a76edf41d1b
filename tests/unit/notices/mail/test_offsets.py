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


@pytest.mark.parametrize(
    "zone",
    [
        "UTC + 01:00",
        "UTC -05:00",
        "UTC - 5",
        "UTC\N{EN DASH}05:00",
        "UTC\N{EM DASH}5",
        "UTC\N{NON-BREAKING HYPHEN}5",
        "UTC/GMT+2",
        "UTC (+01:00)",
        "UTC:+01:00",
        "UTC plus 1",
        "UTC offset +1",
        "UTC\N{FULLWIDTH PLUS SIGN}01:00",
        "UTC\N{PLUS-MINUS SIGN}01:00",
        "UTC+5.5",
        "UTC+5\N{VULGAR FRACTION ONE HALF}",
        "UTC+01:00:00",
        "UTC+530",
        "Z+01:00",
        "GMT Daylight Time",
        "GMT Standard Time",
        "CET",
        "EST",
        "UTC1",
        "UTCx",
    ],
)
def test_what_may_be_another_zone_is_left_alone(zone: str) -> None:
    assert window_in(f"2025-02-13 23:10 {zone} to 2025-02-14 23:10 {zone}") is None


@pytest.mark.parametrize(
    "text",
    [
        "13 February 2025 23:10 UTC-14 de febrero de 2025 23:10 UTC",
        "13 February 2025 23:10 UTC - 14th of February 2025 23:10 UTC",
        "13. Februar 2025 23:10 UTC \N{EN DASH} 14. Februar 2025 23:10 UTC",
        "2025-02-13 23:10 UTC\N{EN DASH}2025-02-14 23:10 UTC",
        "2025-02-13T23:10Z/2025-02-14T23:10Z",
        "2025-02-13T23:10:00.0000000Z to 2025-02-14T23:10:00.0000000Z",
        "2025-02-14T00:10:00+01:00 to 2025-02-14T18:10-05:00",
    ],
)
def test_a_range_is_no_offset(text: str) -> None:
    assert window_in(text) == DAY


def test_the_end_of_a_range_on_the_same_day_is_no_offset() -> None:
    text = "2025-02-13 23:10 UTC - 11:30 PM UTC, again 2025-02-14 23:10 UTC - 23:30 UTC"

    assert window_in(text) == DAY


def test_hours_before_a_range_without_a_zone_are_left_alone() -> None:
    assert window_in("2025-02-13 01:10-05:00 to 2025-02-14 01:10-05:00") is None


LATE = "13 {0} 2025 23:10 UTC to 14 {0} 2025 23:10 UTC"


@pytest.mark.parametrize(
    ("month", "number"),
    [
        ("February", 2), ("Feb.", 2), ("Februar", 2), ("février", 2), ("de febrero de", 2),
        ("febbraio", 2), ("de fevereiro de", 2), ("lutego", 2),
        ("února", 2), ("február", 2), ("februari", 2), ("februar", 2),
        ("helmikuuta", 2), ("Şubat", 2), ("февраля", 2),
        ("marraskuuta", 11), ("listopada", 11), ("listopadu", 11), ("maaliskuuta", 3),
        ("června", 6), ("července", 7), ("maja", 5), ("Sept", 9), ("of March", 3),
    ],
)  # fmt: skip
def test_months_are_read_in_the_languages_of_the_portal(month: str, number: int) -> None:
    assert window_in(LATE.format(month)) == tuple(each.replace(month=number) for each in DAY)


@pytest.mark.parametrize("word", ["marzenia", "mayor", "Marketing", "Julia", "seconds", "outage"])
def test_a_word_that_begins_like_a_month_is_none(word: str) -> None:
    assert window_in(LATE.format(word)) is None


@pytest.mark.parametrize(
    "text",
    [
        "13 février 2025 à 23h10 UTC au 14 février 2025 à 23 h 10 UTC",
        "13. Februar 2025 um 23.10 Uhr UTC bis 14. Februar 2025 um 23:10 Uhr (UTC)",
        "13 februari 2025 kl. 23.10 UTC till 14 februari 2025 kl 23:10 UTC",
        "13 de febrero de 2025 a las 23:10 UTC al 14 de febrero de 2025 a las 23:10 UTC",
        "13 febbraio 2025 alle ore 23:10 UTC - 14 febbraio 2025 alle ore 23.10 UTC",
        "2025年2月13日 23:10 UTC から 2025年2月14日 23:10 UTC",
        "2025년 2월 13일 23:10 UTC ~ 2025년 2월 14일 23:10 UTC",
        "from 23:10 UTC on 13 February 2025 to 23:10 UTC on 14 February 2025",
        "11:10 PM UTC on February 13, 2025 - 11:10 PM UTC on February 14, 2025",
        "13-Feb-2025 23:10 UTC - 14-Feb-2025 23:10 UTC",
        "2025/02/13 23:10 UTC - 2025/02/14 23:10 UTC",
    ],
)
def test_days_and_times_are_read_as_people_write_them(text: str) -> None:
    assert window_in(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "Maintenance Window: 03:00 Sunday, Mar 27\u201315:00 Sunday, Mar 27 (UTC)",
        "2025-02-13 23:10 to 2025-02-14 23:10 (UTC)",
        "03/04/2025 23:10 UTC to 03/05/2025 23:10 UTC",
        "2025年2月13日 午後11:10 UTC から 2025年2月14日 午後11:10 UTC",
        "February 13, 2025 23:10 AM UTC to February 14, 2025 23:10 AM UTC",
        "February 13, 2025 0:10 PM UTC to February 14, 2025 0:10 PM UTC",
        "13 February 2025 11:10 p. m. UTC to 14 February 2025 11:10 p. m. UTC",
        "31 February 2025 23:10 UTC to 32 February 2025 23:10 UTC",
        "2025-02-13 24:00 UTC to 2025-02-14 24:00 UTC",
        "2025-13-02 23:10 UTC to 2025-14-02 23:10 UTC",
    ],
)
def test_what_is_not_plain_is_left_alone(text: str) -> None:
    assert window_in(text) is None
