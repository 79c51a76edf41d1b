"""A long scenario: everything that its seed decides beforehand."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from sandbox.audit.rules import Windows
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.load import load_policy
from shared.domain.policy.policy import Policy
from tests.simulation.fault_rates import FaultRates
from tests.simulation.scenario import MAX_CLOCK_OFFSET, Scenario
from tests.simulation.weeks.fleet import PHASE, FleetDraw
from tests.simulation.weeks.rules import RuleVersion, draw_first_version
from tests.support.fleets import DAY, START

#: of machines; a seed has more of them seldom
FEWEST, MOST = 50, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LongScenario(Scenario):
    """What a seed of the long mode stands for."""

    #: the rules that are in force first
    rules: RuleVersion
    #: whether the policy is published with groups; False: it is the default policy of the app
    has_groups: bool
    #: seconds between two runs of a timer
    scan_every: float
    recover_every: float
    #: days from the start to the end of the run
    days: float


def draw_long_scenario(seed: int, *, machines: int | None = None) -> LongScenario:
    """The scenario of a seed: always the same. `machines` sets their number."""
    random = Random(seed + 8_000_003)  # noqa: S311 - numbers that come again
    number = machines or round(FEWEST * (MOST / FEWEST) ** (random.random() ** 3))
    fleet = FleetDraw(random, subscriptions=random.choice((2, 3, 5)) + number // 200)
    vms = fleet.fleet(number)
    has_groups = random.random() < 0.7
    rules = draw_first_version(random) if has_groups else RuleVersion()
    ends = max(_end_of(vm.maintenance) for vm in vms)
    return LongScenario(
        seed=seed,
        vms=vms,
        policy=_platform(rules) if has_groups else Policy(),
        windows=Windows(),
        clock_offsets=tuple(
            random.uniform(-MAX_CLOCK_OFFSET, MAX_CLOCK_OFFSET)
            for _ in range(random.choice((2, 3)))
        ),
        offset=MAX_CLOCK_OFFSET,
        fault_rates=_draw_rates(random),
        fault_period=ends,
        reports_operation_end=random.random() < 0.5,
        retries_parked_jobs=True,
        releases_leases=True,
        has_deadlines=True,
        health_checked=frozenset(),
        rules=rules,
        has_groups=has_groups,
        scan_every=random.choice((3600.0, 7200.0)),
        recover_every=random.choice((600.0, 1200.0, 1800.0)),
        days=ends / DAY + 9,
    )


def _end_of(status: object) -> timedelta:
    end = getattr(status, "self_service_end", None)
    return PHASE if end is None else end - START


def _platform(rules: RuleVersion) -> Policy:
    """The limits of the whole installation, which no later version changes."""
    loaded = load_policy(rules.files, START)
    assert isinstance(loaded, LayeredPolicy), loaded
    return loaded.platform


def _draw_rates(random: Random) -> FaultRates:
    """Rates per call: a few faults a day, for weeks."""
    full = {
        "crash": 0.0002,
        "refused": 0.001,
        "response_lost": 0.0005,
        "conflict": 0.005,
        "throttled": 0.002,
        "stale": 0.05,
        "missed": 0.002,
        "slow": 0.02,
        "lost": 0.01,
        "doubled": 0.02,
        "late": 0.02,
    }
    share = random.choice((0.3, 0.7, 1.0))
    rates = {kind: rate for kind, rate in full.items() if random.random() < share}
    return replace(FaultRates(**rates), disturbances=random.choice((0.3, 1.0)))
