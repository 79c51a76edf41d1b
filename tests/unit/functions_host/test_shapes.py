"""What the host sends, value by value."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.azure.functions_host.runtime import protos
from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import (
    HttpResponse,
    ScheduleStatus,
    http_event,
    plain,
    timer_event,
    typed,
)

NOON = datetime(2026, 1, 1, 12, 0, 0, 120000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, None),
        (b"x", "bytes"),
        ("x", "string"),
        (1.5, "double"),
        (1, "json"),
        (True, "json"),
        ({"a": 1}, "json"),
        (NOON, "json"),
    ],
)
def test_a_value_travels_as_dot_net_sends_it(value: object, kind: str | None) -> None:
    assert typed(value).WhichOneof("data") == kind


def test_a_timer_says_when_it_fired_and_fires_next() -> None:
    event = timer_event(
        past_due=True, status=ScheduleStatus(last=NOON, next=NOON + timedelta(minutes=5))
    )
    assert json.loads(event.data.json) == {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": {
            "Last": "2026-01-01T12:00:00.12+00:00",
            "Next": "2026-01-01T12:05:00.12+00:00",
            "LastUpdated": "2026-01-01T12:00:00.12+00:00",
        },
        "IsPastDue": True,
    }


def test_a_timer_that_never_fired_says_year_one_and_one_without_monitor_null() -> None:
    status = ScheduleStatus(last=None, next=NOON)
    assert (
        json.loads(timer_event(status=status).data.json)["ScheduleStatus"]["Last"]
        == "0001-01-01T00:00:00"
    )
    assert json.loads(timer_event().data.json)["ScheduleStatus"] is None


def test_a_request_has_lower_case_headers_and_no_empty_query_values() -> None:
    http = http_event(
        "GET", "http://h/p?a=&b=1", headers={"X-A": "1"}, query={"a": "", "b": "1"}
    ).data.http
    assert http.headers == {"x-a": "1"}
    assert http.query == {"b": "1"}
    assert http.body.WhichOneof("data") is None


def metadata(message: IncomingMessage) -> dict[str, protos.TypedData]:
    return dict(message_event(message).metadata)


def test_a_message_carries_strings_as_strings_and_the_rest_as_json() -> None:
    message = IncomingMessage(
        body=b"hello", message_id="m", subject="s", properties={"n": 1}, delivery_count=3
    )
    event = message_event(message)
    assert event.data.string == "hello"
    kinds = {name: value.WhichOneof("data") for name, value in event.metadata.items()}
    assert {name for name, kind in kinds.items() if kind == "string"} == {
        "MessageId",
        "LockToken",
        "Subject",
        "Label",
    }
    assert {"DeliveryCount", "SequenceNumber", "ApplicationProperties", "UserProperties"} <= {
        name for name, kind in kinds.items() if kind == "json"
    }
    assert event.metadata["DeliveryCount"].json == "3"
    assert json.loads(event.metadata["UserProperties"].json) == {"n": 1}


def test_what_a_message_has_not_is_not_sent() -> None:
    sent = metadata(IncomingMessage(body=b"x"))
    assert not sent.keys() & {
        "SessionId",
        "CorrelationId",
        "ContentType",
        "ReplyTo",
        "TimeToLive",
        "LockedUntil",
    }


def test_times_go_without_zone_under_their_utc_names() -> None:
    sent = metadata(IncomingMessage(body=b"x", enqueued=NOON))
    assert json.loads(sent["EnqueuedTimeUtc"].json) == "2026-01-01T12:00:00.12"
    assert json.loads(sent["EnqueuedTime"].json) == "2026-01-01T12:00:00.12+00:00"
    assert json.loads(sent["ExpiresAtUtc"].json).startswith("9999-12-31")


def test_an_empty_body_is_an_empty_value() -> None:
    assert message_event(IncomingMessage(body=b"")).data.WhichOneof("data") is None


def test_a_binary_trigger_gets_bytes_and_a_text_trigger_replaces_what_is_no_text() -> None:
    message = IncomingMessage(body=b"\xff\x00")
    assert message_event(message, binary=True).data.bytes == b"\xff\x00"
    assert message_event(message).data.string == "\ufffd\x00"


def test_keys_of_a_json_body_become_metadata_and_hide_the_messages_own() -> None:
    body = {
        "job": "17",
        "step": 2,
        "dry": True,
        "who": {"a": 1},
        "list": [1],
        "nothing": None,
        "messageid": "forged",
    }
    sent = metadata(IncomingMessage(body=json.dumps(body).encode(), message_id="real"))
    assert sent["job"].string == "17"
    assert sent["step"].string == "2"
    assert sent["dry"].string == "True"
    assert json.loads(sent["who"].json) == {"a": 1}
    assert not sent.keys() & {"list", "nothing", "messageid"}
    assert sent["MessageId"].string == "forged"


@pytest.mark.parametrize("body", [b"[1]", b"{broken", b"text", b'"text"'])
def test_other_bodies_add_no_metadata(body: bytes) -> None:
    assert (
        metadata(IncomingMessage(body=body)).keys() == metadata(IncomingMessage(body=b"x")).keys()
    )


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        IncomingMessage(body=b"", enqueued=datetime(2026, 1, 1))  # noqa: DTZ001 - the same object


def test_an_answer_comes_back_with_its_cookies() -> None:
    text = protos.NullableString
    cookie = protos.RpcHttpCookie(
        name="a",
        value="1",
        path=text(value="/"),
        domain=text(value=""),
        secure=protos.NullableBool(value=False),
        http_only=protos.NullableBool(value=True),
        same_site=1,
        max_age=protos.NullableDouble(value=60.0),
        expires=protos.NullableTimestamp(value=protos.Timestamp(seconds=0)),
    )
    http = protos.RpcHttp(
        status_code="201", headers={"x": "1"}, cookies=[cookie], body=protos.TypedData(bytes=b"b")
    )
    assert plain(protos.TypedData(http=http)) == HttpResponse(
        status=201,
        headers={"x": "1"},
        cookies=(
            (
                "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Path=/; "
                "HttpOnly; SameSite=Lax"
            ),
        ),
        body=b"b",
    )


def test_nothing_comes_back_as_none() -> None:
    assert plain(None) is None
    assert plain(protos.TypedData()) is None
