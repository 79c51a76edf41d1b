"""Plays one wave on virtual time, and measures it."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.engine import Engine
from benchmarks.waves.counted_limits import CountedLimits
from benchmarks.waves.least import least_of
from benchmarks.waves.limited_azure import LimitedAzure, as_port
from benchmarks.waves.scenarios import Scenario
from sandbox.audit.least.bound import Least
from shared.adapters.azure.quota.governor import QuotaGovernor
from shared.adapters.memory import MemoryQuotas
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.domain.redeploy.last_checks import max_call_delay
from shared.ports import Azure, Clock
from tests.support.fleets import START
from tests.support.virtual_loop import run_on_virtual_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a wave took. Times are seconds from its beginning."""

    machines: int
    #: jobs that succeeded
    done: int
    #: redeploys that really happened
    moved: int
    makespan: float
    least: Least
    #: of Azure, by method and policy of Compute
    requests: Counter[str]
    #: answers 429, by the bucket that was empty
    refused: Counter[str]
    #: the most requests in any half of a minute
    most_in_half_a_minute: int
    #: of one machine
    steps: float
    reads: float
    #: of jobs that are not done
    reasons: Counter[str]

    @property
    def ratio(self) -> float:
        """How many times the least time it took."""
        return self.makespan / self.least.seconds


def play(scenario: Scenario) -> Played:
    """The figures of one wave."""
    vms = scenario.vms()
    least = least_of(vms, scenario.policy)
    limits = CountedLimits()
    quotas, operations = MemoryQuotas(), dict[str, SubscriptionId]()
    longest_wait = max_call_delay(scenario.policy.timing)

    def limited(world: Azure, clock: Clock) -> Azure:
        governor = QuotaGovernor(clock=clock, quotas=quotas, longest_wait=longest_wait)
        return as_port(LimitedAzure(world, clock, governor, limits, operations))

    async def main() -> Played:
        engine = Engine(*vms, policy=scenario.policy, processes=scenario.processes, limited=limited)
        await engine.play(scenario.longest)
        jobs = await engine.plain.jobs.all()
        done = [each for each in jobs if each.state is State.SUCCEEDED]
        return Played(
            machines=len(vms),
            done=len(done),
            moved=len(engine.harness.azure.redeploys),
            makespan=max((_ended(each) for each in done), default=timedelta(0)).total_seconds(),
            least=least,
            requests=limits.requests,
            refused=Counter("|".join(each.bucket) for each in limits.refusals),
            most_in_half_a_minute=limits.most_within(timedelta(seconds=30)),
            steps=engine.counts["messages"] / len(vms),
            reads=sum(n for kind, n in limits.requests.items() if kind.startswith("GET"))
            / len(vms),
            reasons=Counter(each.reason for each in jobs if each.state is not State.SUCCEEDED),
        )

    return run_on_virtual_time(main())


def _ended(job: Job) -> timedelta:
    return (job.finished_at or START) - START
