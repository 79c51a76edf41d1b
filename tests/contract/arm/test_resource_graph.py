"""Resource Graph: the recognised query, its pages, its quota, and a clear no to everything else."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from sandbox.azure.arm.background import Running
from sandbox.azure.arm.http.resources.resource_graph import MAINTENANCE_ROWS
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import Identity, Limits, Listing, Outcome, WaveSpec
from sandbox.azure.fleets.times import When
from tests.contract.arm.conftest import ReadResponse, Send
from tests.contract.arm.fleets import API, NOW, QUICK, quick_fleet
from tests.unit.arm.fleets import GROUP, SUBSCRIPTION, vm

URL = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
FRESH = Listing(graph_lag=timedelta(0))


async def query(
    send: Send, arm: Running, text: str = MAINTENANCE_ROWS, **options: Any
) -> ReadResponse:
    return await send(
        arm, "POST", URL, {"query": text, "subscriptions": [SUBSCRIPTION], "options": options}
    )


async def test_every_machine_with_planned_maintenance_has_a_row(
    start_arm: StartArm, send: Send
) -> None:
    response = await query(send, start_arm(quick_fleet(listing=FRESH)))
    rows = response.body["data"]
    assert response.body["totalRecords"] == len(rows) == 8
    assert {row["status"] for row in rows} == {"Pending"}
    assert all(row["targetResourceId"] == row["targetResourceId"].lower() for row in rows)


async def test_a_row_tells_how_far_its_machine_is(start_arm: StartArm, send: Send) -> None:
    patient = msgspec.structs.replace(QUICK, retry_later=timedelta(hours=1))
    told = msgspec.structs.replace(QUICK, after_success="MaintenanceCompleted")
    machines = (
        vm("hangs", outcomes=(Outcome.HANGS,)),
        msgspec.structs.replace(vm("later", outcomes=(Outcome.RETRY_LATER,)), behaviour=patient),
        msgspec.structs.replace(vm("moved"), behaviour=told),
        vm("over", wave="autumn"),
        vm("waits"),
    )
    autumn = WaveSpec(
        name="autumn", announce_after=When(timedelta(0)), self_service=When(timedelta(0))
    )
    arm = start_arm(quick_fleet(*machines, waves=(NOW, autumn), listing=FRESH))
    for name in ("hangs", "later", "moved"):
        await send(arm, "POST", f"{GROUP}/virtualMachines/{name}/performMaintenance?{API}")
    for _ in range(500):
        if len(arm.events("operation.finished")) == 2:
            break
        await asyncio.sleep(0.02)
    rows = (await query(send, arm)).body["data"]
    assert {row["targetResourceId"].rpartition("/")[2]: row["status"] for row in rows} == {
        "hangs": "InProgress",
        "later": "RetryLater",
        "moved": "Completed",
        "over": "NoUpdatesPending",
        "waits": "Pending",
    }


async def test_rows_come_in_pages(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(listing=FRESH))
    seen: list[str] = []
    options: dict[str, Any] = {"$top": 3}
    for _ in range(3):
        body = (await query(send, arm, **options)).body
        seen += [row["targetResourceId"] for row in body["data"]]
        options["$skipToken"] = body.get("$skipToken", "")
    assert len(seen) == len(set(seen)) == 8
    assert "$skipToken" not in body


async def test_rows_lag_behind_the_machines(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(listing=Listing(graph_lag=timedelta(hours=1))))
    assert (await query(send, arm)).body["data"] == []


async def test_the_words_count_not_the_spaces(start_arm: StartArm, send: Send) -> None:
    response = await query(
        send, start_arm(quick_fleet()), " ".join(MAINTENANCE_ROWS.upper().split())
    )
    assert response.status == 200


async def test_another_query_is_refused_clearly(start_arm: StartArm, send: Send) -> None:
    response = await query(send, start_arm(quick_fleet()), "resources | limit 5")
    assert response.status == 400
    assert "does not know the query" in response.body["error"]["message"]


async def test_a_body_without_a_query_is_refused(start_arm: StartArm, send: Send) -> None:
    response = await send(start_arm(quick_fleet()), "POST", URL, {"subscriptions": []})
    assert response.status == 400
    assert "query" in response.body["error"]["message"]


async def test_only_subscriptions_in_the_callers_scope_are_told(
    start_arm: StartArm, send: Send
) -> None:
    nowhere = Identity(name="nowhere", client_id="n1", subscriptions=())
    arm = start_arm(quick_fleet(identities=(nowhere,), listing=FRESH))
    assert (await query(send, arm)).body["data"] == []


async def test_the_quota_ends_and_says_when_it_begins_anew(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(limits=Limits(scale=2 / 15)))
    responses = [await query(send, arm) for _ in range(3)]
    assert [one.status for one in responses] == [200, 200, 429]
    assert [one.headers["x-ms-user-quota-remaining"] for one in responses] == ["1", "0", "0"]
    wait = int(responses[2].headers["retry-after"])
    assert 1 <= wait <= 5
    assert responses[2].headers["x-ms-user-quota-resets-after"] == f"00:00:0{wait}"
