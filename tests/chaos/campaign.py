"""One campaign: the world, the hosts, the waves, the strikes; then quiet, and what was left behind.

set up ── strikes and waves, until the kills are done ── faults over ── the waves under way end ── all is looked at
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from sandbox.audit.auditor import audit
from sandbox.audit.files import history_of
from sandbox.audit.rules import read_rules
from sandbox.azure.arm.control_client import Control
from sandbox.demo.options import ROOT
from sandbox.demo.processes.child import ChildFailed, Guard
from tests.chaos.eyes import Eyes
from tests.chaos.figures import of_the_app, of_the_log
from tests.chaos.fleet import parks
from tests.chaos.ledger import GrowingLog, Ledger
from tests.chaos.logs import story_of
from tests.chaos.options import Options
from tests.chaos.rules import campaign_policy
from tests.chaos.stream import Stream
from tests.chaos.striker import Striker
from tests.chaos.strikes import Moment, strikes
from tests.chaos.verdict import Found, broken_promises
from tests.chaos.workers import Workers
from tests.chaos.world import World, world_of

#: seconds after the last fault within which everything must be over: a few times the grace, and what was queued up
SETTLES_WITHIN = 150.0
_LOOK_EVERY = 1.0
_READ_LOG_EVERY = 0.02
_LOOK_FOR_QUIET_EVERY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a campaign ended: `broken` is empty only if every promise was kept."""

    broken: list[str]
    figures: dict[str, Any]


async def run(options: Options, tell: Callable[[str], None]) -> Outcome:
    """Play a campaign and judge it; raises ChildFailed where a host cannot be started."""
    lasting = timedelta(minutes=options.minutes, seconds=SETTLES_WITHIN + 120)
    policy = msgspec.json.encode(campaign_policy(datetime.now(UTC), lasting)).decode()
    _clear(options)
    (options.out / "policy.json").write_text(policy, encoding="utf-8")
    guard = await Guard.start(ROOT)
    try:
        async with world_of(options, parks(options.parks), policy) as world:
            workers = await Workers.start(options.workers, world.settings, options.logs, guard)
            try:
                found = await _on(options, world, workers, tell)
            finally:
                await workers.end()
    finally:
        await guard.dismiss()
    return found


async def _on(options: Options, world: World, workers: Workers, tell: Callable[[str], None]) -> Outcome:
    async with aiohttp.ClientSession() as session:
        campaign = Campaign(
            options=options,
            world=world,
            workers=workers,
            eyes=Eyes(session=session, workers=workers),
            striker=Striker(
                world=world,
                workers=workers,
                plan=strikes(options.seed, options.workers, options.longest_pause),
            ),
            tell=tell,
        )
        return await campaign.play()


