"""Every window that a change of clocks makes longer or shorter, 2024 to 2032, in sixteen zones."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.interval import Interval
from shared.domain.calendar.rules.dates import OnceWindow
from shared.domain.calendar.zones.names import tzdata_version
from tests.unit.domain.calendar.golden.first_passage import PLACES, TABLE, YEARS, rows
from tests.unit.domain.calendar.instants import DAY, at, closed_in, opening, shown, utc

HEAD, *ROWS = TABLE.read_text(encoding="utf-8").splitlines()


def cases(place: str) -> Iterator[tuple[OnceWindow, str]]:
    for row in ROWS:
        name, day, hours, opens = row.split("  ")
        if name == place:
            start, end = hours.split("-")
            window = OnceWindow(dates=(date.fromisoformat(day),), start=at(start), end=at(end))
            yield window, opens


def test_the_table_is_of_the_packaged_zone_data_and_as_large_as_it_should_be() -> None:
    assert HEAD.startswith(f"# IANA {tzdata_version()};"), "write it anew, and read the difference"
    assert len(PLACES) >= 12
    assert {row[:4] for row in (each.split("  ")[1] for each in ROWS)} == {str(y) for y in YEARS}
    assert {row.split("  ")[0] for row in ROWS} == set(PLACES)


def test_the_table_is_what_the_plain_way_gives() -> None:
    assert [HEAD, *ROWS] == list(rows())


@pytest.mark.parametrize("place", PLACES)
def test_windows_open_as_the_table_says(place: str) -> None:
    for window, opens in cases(place):
        calendar = Calendar(windows=(window,), time_zone=place)
        span = utc(str(window.dates[0]))
        found = shown(calendar.openings(span - 2 * DAY, span + 3 * DAY))
        assert found == ([] if opens == "none" else [opens]), (window, place)


@pytest.mark.parametrize("place", PLACES)
def test_blackouts_close_at_least_what_a_window_opens(place: str) -> None:
    for window, opens in cases(place):
        closed = Calendar(blackouts=(Blackout(rule=window),), time_zone=place)
        day = utc(str(window.dates[0]))
        found = closed_in(closed, str(day - 2 * DAY)[:16], str(day + 3 * DAY)[:16])
        if opens != "none":
            (one,) = found
            assert _covers(opening(one), opening(opens)), (window, place)


def _covers(wide: Interval, narrow: Interval) -> bool:
    return wide.start <= narrow.start and narrow.end <= wide.end <= narrow.end + timedelta(hours=2)
