"""Which buckets a request uses, and how much of each is the app's."""

import pytest

from sandbox.azure.arm import limits as simulated
from sandbox.azure.arm.http.routes import Match
from sandbox.azure.arm.http.table import TABLE
from shared.adapters.azure import urls
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.quota.limits import Shares, buckets_of, policy_of, remaining_to_spare

SHARES = Shares()
ALL = Shares(own=1.0, shared=1.0)
HOME = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
VM = MachineId(f"{HOME}/virtualMachines/v")
SET = f"{HOME}/virtualMachineScaleSets/w"
INSTANCE = MachineId(f"{SET}/virtualMachines/3")


def path_of(url: str) -> str:
    return url.partition("?")[0]


def keys(method: str, path: str) -> list[str]:
    return [each.key for each in buckets_of(method, path, SHARES)]


READS = {
    path_of(urls.subscriptions("")): ["tenant|reads"],
    path_of(urls.subscription("", SubscriptionId("s"))): ["s|reads"],
    path_of(urls.vms("", SubscriptionId("s"))): ["s|reads", "s|HighCostGet"],
    path_of(urls.scale_sets("", SubscriptionId("s"))): ["s|reads", "s|HighCostGetVMScaleSet"],
    path_of(urls.instances("", SET)): [
        "s|reads",
        "s|HighCostGetVMScaleSet",
        f"HighCostGetVMScaleSet|{SET.lower()}",
    ],
    path_of(urls.instance_view("", VM)): ["s|reads", "s|LowCostGet", f"LowCostGet|{VM.lower()}"],
    path_of(urls.resource("", VM)): ["s|reads", "s|LowCostGet", f"LowCostGet|{VM.lower()}"],
    path_of(urls.instance_view("", INSTANCE)): [
        "s|reads",
        "s|GetVMScaleSetVM",
        f"GetVMScaleSetVM|{INSTANCE.lower()}",
    ],
    path_of(urls.resource("", SET)): ["s|reads", "s|GetVMScaleSet", f"GetVMScaleSet|{SET.lower()}"],
    "/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o": [
        "s|reads",
        "s|GetOperation",
    ],
}


@pytest.mark.parametrize("path", READS)
def test_a_read_uses_the_buckets_of_those_who_share_them(path: str) -> None:
    assert keys("GET", path) == READS[path]


def test_an_action_and_a_query_use_buckets_of_their_own() -> None:
    assert keys("POST", f"{VM}/performMaintenance") == ["s|writes", "s|UpdateVM"]
    assert keys("POST", "/providers/Microsoft.ResourceGraph/resources") == ["graph"]


@pytest.mark.parametrize("path", [each for each in READS if "/providers/" in each])
def test_the_simulator_counts_the_same_buckets_with_the_same_numbers(path: str) -> None:
    """A second opinion: the simulator's limits were written from the same pages by themselves."""
    match = TABLE.find("GET", path)
    assert isinstance(match, Match)
    policy = match.route.policy
    assert policy is not None
    own, compute, *resource = buckets_of("GET", path, ALL)
    assert (own.capacity, own.refill) == (
        simulated.FRONT_DOOR["reads"].capacity,
        simulated.FRONT_DOOR["reads"].refill,
    )
    assert compute.key == f"s|{policy.name}"
    assert compute.capacity == policy.per_subscription.capacity
    assert compute.refill == pytest.approx(policy.per_subscription.refill)
    for each in resource:
        assert policy.per_resource is not None
        assert each.capacity == policy.per_resource.capacity
        assert each.refill == pytest.approx(policy.per_resource.refill)


def test_the_app_takes_most_of_its_own_and_half_of_what_others_use() -> None:
    own, shared, of_the_set = buckets_of("GET", path_of(urls.instances("", SET)), SHARES)
    assert (own.capacity, own.refill) == (200, 20)
    assert (shared.capacity, shared.refill) == (540, 3)
    assert of_the_set.capacity == 24
    assert of_the_set.refill == pytest.approx(8 / 60)


def test_names_in_headers_are_known_whatever_window_they_name() -> None:
    assert policy_of("Microsoft.Compute/HighCostGet3Min") == "HighCostGet"
    assert policy_of("Microsoft.Compute/HighCostGet30Min") == "HighCostGet"
    assert policy_of("Microsoft.Compute/LowCostGet") == "LowCostGet"
    assert remaining_to_spare("HighCostGet", 0.5) == 225
    assert remaining_to_spare("reads", 0.8) == pytest.approx(25)
    assert remaining_to_spare("SomethingNew", 0.5) is None