@dataclass(slots=True, kw_only=True)
class Campaign:
    """A campaign under way."""

    options: Options
    world: World
    workers: Workers
    eyes: Eyes
    striker: Striker
    tell: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self) -> Outcome:
        """From the first strike to the verdict."""
        control = Control(self.world.azure_url)
        streams = [
            Stream(park=park, ledger=self.ledger, eyes=self.eyes, control=control, closing=self.closing)
            for park in parks(self.options.parks)
        ]
        began = time.monotonic()
        async with asyncio.TaskGroup() as beside:
            tasks = [beside.create_task(one) for one in (self._read_log(), self._look(), self._news())]
            flowing = [beside.create_task(stream.flow()) for stream in streams]
            await self._strike()
            struck = time.monotonic() - began
            settled = await self._settle(flowing)
            for task in (*tasks, *flowing):
                task.cancel()
        return await self._outcome(struck, settled)

    async def _strike(self) -> None:
        try:
            async with asyncio.timeout(self.options.minutes * 60):
                await self.striker.strike(self.options.kills)
        except TimeoutError:
            self.tell("The time is up.")
        finally:
            self.striker.end()
            self.closing.set()

    async def _settle(self, flowing: list[asyncio.Task[None]]) -> float | None:
        """Wait until nothing is left to be done; after how many seconds, or None if that took too long."""
        began = time.monotonic()
        self.tell(f"{self.striker.kills} kills; the faults are over, and everything has to settle.")
        try:
            async with asyncio.timeout(SETTLES_WITHIN):
                await asyncio.gather(*flowing)
                while True:
                    if await self._is_quiet():
                        return round(time.monotonic() - began, 1)
                    await asyncio.sleep(_LOOK_FOR_QUIET_EVERY)
        except TimeoutError:
            return None

    async def _is_quiet(self) -> bool:
        """Whether no message is left anywhere and no lock in use; the timers' own scans come and go."""
        return not self.world.messages_left() and await self.eyes.look() and not self.eyes.locks_in_use

    async def _read_log(self) -> None:
        """Keep the ledger, and tell those who lie in wait what machines do."""
        log = GrowingLog(self.options.events)
        moments = {"machine.down": Moment.MACHINE_DOWN, "agent.ready": Moment.AGENT_READY}
        turn = 0
        while True:
            new = list(log.new())
            self.ledger.see(new)
            for event in new:
                moment = moments.get(event["event"])
                if moment is not None and self.world.ambushes.waits_for(moment):
                    turn += 1  # which process has to do with the machine cannot be seen: each in turn
                    self.world.ambushes.passes(self.workers.all[turn % len(self.workers.all)].name, moment)
            await asyncio.sleep(_READ_LOG_EVERY)

    async def _look(self) -> None:
        while True:
            await self.eyes.look()
            if (why := self.workers.hopeless()) is not None:
                raise ChildFailed(why)
            await asyncio.sleep(_LOOK_EVERY)

    async def _news(self) -> None:
        while True:
            await asyncio.sleep(15)
            done = sum(entry.is_done for entry in self.ledger.entries.values())
            self.tell(
                f"{self.striker.kills} kills; {done} of {len(self.ledger.entries)} machines maintained, "
                f"{sum(job.is_over for job in self.eyes.jobs)} jobs over; hosts up: {len(self.workers.urls())}"
            )

    async def _outcome(self, struck: float, settled: float | None) -> Outcome:
        messages = self.world.messages_left() if settled is None else {}
        await self.eyes.look()
        history = history_of(self.options.events)
        ledger = Ledger()
        ledger.see(GrowingLog(self.options.events).new())
        story = story_of(self.options.logs)
        rules = read_rules((self.options.out / "policy.json").read_bytes())
        found = Found(
            kills=self.striker.kills,
            kills_wanted=self.options.kills,
            settled_after=settled,
            violations=audit(history, rules),
            ledger=ledger,
            jobs=self.eyes.jobs,
            locks_in_use=self.eyes.locks_in_use,
            messages_left=messages,
            ends=[end for worker in self.workers.all for end in worker.ends],
            story=story,
        )
        return Outcome(
            broken=broken_promises(found),
            figures=self._of_the_campaign(struck, settled)
            | of_the_log(history, ledger)
            | {"violations": len(found.violations)}
            | of_the_app(story),
        )

    def _of_the_campaign(self, struck: float, settled: float | None) -> dict[str, Any]:
        stops = [seconds for worker in self.workers.all for seconds in worker.stops]
        starts = sorted(s for worker in self.workers.all for s in worker.supervised.start_seconds)
        return {
            "seed": self.options.seed,
            "workers": self.options.workers,
            "kills": self.striker.kills,
            "stops": len(stops),
            "longest_stop_seconds": round(max(stops, default=0.0), 1),
            "strikes": dict(sorted(self.striker.hits.items())),
            "storage_answers_lost": self.world.storage.answers_lost,
            "seconds_under_faults": round(struck, 1),
            "settled_after_seconds": settled,
            "start_of_a_host_seconds": {"median": starts[len(starts) // 2], "slowest": starts[-1]},
        }


def _clear(options: Options) -> None:
    """An empty place: what an earlier campaign wrote must not be taken for this one's."""
    options.logs.mkdir(parents=True, exist_ok=True)
    for old in (*options.logs.glob("*.log"), options.out / "chaos.json", options.events):
        old.unlink(missing_ok=True)
