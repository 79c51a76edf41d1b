"""Responses of the simulator beside recorded responses of Azure.

The same keys, kinds, headers and error bodies.
"""

import asyncio
import re
from typing import Any

import pytest

from sandbox.azure.arm.http.resources.resource_graph import MAINTENANCE_ROWS
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import COLLEAGUE, Identity, Limits, Outcome, Subscription
from tests.contract.arm.conftest import Send
from tests.contract.arm.fleets import API, quick_fleet
from tests.contract.arm.shapes import differences, recorded
from tests.unit.arm.fleets import GROUP, SET, SUBSCRIPTION, UNIFORM, instance, vm

# What the recording has because of how that VM was made (old unmanaged disks, Windows, an
# extension), not because of Azure.
OF_THAT_VM = frozenset(
    {
        "tags",
        "properties.storageProfile.osDisk.vhd",
        "properties.storageProfile.osDisk.deleteOption",
        "properties.storageProfile.imageReference.exactVersion",
        "properties.osProfile.windowsConfiguration",
        "properties.osProfile.linuxConfiguration",
        "properties.osProfile.allowExtensionOperations",
        "properties.osProfile.requireGuestProvisionSignal",
        "properties.networkProfile.networkInterfaces[].properties",
        "properties.networkProfileConfiguration",
    }
)
LISTED = frozenset(f"value[].{path}" for path in OF_THAT_VM)


@pytest.mark.parametrize(
    ("path", "file", "exchange"),
    [
        (
            f"{GROUP}/virtualMachines/vm-0?$expand=instanceView&{API}",
            "vm-get-instanceview-in-availabilityset-transcript",
            0,
        ),
        (
            f"{GROUP}/virtualMachines/vm-0/instanceView?{API}",
            "vm-get-instanceview-in-availabilityset-transcript",
            1,
        ),
        (
            f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines?{API}",
            "vm-get-instanceview-in-availabilityset-transcript",
            2,
        ),
        (f"{GROUP}/virtualMachines/vm-0?{API}", "vm-redeploy-transcript", 5),
        (f"{GROUP}/virtualMachines/vm-zonal?{API}", "vm-get-zonal", None),
        (f"{UNIFORM}/virtualMachines?{API}", "vmss-vm-list", None),
        (f"{UNIFORM}/virtualMachines/1?{API}", "vmss-vm-get-expand-instanceview", None),
        (f"{UNIFORM}/virtualMachines/1/instanceView?{API}", "vmss-vm-instanceview-1", None),
        (f"{GROUP}/availabilitySets?{API}", "availabilityset-list", None),
    ],
)
async def test_an_answer_has_every_recorded_key(
    start_arm: StartArm, send: Send, path: str, file: str, exchange: int | None
) -> None:
    arm = start_arm(
        quick_fleet(
            vm("vm-0", domain=0), vm("vm-1", domain=1), vm("vm-zonal", zone="1"), instance(1)
        )
    )
    response = await send(arm, "GET", path)
    sample = recorded(file, exchange)
    ignore = OF_THAT_VM | LISTED | {"vmAgent.extensionHandlers"}
    assert response.status == sample["status"]
    assert list(differences(response.body, sample["body"], ignore=ignore)) == []


async def test_an_accepted_redeploy_answers_as_recorded(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet())
    sample = recorded("vm-redeploy-transcript", 6)
    response = await send(arm, "POST", f"{GROUP}/virtualMachines/vm-app-0/redeploy?{API}")
    assert (response.status, response.body) == (sample["status"], sample["body"])
    for name in ("location", "azure-asyncoperation"):
        assert _form(response.headers[name]) == _form(sample["headers"][name][0])
    assert response.headers["x-ms-request-id"] in response.headers["location"]
    assert "retry-after" not in response.headers, "the recording has none"
    for name in (
        "x-ms-ratelimit-remaining-subscription-writes",
        "x-ms-ratelimit-remaining-resource",
    ):
        assert name in response.headers


def _form(url: str) -> str:
    """A URL without host, ids and version."""
    path = re.sub(r"^https?://[^/]+", "", url)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", path)
    return re.sub(r"locations/\w+|api-version=[\d-]+", "", path)


async def test_polling_tells_as_recorded_how_far_it_is(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(vm("vm-0"), vm("vm-1", outcomes=(Outcome.HANGS,))))
    held = await send(arm, "POST", f"{GROUP}/virtualMachines/vm-1/performMaintenance?{API}")
    url, monitor = held.headers["azure-asyncoperation"], held.headers["location"]
    during = await send(arm, "GET", url)
    assert during.body == {
        "startTime": during.body["startTime"],
        "status": "InProgress",
        "name": url.split("/")[-1][:36],
    }
    assert (await send(arm, "GET", monitor)).status == 202
    accepted = await send(arm, "POST", f"{GROUP}/virtualMachines/vm-0/performMaintenance?{API}")
    body = await _ended(arm, send, accepted.headers["azure-asyncoperation"])
    sample = recorded("vm-redeploy-transcript", 11)
    assert list(body) == list(sample["body"]), "same keys in the same order"
    last = await send(arm, "GET", accepted.headers["location"])
    assert (last.status, last.body) == (200, None)


