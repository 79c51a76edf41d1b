"""Scans and the notices that ask for them: which jobs they make, and why they leave the others alone."""

from typing import Any

import pytest

from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import Machine, SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from shared.errors import AzureUnavailable
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.fleets import DAY, SECOND, START, SUBSCRIPTION, alone, member, vm, wave
from tests.support.house import House
from tests.support.world import Guest

LEFT_ALONE: dict[str, tuple[Guest, str]] = {
    "without maintenance": (alone("a", status=None), "no maintenance is planned"),
    "tagged off": (alone("a", tags={"FORESTALL": " Off "}), "tagged forestall=off"),
    "before its phase": (alone("a", status=wave(self_service_start=START + DAY)), "not open (before)"),
    "after its phase": (alone("a", status=wave(self_service_end=START)), "not open (closed)"),
    "stopped": (alone("a", power=Power.DEALLOCATED), "not running (deallocated)"),
    "not allowed": (alone("a", status=wave(allowed=False, last_result="RetryLater")), "(RetryLater)"),
    "completed": (alone("a", status=wave(last_result="MaintenanceCompleted")), "completed"),
    "without update domain": (member("a", None), "names no update domain"),
    "without times": (
        alone("a", status=wave(self_service_start=None, self_service_end=None)),
        "cannot be told from the next",
    ),
    "on a dedicated host": (
        Guest(machine=Machine(id=vm("a"), location="westeurope", dedicated_host="/hosts/h"), status=wave()),
        "dedicated host",
    ),
}


class Noted:
    """Keeps what the scan decided of each machine, in place of the sightings."""

    def __init__(self) -> None:
        self.decisions: dict[str, str] = {}

    async def note(self, machine: Machine, seen: Observation, decision: str) -> None:
        assert seen.machine == machine.id
        self.decisions[machine.id] = decision

    async def note_unread(self, *_: Any) -> None:
        pass

    async def retain(self, *_: Any) -> None:
        pass

    async def members(self, *_: Any) -> list[Any]:
        return []


async def scan(house: House, tick: str = "t") -> None:
    await scan_subscription(house.plain, ScanRequest(subscription=SUBSCRIPTION, tick=tick))


@pytest.mark.parametrize(("guest", "reason"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
async def test_a_machine_is_left_alone_with_its_reason(guest: Guest, reason: str) -> None:
    noted = Noted()
    house = House(guest, alone("b"), sightings=noted)

    await scan(house)

    assert [each.machine for each in await house.plain.jobs.all()] == [vm("b")]
    assert reason in noted.decisions[vm("a")]
    assert noted.decisions[vm("b")] == "has a job"


async def test_a_scan_again_makes_no_second_job_and_sends_no_second_message() -> None:
    house = House(*(member(f"web-{n}", n) for n in range(3)))
    await scan(house)
    jobs = await house.plain.jobs.all()
    assert len(house.on_the_way()) == 3

    for tick in ("t", "u"):
        await scan(house, tick)

    assert await house.plain.jobs.all() == jobs
    assert len(house.on_the_way()) == 3


async def test_a_job_says_what_found_it() -> None:
    house = House(alone("a"))
    await scan_subscription(
        house.plain, ScanRequest(subscription=SUBSCRIPTION, tick="PYN:1", cause=Cause.NOTICE)
    )
    (line,) = await house.trail.of((await house.job("a")).id)
    assert line.detail["cause"] == "notice PYN:1"


async def test_a_listing_that_cannot_be_read_is_no_empty_subscription() -> None:
    house = House(alone("a"))
    await scan(house)
    house.world.outages.append((START, START + DAY))
    with pytest.raises(AzureUnavailable):
        await scan(house, "u")
    assert len(await house.plain.jobs.all()) == 1


async def test_every_subscription_that_is_seen_is_scanned_once_a_tick() -> None:
    house = House(alone("a"))
    for _ in range(2):
        assert await request_scans(house.plain) == 1
    assert len(house.on_the_way()) == 1
    house.clock.advance(SECOND)
    await request_scans(house.plain)
    assert len(house.on_the_way()) == 2


async def test_only_the_subscriptions_of_the_settings_are_scanned_where_they_name_some() -> None:
    house = House(alone("a"), subscriptions=("s1", "s2"))
    assert await request_scans(house.plain) == 2
    messages = [each.message for each in house.on_the_way()]
    assert [each.subscription for each in messages if isinstance(each, ScanRequest)] == [
        SubscriptionId("s1"),
        SubscriptionId("s2"),
    ]
