"""Logs: one event on one line, with any untrusted text in it."""

import logging

import pytest

from benchmarks.log_bytes import wave
from shared.telemetry import log_event, log_failure, log_warning


def test_fields_stand_on_one_line_and_empty_ones_are_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="forestall")
    log_event("job.planned", machine="/subscriptions/x", wave="a b", by=None, empty="")
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
    log_warning("notice.refused", reason=text)
    assert caplog.messages == [f"notice.refused reason={shown}"]


def test_a_failure_is_one_line_with_its_traceback_whatever_its_text_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(ValueError, match="first") as raised:
        int("first\njob.missed job=forged\x1b[2J")
    log_failure("http.failed", raised.value, function="list_jobs")

    (record,) = caplog.records
    line = record.getMessage()
    assert record.levelname == "ERROR"
    assert line.startswith("http.failed function=list_jobs error=ValueError traceback=")
    assert "test_telemetry.py" in line
    assert "first" in line
    assert line.isprintable()


async def test_a_step_costs_few_bytes_of_log_whatever_the_number_of_machines() -> None:
    few, many = await wave(5), await wave(25)
    assert (few.steps, many.steps) == (15, 75)
    # docs/deploy.md says 573.
    assert many.bytes_of_a_step < 650
    assert many.bytes_of_a_step < few.bytes_of_a_step * 1.02
