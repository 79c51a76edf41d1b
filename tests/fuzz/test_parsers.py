"""A small part of the campaign with every test run.

No parser fails on an edited sample, and none takes long.

The whole of it: `make fuzz`; its figures are in docs/notices.md.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.edits import SEEDS, edited_samples
from tests.fuzz.targets import feed


def test_every_sample_is_understood_or_refused_by_every_parser() -> None:
    for each in SEEDS:
        feed(each)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(edited_samples())
def test_edited_samples_are_understood_or_refused(data: bytes) -> None:
    feed(data)


@pytest.mark.timeout(
    120
)  # two seconds for all; a parser that backs up would take hours for the first
def test_inputs_made_to_be_slow_take_time_in_proportion_to_their_length() -> None:
    # Each is about 1 MB of what makes a careless parser back up.
    traps = [
        bytes([8]) + b"Content-Type: text/html\n\n" + b"<" * 1_000_000,
        bytes([8]) + b"Content-Type: text/html\n\n" + b"<style>" * 140_000,
        bytes([8]) + b"Content-Type: text/plain\n\n" + b"&" * 1_000_000,
        bytes([8]) + b"Content-Type: text/plain\n\n" + b"1 January " * 100_000,
        bytes([8]) + b"Content-Type: text/plain\n\n" + b"ABCD_" * 200_000,
        bytes([8]) + b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\n",
        bytes([8]) + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 250_000,
        bytes([8]) + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 20_000,
        bytes([2]) + b"--xYzZY\r\n" * 110_000,
        bytes([2])
        + b'--xYzZY\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
        + b"\r\n--xYzZ" * 120_000,
        bytes([3]) + b"a=b&" * 250_000,
        bytes([3]) + b"%" * 1_000_000,
        bytes([0]) + b"[" * 1_000_000,
        bytes([0]) + b'{"data":' * 120_000,
        bytes([0]) + b"9" * 1_000_000,
        bytes([9]) + b"." * 16_000,
        bytes([4]) + b'{"Attachments": [' + b"{}," * 300_000 + b"{}]}",
        bytes([7]) + b'{"a":' * 200_000,
        bytes([11]) + b"DKIM-Signature: " + b"d=a;" * 250_000,
        bytes([11]) + b"X: " + b"envelope-from=" * 70_000,
        bytes([11]) + b"X: " + b"header.from=" * 80_000,
        bytes([11]) + b"From: a@b\n" * 100_000,
    ]
    for trap in traps:
        feed(trap)
