"""The waves: which machines, and by which policy."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.domain.machine.machine import Machine, machine_id
from shared.domain.policy.policy import Policy
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import MINUTE, SECOND, maintenance

#: what one redeploy takes: the operation, and then the agent
OPERATION, AGENT = 12 * MINUTE, 20 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A wave."""

    name: str
    policy: Policy
    vms: Callable[[], Sequence[FakeVm]]
    processes: int = 4
    #: after which it counts as not done
    longest: timedelta = field(default=timedelta(days=29))


def _subscription(number: int) -> str:
    return f"/subscriptions/00000000-0000-4000-8000-{number + 1:012}/resourcegroups/rg"


def _vm(machine: Machine, update_domain: int | None, operation: timedelta) -> FakeVm:
    return FakeVm(
        machine=machine,
        update_domain=update_domain,
        maintenance=maintenance(),
        scripts=deque([RedeployScript(duration=operation, agent_ready_after=AGENT)]),
    )


def availability_sets(
    sets: int, machines: int, domains: int, operation: timedelta = OPERATION
) -> list[FakeVm]:
    """So many sets of so many machines, in one subscription."""
    home = f"{_subscription(0)}/providers/microsoft.compute"
    return [
        _vm(
            Machine(
                id=machine_id(f"{home}/virtualmachines/s{number}-{n:03}"),
                location="westeurope",
                availability_set=f"{home}/availabilitysets/s{number}",
            ),
            n % domains,
            operation,
        )
        for number in range(sets)
        for n in range(machines)
    ]


def machines_alone(
    subscriptions: int, machines: int, operation: timedelta = OPERATION
) -> list[FakeVm]:
    """So many machines without a set in each of so many subscriptions."""
    return [
        _vm(
            Machine(
                id=machine_id(
                    f"{_subscription(number)}/providers/microsoft.compute/virtualmachines/m{n:04}"
                ),
                location="westeurope",
            ),
            None,
            operation,
        )
        for number in range(subscriptions)
        for n in range(machines)
    ]


def with_slots(slots: int) -> Policy:
    """Several machines of an update domain together, and no bound by the failures of a wave."""
    policy = Policy()
    limits = replace(
        policy.limits, slots=slots, ramp=False, per_region=None, per_subscription=None, total=None
    )
    return replace(policy, limits=limits)


SCENARIOS = (
    Scenario(
        name="1 availability set of 200 with 20 update domains",
        policy=Policy(),
        vms=lambda: availability_sets(1, 200, 20),
    ),
    Scenario(
        name="the same, 5 slots, no ramp",
        policy=with_slots(5),
        vms=lambda: availability_sets(1, 200, 20),
    ),
    Scenario(
        name="the same, 10 slots, no ramp, 40 processes",
        policy=with_slots(10),
        vms=lambda: availability_sets(1, 200, 20),
        processes=40,
    ),
    Scenario(
        name="10 availability sets of 50 with 5 update domains",
        policy=Policy(),
        vms=lambda: availability_sets(10, 50, 5),
    ),
    Scenario(
        name="the same, 10 slots, no ramp",
        policy=with_slots(10),
        vms=lambda: availability_sets(10, 50, 5),
    ),
    Scenario(
        name="1,000 machines in 10 subscriptions",
        policy=Policy(),
        vms=lambda: machines_alone(10, 100),
    ),
)
