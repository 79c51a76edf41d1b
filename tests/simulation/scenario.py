"""A scenario: everything about a run that its seed decides beforehand - the fleet, the policy, the workers, the weather."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from sandbox.audit.rules import Windows, read_rules
from shared.domain.machine.arm_responses import Answer, Progress
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.policy.change_windows import Calendar
from shared.domain.policy.error_budget import ErrorBudget, Failures
from shared.domain.policy.policy import Canary, Limits, Pace, Policy
from tests.simulation.pages import give_pages, is_probed
from tests.simulation.weather import Weather, draw_weather
from tests.support.fleets import HOUR, MINUTE, NO_ROOM, SECOND, SET, START, daily, refused, vm, wave
from tests.support.world import Fate, Guest

#: seconds; clocks of two processes differ by at most twice this, which is less than `semaphores.CLOCK_SKEW`
OFFSET = 2.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a seed stands for."""

    seed: int
    guests: tuple[Guest, ...]
    policy: Policy
    #: the policy's change windows as the judge reads them
    windows: Windows
    #: how far each process's clock is off, in seconds, and how far one may be
    clocks: tuple[float, ...]
    offset: float
    weather: Weather
    #: how long faults and disturbances go on; then everything must settle
    storm: timedelta
    tells_when_operations_ended: bool
    #: whether the operator has parked jobs retried at the end, or leaves them
    tidy: bool
    #: whether he has their leases released where he leaves them
    releases: bool
    #: machines that have a health check, by the policy's template or by their tag
    probed: frozenset[MachineId]


def draw(seed: int, *, offset: float = OFFSET) -> Scenario:
    """The scenario of a seed: always the same. A larger `offset` lets clocks be further off than the app allows for."""
    random = Random(seed)  # noqa: S311 - numbers that come again
    weather = draw_weather(random)
    windowed = random.random() < 0.15
    calendar = daily("17:00", "18:30") if windowed else Calendar()
    rules = b'{"windows": [{"days": ["mon","tue","wed","thu","fri","sat","sun"], "start": "17:00:00", "end": "18:30:00"}]}'
    guests, policy = _fleet(random), _policy(random, calendar)
    policy = replace(policy, probe=give_pages(Random(seed + 3_000_003), guests))  # noqa: S311 - as above
    return Scenario(
        seed=seed,
        guests=guests,
        policy=policy,
        windows=read_rules(b'{"change_windows": %b}' % rules).change_windows if windowed else Windows(),
        clocks=tuple(random.uniform(-offset, offset) for _ in range(random.choice((2, 2, 3)))),
        offset=offset,
        weather=weather,
        storm=random.choice((1, 2, 3)) * HOUR,
        tells_when_operations_ended=random.random() < 0.5,
        tidy=random.random() < 0.5,
        releases=random.random() < 0.5,
        probed=frozenset(each.machine.id for each in guests if is_probed(each, policy)),
    )


def _policy(random: Random, calendar: Calendar) -> Policy:
    pace = Pace(
        poll_every=random.choice((MINUTE, 2 * MINUTE)),
        recheck_every=random.choice((5, 15)) * MINUTE,
        bake_time=random.choice((0, 1, 5)) * MINUTE,
        lease=random.choice((4, 6, 15)) * MINUTE,
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
        in_all=random.choice((None, None, 1, 3)),
        attempts=random.choice((1, 2, 2, 3)),
        ramp=random.random() < 0.4,
    )
    canary = Canary(machines=random.choice((0, 0, 0, 1, 2)), soak=random.choice((0, 15)) * MINUTE)
    failures = Failures(
        group=random.choice((ErrorBudget(failures=1), ErrorBudget(failures=2), ErrorBudget(percent=40))),
        subscription=random.choice((ErrorBudget(), ErrorBudget(failures=1), ErrorBudget(failures=2))),
    )
    return Policy(change_windows=calendar, pace=pace, limits=limits, canary=canary, failures=failures)


def _fleet(random: Random) -> tuple[Guest, ...]:
    ends = START + random.choice((6, 12)) * HOUR
    domains = random.choice((2, 2, 3))
    members = random.choice((2, 2, 3, 4))
    region = random.choice(("westeurope", "polandcentral"))
    guests = [_guest(random, f"web-{n}", n % domains, ends, region=region) for n in range(members)]
    for n in range(random.choice((0, 0, 1, 2, 3))):
        region = random.choice(("westeurope", "westeurope", "northeurope"))
        zone = random.choice((None, "1", "2"))
        guests.append(_guest(random, f"alone-{n}", None, ends, region=region, zone=zone))
    return tuple(guests)


def _guest(
    random: Random,
    name: str,
    update_domain: int | None,
    ends: object,
    *,
    region: str,
    zone: str | None = None,
) -> Guest:
    tags = {"forestall-group": "shop"} if random.random() < 0.2 else {}
    if random.random() < 0.15:
        tags["forestall-canary"] = "on"
    return Guest(
        machine=Machine(
            id=vm(name),
            location=region,
            zone=zone,
            tags=tags,
            availability_set=None if update_domain is None else SET,
        ),
        update_domain=update_domain,
        status=wave(self_service_end=ends),
        fates=deque(draw_fate(random) for _ in range(3)),
    )


def draw_fate(random: Random) -> Fate:
    """How a call for a machine goes: well, for the most part."""
    takes = random.choice((40 * SECOND, 2 * MINUTE, 8 * MINUTE))
    agent = random.choice((0 * SECOND, 30 * SECOND, 3 * MINUTE))
    draws: tuple[tuple[float, Fate], ...] = (
        (0.66, Fate(takes=takes, agent_after=agent)),
        (0.07, Fate(takes=takes, agent_after=agent, maintained=False)),
        (0.03, Fate(takes=takes, agent_after=agent, maintained=False, operation=Progress.FAILED)),
        (0.02, replace(NO_ROOM, takes=takes, agent_after=agent)),
        (0.01, refused(409, "AllocationFailed", "no capacity")),
        (0.03, Fate(takes=takes, agent_after=None)),
        (0.02, Fate(takes=30 * MINUTE, agent_after=agent)),
        (0.04, Fate(takes=takes, agent_after=agent, answer=Answer(status=504, code="GatewayTimeout"))),
        (0.04, refused(429, "OperationNotAllowed", "TooManyRequests", 20 * MINUTE)),
        (0.03, refused(409, "Conflict", "another operation is in progress")),
        (0.02, refused(503, "ServiceUnavailable")),
        (0.02, refused(403, "AuthorizationFailed")),
        (0.015, refused(400, "NeverSeen")),
        (0.015, refused(409, "OperationNotAllowed", "the Subscription of this VM is not eligible.")),
    )
    return random.choices([fate for _, fate in draws], weights=[chance for chance, _ in draws])[0]
