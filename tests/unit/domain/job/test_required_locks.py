"""Which semaphores a job needs, in which order, and how far apart their machines start."""

from datetime import timedelta

import pytest

from shared.domain.job.required_locks import own_scopes, required_locks, separation_in
from shared.domain.machine.placement import Lane, Placement, Scope, pair_of
from shared.domain.policy.policy import Canary, Limits, Policy
from tests.unit.domain.samples import HOUR, MINUTE, SUBSCRIPTION, a_job, a_machine

GROUP = Placement(scope=Scope(f"group:{SUBSCRIPTION}/shop"))
PAIR = Placement(
    scope=Scope(f"pair:{SUBSCRIPTION}/northeurope+westeurope"), lane=Lane("region:westeurope")
)
ZONE = Placement(scope=Scope(f"zones:{SUBSCRIPTION}/westeurope"), lane=Lane("zone:2"))
EVERYWHERE = a_job(group=GROUP, pair=PAIR, zone=ZONE)
LIMITS = Limits(
    slots=2, cool_down=HOUR, spacing=MINUTE, per_region=7, per_zone=5, per_subscription=4, total=9
)


def test_a_job_takes_its_locks_from_the_narrowest_to_the_widest() -> None:
    locks = required_locks(EVERYWHERE, Policy(limits=LIMITS))

    assert [
        (required.scope.partition(":")[0], required.request.lane, required.request.slots)
        for required in locks
    ] == [
        ("avset", "ud:0", 2),
        ("group", None, 2),
        ("pair", "region:westeurope", 7),
        ("zones", "zone:2", 5),
        ("cap", None, 4),
        ("cap", None, 9),
    ]
    assert [required.scope for required in locks[-2:]] == [
        f"cap:subscription:{SUBSCRIPTION}",
        "cap:all",
    ]


@pytest.mark.parametrize("lane", ["domain:none", "ud:unknown:web-1"])
def test_a_machine_without_a_domain_goes_alone_whatever_the_slots(lane: str) -> None:
    placement = Placement(scope=Scope("vmss:s"), lane=Lane(lane))
    first, group, *_ = required_locks(
        a_job(placement=placement, group=GROUP), Policy(limits=LIMITS)
    )
    assert (first.request.lane, first.request.slots) == (lane, 1)
    assert group.request.slots == 2


def test_every_two_jobs_take_the_locks_they_share_in_one_order() -> None:
    policy = Policy(limits=LIMITS)
    order = [required.scope for required in required_locks(EVERYWHERE, policy)]
    for job in (a_job(), a_job(pair=PAIR), a_job(zone=ZONE), a_job(group=GROUP, zone=ZONE)):
        scopes = [required.scope for required in required_locks(job, policy)]
        assert scopes == [scope for scope in order if scope in scopes]


def test_zones_and_regions_that_the_policy_does_not_keep_apart_are_no_lock() -> None:
    locks = required_locks(EVERYWHERE, Policy(limits=Limits(per_zone=None, per_region=None)))

    assert [required.scope.partition(":")[0] for required in locks] == [
        "avset",
        "group",
        "cap",
        "cap",
    ]


def test_without_a_word_of_the_user_everything_is_capped() -> None:
    alone = a_job(pair=pair_of(a_machine(location="polandcentral")))  # a region without a pair
    caps = {required.scope: required.request.slots for required in required_locks(alone, Policy())}
    assert caps == {
        alone.placement.scope: 1,
        Scope(f"region:{SUBSCRIPTION}/polandcentral"): 20,
        Scope(f"cap:subscription:{SUBSCRIPTION}"): 20,
        Scope("cap:all"): 50,
    }


def test_a_cap_only_counts_and_zones_only_take_turns() -> None:
    assert separation_in(EVERYWHERE.placement.scope, LIMITS).spacing == MINUTE
    assert (
        separation_in(ZONE.scope, LIMITS).cool_down
        == separation_in(PAIR.scope, LIMITS).cool_down
        == HOUR
    )
    assert separation_in(ZONE.scope, LIMITS).spacing == timedelta(0)
    cap = separation_in(Scope("cap:all"), LIMITS)
    assert (cap.cool_down, cap.spacing) == (timedelta(0), timedelta(0))


def test_canaries_go_ahead_in_a_jobs_own_scopes_only() -> None:
    locks = required_locks(EVERYWHERE, Policy(canary=Canary(machines=2)))

    canaries = {required.scope: required.request.canaries for required in locks}
    assert {scope for scope, count in canaries.items() if count == 2} == own_scopes(EVERYWHERE)
    assert all(required.request.wave == EVERYWHERE.wave for required in locks)
