"""Listings over HTTP: whole, or an outage; and the token never leaves ARM's host."""

import pytest

from shared.adapters.azure import client as arm_client
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.memory import SettableClock
from shared.domain.machine.machine import Machine, SubscriptionId
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable
from tests.unit.adapters.azure.arm_server import NOW, ArmServer, FixedCredential, arm_server

S1 = SubscriptionId("s1")
COMPUTE = "/subscriptions/s1/providers/Microsoft.Compute"
HOME = "/subscriptions/s1/resourceGroups/Shop/providers/Microsoft.Compute"
VMS, SETS = f"{COMPUTE}/virtualMachines", f"{COMPUTE}/virtualMachineScaleSets"
INSTANCES = f"{HOME}/virtualMachineScaleSets/web/virtualMachines"


def vm(number: int) -> dict[str, object]:
    return {"id": f"{HOME}/virtualMachines/vm-{number}", "location": "westeurope"}


def scale_set(name: str, mode: str) -> dict[str, object]:
    return {
        "id": f"{HOME}/virtualMachineScaleSets/{name}",
        "properties": {"orchestrationMode": mode},
    }


async def listed(azure: ArmAzure) -> list[Machine]:
    return [machine async for machine in azure.machines(S1)]


async def test_every_page_is_read_empty_ones_too(server: ArmServer, azure: ArmAzure) -> None:
    link = f"{server.url}{VMS}?api-version=2026-04-01&$skiptoken="
    server.answer(VMS, {"value": [vm(0)], "nextLink": f"{link}1"})
    server.answer(VMS, {"value": [], "nextLink": f"{link}2"})
    server.answer(VMS, {"value": [vm(1)], "nextLink": ""})
    server.answer(SETS, {"value": []})

    assert [machine.id[-4:] for machine in await listed(azure)] == ["vm-0", "vm-1"]


async def test_instances_of_uniform_scale_sets_are_listed_those_of_flexible_ones_are_vms(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(VMS, {"value": [vm(0)]})
    server.answer(SETS, {"value": [scale_set("web", "Uniform"), scale_set("worker", "Flexible")]})
    server.answer(INSTANCES, {"value": [{"id": f"{INSTANCES}/3", "location": "westeurope"}]})

    machines = await listed(azure)

    assert [machine.id for machine in machines] == [
        f"{HOME}/virtualMachines/vm-0".lower(),
        f"{INSTANCES}/3".lower(),
    ]
    assert not any("worker" in url for _, url in server.requests)


async def test_a_scale_set_deleted_meanwhile_has_no_instances(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer(VMS, {"value": [vm(0)]})
    server.answer(SETS, {"value": [scale_set("web", "Uniform")]})

    assert len(await listed(azure)) == 1


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            403,
            '{"error": {"code": "AuthorizationFailed", "message": "m"}}',
            "HTTP 403 AuthorizationFailed: m",
        ),
        (
            404,
            '{"error": {"code": "SubscriptionNotFound", "message": "m"}}',
            "SubscriptionNotFound",
        ),
        (200, "{}", "a page has no list `value`"),
        (200, "[]", "a page has no list `value`"),
        (200, '{"value": {}}', "a page has no list `value`"),
        (200, '{"value": [], "nextLink": 3}', "a nextLink that is no text"),
        (200, '{"value": [3]}', "an element that is no object"),
        (200, "<html>", "listing VMs of s1"),
    ],
)
async def test_a_chain_of_pages_that_breaks_is_never_taken_for_a_whole_one(
    server: ArmServer, azure: ArmAzure, status: int, body: str, reason: str
) -> None:
    server.answer(VMS, {"value": [vm(0)], "nextLink": f"{server.url}{VMS}?page=2"})
    server.answer(VMS, body, status=status)
    server.answer(SETS, {"value": []})

    with pytest.raises(AzureUnavailable, match=reason):
        await listed(azure)


async def test_pages_that_go_in_a_circle_are_an_outage(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(VMS, {"value": [], "nextLink": f"{server.url}{VMS}?page=2"})

    with pytest.raises(AzureUnavailable, match="its pages go in a circle"):
        await listed(azure)
    assert server.count("GET") == 3


async def test_a_next_page_on_another_host_is_not_fetched(
    server: ArmServer, azure: ArmAzure
) -> None:
    async with arm_server() as elsewhere:
        server.answer(VMS, {"value": [vm(0)], "nextLink": f"{elsewhere.url}{VMS}"})
        elsewhere.answer(VMS, {"value": []})

        with pytest.raises(AzureUnavailable, match="would carry our token away"):
            await listed(azure)

        assert elsewhere.requests == []


async def test_a_redirect_is_not_followed(server: ArmServer, azure: ArmAzure) -> None:
    async with arm_server() as elsewhere:
        server.answer(VMS, status=307, headers={"Location": f"{elsewhere.url}{VMS}"})

        with pytest.raises(AzureUnavailable, match="HTTP 307"):
            await listed(azure)

        assert elsewhere.requests == []


async def test_a_listing_that_nobody_answers_ends(
    server: ArmServer, azure: ArmAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arm_client, "_SECONDS", 0.2)
    server.fall_silent(VMS)

    with pytest.raises(AzureUnavailable, match=r"no answer within 0\.2 s"):
        await listed(azure)


async def test_enabled_subscriptions_are_listed_sorted_and_in_lower_case(
    server: ArmServer, azure: ArmAzure
) -> None:
    def shown(name: str, state: str = "Enabled") -> dict[str, str]:
        return {"subscriptionId": name, "state": state}

    link = f"{server.url}/subscriptions?api-version=2022-12-01&$skiptoken=2"
    server.answer(
        "/subscriptions", {"value": [shown("B"), shown("c", "Disabled")], "nextLink": link}
    )
    server.answer("/subscriptions", {"value": [shown("a"), shown("B"), {"state": "Enabled"}, 3]})

    assert await azure.subscriptions() == ["a", "b"]


@pytest.mark.parametrize(("status", "body"), [(500, ""), (200, "{}"), (200, "<html>")])
async def test_subscriptions_that_cannot_be_read_are_an_outage(
    server: ArmServer, azure: ArmAzure, status: int, body: str
) -> None:
    server.answer("/subscriptions", body, status=status)

    with pytest.raises(AzureUnavailable):
        await azure.subscriptions()


async def test_tokens_are_asked_for_with_the_configured_audience(server: ArmServer) -> None:
    credential = FixedCredential()
    azure = ArmAzure(
        credential=credential,
        clock=SettableClock(now=NOW),
        endpoint=Endpoint.parse(server.url),
        audience="https://arm.example",
    )
    server.answer("/subscriptions", {"value": []})

    await azure.subscriptions()
    await azure.close()

    assert credential.scopes == ["https://arm.example/.default"]


async def test_the_adapter_can_be_closed_twice_and_used_again(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer("/subscriptions", {"value": []})
    await azure.subscriptions()
    await azure.close()
    await azure.close()

    assert await azure.subscriptions() == []