async def test_a_failed_operation_is_polled_with_200_and_its_error(
    start_arm: StartArm, send: Send
) -> None:
    arm = start_arm(quick_fleet(vm(outcomes=(Outcome.FAILS,))))
    accepted = await send(arm, "POST", f"{GROUP}/virtualMachines/vm-0/performMaintenance?{API}")
    body = await _ended(arm, send, accepted.headers["azure-asyncoperation"])
    sample = recorded("lro-poll-failed-transcript", 2)["body"]
    assert list(body) == list(sample)
    assert body["error"] == sample["error"]


async def _ended(arm: Any, send: Send, url: str) -> dict[str, Any]:
    for _ in range(500):
        response = await send(arm, "GET", url)
        if response.body["status"] != "InProgress":
            return dict(response.body)
        await asyncio.sleep(0.02)
    pytest.fail("the operation did not end")


@pytest.mark.parametrize(
    ("path", "body", "file"),
    [
        (
            "virtualMachines/vm3347/performMaintenance",
            None,
            "vm-performmaintenance-409-not-eligible",
        ),
        (
            "virtualMachineScaleSets/front/virtualmachines/0/performMaintenance",
            None,
            "vmss-vm-performmaintenance-409-not-eligible",
        ),
        (
            "virtualMachineScaleSets/front/performMaintenance",
            {"instanceIds": ["0"]},
            "vmss-performmaintenance-409-not-eligible",
        ),
    ],
)
async def test_not_eligible_is_refused_in_the_recorded_words(
    start_arm: StartArm, send: Send, path: str, body: object, file: str
) -> None:
    internal = (Subscription(id=SUBSCRIPTION, eligible=False),)
    arm = start_arm(
        quick_fleet(vm("vm3347"), instance(0), subscriptions=internal, identities=(COLLEAGUE,))
    )
    response = await send(arm, "POST", f"{GROUP}/{path}?{API}", body)
    sample = recorded(file)
    assert response.status == sample["status"]
    assert response.body["error"]["code"] == sample["body"]["error"]["code"]
    assert response.body["error"]["message"] == re.sub(
        r"vmss\d+", "front", sample["body"]["error"]["message"]
    )


async def test_what_is_missing_is_missing_in_the_recorded_words(
    start_arm: StartArm, send: Send
) -> None:
    response = await send(start_arm(quick_fleet()), "GET", f"{GROUP}/virtualMachines/javavm?{API}")
    sample = recorded("vm-get-404-resource-not-found")
    assert response.status == sample["status"]
    assert response.body["error"]["code"] == sample["body"]["error"]["code"]
    expected = sample["body"]["error"]["message"].replace("javacsmrg92627", "RG-Shop")
    assert response.body["error"]["message"] == expected


async def test_a_missing_permission_is_told_in_the_recorded_words(
    start_arm: StartArm, send: Send
) -> None:
    nobody = Identity(name="nobody", client_id="n0", actions=())
    response = await send(start_arm(quick_fleet(identities=(nobody,))), "GET", f"{SET}?{API}")
    sample = recorded("error-403-authorization-failed")["body"]["error"]
    assert (response.status, response.body["error"]["code"]) == (403, sample["code"])
    assert _without_names(response.body["error"]["message"]) == _without_names(sample["message"])


def _without_names(message: str) -> str:
    return re.sub(r"'[^']*'", "'...'", message)


@pytest.mark.parametrize("shape", ["bare", "innererror"])
async def test_compute_throttles_with_either_documented_body(
    start_arm: StartArm, send: Send, shape: Any
) -> None:
    arm = start_arm(quick_fleet(limits=Limits(scale=1 / 36, compute_body=shape)))
    path = f"{GROUP}/virtualMachines/vm-app-0/instanceView?{API}"
    assert (await send(arm, "GET", path)).status == 200
    response = await send(arm, "GET", path)
    sample = recorded(f"error-429-compute-{shape}")
    assert response.status == 429
    assert list(differences(response.body, sample["body"])) == []
    assert int(response.headers["retry-after"]) >= 1


async def test_a_gateway_time_out_has_the_recorded_body(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet())
    arm.control.switch_on("server-error", status=504, on="views", times=1)
    response = await send(arm, "GET", f"{GROUP}/virtualMachines/vm-app-0?{API}")
    sample = recorded("vm-put-504-resource-read-failed")
    assert (response.status, response.body["error"]["code"]) == (
        504,
        sample["body"]["error"]["code"],
    )


async def test_resource_graph_tells_its_quota_in_the_recorded_headers(
    start_arm: StartArm, send: Send
) -> None:
    arm = start_arm(quick_fleet())
    url = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    response = await send(
        arm, "POST", url, {"query": MAINTENANCE_ROWS, "subscriptions": [SUBSCRIPTION]}
    )
    sample = recorded("resourcegraph-vm-table")["headers"]
    for name in ("x-ms-user-quota-remaining", "x-ms-user-quota-resets-after"):
        assert response.headers[name] == sample[name][0]
