"""Listings over HTTP: whole, or an outage; and the token never leaves ARM's host."""

import subprocess
import sys

import pytest

from shared.adapters.azure import client as arm_client
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.memory import SettableClock
from shared.domain.machine.listing import ScaleSet
from shared.domain.machine.machine import Machine, Orchestration, SubscriptionId
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable
from tests.contract.ports.azure.azure_setup import all_machines
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
    return [each.machine for each in await all_machines(azure, S1)]


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
        (200, "{}", "missing required field `value`"),
        (200, "[]", "a page is none"),
        (200, '{"value": {}}', "Expected `array`"),
        (200, '{"value": [], "nextLink": 3}', "a page is none.*nextLink"),
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


@pytest.mark.parametrize(
    "odd", [3, {"id": "/subscriptions/1"}, {"id": f"{HOME}/virtualMachines/b", "properties": 3}]
)
async def test_an_element_that_cannot_be_read_hides_no_other(
    server: ArmServer, azure: ArmAzure, odd: object
) -> None:
    server.answer(VMS, {"value": [vm(0), odd, vm(1)], "nextLink": f"{server.url}{VMS}?page=2"})

    page = await azure.list_vms(S1)

    assert [each.id[-4:] for each in page.elements] == ["vm-0", "vm-1"]
    (reason,) = page.unreadable
    assert reason.startswith("listing VMs of s1: ")
    assert page.next_link is not None


async def test_a_link_with_signs_that_no_url_may_have_is_sent_encoded(
    server: ArmServer, azure: ArmAzure
) -> None:
    """Azure has sent links that it had not encoded (autorest.testserver #229)."""
    server.answer(VMS, {"value": [vm(0)]})

    await azure.list_vms(S1, f'{server.url}{VMS}?api-version=1&$skiptoken=a b|"c%20d')

    assert server.requests[-1][1].endswith("$skiptoken=a%20b%7C%22c%20d")


async def test_subscriptions_whose_pages_go_in_a_circle_are_an_outage(
    server: ArmServer, azure: ArmAzure
) -> None:
    server.answer("/subscriptions", {"value": [], "nextLink": f"{server.url}/subscriptions?page=2"})

    with pytest.raises(AzureUnavailable, match="its pages go in a circle"):
        await azure.subscriptions()
    assert server.count("GET") == 2


async def test_a_listed_instance_whose_view_makes_no_sense_is_listed_without_it(
    server: ArmServer, azure: ArmAzure
) -> None:
    odd = {"maintenanceRedeployStatus": {"preMaintenanceWindowStartTime": "yesterday"}}
    good = {"platformUpdateDomain": 3}
    elements = [
        {"id": f"{INSTANCES}/{number}", "properties": {"instanceView": view}}
        for number, view in enumerate((odd, good, None))
    ]
    server.answer(INSTANCES, {"value": elements})
    scale_set = ScaleSet(
        id=INSTANCES.removesuffix("/virtualMachines").lower(), orchestration=Orchestration.UNIFORM
    )

    page = await azure.list_instances(scale_set)

    assert [each.seen and each.seen.update_domain for each in page.elements] == [None, 3, None]
    assert "$expand=instanceView" in server.requests[-1][1]


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


async def test_reading_loads_neither_the_models_nor_the_client_of_the_sdk() -> None:
    """Its models cost 300 times the CPU, and its import a third of a second of each cold start."""
    probe = """
import asyncio, sys
from shared.adapters.azure.resource_manager import ArmAzure
from shared.domain.machine.machine import machine_id
from tests.unit.adapters.azure.arm_server import FixedCredential, arm_server
from shared.adapters.clock import SystemClock
from shared.domain.urls import Endpoint

async def main():
    async with arm_server() as server:
        compute = "providers/Microsoft.Compute/virtualMachines"
        vm = f"/subscriptions/s/resourceGroups/g/{compute}/v"
        server.answer(f"/subscriptions/s/{compute}", {"value": [{"id": vm}]})
        server.answer(f"{vm}/instanceView", {})
        azure = ArmAzure(
            credential=FixedCredential(),
            clock=SystemClock(),
            endpoint=Endpoint.parse(server.url),
            audience="https://a.example",
        )
        for machine in (await azure.list_vms("s")).elements:
            await azure.observe(machine.id)
        await azure.close()
asyncio.run(main())
print(sorted(name for name in sys.modules if name.startswith("azure.mgmt")))
"""
    done = subprocess.run(  # noqa: ASYNC221 - our own text
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


async def test_a_listing_of_vms_is_never_believed_about_maintenance(
    server: ArmServer, azure: ArmAzure
) -> None:
    """Seen in public code.

    The status read from a plain GET, where it never is, so that no maintenance is ever found.
    """
    status = {"isCustomerInitiatedMaintenanceAllowed": True}
    body = vm(0) | {"properties": {"instanceView": {"maintenanceRedeployStatus": status}}}
    server.answer(VMS, {"value": [body]})

    (machine,) = (await azure.list_vms(S1)).elements

    assert isinstance(machine, Machine)  # a machine without any word on how it is doing


async def test_subscriptions_whose_machines_run_are_listed_whatever_azure_warns_of(
    server: ArmServer, azure: ArmAzure
) -> None:
    states = ("Enabled", "Warned", "PastDue", "pastDue", "Disabled", "Deleted", "", None, 7)
    rows = [{"subscriptionId": f"s{number}", "state": state} for number, state in enumerate(states)]
    server.answer("/subscriptions", {"value": rows})

    assert await azure.subscriptions() == ["s0", "s1", "s2", "s3"]


async def test_a_page_with_another_byte_is_not_known(server: ArmServer, azure: ArmAzure) -> None:
    server.answer(VMS, {"value": [vm(0)]})
    server.answer(VMS, {"value": [{**vm(0), "tags": {"forestall": "off"}}]})
    known = {(await azure.list_vms(S1)).digest}

    page = await azure.list_vms(S1, None, known)

    assert not page.is_known
    assert [dict(each.tags) for each in page.elements] == [{"forestall": "off"}]


async def test_a_page_that_another_release_has_read_is_not_known(
    server: ArmServer, azure: ArmAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer(VMS, {"value": [vm(0)]})
    known = {(await azure.list_vms(S1)).digest}
    assert (await azure.list_vms(S1, None, known)).is_known

    monkeypatch.setattr("shared.adapters.azure.listing.reader", lambda: b"another")

    assert not (await azure.list_vms(S1, None, known)).is_known


@pytest.mark.parametrize("body", [{"value": None}, {"value": 3}, {}, []])
async def test_what_is_no_page_is_an_outage_and_never_known(
    server: ArmServer, azure: ArmAzure, body: object
) -> None:
    server.answer(VMS, body)
    for _ in range(2):
        with pytest.raises(AzureUnavailable):
            await azure.list_vms(S1, None, {""})
