"""The calls for one machine, over HTTP.

What is sent, how often, and what happens after every response.
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.mgmt.compute.operations._operations import (
    build_virtual_machines_perform_maintenance_request,
)

from shared.adapters.azure import machine_calls, urls
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.memory import SettableClock
from shared.domain.machine.arm_responses import ArmResponse, OperationState
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import SubscriptionId, machine_id
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable
from tests.unit.adapters.azure.arm_server import NOW, ArmServer, FixedCredential
from tests.unit.adapters.azure.recorded import body_text, recorded

HOME = "/subscriptions/s1/resourcegroups/shop/providers/microsoft.compute"
VM = machine_id(f"{HOME}/virtualMachines/web-0")
INSTANCE = machine_id(f"{HOME}/virtualMachineScaleSets/web/virtualMachines/3")
PERFORM = f"{VM}/performMaintenance"
VIEW = f"{VM}/instanceView"


async def test_the_view_of_a_vm_is_read_from_its_own_address(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(VIEW, {"statuses": [{"code": "PowerState/running"}]})

    seen = await azure.observe(VM)

    assert seen == Observation(machine=VM, at=NOW, power=Power.RUNNING)
    assert server.tokens == ["Bearer secret-token"]


async def test_the_view_of_an_instance_is_read_from_its_own_address(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(f"{INSTANCE}/instanceView", recorded("vmss-vm-instanceview-3")["body"])

    seen = await azure.observe(INSTANCE)

    assert isinstance(seen, Observation)
    assert (seen.update_domain, seen.machine) == (3, INSTANCE)


async def test_a_machine_that_arm_does_not_find_is_gone(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(VIEW, body_text("vm-get-404-resource-not-found"), status=404)

    assert await azure.observe(VM) == NotFound(machine=VM, at=NOW)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "<html>not found</html>"),
        (404, '{"error": {"code": "SubscriptionNotFound", "message": "m"}}'),
        (403, body_text("error-403-authorization-failed")),
        (401, ""),
        (200, "<html>sign in</html>"),
        (200, "[]"),
        (302, ""),
    ],
)
async def test_an_answer_that_says_nothing_of_the_machine_is_an_outage(
    server: ArmServer, azure: ArmAzure, status: int, body: str
) -> None:
    server.answer(VIEW, body, status=status, headers={"Location": f"{server.url}{VIEW}"})

    with pytest.raises(AzureUnavailable):
        await azure.observe(VM)


async def test_a_read_is_repeated_after_a_passing_fault(server: ArmServer, azure: ArmAzure) -> None:
    server.hang_up(VIEW).answer(VIEW, status=502).answer(VIEW, {})

    assert isinstance(await azure.observe(VM), Observation)
    assert server.count("GET") == 3


async def test_a_read_is_not_repeated_for_ever(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(VIEW, status=503)

    with pytest.raises(AzureUnavailable, match="HTTP 503"):
        await azure.observe(VM)
    assert server.count("GET") == 3


async def test_a_short_wait_that_azure_asks_for_is_waited_out(server: ArmServer) -> None:
    azure = ArmAzure(
        credential=FixedCredential(),
        clock=SystemClock(),
        endpoint=Endpoint.parse(server.url),
        audience="https://management.example",
    )
    server.answer(VIEW, status=429, headers={"Retry-After": "1"}).answer(VIEW, {})

    assert isinstance(await azure.observe(VM), Observation)
    assert server.count("GET") == 2
    await azure.close()


async def test_a_long_wait_is_handed_on_instead(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(
        VIEW, body_text("error-429-compute-bare"), status=429, headers={"Retry-After": "1200"}
    )

    with pytest.raises(AzureUnavailable, match="OperationNotAllowed") as caught:
        await azure.observe(VM)

    assert caught.value.retry_after == timedelta(minutes=20)
    assert server.count("GET") == 1


async def test_an_accepted_call_names_its_operation(server: ArmServer, azure: ArmAzure) -> None:
    operation = (
        f"{server.url}/subscriptions/s1/providers/Microsoft.Compute/locations/weu/operations/7"
    )
    headers = {
        "Azure-AsyncOperation": f"{operation}?p=1",
        "Location": f"{operation}?p=1&monitor=true",
    }
    server.answer(PERFORM, status=202, headers=headers | {"Retry-After": "10"})

    response = await azure.perform_maintenance(VM)

    assert response == ArmResponse(
        status=202, operation=f"{operation}?p=1", retry_after=timedelta(seconds=10)
    )


async def test_an_accepted_call_with_a_location_alone_names_that(
    server: ArmServer, azure: ArmAzure
) -> None:
    location = f"{server.url}/operations/7?monitor=true"
    server.answer(PERFORM, status=202, headers={"Location": location})

    assert (await azure.perform_maintenance(VM)).operation == location


async def test_an_operation_that_we_would_not_read_is_no_operation(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(
        PERFORM, status=202, headers={"Azure-AsyncOperation": "https://foo.example/operationstatus"}
    )

    assert await azure.perform_maintenance(VM) == ArmResponse(status=202)


async def test_a_call_for_an_instance_goes_to_the_instance_never_to_its_set(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(f"{INSTANCE}/performMaintenance", status=202)

    await azure.perform_maintenance(INSTANCE)

    method, url = server.requests[0]
    assert (method, url.partition("?")[0].lower()) == ("POST", f"{INSTANCE}/performmaintenance")


async def test_an_accepted_call_is_heard_where_the_sdk_stumbles_over_its_headers(
    server: ArmServer, azure: ArmAzure
) -> None:
    """azure-mgmt-compute 39 reads Retry-After of a 202 as a whole number, and raises for a date."""
    headers = {
        "Retry-After": "Mon, 23 Nov 2026 16:10:00 GMT",
        "Date": "Mon, 23 Nov 2026 16:09:30 GMT",
    }
    server.answer(PERFORM, status=202, headers=headers)

    assert await azure.perform_maintenance(VM) == ArmResponse(
        status=202, retry_after=timedelta(seconds=30)
    )


async def test_the_recorded_refusal_is_handed_on_whole(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(PERFORM, body_text("vm-performmaintenance-409-not-eligible"), status=409)

    response = await azure.perform_maintenance(VM)

    assert (response.status, response.code) == (409, "OperationNotAllowed")
    assert "since the Subscription of this VM is not eligible" in response.message


@pytest.mark.parametrize(
    "status", [301, 307, 400, 401, 403, 404, 408, 409, 412, 429, 500, 502, 503, 504]
)
async def test_the_call_is_sent_once_whatever_is_answered(
    server: ArmServer, azure: ArmAzure, status: int
) -> None:
    headers = {
        "Retry-After": "1",
        "Location": f"{server.url}{PERFORM}",
        "WWW-Authenticate": "Bearer x=y",
    }
    server.answer(PERFORM, {"error": {"code": "C", "message": "m"}}, status=status, headers=headers)

    response = await azure.perform_maintenance(VM)

    assert response == ArmResponse(
        status=status, code="C", message="m", retry_after=timedelta(seconds=1)
    )
    assert len(server.requests) == 1


async def test_a_challenge_for_more_claims_does_not_send_the_call_again(
    server: ArmServer, azure: ArmAzure
) -> None:
    challenge = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="'
    server.answer(PERFORM, status=401, headers={"WWW-Authenticate": challenge})

    assert (await azure.perform_maintenance(VM)).status == 401
    assert len(server.requests) == 1


async def test_a_lost_answer_is_an_answer_without_status_and_not_asked_for_again(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.hang_up(PERFORM)

    response = await azure.perform_maintenance(VM)

    assert response.status is None
    assert response.message
    assert len(server.requests) == 1


async def test_a_call_that_takes_too_long_is_an_answer_without_status(
    server: ArmServer, azure: ArmAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_calls, "_SECONDS", 0.2)
    server.fall_silent(PERFORM)

    response = await azure.perform_maintenance(VM)

    assert response == ArmResponse(status=None, message="no whole answer within 0.2 s")
    assert len(server.requests) == 1


async def test_a_call_that_cannot_be_sent_is_an_answer_without_status(
    server: ArmServer, azure: ArmAzure
) -> None:
    await server.stop()

    response = await azure.perform_maintenance(VM)

    assert response.status is None
    await server.start()


async def test_a_credential_that_gives_no_token_is_an_answer_without_status(
    server: ArmServer,
) -> None:
    class NoToken(FixedCredential):
        async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            raise ClientAuthenticationError(message="no identity here")

    azure = ArmAzure(
        credential=NoToken(), clock=SettableClock(now=NOW), endpoint=Endpoint.parse(server.url)
    )

    response = await azure.perform_maintenance(VM)
    with pytest.raises(AzureUnavailable, match="no access: no identity here"):
        await azure.observe(VM)
    await azure.close()

    assert response == ArmResponse(status=None, message="no identity here")
    assert server.requests == []


async def test_no_log_line_has_the_token(
    server: ArmServer, azure: ArmAzure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(VIEW, status=503).answer(PERFORM, status=409).answer(
        "/subscriptions", {"value": []}
    )

    with pytest.raises(AzureUnavailable) as caught:
        await azure.observe(VM)
    await azure.perform_maintenance(VM)
    await azure.subscriptions()

    assert set(server.tokens) == {"Bearer secret-token"}
    assert "secret-token" not in caplog.text + str(caught.value)


OPERATION = "/subscriptions/s1/providers/microsoft.compute/locations/weu/operations/7"


@pytest.mark.parametrize(
    ("status", "body", "progress", "detail"),
    [
        (200, '{"status": "InProgress"}', OperationState.RUNNING, ""),
        (202, "", OperationState.RUNNING, ""),
        (200, '{"status": "Succeeded"}', OperationState.SUCCEEDED, ""),
        (200, '{"status": "Canceled"}', OperationState.FAILED, ""),
        (200, "{}", OperationState.UNREADABLE, "the answer names no status"),
        (200, "<html>", OperationState.UNREADABLE, "the answer names no status"),
        (
            404,
            '{"error": {"code": "NotFound", "message": "m"}}',
            OperationState.EXPIRED,
            "NotFound: m",
        ),
        (
            403,
            '{"error": {"code": "AuthorizationFailed", "message": "m"}}',
            OperationState.UNREADABLE,
            "AuthorizationFailed: m",
        ),
    ],
)
async def test_an_operation_is_read(
    server: ArmServer,
    azure: ArmAzure,
    *,
    status: int,
    body: str,
    progress: OperationState,
    detail: str,
) -> None:
    server.answer(OPERATION, body, status=status)

    reading = await azure.read_operation(f"{server.url}{OPERATION}?p=1")

    assert (reading.state, reading.detail) == (progress, detail)


async def test_the_recorded_failed_operation_is_read_with_its_reason(
    server: ArmServer, azure: ArmAzure
) -> None:
    last = recorded("lro-poll-failed-transcript")["exchanges"][-1]
    server.answer(OPERATION, last["body"], status=last["status"], headers={"Retry-After": "7"})

    reading = await azure.read_operation(f"{server.url}{OPERATION}")

    assert reading.state is OperationState.FAILED
    assert reading.detail == "InternalExecutionError: An internal execution error occurred."
    assert reading.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [200, 204])
async def test_a_location_says_by_its_status_alone_that_it_is_done(
    server: ArmServer, azure: ArmAzure, status: int
) -> None:
    server.answer(OPERATION, status=status)

    reading = await azure.read_operation(f"{server.url}{OPERATION}?monitor=true")

    assert reading.state is OperationState.SUCCEEDED


async def test_an_operation_of_another_host_is_not_read(server: ArmServer, azure: ArmAzure) -> None:
    reading = await azure.read_operation(f"https://foo.example{OPERATION}")

    assert reading.state is OperationState.UNREADABLE
    assert reading.detail == f"not a URL of {server.url}"
    assert server.requests == []


async def test_an_operation_that_nobody_answers_for_is_unreadable(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.hang_up(OPERATION)

    assert (
        await azure.read_operation(f"{server.url}{OPERATION}")
    ).state is OperationState.UNREADABLE


def test_reads_are_asked_in_the_version_of_the_sdk_that_makes_the_calls() -> None:
    request = build_virtual_machines_perform_maintenance_request("group", "vm", "subscription")
    assert parse_qs(urlsplit(request.url).query)["api-version"] == [urls.COMPUTE_API]


SUBSCRIPTION_PATH = "/subscriptions/s1"


async def test_tags_of_a_subscription_have_names_in_lower_case(
    server: ArmServer, azure: ArmAzure
) -> None:
    tags = {"Forestall-Installation": "A/b", "odd": 3}
    server.answer(SUBSCRIPTION_PATH, {"subscriptionId": "S1", "tags": tags})
    server.answer(SUBSCRIPTION_PATH, {"subscriptionId": "s1"})

    found = await azure.subscription_tags(SubscriptionId("s1"))

    assert found == {"forestall-installation": "A/b", "odd": ""}
    assert await azure.subscription_tags(SubscriptionId("s1")) == {}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, '{"error": {"code": "SubscriptionNotFound", "message": "m"}}'),
        (403, body_text("error-403-authorization-failed")),
        (200, "<html>sign in</html>"),
        (200, "{}"),
        (200, '{"subscriptionId": "s2"}'),
        (200, '{"subscriptionId": "s1", "tags": []}'),
    ],
)
async def test_a_response_that_is_not_the_subscription_says_nothing_of_its_tags(
    server: ArmServer, azure: ArmAzure, status: int, body: str
) -> None:
    server.answer(SUBSCRIPTION_PATH, body, status=status)

    with pytest.raises(AzureUnavailable):
        await azure.subscription_tags(SubscriptionId("s1"))
