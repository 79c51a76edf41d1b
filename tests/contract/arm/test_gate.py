"""What precedes every Azure request: token, api-version, route.

And the faults that strike there.
"""

import time

import pytest

from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import COLLEAGUE, Identity, Listing
from tests.contract.arm.conftest import Send
from tests.contract.arm.fleets import API, quick_fleet
from tests.unit.arm.fleets import FLEXIBLE, GROUP, SUBSCRIPTION, vm

VIEW = f"{GROUP}/virtualMachines/vm-app-0/instanceView"


@pytest.mark.parametrize(
    ("path", "token", "expected"),
    [
        (f"{VIEW}?{API}", "", "401 AuthenticationFailed"),
        (f"{VIEW}?{API}", "made.up.token", "401 InvalidAuthenticationToken"),
        (VIEW, None, "400 MissingApiVersionParameter"),
        (f"{VIEW}?api-version=latest", None, "400 InvalidApiVersionParameter"),
        (f"{VIEW}?api-version=2031-01-01", None, "400 InvalidApiVersionParameter"),
        (f"{VIEW}/more?{API}", None, "404 InvalidResourceType"),
        (
            f"{GROUP}/virtualMachines/vm-app-0/performMaintenance?{API}",
            None,
            "405 MethodNotAllowed",
        ),
        (f"{GROUP}/virtualMachines?{API}&$skiptoken=nonsense", None, "400 InvalidSkipToken"),
        (f"{GROUP}/virtualMachines?{API}&$filter=name eq 'x'", None, "400 InvalidParameter"),
    ],
)
async def test_a_bad_request_gets_one_clear_answer(
    start_arm: StartArm, send: Send, path: str, token: str | None, expected: str
) -> None:
    response = await send(start_arm(quick_fleet()), "GET", path, token=token)
    assert f"{response.status} {response.body['error']['code']}" == expected


async def test_paths_are_found_in_any_casing(start_arm: StartArm, send: Send) -> None:
    response = await send(start_arm(quick_fleet()), "GET", f"{VIEW.upper()}?{API}")
    assert response.status == 200


async def test_subscriptions_are_those_the_caller_may_see(start_arm: StartArm, send: Send) -> None:
    some = Identity(name="some", client_id="s1", subscriptions=(SUBSCRIPTION,))
    arm = start_arm(quick_fleet(identities=(some,)))
    response = await send(arm, "GET", f"/subscriptions?{API}")
    assert [one["subscriptionId"] for one in response.body["value"]] == [SUBSCRIPTION]
    other = await send(arm, "GET", f"/subscriptions/0a0a0a0a-0000-4000-8000-000000000002?{API}")
    assert other.status == 403


async def test_a_flexible_set_is_not_moved_as_a_whole(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(identities=(COLLEAGUE,)))
    response = await send(arm, "POST", f"{FLEXIBLE}/performMaintenance?{API}")
    assert response.status == 400


async def test_an_unknown_instance_of_a_set_is_refused_before_anything_moves(
    start_arm: StartArm, send: Send
) -> None:
    arm = start_arm(quick_fleet(identities=(COLLEAGUE,)))
    path = f"{GROUP}/virtualMachineScaleSets/front/performMaintenance?{API}"
    response = await send(arm, "POST", path, {"instanceIds": ["0", "77"]})
    assert response.status == 400
    assert "77" in response.body["error"]["message"]
    assert arm.events("redeploy.requested") == []


async def test_machines_can_be_listed_by_location(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet())
    base = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations"
    assert (
        len((await send(arm, "GET", f"{base}/westeurope/virtualMachines?{API}")).body["value"]) == 7
    )
    assert (await send(arm, "GET", f"{base}/eastus/virtualMachines?{API}")).body["value"] == []


async def test_what_is_left_of_the_limits_is_in_the_headers(
    start_arm: StartArm, send: Send
) -> None:
    response = await send(start_arm(quick_fleet()), "GET", f"{VIEW}?{API}")
    assert response.headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"
    assert response.headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "3749"
    assert (
        response.headers["x-ms-ratelimit-remaining-resource"]
        == "Microsoft.Compute/LowCostGet3Min;23999"
    )


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "throttle-arm", "seconds": 7}, 429, "SubscriptionRequestsThrottled"),
        (
            {"kind": "throttle-compute", "seconds": 7, "body": "innererror"},
            429,
            "OperationNotAllowed",
        ),
        ({"kind": "server-error", "status": 500}, 500, "MultipleErrorsOccurred"),
        ({"kind": "server-error", "status": 502}, 502, "BadGateway"),
        ({"kind": "server-error", "status": 503}, 503, "ServerUnavailable"),
    ],
)
async def test_a_fault_strikes_as_often_as_it_was_asked_to_and_is_written_down(
    start_arm: StartArm, send: Send, fault: dict[str, object], status: int, code: str
) -> None:
    arm = start_arm(quick_fleet())
    kind = str(fault.pop("kind"))
    arm.control.switch_on(kind, times=1, on="views", **fault)
    struck = await send(arm, "GET", f"{VIEW}?{API}")
    assert (struck.status, struck.body["error"]["code"]) == (status, code)
    assert struck.headers.get("retry-after") == ("7" if status == 429 else None)
    assert (await send(arm, "GET", f"{VIEW}?{API}")).status == 200
    assert [one["kind"] for one in arm.events("fault.injected")] == [kind]


async def test_a_fault_only_strikes_the_requests_it_is_for(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet())
    arm.control.switch_on("server-error", on="actions")
    assert (await send(arm, "GET", f"{VIEW}?{API}")).status == 200
    action = await send(arm, "POST", f"{GROUP}/virtualMachines/vm-app-0/performMaintenance?{API}")
    assert action.status == 503
    assert arm.events("redeploy.requested") == []


async def test_latency_delays_the_answer(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet())
    arm.control.switch_on("latency", seconds=0.2, times=1, on="views")
    begun = time.monotonic()
    assert (await send(arm, "GET", f"{VIEW}?{API}")).status == 200
    assert time.monotonic() - begun >= 0.2


async def test_a_next_link_can_name_a_foreign_host(start_arm: StartArm, send: Send) -> None:
    arm = start_arm(quick_fleet(vm("a"), vm("b"), listing=Listing(page_size=1)))
    arm.control.switch_on("broken-next-link", body="foreign-host", times=1)
    response = await send(arm, "GET", f"{GROUP}/virtualMachines?{API}")
    assert response.body["nextLink"].startswith("http://foreign.invalid/subscriptions/")
