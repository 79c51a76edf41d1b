"""A scenario: everything about a run that its seed decides beforehand.

The fleet, the policy, the workers, the fault rates.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from sandbox.audit.rules import Windows, read_rules
from shared.domain.calendar.calendar import Calendar
from shared.domain.machine.arm_responses import ArmResponse, OperationState
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.policy.error_budget import ErrorBudget, ErrorBudgets
from shared.domain.policy.policy import Canary, Limits, Policy, Timing
from tests.simulation.fault_rates import FaultRates, draw_fault_rates
from tests.simulation.fleet.health_pages import add_health_checks, has_health_check
from tests.simulation.fleet.tiers import add_tiers
from tests.simulation.fleet.unusual_machines import add_unusual_machines
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import (
    HOUR,
    MINUTE,
    NO_CAPACITY,
    SECOND,
    SET,
    START,
    daily,
    maintenance,
    refused,
    vm_id,
)

#: seconds; clocks of two processes differ by at most twice this, which is less than
#: `semaphores.CLOCK_SKEW`
MAX_CLOCK_OFFSET = 2.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a seed stands for."""

    seed: int
    vms: tuple[FakeVm, ...]
    policy: Policy
    #: the policy's change windows as the monitor reads them
    windows: Windows
    #: how far each process's clock is off, in seconds, and how far one may be
    clock_offsets: tuple[float, ...]
    offset: float
    fault_rates: FaultRates
    #: how long faults and disturbances last; then everything must settle
    fault_period: timedelta
    reports_operation_end: bool
    #: whether the operator has parked jobs retried at the end, or leaves them
    retries_parked_jobs: bool
    #: whether the operator releases the leases of jobs that stay parked
    releases_leases: bool
    #: whether handlers have deadlines; without them a suspended worker continues its work
    has_deadlines: bool
    #: machines that have a health check, by the policy's template or by their tag
    health_checked: frozenset[MachineId]
    #: seconds after which the host fires no timer any more, so that ticks do their work; None: the
    #: timers fire, and there are no ticks
    timers_stop_at: float | None = None


def draw_scenario(seed: int, *, offset: float = MAX_CLOCK_OFFSET) -> Scenario:
    """The scenario of a seed: always the same.

    A larger `offset` lets clocks be further off than the app allows for.
    """
    random = Random(seed)  # noqa: S311 - numbers that come again
    fault_rates = draw_fault_rates(random)
    windowed = random.random() < 0.15
    calendar = daily("17:00", "18:30") if windowed else Calendar()
    rules = (
        b'{"windows": [{"days": ["mon","tue","wed","thu","fri","sat","sun"], "start": "17:00:00", '
        b'"end": "18:30:00"}]}'
    )
    vms, policy = _fleet(random), _policy(random, calendar)
    add_unusual_machines(Random(seed + 4_000_003), vms)  # noqa: S311 - as above
    _hide_waves(Random(seed + 6_000_003), vms)  # noqa: S311 - as above
    checks = add_health_checks(Random(seed + 3_000_003), vms)  # noqa: S311 - as above
    policy = replace(policy, health_check=checks)
    policy = add_tiers(Random(seed + 10_000_003), vms, policy)  # noqa: S311 - as above
    return Scenario(
        seed=seed,
        vms=vms,
        policy=policy,
        windows=read_rules(b'{"change_windows": %b}' % rules).change_windows
        if windowed
        else Windows(),
        clock_offsets=tuple(
            random.uniform(-offset, offset) for _ in range(random.choice((2, 2, 3)))
        ),
        offset=offset,
        fault_rates=fault_rates,
        fault_period=random.choice((1, 2, 3)) * HOUR,
        reports_operation_end=random.random() < 0.5,
        retries_parked_jobs=random.random() < 0.5,
        releases_leases=random.random() < 0.5,
        has_deadlines=Random(seed + 4_000_003).random() < 0.5,  # noqa: S311 - as above
        health_checked=frozenset(each.machine.id for each in vms if has_health_check(each, policy)),
        timers_stop_at=_timers_stop_at(Random(seed + 9_000_003)),  # noqa: S311 - as above
    )


def _timers_stop_at(random: Random) -> float | None:
    """In one of eight runs all timers stop permanently, in half of those before the first one."""
    if random.random() >= 1 / 8:
        return None
    return random.choice((0.0, random.uniform(0.0, 7200.0)))


