"""Whose fault it is: a wrong request is a 4xx, an outage a 503, and a bug of ours is logged and never a 4xx."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import msgspec
import pytest

import shared.bootstrap
from functions.http import InvalidRequest, answered, answered_to_sender
from functions.openapi.operations import OPERATIONS
from sandbox.azure.functions_host.runtime.shapes import HttpAnswer
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.messages import Unreadable
from shared.errors import AzureUnavailable, SettingsError, StorageUnavailable, TooLarge
from tests.functions.conftest import Rooms
from tests.functions.notice_doors import WORD, call, doors, said
from tests.functions.test_index import ROUTES
from tests.functions.test_triggers import SUBSCRIPTION, VM

SENDERS = {name for name, each in OPERATIONS.items() if each.from_sender}
STORES = {"jobs", "semaphores", "pauses", "trail", "sightings"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A store of which every method raises."""

    failure: Exception

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def method(*_: object, **__: object) -> object:
            raise self.failure

        return method


@pytest.fixture
def break_stores(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Have every store of the app raise this from now on."""

    def break_them(failure: Exception) -> None:
        assert {each.name for each in fields(rooms.app)} >= STORES
        broken: dict[str, Any] = dict.fromkeys(STORES, Broken(failure))
        app = replace(rooms.app, subscriptions=(SUBSCRIPTION,), **broken)
        made = doors(app, rooms.clock).inbox
        monkeypatch.setattr(shared.bootstrap, "_built", app)
        monkeypatch.setattr(shared.bootstrap, "_inbox", replace(made, notices=Broken(failure)))

    return break_them


async def ask(worker: Worker, function: str) -> HttpAnswer:
    """A request that has nothing wrong."""
    command = {"target": "everything", "scope": "avset:x", "token": 1, "by": "ada", "reason": "drill"}
    (method,) = [each for each in ROUTES[function][1] if each != "OPTIONS"]
    return await call(
        worker,
        function,
        "x",
        OPERATIONS[function].example or command,
        method=method,
        headers={"X-Forestall-Secret": WORD},
        query={"machine": VM},
        params={"job": "s~1", "notice": "0" * 32, "provider": "plain"},
    )


@pytest.mark.parametrize("function", list(OPERATIONS))
@pytest.mark.parametrize("outage", [StorageUnavailable("no route"), SettingsError(["no route"])])
async def test_an_outage_is_a_503_with_its_reason_and_a_warning(
    function_worker: Worker,
    break_stores: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    outage: Exception,
) -> None:
    break_stores(outage)

    answer = await ask(function_worker, function)

    assert (answer.status, said(answer)) == (503, {"error": str(outage)})
    (line,) = [each for each in caplog.records if each.getMessage().startswith("http.")]
    assert line.levelname == "WARNING"
    assert line.getMessage().startswith(f"http.unavailable function={function} ")


BUGS = [
    ValueError("a secret of ours"),
    msgspec.ValidationError("a secret of ours"),
    UnicodeDecodeError("utf-8", b"a secret of ours", 0, 1, "a secret of ours"),
    KeyError("a secret of ours"),
    AssertionError("a secret of ours"),
    RecursionError("a secret of ours"),
    TooLarge("a secret of ours"),
    Unreadable("a secret of ours"),
]


@pytest.mark.parametrize("function", list(OPERATIONS))
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
async def test_a_bug_is_logged_and_answered_with_what_to_do(
    function_worker: Worker,
    break_stores: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    bug: Exception,
) -> None:
    """A ValueError of our own was once told to the caller as a fault of his request."""
    break_stores(bug)

    answer = await ask(function_worker, function)

    # Azure Monitor sends again after a 503, and loses an alert that is answered 500.
    assert answer.status == (503 if function in SENDERS else 500)
    text = said(answer)["error"]
    for part in (function, "not a fault of the request", "http.failed", "docs/runbook.md"):
        assert part in text
    assert "secret" not in text
    (line,) = [each for each in caplog.records if each.getMessage().startswith("http.failed ")]
    assert line.levelname == "ERROR"
    for part in (f"function={function} ", f"error={type(bug).__name__} ", "a secret of ours"):
        assert part in line.getMessage()


@pytest.mark.parametrize("guard", [answered, answered_to_sender])
@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (InvalidRequest("name it"), 400),
        (AzureUnavailable("throttled"), 503),
    ],
)
async def test_only_named_errors_are_the_callers(guard: Any, raised: Exception, status: int) -> None:
    async def handler(_: object) -> object:
        raise raised

    answer = await guard(handler)(None)

    assert (answer.status_code, msgspec.json.decode(answer.get_body())) == (status, {"error": str(raised)})


async def test_a_text_that_is_no_unicode_is_answered_all_the_same() -> None:
    async def handler(_: object) -> object:
        raise InvalidRequest("no mail: \ud800")

    answer = await answered(handler)(None)  # type: ignore[arg-type]

    assert msgspec.json.decode(answer.get_body()) == {"error": "no mail: ?"}
