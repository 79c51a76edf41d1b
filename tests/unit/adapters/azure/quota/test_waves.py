"""Smaller waves than those of `make bench-waves`: the whole app with Azure's request limits on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.waves.__main__ import MOST
from benchmarks.waves.counted_limits import CountedLimits
from benchmarks.waves.play import Played, play
from benchmarks.waves.scenarios import Scenario, availability_sets, machines_alone, with_slots
from shared.domain.policy.policy import Policy
from shared.domain.quota.limits import Shares, buckets_of
from shared.errors import AzureUnavailable
from tests.support.fleets import MINUTE, START

READS = buckets_of("GET", "/subscriptions/s", Shares())[0]
#: a full bucket, and what flows in
SHARE_OF_HALF_A_MINUTE = READS.capacity + 30 * READS.refill


def played(processes: int, *, kept: timedelta = timedelta(0)) -> Played:
    """Two sets whose checks together want more reads than ARM's bucket holds.

    `kept`: how long what was read of a set is used by other checks. With zero, each process wants
    as many reads for each job, so only the buckets bound the rate.
    """
    rules = with_slots(10)
    return play(
        Scenario(
            name="sets",
            policy=replace(rules, timing=replace(rules.timing, neighbour_views_kept=kept)),
            vms=lambda: availability_sets(2, 40, 4, operation=3 * MINUTE),
            processes=processes,
            longest=timedelta(days=2),
        )
    )


def assert_is_good(wave: Played) -> None:
    assert (wave.done, wave.moved) == (wave.machines, wave.machines)
    assert wave.refused.total() == 0
    assert 1.0 <= wave.ratio <= MOST


def test_sets_are_done_with_the_same_rate_of_requests_in_3_and_in_40_processes() -> None:
    few, many = played(3), played(40)
    for wave in (few, many):
        assert_is_good(wave)
        # More than half of what the app's share of ARM's bucket lets through, and never more.
        assert SHARE_OF_HALF_A_MINUTE / 2 < wave.most_in_half_a_minute <= SHARE_OF_HALF_A_MINUTE
    most = [wave.most_in_half_a_minute for wave in (few, many)]
    assert max(most) <= 1.3 * min(most)

    shared = played(3, kept=Policy().timing.neighbour_views_kept)
    assert_is_good(shared)
    assert shared.reads < few.reads / 2, "checks of one set share what one of them read"


def test_machines_alone_in_several_subscriptions_are_done() -> None:
    assert_is_good(
        play(
            Scenario(
                name="alone",
                policy=Policy(),
                vms=lambda: machines_alone(3, 8, operation=3 * MINUTE),
                longest=timedelta(days=2),
            )
        )
    )


def test_azure_refuses_who_asks_more_often_than_a_bucket_allows() -> None:
    limits = CountedLimits()
    machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m"
    for _ in range(36):
        limits.count("GET", f"https://x{machine}/instanceView?api-version=1", START)
    with pytest.raises(AzureUnavailable):
        limits.count("GET", f"https://x{machine}", START)
    (refusal,) = limits.refusals
    assert refusal.bucket[:2] == ("compute", "LowCostGet")
