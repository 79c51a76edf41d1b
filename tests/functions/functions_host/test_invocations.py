"""Functions of the example app on the real runtime, with data as the host sends it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.protos import TypedData
from sandbox.azure.functions_host.runtime.shapes import (
    HttpResponse,
    ScheduleStatus,
    http_event,
    timer_event,
)
from sandbox.azure.functions_host.runtime.worker import Invocation
from tests.functions.functions_host.app_process import AppProcess

EXAMPLE = Path(__file__).parent / "example_app"


@pytest.fixture(scope="module")
def app() -> Iterator[AppProcess]:
    with AppProcess(EXAMPLE) as process:
        yield process


def output(done: Invocation, name: str = "$return") -> dict[str, object]:
    assert done.succeeded, done.error
    text = done.return_value if name == "$return" else done.outputs[name]
    assert isinstance(text, str)
    loaded: dict[str, object] = json.loads(text)
    return loaded


def test_the_index_holds_every_function_with_its_bindings_as_written(app: AppProcess) -> None:
    triggers = {name: f.trigger for name, f in app.functions.items()}
    assert {name: t["type"] for name, t in triggers.items()} == {
        "sweep": "timerTrigger",
        "orders": "httpTrigger",
        "text": "httpTrigger",
        "broken": "httpTrigger",
        "work": "serviceBusTrigger",
        "bury": "serviceBusTrigger",
    }
    assert triggers["sweep"]["schedule"] == "%SWEEP_SCHEDULE%"
    assert triggers["bury"]["queueName"] == "%ORDERS_QUEUE%/$deadletterqueue"


def test_a_timer_sees_its_status(app: AppProcess) -> None:
    status = ScheduleStatus(last=None, next=datetime(2026, 1, 1, tzinfo=UTC))
    seen = output(app.trigger("sweep", timer_event(past_due=True, status=status)), "out")
    assert seen["past_due"] is True
    assert seen["status"] == {
        "Last": "0001-01-01T00:00:00",
        "Next": "2026-01-01T00:00:00+00:00",
        "LastUpdated": "0001-01-01T00:00:00",
    }


def test_the_function_knows_the_invocations_id(app: AppProcess) -> None:
    done = app.trigger("sweep", timer_event())
    assert output(done, "out")["invocation"] == done.id


def test_a_request_is_answered_with_headers_and_cookies(app: AppProcess) -> None:
    event = http_event(
        "POST",
        "http://h/api/orders/7?x=1",
        headers={"X-Sent": "hi"},
        params={"order_id": "7"},
        query={"x": "1"},
        body=b"[1]",
    )
    done = app.trigger("orders", event)
    assert done.succeeded, done.error
    assert isinstance(done.return_value, HttpResponse)
    assert done.return_value.status == 202
    assert done.return_value.headers == {"x-seen": "hi", "content-type": "application/json"}
    assert done.return_value.cookies == ("a=1; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",)
    assert json.loads(done.return_value.body) == {"id": "7", "query": {"x": "1"}, "length": 3}
    assert done.outputs == {"out": "[1]"}


def test_a_request_without_body_has_an_empty_one(app: AppProcess) -> None:
    done = app.trigger("orders", http_event("GET", "http://h/api/orders"))
    assert isinstance(done.return_value, HttpResponse)
    assert json.loads(done.return_value.body)["length"] == 0
    assert done.outputs == {}


def test_a_message_shows_what_azure_would_show(app: AppProcess) -> None:
    message = IncomingMessage(
        body=b'{"n": 1}',
        message_id="m-1",
        delivery_count=2,
        sequence_number=9,
        session_id="s",
        correlation_id="c",
        content_type="application/json",
        subject="order",
        properties={"tries": 3, "who": "me"},
        enqueued=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    )
    assert output(app.trigger("work", message_event(message)))["seen"] == {
        "message_id": "m-1",
        "delivery_count": 2,
        "sequence_number": 9,
        "session_id": "s",
        "correlation_id": "c",
        "content_type": "application/json",
        "subject": "order",
        "properties": {"tries": 3, "who": "me"},
        "user_properties": {"tries": 3, "who": "me"},
        "enqueued": "2026-01-02 03:04:05.678000",
        "expires": "9999-12-31 23:59:59.999999",
        "time_to_live": None,
        "dead_letter_reason": None,
    }


def test_a_message_without_anything_optional_shows_none(app: AppProcess) -> None:
    seen = output(app.trigger("work", message_event(IncomingMessage(body=b""))))["seen"]
    assert isinstance(seen, dict)
    assert seen["session_id"] is None
    assert seen["content_type"] is None
    assert seen["properties"] == {}


def test_an_exception_is_a_failure_with_the_runtimes_words(app: AppProcess) -> None:
    done = app.trigger("work", message_event(IncomingMessage(body=b'{"fail": true}')))
    assert not done.succeeded
    assert done.error == "RuntimeError: failed on purpose"
    assert "orders.py" in done.stack_trace
    assert done.return_value is None


def test_a_timer_value_that_is_no_json_is_a_failure(app: AppProcess) -> None:
    done = app.invoke("sweep", {"timer": TypedData(string="x")}, {})
    assert not done.succeeded
    assert "unable to decode incoming TypedData" in done.error


def test_a_message_without_user_properties_is_a_failure(app: AppProcess) -> None:
    event = message_event(IncomingMessage(body=b"{}"))
    metadata = {name: value for name, value in event.metadata.items() if name != "UserProperties"}
    done = app.invoke("work", {"message": event.data}, metadata)
    assert not done.succeeded
    assert "unsupported combination" in done.error


WRONG_VALUES = """
import azure.functions as func
app = func.FunctionApp()

@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")
def returns_without_return(timer: func.TimerRequest):
    return "x"

@app.route(route="d")
def returns_a_dict(req: func.HttpRequest):
    return {"a": 1}

@app.route(route="n")
def returns_nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None

@app.service_bus_queue_trigger(arg_name="msg", queue_name="q", connection="Bus")
@app.service_bus_queue_output(arg_name="$return", queue_name="q", connection="Bus")
def returns_a_number(msg: func.ServiceBusMessage):
    return 1
"""


def test_what_cannot_be_put_out_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(WRONG_VALUES, "utf-8")
    with AppProcess(tmp_path) as process:
        timer = process.trigger("returns_without_return", timer_event())
        document = process.trigger("returns_a_dict", http_event("GET", "http://h/d"))
        number = process.trigger("returns_a_number", message_event(IncomingMessage(body=b"")))
    assert "without a $return binding" in timer.error
    assert "unable to encode outgoing TypedData" in document.error
    assert "unable to encode outgoing TypedData" in number.error


EXPIRING = """
import azure.functions as func
app = func.FunctionApp()

@app.route(route="c")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("")
    response.headers.add(
        "Set-Cookie", "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Secure; SameSite=None"
    )
    response.headers.add("Set-Cookie", "b=2; Domain=example.org")
    return response
"""


def test_several_cookies_come_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")  # the runtime reads a cookie's expiry as local time
    (tmp_path / "function_app.py").write_text(EXPIRING, "utf-8")
    with AppProcess(tmp_path) as process:
        done = process.trigger("cookies", http_event("GET", "http://h/c"))
    assert isinstance(done.return_value, HttpResponse)
    assert done.return_value.cookies == (
        "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Secure; SameSite=None",
        "b=2; Domain=example.org",
    )
