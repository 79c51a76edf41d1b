"""Logs: one event on one line, whatever a stranger put into it."""

import logging

import pytest

from shared.telemetry import say, warn


def test_particulars_stand_on_one_line_and_what_is_not_said_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="forestall")
    say("job.planned", machine="/subscriptions/x", wave="a b", by=None, empty="")
    assert caplog.messages == ['job.planned machine=/subscriptions/x wave="a b" empty=""']


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x\nnotice.scanning id=1", r'"x\nnotice.scanning id=1"'),
        ("x\u2028y", r'"x\u2028y"'),
        ("x\x85y", r'"x\u0085y"'),
        ("\x1b[2J", r'"\u001b[2J"'),
        ("\u202egnp.exe", r'"\u202egnp.exe"'),
        ("für", "für"),
        ("für alle", '"für alle"'),
        ('a"b', r'"a\"b"'),
        ("a=b", '"a=b"'),
    ],
)
def test_no_text_ends_the_line_or_moves_the_cursor(
    text: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    warn("notice.refused", reason=text)
    assert caplog.messages == [f"notice.refused reason={shown}"]
