"""What headers and refusals say of the quota, over HTTP."""

from datetime import timedelta

import pytest

from shared.adapters.azure.machine_calls import paths_read
from shared.adapters.azure.quota.governor import LONGEST_WAIT
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.memory import MemoryQuotas, SettableClock
from shared.domain.machine.listing import ScaleSet
from shared.domain.machine.machine import (
    MachineId,
    Orchestration,
    SubscriptionId,
    machine_id,
)
from shared.domain.quota.level import ReadPurpose
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable, QuotaUsedUp
from shared.ports.reads import reads_for
from tests.unit.adapters.azure.arm_server import NOW, ArmServer, FixedCredential
from tests.unit.adapters.azure.recorded import body_text

S1 = SubscriptionId("s1")
VMS = "/subscriptions/s1/providers/Microsoft.Compute/virtualMachines"
HOME = "/subscriptions/s1/resourcegroups/shop/providers/microsoft.compute"
#: documented shape of ARM's own refusal
THROTTLED = {"error": {"code": "SubscriptionRequestsThrottled", "message": "too many reads"}}
VM, OTHER = (machine_id(f"{HOME}/virtualMachines/web-{number}") for number in range(2))

SET = ScaleSet(
    id=f"{HOME}/virtualmachinescalesets/web",
    orchestration=Orchestration.UNIFORM,
)


@pytest.fixture
def quotas() -> MemoryQuotas:
    return MemoryQuotas()


@pytest.fixture
def governed(server: ArmServer, quotas: MemoryQuotas) -> ArmAzure:
    return over(server, quotas)


def over(
    server: ArmServer, quotas: MemoryQuotas, longest_wait: timedelta = LONGEST_WAIT
) -> ArmAzure:
    return ArmAzure(
        credential=FixedCredential(),
        clock=SettableClock(now=NOW),
        endpoint=Endpoint.parse(server.url),
        audience="https://management.example",
        quotas=quotas,
        longest_wait=longest_wait,
    )


async def paused_for(quotas: MemoryQuotas, key: str) -> timedelta | None:
    stored = await quotas.load(key)
    assert stored is not None
    until = stored.value.paused_until
    return None if until is None else until - NOW


async def test_a_read_takes_a_token_of_each_bucket(
    server: ArmServer, governed: ArmAzure, quotas: MemoryQuotas
) -> None:
    server.answer(VMS, {"value": []})
    await governed.list_vms(S1)
    for key, capacity, block in (("s1|reads", 200, 20), ("s1|HighCostGet", 450, 12)):
        stored = await quotas.load(key)
        assert stored is not None
        assert stored.value.tokens == capacity - block
    await governed.close()


async def test_a_refusal_of_arm_pauses_the_principals_bucket_in_every_process(
    server: ArmServer, governed: ArmAzure, quotas: MemoryQuotas
) -> None:
    server.answer(VMS, THROTTLED, status=429, headers={"Retry-After": "300"})
    with pytest.raises(AzureUnavailable):
        await governed.list_vms(S1)
    assert await paused_for(quotas, "s1|reads") == timedelta(minutes=5)

    asked = server.count("GET")
    with pytest.raises(QuotaUsedUp):
        await governed.observe(VM)
    assert server.count("GET") == asked
    await governed.close()


async def test_a_refusal_of_compute_for_one_set_holds_the_others_up_for_a_moment_only(
    server: ArmServer, governed: ArmAzure, quotas: MemoryQuotas
) -> None:
    headers = {
        "Retry-After": "1200",
        "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/HighCostGetVMScaleSet3Min;0",
    }
    path = f"{SET.id}/virtualMachines"
    server.answer(path, body_text("error-429-compute-bare"), status=429, headers=headers)
    with pytest.raises(AzureUnavailable):
        await governed.list_instances(SET)

    policy = "HighCostGetVMScaleSet"
    assert await paused_for(quotas, "s1|reads") is None
    assert await paused_for(quotas, f"s1|{policy}") == timedelta(seconds=5)
    assert await paused_for(quotas, f"{policy}|{SET.id}") == timedelta(minutes=20)
    await governed.close()


async def test_headers_that_show_little_left_slow_the_app_down_before_azure_refuses(
    server: ArmServer, governed: ArmAzure, quotas: MemoryQuotas
) -> None:
    headers = {
        "x-ms-ratelimit-remaining-subscription-reads": "5",
        "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/HighCostGet3Min;25,"
        "Microsoft.Compute/HighCostGet30Min;nonsense",
    }
    server.answer(VMS, {"value": []}, headers=headers)
    await governed.list_vms(S1)

    reads, lists = [await paused_for(quotas, key) for key in ("s1|reads", "s1|HighCostGet")]
    assert reads is not None
    assert timedelta(0) < reads <= timedelta(seconds=1)  # 25 come back each second
    assert lists is not None
    assert timedelta(seconds=30) < lists <= timedelta(seconds=60)  # 5 come back each second
    await governed.close()


async def test_headers_that_show_enough_change_nothing(
    server: ArmServer, governed: ArmAzure, quotas: MemoryQuotas
) -> None:
    headers = {
        "x-ms-ratelimit-remaining-subscription-reads": "249",
        "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/HighCostGet3Min;899",
    }
    server.answer(VMS, {"value": []}, headers=headers)
    await governed.list_vms(S1)
    assert await paused_for(quotas, "s1|reads") is None
    await governed.close()


async def test_the_call_that_starts_maintenance_is_never_held_up(
    server: ArmServer, governed: ArmAzure
) -> None:
    """It follows checks that must not grow old; the locks keep such calls rare."""
    server.answer(VMS, THROTTLED, status=429, headers={"Retry-After": "300"})
    with pytest.raises(AzureUnavailable):
        await governed.list_vms(S1)
    server.answer(f"{VM}/performMaintenance", status=202)

    assert (await governed.perform_maintenance(VM)).status == 202
    await governed.close()


@pytest.mark.parametrize(
    ("machine", "requests"), [(VM, 2), (machine_id(f"{SET.id}/virtualMachines/3"), 3)]
)
async def test_what_is_reserved_is_exactly_what_the_two_reads_of_a_machine_need(
    server: ArmServer, governed: ArmAzure, machine: MachineId, requests: int
) -> None:
    # Each request uses ARM's bucket, Compute's of the subscription, and its resource's.
    with reads_for(ReadPurpose.STEP) as reads:
        await governed.reserve_reads(machine)
        assert reads.reserved.total() == 3 * requests
        for path in paths_read(machine):
            server.answer(path, {"id": path, "location": "westeurope"})
        await governed.read_machine(machine)
        await governed.observe(machine)
        assert reads.reserved.total() == 0
    assert server.count("GET") == requests
    await governed.close()


async def test_a_machine_whose_bucket_has_one_token_left_reserves_none(
    server: ArmServer, quotas: MemoryQuotas
) -> None:
    governed = over(server, quotas, longest_wait=timedelta(0))
    server.answer(f"{VM}/instanceView", {"statuses": []})
    with reads_for(ReadPurpose.STEP) as reads:
        for _ in range(20):  # of 21.6
            await governed.observe(VM)
        with pytest.raises(QuotaUsedUp) as refused:
            await governed.reserve_reads(VM)
        assert reads.reserved.total() == 0
        # 1.6 are left, and 9.6 come back in a minute.
        assert refused.value.retry_after == timedelta(seconds=2.5)
        await governed.observe(VM)
    await governed.close()
