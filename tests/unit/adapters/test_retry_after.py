"""What a receiver means by `Retry-After`."""

from datetime import timedelta

import pytest

from shared.adapters.outbox.http_poster import _wait_of

NOON = "Sun, 06 Dec 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "date", "seconds"),
    [
        ("17", "", 17),
        ("0", "", 0),
        ("Sun, 06 Dec 2026 12:00:17 GMT", NOON, 17),
        ("Sun, 06 Dec 2026 11:00:00 GMT", NOON, 0),
        ("Sun, 06 Dec 2026 12:00:17 GMT", "", None),
        ("Sun, 06 Dec 2026 12:00:17 GMT", "nonsense", None),
        ("Sun, 06 Dec 2026 12:00:17", NOON, None),
        ("-5", NOON, None),
        ("1.5", NOON, None),
        ("9" * 30, NOON, None),
        ("٣", NOON, None),
        ("", NOON, None),
    ],
)
def test_a_wait_is_read_in_both_forms(text: str, date: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert _wait_of(text, date) == expected
