"""`python -m benchmarks.engine [--machines N ...]`: what the engine costs per machine, by size.

The machines have no set and are in one region of one subscription. The policy is the default one.
The app runs on virtual time, over the stores in memory, with many messages at the same time. A
request to a table takes 10 ms, to Azure 120 ms, and to a queue 15 ms. An operation takes 12
minutes. The scan is not counted, and recovery is.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import asyncio
import itertools
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from shared.domain.generation import MarkPlace
from shared.domain.machine.machine import Machine
from shared.domain.messages import JobStep, ScanRequest
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.ports import Azure, Clock, Listing
from shared.usecases.last_written import LastWritten
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.open_tiers import OpenTiers
from shared.usecases.recover.recover import recover
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.set_views import SetViews
from shared.usecases.turns import Turns
from shared.usecases.whole_lists import WholeLists
from tests.simulation.weeks.stores import LongJobs, LongSemaphores
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import MINUTE, SECOND, START, maintenance, vm_id
from tests.support.virtual_loop import LoopClock, run_on_virtual_time

#: seconds of one request
LATENCIES = {"azure": 0.12, "queues": 0.015}
TABLES = ("jobs", "semaphores", "pauses", "inventory", "audit_trail", "marks")
WRITES = {"insert", "save", "store", "append", "note", "add", "remove"}
#: rows of one answer
ROWS = 1_000
#: processes, and messages that each takes at the same time
PROCESSES, CONCURRENT = 4, 16
RECOVER_EVERY = 300.0
RECOVERIES_AN_HOUR = 12
#: goals: of a machine that is moved, and of one that is observed for a day
MOST_STEPS, MOST_REQUESTS, MOST_OBSERVED = 12, 60, 2


class SlowPort:
    """A port whose calls take time, and are counted."""

    def __init__(self, port: object, name: str, counts: Counter[str]) -> None:
        self._port, self._name, self._counts = port, name, counts

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **named: Any) -> Any:
            self._counts[f"{self._name}.{verb}"] += _requests(self._name, verb, args)
            await asyncio.sleep(LATENCIES.get(self._name, 0.01))
            found = await method(*args, **named)
            if isinstance(found, Listing):
                # A query answers 1,000 rows with one request.
                self._counts[f"{self._name}.{verb}"] += max(0, -(-len(found) // ROWS) - 1)
            return found

        return call


def _requests(port: str, verb: str, arguments: Sequence[Any]) -> int:
    """Each mark is in a table of its own, so reading them costs a request for each."""
    if (port, verb) != ("marks", "load"):
        return 1
    return len(arguments[0]) if arguments else len(MarkPlace)


class Engine:
    """One installation: processes that take messages, and the timer of the recovery.

    `limited`: the port Azure as one process reaches it, made of the one of the world.
    """

    def __init__(
        self,
        *vms: FakeVm,
        policy: Policy | None = None,
        mode: Mode = Mode.ACT,
        processes: int = PROCESSES,
        concurrent: int = CONCURRENT,
        limited: Callable[[Azure, Clock], Azure] = lambda azure, _: azure,
    ) -> None:
        self.harness = AppHarness(*vms, policy=policy or Policy(), mode=mode)
        self.counts: Counter[str] = Counter()
        clock = LoopClock(START, Random(1))  # noqa: S311 - numbers that come again
        for part in (self.harness.azure, self.harness.queues, self.harness.app_without_hook.marks):
            cast("Any", part)._clock = clock  # noqa: SLF001 - its clock is set once, here
        # They decode each text once. With the others the benchmark would mostly decode.
        plain = replace(
            self.harness.app_without_hook,
            clock=clock,
            jobs=LongJobs(),
            semaphores=LongSemaphores(),
        )
        self.harness.azure.intent_is_recorded = _is_recorded
        self.plain = plain
        ports = {
            name: cast("Any", SlowPort(getattr(plain, name), name, self.counts))
            for name in (*TABLES, "queues")
        }
        self.processes = [
            replace(
                plain,
                **ports,
                azure=limited(cast("Any", SlowPort(plain.azure, "azure", self.counts)), clock),
                last_written=LastWritten(),
                turns=Turns(),
                set_views=SetViews(),
                open_tiers=OpenTiers(),
                whole_lists=WholeLists(),
            )
            for _ in range(processes)
        ]
        self._tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(processes * concurrent)
        self._turn = itertools.count()

    async def play(self, longest: timedelta) -> None:
        """Scan, then let everything happen until no job is open, or for so long."""
        for subscription in await self.plain.azure.subscriptions():
            await scan_subscription(
                self.plain, ScanRequest(subscription=subscription, trigger_id="benchmark")
            )
        self.counts.clear()
        loop = asyncio.get_running_loop()
        next_recovery = loop.time() + RECOVER_EVERY
        end = loop.time() + longest.total_seconds()
        while loop.time() < end:
            self._take_messages()
            if loop.time() >= next_recovery:
                next_recovery += RECOVER_EVERY
                self._start(self._recover())
                if all(job.state.is_final for job in await self.plain.jobs.all()):
                    break
            await asyncio.sleep(0.25 if self._tasks else self._until_next(next_recovery))
        await asyncio.gather(*self._tasks)

    def _until_next(self, recovery: float) -> float:
        now = self.plain.now()
        soonest = min((each.at for each in self.harness.queues.steps), default=None)
        loop_time = asyncio.get_running_loop().time()
        waits = [recovery - loop_time]
        if soonest is not None:
            waits.append((soonest - now).total_seconds())
        return max(0.05, min(waits))

    def _take_messages(self) -> None:
        queues, now = self.harness.queues, self.plain.now()
        due = [each for each in queues.steps if each.at <= now]
        queues.steps[:] = [each for each in queues.steps if each.at > now]
        for each in due:
            self.counts["messages"] += 1
            self._start(self._step(cast("JobStep", each.message)))

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _step(self, message: JobStep) -> None:
        async with self._free:
            app = self.processes[next(self._turn) % len(self.processes)]
            await take_step(app, message)

    async def _recover(self) -> None:
        self.counts["recoveries"] += 1
        found = await recover(self.processes[0])
        # The watch uses these lists and asks no store, unless a job is newly at risk. So it is
        # called once an hour here, because each plan of 10,000 jobs takes seconds.
        if found.listed is not None and self.counts["recoveries"] % RECOVERIES_AN_HOUR == 1:
            await watch_deadlines(self.processes[0], found.listed)


def _machines_alone(number: int) -> list[FakeVm]:
    script = RedeployScript(duration=12 * MINUTE, agent_ready_after=20 * SECOND)
    return [
        FakeVm(
            machine=Machine(id=vm_id(f"vm-{n:05}"), location="westeurope"),
            update_domain=None,
            maintenance=maintenance(),
            scripts=deque([script]),
        )
        for n in range(number)
    ]


async def _is_recorded(_: object) -> bool:
    return True


def measure(machines: int, mode: Mode, longest: timedelta) -> dict[str, float]:
    """The figures of one size: hours, and counts per machine."""

    async def main() -> dict[str, float]:
        engine = Engine(*_machines_alone(machines), mode=mode)
        await engine.play(longest)
        jobs = await engine.plain.jobs.all()
        tables = {
            place: n for place, n in engine.counts.items() if place.partition(".")[0] in TABLES
        }
        writes = sum(n for place, n in tables.items() if place.partition(".")[2] in WRITES)
        reads = sum(tables.values()) - writes
        calls = sum(len(each.calls) for each in (engine.harness.azure,))
        print(dict(engine.counts), file=sys.stderr) if "--debug" in sys.argv else None
        # Where the time ended first, all that was done counts for the machines that were moved,
        # without the report that a job is at risk: a read and two writes, once for each such job.
        share = calls if mode is Mode.ACT else machines
        at_risk = sum(bool(each.reported_risks) for each in jobs)
        read = (reads - at_risk) / share + at_risk / machines
        written = (writes - 2 * at_risk) / share + 2 * at_risk / machines
        lines = (engine.counts["audit_trail.append"] - at_risk) / share + at_risk / machines
        return {
            "machines": machines,
            "moved": calls,
            "hours": asyncio.get_running_loop().time() / 3600,
            "steps": engine.counts["messages"] / share,
            "reads": read,
            "writes": written,
            "requests": read + written,
            "sent": sum(n for place, n in engine.counts.items() if place.startswith("queues."))
            / share,
            "rows": len(jobs) / machines + len(await engine.plain.semaphores.all()) / share + lines,
        }

    return run_on_virtual_time(main())


def main(arguments: Sequence[str]) -> int:
    """Print the table; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.engine", description=__doc__)
    parser.add_argument("--machines", type=int, nargs="+", default=[100, 400])
    parser.add_argument("--days", type=float, default=29, help="of virtual time, at most")
    parser.add_argument("--debug", action="store_true", help="print the count of each request")
    parsed = parser.parse_args(arguments)
    sizes: list[int] = parsed.machines
    names = ("machines", "moved", "hours", "steps", "table reads", "table writes")
    print(f"| {' | '.join(names)} | table requests | messages | rows |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    missed = False
    for size in sizes:
        row = measure(size, Mode.ACT, timedelta(days=parsed.days))
        missed |= row["steps"] > MOST_STEPS or row["requests"] > MOST_REQUESTS
        print(
            f"| {size:,} | {row['moved']:,.0f} | {row['hours']:.1f} | {row['steps']:.1f} | "
            f"{row['reads']:.1f} | {row['writes']:.1f} | {row['requests']:.1f} | "
            f"{row['sent']:.1f} | {row['rows']:.1f} |",
            flush=True,
        )
    row = measure(50, Mode.OBSERVE, timedelta(days=3))
    print(f"\nobserve mode: {row['steps'] / 3:.1f} steps per machine and day")
    return int(missed or row["steps"] / 3 > MOST_OBSERVED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
