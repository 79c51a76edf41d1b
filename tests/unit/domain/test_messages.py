"""What travels on the queues.

What is written can be read, and everything else is unreadable, never a crash.
"""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.job import JobId
from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import (
    MESSAGE_SCHEMAS,
    Cause,
    JobStep,
    NewerMessage,
    Notification,
    QueueMessage,
    ScanRequest,
    UnreadableMessage,
    decode,
    encode,
)

SCAN = ScanRequest(
    subscription=SubscriptionId("2f1c"), trigger_id="2026-11-23T16:05:00Z", cause=Cause.NOTICE
)
STEP = JobStep(job=JobId("2f1c~9d3a"), step=4)
ANY_STEP = JobStep(job=JobId("2f1c~9d3a"))
NOTE = Notification(kind="job.failed", subject="2f1c~9d3a", text="not ready: ü, ☃")

texts = st.text()
messages = st.one_of(
    st.builds(ScanRequest, subscription=texts, trigger_id=texts, cause=st.sampled_from(Cause)),
    st.builds(JobStep, job=st.just(JobId("s~h")), step=st.none() | st.integers(0, 2**53)),
    st.builds(Notification, kind=texts, subject=texts, text=texts),
)


def there_and_back(message: QueueMessage) -> QueueMessage:
    kind: Any = type(message)
    read: QueueMessage = decode(encode(message), kind)
    assert read == decode(encode(message).encode(), kind)
    return read


@pytest.mark.parametrize("message", [SCAN, STEP, ANY_STEP, NOTE])
def test_a_message_is_read_as_it_was_written(message: QueueMessage) -> None:
    assert there_and_back(message) == message


@given(message=messages)
def test_any_message_is_read_as_it_was_written(message: QueueMessage) -> None:
    assert there_and_back(message) == message


def test_the_form_on_the_queue_is_the_documented_one() -> None:
    """Written down: during an upgrade, the other version must be able to read it."""
    assert msgspec.json.decode(encode(STEP)) == {"job": "2f1c~9d3a", "step": 4, "version": 1}
    assert msgspec.json.decode(encode(SCAN)) == {
        "subscription": "2f1c",
        "trigger_id": "2026-11-23T16:05:00Z",
        "cause": "notice",
        "version": 1,
        "scan": "",
        "step": 0,
        "attempt": 0,
        "machines": [],
    }
    assert {each.version for each in MESSAGE_SCHEMAS.values()} == {1}


@pytest.mark.parametrize(
    "body",
    [
        "", " ", "{", "null", "[]", "7", '"text"', "{}", "not JSON", b"\xff\xfe", b"\x00",
        '{"job": "2f1c~9d3a', '{"job": null}', '{"job": 7}', '{"job": ["2f1c~9d3a"]}',
        '{"step": 4}', '{"job": "no-tilde"}', '{"job": "~hash"}', '{"job": ""}',
        '{"job": "2f1c~9d3a", "step": "4"}', '{"job": "2f1c~9d3a", "step": 4.5}',
        '{"job": "2f1c~9d3a", "step": true}', '{"job": "2f1c~9d3a", "version": "1"}',
        '{"job": "2f1c~9d3a", "version": null}', '{"job": "\ud800~x"}',
        '{"job": "2f1c~9d3a", "x": ' + "[" * 100_000,
        '{"job": "2f1c~9d3a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_step_is_unreadable_and_says_so(body: bytes | str) -> None:
    with pytest.raises(UnreadableMessage, match=r"not a JobStep: ."):
        decode(body, JobStep)


@pytest.mark.parametrize("kind", [ScanRequest, JobStep, Notification])
@given(body=st.binary(max_size=40) | st.text(max_size=40))
def test_no_body_does_worse_than_be_unreadable(kind: type, body: bytes | str) -> None:
    with pytest.raises(UnreadableMessage):
        decode(body, kind)


def test_a_cause_of_the_future_is_unreadable() -> None:
    with pytest.raises(UnreadableMessage, match="cause"):
        decode('{"subscription": "2f1c", "tick": "t", "cause": "moon"}', ScanRequest)


def test_a_newer_version_is_not_guessed_at() -> None:
    with pytest.raises(
        NewerMessage, match=r"JobStep: it has schema version 2, and this release reads up to 1"
    ):
        decode('{"version": 2, "work": {"id": "2f1c~9d3a"}}', JobStep)


@pytest.mark.parametrize("cause", ["hint-of-2027", "", "TIMER"])
def test_a_word_that_a_newer_release_added_waits_for_that_release(cause: str) -> None:
    body = encode(SCAN).replace('"notice"', f'"{cause}"')

    with pytest.raises(NewerMessage, match="ScanRequest: a newer release wrote it"):
        decode(body, ScanRequest)


def test_a_member_of_another_kind_is_no_newer_release() -> None:
    with pytest.raises(UnreadableMessage) as fault:
        decode(encode(SCAN).replace('"notice"', "7"), ScanRequest)

    assert not isinstance(fault.value, NewerMessage)


def test_a_field_that_a_newer_patch_added_is_passed_over() -> None:
    assert decode('{"job": "2f1c~9d3a", "hue": "blue"}', JobStep) == ANY_STEP


def test_one_occasion_is_one_message_to_service_bus() -> None:
    again = ScanRequest(subscription=SCAN.subscription, trigger_id=SCAN.trigger_id)
    later = ScanRequest(subscription=SCAN.subscription, trigger_id="2026-11-23T16:10:00Z")

    assert again.message_id == SCAN.message_id
    assert later.message_id != SCAN.message_id


def test_long_occasions_stay_apart_within_the_length_that_service_bus_allows() -> None:
    one, other = (
        ScanRequest(subscription=SCAN.subscription, trigger_id="x" * 200 + end) for end in "ab"
    )

    assert one.message_id != other.message_id
    assert len(one.message_id) <= 128


def test_each_step_of_a_scan_is_a_message_of_its_own_whatever_asked_for_it() -> None:
    """The queue drops a message id that it has seen within ten minutes."""
    steps = [
        replace(SCAN, scan=scan, step=step, attempt=attempt)
        for scan in ("a", "b")
        for step in (0, 1)
        for attempt in (0, 1)
    ]
    assert len({each.message_id for each in [SCAN, *steps]}) == 9
    assert steps[0].message_id == replace(steps[0], trigger_id="another").message_id