def _policy(random: Random, calendar: Calendar) -> Policy:
    timing = Timing(
        # every scan reads every machine: what this plays lasts hours, not days
        sweep_period=timedelta(0),
        poll_interval=random.choice((MINUTE, 2 * MINUTE)),
        recheck_interval=random.choice((5, 15)) * MINUTE,
        bake_time=random.choice((0, 1, 5)) * MINUTE,
        lease_duration=random.choice((4, 6, 15)) * MINUTE,
        operation_timeout=random.choice((20 * MINUTE, 2 * HOUR)),
        verify_timeout=random.choice((10, 30)) * MINUTE,
    )
    limits = Limits(
        slots=random.choice((1, 1, 1, 2)),
        cool_down=random.choice((0, 10, 30)) * MINUTE,
        spacing=random.choice((0, 0, 0, 8)) * MINUTE,
        per_zone=random.choice((None, 1, 2, 10)),
        per_region=random.choice((None, 1, 2, 20)),
        per_subscription=random.choice((None, None, 2)),
        total=random.choice((None, None, 1, 3)),
        max_attempts=random.choice((1, 2, 2, 3)),
        ramp=random.random() < 0.4,
    )
    canary = Canary(machines=random.choice((0, 0, 0, 1, 2)), soak=random.choice((0, 15)) * MINUTE)
    failures = ErrorBudgets(
        group=random.choice(
            (ErrorBudget(failures=1), ErrorBudget(failures=2), ErrorBudget(percent=40))
        ),
        subscription=random.choice(
            (ErrorBudget(), ErrorBudget(failures=1), ErrorBudget(failures=2))
        ),
    )
    return Policy(
        change_windows=calendar, timing=timing, limits=limits, canary=canary, error_budgets=failures
    )


def _fleet(random: Random) -> tuple[FakeVm, ...]:
    ends = START + random.choice((6, 12)) * HOUR
    domains = random.choice((2, 2, 3))
    members = random.choice((2, 2, 3, 4))
    region = random.choice(("westeurope", "polandcentral"))
    vms = [_vm(random, f"web-{n}", n % domains, ends, region=region) for n in range(members)]
    for n in range(random.choice((0, 0, 1, 2, 3))):
        region = random.choice(("westeurope", "westeurope", "northeurope"))
        zone = random.choice((None, "1", "2"))
        vms.append(_vm(random, f"alone-{n}", None, ends, region=region, zone=zone))
    return tuple(vms)


def _vm(
    random: Random,
    name: str,
    update_domain: int | None,
    ends: object,
    *,
    region: str,
    zone: str | None = None,
) -> FakeVm:
    tags = {"forestall-group": "shop"} if random.random() < 0.2 else {}
    if random.random() < 0.15:
        tags["forestall-canary"] = "on"
    return FakeVm(
        machine=Machine(
            id=vm_id(name),
            location=region,
            zone=zone,
            tags=tags,
            availability_set=None if update_domain is None else SET,
        ),
        update_domain=update_domain,
        maintenance=maintenance(self_service_end=ends),
        scripts=deque(draw_script(random) for _ in range(3)),
    )


def _hide_waves(random: Random, vms: Iterable[FakeVm]) -> None:
    """After some redeploys to a host that is not updated, Azure shows the wave an hour later."""
    for vm in vms:
        vm.scripts = deque(
            replace(each, shows_no_wave_for=random.choice((40, 90)) * MINUTE)
            if not each.lands_on_updated_host and random.random() < 0.5
            else each
            for each in vm.scripts
        )


def _wave(random: Random) -> MaintenanceStatus:
    """Another wave, in which the host is that a machine lands on."""
    start = START + random.choice((-1, 1, 2, 3)) * HOUR
    return maintenance(self_service_start=start, self_service_end=start + 8 * HOUR)


def draw_script(random: Random) -> RedeployScript:
    """How a call for a machine goes: well, for the most part."""
    takes = random.choice((40 * SECOND, 2 * MINUTE, 8 * MINUTE))
    agent = random.choice((0 * SECOND, 30 * SECOND, 3 * MINUTE))
    draws: tuple[tuple[float, RedeployScript], ...] = (
        (0.66, RedeployScript(duration=takes, agent_ready_after=agent)),
        (
            0.07,
            RedeployScript(duration=takes, agent_ready_after=agent, lands_on_updated_host=False),
        ),
        (
            0.03,
            RedeployScript(
                duration=takes,
                agent_ready_after=agent,
                lands_on_updated_host=False,
                operation_result=OperationState.FAILED,
            ),
        ),
        (0.02, replace(NO_CAPACITY, duration=takes, agent_ready_after=agent)),
        (0.01, refused(409, "AllocationFailed", "no capacity")),
        (0.03, RedeployScript(duration=takes, agent_ready_after=None)),
        (0.02, RedeployScript(duration=30 * MINUTE, agent_ready_after=agent)),
        (
            0.04,
            RedeployScript(
                duration=takes,
                agent_ready_after=agent,
                response=ArmResponse(status=504, code="GatewayTimeout"),
            ),
        ),
        (0.04, refused(429, "OperationNotAllowed", "TooManyRequests", 20 * MINUTE)),
        (0.03, refused(409, "Conflict", "another operation is in progress")),
        (0.02, refused(503, "ServiceUnavailable")),
        (0.02, refused(403, "AuthorizationFailed")),
        (0.015, refused(400, "NeverSeen")),
        (
            0.015,
            refused(409, "OperationNotAllowed", "the Subscription of this VM is not eligible."),
        ),
        (
            0.03,
            RedeployScript(duration=takes, agent_ready_after=agent, lands_in_wave=maintenance()),
        ),
    )
    scripts, weights = [script for _, script in draws], [chance for chance, _ in draws]
    script = random.choices(scripts, weights=weights)[0]
    return script if script.lands_in_wave is None else replace(script, lands_in_wave=_wave(random))
