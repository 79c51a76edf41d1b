"""Whose fault it is.

A wrong request is a 4xx, an outage a 503, and a bug in the app is logged and never a 4xx.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import azure.functions as func
import msgspec
import pytest

import shared.bootstrap
from functions.http import InvalidRequest, with_error_responses, with_sender_error_responses
from functions.openapi.operations import OPERATIONS
from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.messages import UnreadableMessage
from shared.domain.policy.mode import Mode
from shared.errors import AzureUnavailable, QuotaUsedUp, SettingsError, StorageUnavailable, TooLarge
from shared.usecases.policy_in_force import PolicyInForce
from tests.functions.conftest import AppFakes
from tests.functions.notice_webhooks import SECRET, body_of, invoke, notice_webhooks
from tests.functions.test_index import ROUTES
from tests.functions.test_triggers import SUBSCRIPTION, VM

SENDERS = {name for name, each in OPERATIONS.items() if each.from_sender}
STORES = {
    "jobs",
    "semaphores",
    "pauses",
    "audit_trail",
    "inventory",
    "exemptions",
    "scans",
    "outbox",
    "marks",
    "policies",
    # One function reads a machine.
    "azure",
}
REHEARSAL = "20261201T030000Z-9f3a1c2b"
#: what these answer follows from the settings alone
WITHOUT_STORES = {"preview_message"}
FUNCTIONS = sorted(set(OPERATIONS) - WITHOUT_STORES)


@dataclass(frozen=True, slots=True)
class Broken:
    """A store of which every method raises."""

    failure: Exception

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def method(*_: object, **__: object) -> object:
            raise self.failure

        return method


@pytest.fixture
def break_stores(
    app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception], None]:
    """Have every store of the app raise this from now on."""

    def break_them(failure: Exception) -> None:
        assert {each.name for each in fields(app_fakes.app)} >= STORES
        broken: dict[str, Any] = dict.fromkeys(STORES, Broken(failure))
        # It was looked at just now, so that each function fails at its own read.
        known = PolicyInForce(looked_at=app_fakes.clock.now())
        app = replace(
            app_fakes.app,
            subscriptions=(SUBSCRIPTION,),
            policy_in_force=known,
            # A rehearsal is refused in the other one.
            mode=Mode.OBSERVE,
            **broken,
        )
        made = notice_webhooks(app, app_fakes.clock).inbox
        monkeypatch.setattr(shared.bootstrap, "_app", app)
        monkeypatch.setattr(shared.bootstrap, "_inbox", replace(made, notices=Broken(failure)))

    return break_them


async def ask(worker: Worker, function: str) -> HttpResponse:
    """A request that has nothing wrong."""
    command = {
        "target": "everything",
        "scope": "avset:x",
        "token": 1,
        "name": "teams",
        "machine": VM,
        "rehearsal": REHEARSAL,
        "for": "1h",
        "by": "ada",
        "reason": "drill",
    }
    (method,) = [each for each in ROUTES[function][1] if each not in ("OPTIONS", "HEAD")]
    return await invoke(
        worker,
        function,
        "x",
        OPERATIONS[function].example or command,
        method=method,
        headers={"X-Forestall-Secret": SECRET},
        query={"machine": VM, "rehearsal": REHEARSAL},
        params={"job": "s~1", "notice": "0" * 32, "provider": "plain"},
    )


async def test_a_share_of_the_quota_that_is_used_up_is_a_429_that_says_when_to_ask_again(
    function_worker: Worker, break_stores: Callable[[Exception], None]
) -> None:
    break_stores(QuotaUsedUp("the share is used up", retry_after=timedelta(seconds=7.2)))

    response = await ask(function_worker, "show_machine_rules")

    assert response.status == 429
    assert response.headers["Retry-After"] == "8"
    assert body_of(response)["detail"] == "the share is used up. Try again in 8 s"


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("outage", [StorageUnavailable("no route"), SettingsError(["no route"])])
async def test_an_outage_is_a_503_with_its_reason_and_a_warning(
    function_worker: Worker,
    break_stores: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    outage: Exception,
) -> None:
    break_stores(outage)

    response = await ask(function_worker, function)

    text = body_of(response)["detail"]
    assert response.status == 503
    # Operators get the reason, senders no values of settings, and anybody neither.
    told = function != "health" and not (function in SENDERS and isinstance(outage, SettingsError))
    assert (str(outage) in text) is told
    event = "pause.not_stored" if function == "add_pause" else "http.unavailable"
    (line,) = [each for each in caplog.records if each.getMessage().startswith(event)]
    assert line.levelname == "WARNING"
    assert "no route" in line.getMessage()


BUGS = [
    ValueError("a secret of ours"),
    msgspec.ValidationError("a secret of ours"),
    UnicodeDecodeError("utf-8", b"a secret of ours", 0, 1, "a secret of ours"),
    KeyError("a secret of ours"),
    AssertionError("a secret of ours"),
    RecursionError("a secret of ours"),
    TooLarge("a secret of ours"),
    UnreadableMessage("a secret of ours"),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
async def test_a_bug_is_logged_and_answered_with_what_to_do(
    function_worker: Worker,
    break_stores: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    bug: Exception,
) -> None:
    """A ValueError of our own was once reported as a fault of the request."""
    break_stores(bug)

    response = await ask(function_worker, function)

    # Azure Monitor sends again after a 503, and loses an alert that is answered 500.
    assert response.status == (503 if function in SENDERS else 500)
    text = body_of(response)["error"]
    for part in (function, "not a fault of the request", "http.failed", "docs/runbook.md"):
        assert part in text
    assert "secret" not in text
    (line,) = [each for each in caplog.records if each.getMessage().startswith("http.failed ")]
    assert line.levelname == "ERROR"
    for part in (f"function={function} ", f"error={type(bug).__name__} ", "a secret of ours"):
        assert part in line.getMessage()


@pytest.mark.parametrize("guard", [with_error_responses, with_sender_error_responses])
@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (InvalidRequest("name it"), 400),
        (AzureUnavailable("throttled"), 503),
    ],
)
async def test_only_named_errors_are_the_callers(
    guard: Any, raised: Exception, status: int
) -> None:
    async def handler(_: object) -> object:
        raise raised

    response = await guard(handler)(func.HttpRequest("POST", "/", body=b""))

    body = msgspec.json.decode(response.get_body())
    assert response.mimetype == "application/problem+json"
    assert (response.status_code, body["status"]) == (status, status)
    assert body["detail"] == body["error"] == str(raised)
    assert body["type"] == {400: "bad-request", 503: "service-unavailable"}[status]


async def test_a_text_that_is_no_unicode_is_answered_all_the_same() -> None:
    async def handler(_: func.HttpRequest) -> func.HttpResponse:
        raise InvalidRequest("no mail: \ud800")

    response = await with_error_responses(handler)(func.HttpRequest("GET", "/", body=b""))

    assert msgspec.json.decode(response.get_body())["detail"] == "no mail: ?"
