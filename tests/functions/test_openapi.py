"""The OpenAPI document: it is generated, complete, and says what the functions answer."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import shared.bootstrap
from functions.openapi.operations import OPERATIONS
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.memory import MemoryMarks
from shared.domain.delivery import Delivery
from shared.domain.generation import MarkPlace
from shared.domain.lock.operations import acquire, add_halt
from shared.domain.lock.semaphore import Halt, LockRequest
from shared.domain.machine.machine import MachineId
from shared.domain.machine.placement import Scope
from shared.domain.messages import Queue
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.policy.mode import Mode
from shared.domain.redeploy.pauses import Pause
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.usecases.receive.receive import receive
from tests.functions.conftest import NOON, AppFakes
from tests.functions.document import check_body, document, operation
from tests.functions.notice_webhooks import SECRET, body_of, invoke, notice_webhooks
from tests.functions.test_index import ROUTES
from tests.functions.test_operator_commands import parked
from tests.functions.test_triggers import SUBSCRIPTION, VM, scan
from tests.support.watched_handlers import watched_handlers
from tests.unit.notices.mail.test_graph import STATE
from tests.unit.notices.samples import common, machines

ROOT = Path(__file__).parents[2]
SCOPE = Scope("avset:somewhere")
COMMAND = {"by": "ada", "reason": "looked at it"}


@pytest.fixture
def webhooks(app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhooks of an app that watches one subscription."""
    made = notice_webhooks(replace(app_fakes.app, subscriptions=(SUBSCRIPTION,)), app_fakes.clock)
    monkeypatch.setattr(shared.bootstrap, "_inbox", made.inbox)


def test_the_stored_document_is_the_generated_one() -> None:
    # In a process of its own: the function app may be imported only once, and the runtime has done
    # that here.
    fresh = subprocess.run(
        [sys.executable, "-c",
         "from toolchain.generate.openapi import text; print(text(), end='')"],
        capture_output=True, text=True, check=True, timeout=60, cwd=ROOT,
    )  # fmt: skip

    stored = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert stored == fresh.stdout, (
        "run python -m toolchain.generate.openapi and commit docs/openapi.json"
    )


def test_every_http_function_is_described_and_nothing_else() -> None:
    assert set(OPERATIONS) == set(ROUTES)


