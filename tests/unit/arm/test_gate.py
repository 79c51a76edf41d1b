"""The gate under a stopped clock: limits to the exact call, and who shares them."""

from datetime import datetime

import msgspec

from sandbox.azure.arm.http.messages import Request, Response
from sandbox.azure.arm.http.pipeline import handle_request
from sandbox.azure.arm.identities import issue
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Identity, Limits
from tests.unit.arm.fleets import GROUP, START, SUBSCRIPTION, fleet, vm

CALLERS = tuple(Identity(name=f"c{number}", client_id=f"c{number}") for number in range(20))


class FixedClock:
    def now(self) -> datetime:
        return START


def simulator(limits: Limits) -> Simulator:
    value = msgspec.structs.replace(fleet(vm("a"), vm("b")), limits=limits, identities=CALLERS)
    return Simulator(value, clock=FixedClock())


def get(sim: Simulator, path: str, caller: Identity = CALLERS[0]) -> Response:
    request = Request(
        method="GET",
        base="http://here",
        path=path,
        query={"api-version": "2026-04-01"},
        headers={"authorization": f"Bearer {issue(caller, 'arm', START).text}"},
        body=b"",
        request_id="r",
    )
    response = handle_request(sim, request)
    assert isinstance(response, Response)
    return response


def code(response: Response) -> str:
    body = response.body
    return str(body.get("code") or body.get("error", {}).get("code"))


def test_one_caller_has_250_reads_of_a_subscription_at_once() -> None:
    sim = simulator(Limits())
    responses = [get(sim, f"/subscriptions/{SUBSCRIPTION}") for _ in range(251)]
    assert [one.status for one in responses[249:]] == [200, 429]
    assert code(responses[250]) == "SubscriptionRequestsThrottled"
    assert responses[250].headers["Retry-After"] == "1"
    assert get(sim, f"/subscriptions/{SUBSCRIPTION}", CALLERS[1]).status == 200


def test_all_callers_together_have_fifteen_times_as_many() -> None:
    sim = simulator(Limits(scale=1 / 250))
    responses = [get(sim, f"/subscriptions/{SUBSCRIPTION}", caller) for caller in CALLERS]
    assert [one.status for one in responses].count(200) == 15


def test_one_machine_is_read_36_times_at_once_and_the_other_is_not_affected() -> None:
    sim = simulator(Limits())
    path = f"{GROUP}/virtualMachines/a"
    responses = [get(sim, path if number % 2 else f"{path}/instanceView") for number in range(37)]
    assert [one.status for one in responses[35:]] == [200, 429]
    assert code(responses[36]) == "OperationNotAllowed"
    assert responses[36].headers["Retry-After"] == "5"
    assert get(sim, f"{GROUP}/virtualMachines/b").status == 200


def test_what_the_front_door_refuses_never_reaches_compute() -> None:
    sim = simulator(Limits(scale=1 / 25))  # 10 reads of the front end, 1 of a machine
    refused = [code(get(sim, f"{GROUP}/virtualMachines/a")) for _ in range(12)]
    assert refused[1:10] == ["OperationNotAllowed"] * 9
    assert refused[10:] == ["SubscriptionRequestsThrottled"] * 2
