"""Events of Event Grid, and its handshakes."""

import pytest

from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from tests.functions.conftest import AppFakes
from tests.functions.notice_webhooks import SECRET, body_of, invoke
from tests.functions.notices.requests import scans
from tests.functions.test_triggers import SUBSCRIPTION
from tests.unit.notices.samples import sample


async def post_events(
    worker: Worker, body: object, method: str = "POST", secret: str = SECRET, **headers: str
) -> HttpResponse:
    path = "notices/event-grid"
    return await invoke(
        worker, "event_notice", path, body, method=method, query={"secret": secret}, headers=headers
    )


@pytest.mark.usefixtures("webhooks")
async def test_event_grids_handshakes_and_events(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    handshake = sample("eventgrid-subscription-validation")
    shaken = await post_events(function_worker, handshake["request"]["body"])
    assert (shaken.status, body_of(shaken)) == (200, handshake["expectedResponse"]["body"])

    allowed = await post_events(
        function_worker, None, "OPTIONS", **{"WebHook-Request-Origin": "eventgrid.azure.net"}
    )
    assert (allowed.status, allowed.headers["WebHook-Allowed-Origin"]) == (
        200,
        "eventgrid.azure.net",
    )
    assert (
        await post_events(
            function_worker, None, "OPTIONS", **{"WebHook-Request-Origin": "evil.example"}
        )
    ).status == 403

    event = sample("eventgrid-scheduledevent-vmss-freeze") | {
        "topic": f"/subscriptions/{SUBSCRIPTION}"
    }
    event["data"]["resourceInfo"]["properties"]["EventType"] = "Redeploy"
    ignored = sample("eventgrid-health-availability-eventgrid")
    response = await post_events(function_worker, [event, ignored])
    assert response.status == 202
    assert [each["outcome"] for each in body_of(response)["notices"]] == ["scanning", "ignored"]
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
async def test_event_grid_needs_its_secret_for_everything(function_worker: Worker) -> None:
    handshake = sample("eventgrid-subscription-validation")["request"]["body"]
    assert (await post_events(function_worker, handshake, secret="wrong")).status == 401
    assert (await post_events(function_worker, None, "OPTIONS", secret="")).status == 401
    assert (await post_events(function_worker, b"{")).status == 400