def test_every_schema_is_one_and_every_field_of_a_view_is_always_there() -> None:
    answered = {
        each["schema"]["$ref"].rpartition("/")[2]
        for methods in document()["paths"].values()
        for one in methods.values()
        for response in one["responses"].values()
        for name, each in response["content"].items()
        if name.endswith("json")
    }
    schemas = document()["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    for name in answered:
        assert schemas[name]["required"] == list(schemas[name]["properties"]), name


@pytest.mark.parametrize(
    "body",
    [
        {"jobs": [{}]},
        {"jobs": None},
        {},
        {"jobs": [], "more": 1},
        [],
    ],
)
def test_the_check_of_answers_finds_what_is_not_as_described(body: object) -> None:
    with pytest.raises(AssertionError):
        check_body({"$ref": "#/components/schemas/JobList"}, body)


@pytest.mark.parametrize(
    "at", ["2026-11-23", "2026-11-23T00:00:00", "2026-11-23T00:00:00+01:00", 7, None]
)
def test_the_check_of_answers_wants_instants_in_utc(at: object) -> None:
    pause = {"target": "everything", "reason": "r", "by": "b", "until": None}
    check_body({"$ref": "#/components/schemas/PauseView"}, {**pause, "at": "2026-11-23T00:00:00Z"})
    with pytest.raises(AssertionError):
        check_body({"$ref": "#/components/schemas/PauseView"}, {**pause, "at": at})


@pytest.mark.usefixtures("webhooks")
async def test_every_function_answers_what_the_document_says(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    """Each function, for each good answer that it has, with all that can be in it.

    `call` checks each.
    """
    answered: set[tuple[str, int]] = set()

    async def ask(function: str, method: str = "POST", **more: Any) -> Any:
        response = await invoke(
            function_worker, function, function, more.pop("body", None), method=method, **more
        )
        answered.add((function, response.status))
        return response

    job = await parked(function_worker, app_fakes)
    await _lock_with_holder_waiter_and_halt(app_fakes)
    await _machine_left_alone_in_a_subscription_that_fails(app_fakes)
    await app_fakes.app.pauses.add(Pause(target="everything", reason="r", by="b", at=NOON))
    for listing in (
        "health",
        "show_health",
        "list_jobs",
        "show_plan",
        "list_semaphores",
        "list_pauses",
        "list_scans",
    ):
        await ask(listing, "GET")
    listed = body_of(await ask("list_machines", "GET"))
    assert listed["unknown"]
    assert listed["next"] == "job:"
    assert [each["state"] for each in listed["machines"]] == ["left-alone"]
    await ask("list_machines", "GET", query={"after": "job:", "state": "parked", "limit": "1"})
    left_alone = {"machine": f"{VM}-spot"}
    assert body_of(await ask("explain_machine", "GET", query=left_alone))["leftAlone"]
    await _ask_for_addresses_and_targets(ask, app_fakes)
    await ask("preview_message", "GET", query={"target": "teams", "event": "found"})
    await ask("test_target", body={"name": "teams", **COMMAND})
    explanation = body_of(await ask("explain_machine", "GET", query={"machine": VM}))
    assert explanation["auditTrail"][0]["detail"]
    assert explanation["job"]["leases"]

    app_fakes.clock.advance(timedelta(hours=1))
    path = {"job": str(job.id)}
    target = {"target": "everything", **COMMAND}
    await ask("add_pause", body=target)
    await ask("remove_pause", body=target)
    _lose_pauses(app_fakes)
    await ask("allow_starts", body={**COMMAND, "immediately": True})
    for command in ("release_job", "retry_job", "prioritize_job"):
        await ask(command, body=COMMAND, params=path)
    await ask("open_job_window", body={"for": "2h", **COMMAND}, params=path)
    await ask("cancel_job", body=COMMAND, params=path)
    await ask("reopen_job", body=COMMAND, params=path)
    await ask("lift_halt", body={"scope": SCOPE, **COMMAND})
    await ask("release_one_lease", body={"scope": SCOPE, "token": 1, **COMMAND})

    alert = machines(common(target=f"/subscriptions/{SUBSCRIPTION}"))
    receipt = body_of(await ask("service_health", body=alert))["notices"][0]
    assert receipt["scans"] == [SUBSCRIPTION]
    await scan(function_worker)
    await ask("list_notices", "GET")
    await ask("show_notice", "GET", params={"notice": receipt["id"]})
    secret = {"X-Forestall-Secret": SECRET}
    mail = {
        "from": "azure-noreply@microsoft.com",
        "subject": "s",
        "body": "b",
        "authenticated": True,
    }
    await ask("email_notice", body=mail, headers=secret, params={"provider": "plain"})
    handshake = [
        {
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "data": {"validationCode": "7"},
        }
    ]
    await ask("event_notice", body=handshake, headers=secret)
    await ask("event_notice", body=OPERATIONS["event_notice"].example, headers=secret)

    assert answered == {
        (name, status) for name, each in OPERATIONS.items() for status in each.responses
    }


@pytest.mark.usefixtures("webhooks")
async def test_handshakes_in_text_are_described_too(function_worker: Worker) -> None:
    query = {"validationToken": STATE}
    await invoke(
        function_worker, "email_notice", "x", b"", query=query, params={"provider": "graph"}
    )
    headers = {"X-Forestall-Secret": SECRET, "WebHook-Request-Origin": "eventgrid.azure.net"}
    await invoke(function_worker, "event_notice", "x", method="OPTIONS", headers=headers)


@pytest.mark.parametrize(
    "function", [name for name, each in OPERATIONS.items() if "application/json" in each.body]
)
@pytest.mark.usefixtures("webhooks")
async def test_examples_are_understood_and_of_their_schema(
    function_worker: Worker, function: str
) -> None:
    content = operation(function, "POST")["requestBody"]["content"]["application/json"]
    if "example" in content:
        check_body(content["schema"], content["example"])
        response = await invoke(
            function_worker,
            function,
            "x",
            content["example"],
            headers={"X-Forestall-Secret": SECRET},
            params={"provider": "plain"},
        )
        assert response.status in OPERATIONS[function].responses


async def _ask_for_a_rehearsal(ask: Any, app_fakes: AppFakes) -> None:
    """In observe mode, and with what arrives of its messages."""
    app = app_fakes.app
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            shared.bootstrap,
            "_app",
            replace(app, mode=Mode.OBSERVE, subscriptions=(SUBSCRIPTION,)),
        )
        begun = body_of(await ask("start_rehearsal", body=COMMAND))
        assert begun["subscription"] == SUBSCRIPTION
        step = {"rehearsal": begun["id"], **COMMAND}
        await ask("rehearse_tables", body=step)
        assert len(body_of(await ask("rehearse_messages", body=step))["trials"]) == 3
        delivery = Delivery(queue=Queue.SCANS, body="{}", rehearsal=begun["id"])
        await receive(app, delivery, handlers=watched_handlers())
        query = {"rehearsal": begun["id"]}
        (arrived,) = body_of(await ask("show_arrivals", "GET", query=query))["arrivals"]
        assert arrived["queue"] == "scans"
        assert body_of(await ask("rehearse_alerts", body=step))["events"]


def _lose_pauses(app_fakes: AppFakes) -> None:
    """The table of pauses loses its mark."""
    marks = app_fakes.app.marks
    assert isinstance(marks, MemoryMarks)
    marks.cells.remove(MarkPlace.PAUSES)


async def _machine_left_alone_in_a_subscription_that_fails(app_fakes: AppFakes) -> None:
    machine = ExemptMachine(
        machine=MachineId(f"{VM}-spot"),
        rule=ExemptionRule.KIND,
        reason="it is a Spot machine",
        since=NOON,
        wave=NOON,
        self_service_end=NOON + timedelta(days=30),
    )
    await app_fakes.app.exemptions.store([machine])
    stored = await app_fakes.app.scans.load(machine.subscription)
    failing = replace(stored.value, failing_since=NOON, last_complete_at=NOON, failure="HTTP 403")
    await app_fakes.app.scans.store(failing, stored.version)


async def _lock_with_holder_waiter_and_halt(app_fakes: AppFakes) -> None:
    stored = await app_fakes.app.semaphores.load(SCOPE)
    lease = app_fakes.app.policy.timing.lease_duration
    held, _ = acquire(
        stored.value, LockRequest(job="s~gone", lane=None, slots=1, lease=lease), NOON
    )
    waited, _ = acquire(held, LockRequest(job="s~2", lane=None, slots=1, lease=lease), NOON)
    halted = add_halt(waited, Halt(reason="is down", job="s~gone", at=NOON))
    await app_fakes.app.semaphores.store(halted, stored.version)


async def _ask_for_policies(ask: Any) -> None:
    """Each answer with everything that can be in it."""
    text = (
        "version: 1\ntime_zone: UTC\ndefaults:\n  windows: [{ monthly: 31 }]\n"
        "groups: [{ name: crm, owner: ada, match: { id: '*' } }]\n"
    )
    files = {"files": [{"name": "forestall.yaml", "text": text, "isPlatform": True}]}
    bad = {"files": [{"name": "forestall.yaml", "text": "version: 2\nx: 1\n", "isPlatform": True}]}
    checked = body_of(await ask("check_policy_files", body=files))
    assert checked["remarks"]
    assert checked["groups"][1]["rules"]
    assert checked["groups"][1]["openings"]
    assert len(body_of(await ask("check_policy_files", body=bad))["problems"]) == 2
    assert body_of(await ask("compare_policy_files", body=files))["rules"]
    assert body_of(await ask("compare_policy_files", body=bad))["after"] is None
    assert body_of(await ask("plan_with_policy_files", body=files))["plan"]["machines"]
    assert body_of(await ask("plan_with_policy_files", body=bad))["plan"] is None
    await ask("show_machine_rules", "GET", query={"machine": VM})
    assert body_of(await ask("list_policy_versions", "GET"))["place"] is None


async def _ask_for_addresses_and_targets(ask: Any, app_fakes: AppFakes) -> None:
    await _ask_for_a_rehearsal(ask, app_fakes)
    await _ask_for_policies(ask)
    await ask("list_targets", "GET")
    await ask("test_health_check", body={"machine": VM, **COMMAND})
    await ask("add_calendar_address", body={"name": "crm", "group": "crm", **COMMAND})
    await ask("list_calendar_addresses", "GET")
    await ask("revoke_calendar_address", body={"name": "crm", **COMMAND})
