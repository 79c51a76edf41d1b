"""HTTP triggers and the admin interface of a running host."""

import json
from collections.abc import Iterator

import pytest

from tests.functions.functions_host.host_process import HostProcess

APP = """
import logging
import azure.functions as func
app = func.FunctionApp()

@app.route(route="echo/{name:alpha?}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("app").info("echoed", extra={"name_given": req.route_params.get("name")})
    headers = {"x-header": req.headers.get("x-two", ""), "Set-Cookie": "k=v; Path=/"}
    return func.HttpResponse(req.get_body() or req.url, status_code=201, headers=headers)

@app.route(route="text")
def text(req: func.HttpRequest) -> str:
    return f"{req.method} {dict(req.params)}"

@app.route(route="broken", methods=["GET"])
def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("broken on purpose")

@app.route(route="off")
def off(req: func.HttpRequest) -> str:
    return "on"

@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
def tick(timer: func.TimerRequest) -> None:
    logging.getLogger("app").info("ticked", extra={"past_due": timer.past_due})
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "function_app.py").write_text(APP, "utf-8")
    (folder / "host.json").write_text(
        '{"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}', "utf-8"
    )
    environment = {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000", "AzureWebJobs.off.Disabled": "true"}
    with HostProcess(folder, environment, folder / "output.txt") as process:
        yield process


def test_a_request_reaches_its_function_and_the_answer_comes_back_whole(host: HostProcess) -> None:
    reply = host.ask("/v1/echo/abc", "POST", b"\x00body", {"X-Two": "2"})
    assert (reply.status, reply.body) == (201, b"\x00body")
    assert reply.headers["x-header"] == "2"
    assert reply.headers["Set-Cookie"] == "k=v; Path=/"
    assert "echoed name_given=abc (app)" in host.text


def test_the_function_sees_the_whole_url(host: HostProcess) -> None:
    assert host.ask("/v1/echo?a=%20b").body.decode() == f"{host.url}/v1/echo?a=%20b"


def test_a_text_is_answered_as_text_to_any_method(host: HostProcess) -> None:
    reply = host.ask("/v1/text?a=1&b=&a=2", "PUT")
    assert (reply.status, reply.body) == (200, b"PUT {'a': '1,2'}")
    assert reply.headers.get_content_type() == "text/plain"


def test_a_failure_is_500_and_in_the_log_with_its_trace(host: HostProcess) -> None:
    assert host.ask("/v1/broken").status == 500
    assert "error='RuntimeError: broken on purpose'" in host.text
    assert 'raise RuntimeError("broken on purpose")' in host.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/echo"),
        ("GET", "/v1/echo/123"),
        ("DELETE", "/v1/echo"),
        ("HEAD", "/v1/broken"),
        ("GET", "/v1/off"),
        ("GET", "/v1/nothing"),
        ("GET", "/admin/functions/nothing"),
        ("POST", "/admin/functions/nothing"),
    ],
)
def test_what_is_not_there_is_404_as_it_is_in_the_real_host(
    host: HostProcess, method: str, path: str
) -> None:
    assert host.ask(path, method).status == 404


def test_a_body_above_the_limit_is_413(host: HostProcess) -> None:
    assert host.ask("/v1/echo", "POST", b"x" * 1001).status == 413
    assert host.ask("/v1/echo", "POST", b"x" * 1000).status == 201


def test_the_status_says_that_it_is_a_stand_in(host: HostProcess) -> None:
    status = json.loads(host.ask("/admin/host/status").body)
    assert status["state"] == "Running"
    assert "not Azure Functions Core Tools" in status["version"]
    assert "not Azure Functions Core Tools" in host.ask("/").body.decode()


def test_the_functions_are_listed_with_their_bindings(host: HostProcess) -> None:
    listed = {f["name"]: f for f in json.loads(host.ask("/admin/functions").body)}
    assert listed.keys() == {"echo", "text", "broken", "off", "tick"}
    assert listed["echo"]["invoke_url_template"] == f"{host.url}/v1/echo/{{name:alpha?}}"
    assert listed["off"]["isDisabled"] is True
    assert json.loads(host.ask("/admin/functions/tick").body) == listed["tick"]


def test_a_timer_can_be_started_by_hand(host: HostProcess) -> None:
    assert host.ask("/admin/functions/tick", "POST", b'{"input": ""}').status == 202
    host.wait_for(r"ticked past_due=False \(app\)")


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/admin/functions/tick", b"not json", "must be JSON"),
        ("/admin/functions/tick", b'{"input": {"a": 1}}', "write a JSON value as a text"),
        ("/admin/functions/tick", b"[]", "the body must be"),
        ("/admin/functions/echo", b"{}", "call its route"),
    ],
)
def test_a_call_by_hand_that_cannot_be_is_400_with_the_reason(
    host: HostProcess, path: str, body: bytes, reason: str
) -> None:
    reply = host.ask(path, "POST", body)
    assert reply.status == 400
    assert reason in json.loads(reply.body)["message"]
