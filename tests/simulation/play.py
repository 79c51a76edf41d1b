"""One seed played from the first scan to the end: processes, timers, queues, storm, and then calm until nothing is left to do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from shared.adapters.memory import (
    MemoryJobs,
    MemoryPauses,
    MemoryQueues,
    MemorySemaphores,
    MemorySightings,
    MemoryTrail,
    SettableClock,
)
from shared.domain.machine.machine import MachineId
from shared.domain.messages import JobStep, Notification, Queue, ScanRequest, encode
from shared.domain.policy.mode import Mode
from shared.errors import Unavailable
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.deliver import tell
from shared.usecases.recover.dead_letters import settle_dead_letter
from shared.usecases.recover.recover import recover
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.simulation.broker import LOCK, Broker, Envelope
from tests.simulation.judging.judge import Judge
from tests.simulation.log import Log
from tests.simulation.loop import VirtualLoop
from tests.simulation.ports import Net, Passage
from tests.simulation.processes import Killed, Process, ProcessClock
from tests.simulation.scenario import Scenario
from tests.simulation.weather import CLEAR, Partition
from tests.support.fleets import START
from tests.support.world import World

#: host.json; the host ends a process that takes longer for one message
FUNCTION_TIMEOUT = 300.0
SCAN_EVERY = 1800.0
RECOVER_EVERY = 600.0
#: messages that one process has in hand at once
HANDS = 3
_QUEUES: dict[type, Queue] = {
    ScanRequest: Queue.SCANS,
    JobStep: Queue.REDEPLOYS,
    Notification: Queue.NOTIFICATIONS,
}

type Work = Callable[[App], Awaitable[object]]


class TrueClock(SettableClock):
    """What time it really is: the loop's."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__(now=START)
        self._loop = loop

    def now(self) -> datetime:
        """The instant, in UTC."""
        return START + timedelta(seconds=self._loop.time())


@dataclass(slots=True, eq=False)
class Hand:
    """A message that a process works on; of a doubled one each copy is in a hand of its own."""

    envelope: Envelope
    is_done: bool = False


class Play:
    """Everything of one run, wired; `run` plays it."""

    def __init__(self, scenario: Scenario, *, keeps_lines: bool = False) -> None:
        self.scenario = scenario
        self.loop = VirtualLoop()  # type: ignore[abstract]
        self.clock = TrueClock(self.loop)
        self.random = Random(scenario.seed + 1_000_003)  # noqa: S311 - numbers that come again
        self.log = Log(self.clock.now, keeps_lines=keeps_lines)
        self.world = World(self.clock, scenario.guests)
        self.world.tells_when_operations_ended = scenario.tells_when_operations_ended
        self.world.witness = _nobody_asks
        self.judge = Judge(
            world=self.world,
            guests=scenario.guests,
            policy=scenario.policy,
            windows=scenario.windows,
            probed=scenario.probed,
            now=self.clock.now,
        )
        self.partition = Partition()
        self.jobs = MemoryJobs()
        self.semaphores = MemorySemaphores()
        self.trail = MemoryTrail()
        queues = MemoryQueues(clock=self.clock)
        self.plain = App(
            azure=self.world,
            jobs=self.jobs,
            semaphores=self.semaphores,
            pauses=MemoryPauses(),
            sightings=MemorySightings(),
            probes=self.world,
            trail=self.trail,
            queues=queues,
            clock=self.clock,
            policy=scenario.policy,
            mode=Mode.ACT,
        )
        self.net = Net(
            loop=self.loop,
            random=self.random,
            log=self.log,
            weather=scenario.weather,
            partition=self.partition,
            touch=self._touch,
            judge=self.judge,
        )
        self.broker = Broker(
            loop=self.loop,
            start=START,
            queues=queues,
            random=self.random,
            log=self.log,
            weather=scenario.weather,
            choose=self.choose,
            deliver=self._deliver,
        )
        self.processes = [
            self._process(chr(ord("A") + n), offset) for n, offset in enumerate(scenario.clocks)
        ]
        self.broken: Exception | None = None
        self.is_stormy = True
        self.is_over = False
        #: it never came to rest
        self.gave_up = False
        self.scans_since_the_storm = 0
        self._hands: dict[Process, list[Hand]] = {}
        self._invocations = 0
        self._lives = 0

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self.loop.time()

    def run(self) -> None:
        """Play it; what went wrong is in `broken`."""
        self.loop.at(0.0, self._scan_timer)
        self.loop.at(RECOVER_EVERY, self._recover_timer)
        self.loop.at(self.scenario.storm.total_seconds(), self._calm_down)
        self.loop.play(lambda: self.is_over or self.gave_up or self.broken is not None)

    def ask(self, question: Callable[[App], Awaitable[Any]]) -> Any:
        """An answer from the stores, outside the run: no time passes, and nobody notices."""
        coroutine = cast("Any", question(self.plain))
        try:
            coroutine.send(None)
        except StopIteration as answer:
            return answer.value
        raise AssertionError("a twin waited for something")

    def invoke(
        self,
        process: Process,
        name: str,
        work: Work,
        over: Callable[[str | None], None] | None = None,
        about: tuple[object, ...] = (),
    ) -> None:
        """Let a process do a piece of work; `over` hears None when it is done, or why it failed."""
        self._invocations += 1
        who = f"{process.name}.{self._invocations}"
        self.log.say(who, name, *about)
        self.loop.create_task(self._work(process, who, work, over or (lambda _: None)))

    async def _work(self, process: Process, who: str, work: Work, over: Callable[[str | None], None]) -> None:
        process.in_hand += 1
        ends = [False]
        self.loop.at(self.now + FUNCTION_TIMEOUT, lambda: self._time_out(process, who, ends))
        try:
            await work(Passage(self.net, process, who).app(self.plain))
        except Killed:
            return
        except Unavailable as outage:
            self.log.say(who, "failed", outage)
            over(str(outage))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what this run has found
            self.broken = self.broken or fault
        else:
            over(None)
        finally:
            ends[0] = True
            process.in_hand -= 1
            self.broker.collect()

    def _time_out(self, process: Process, who: str, ends: list[bool]) -> None:
        if ends[0] or not process.is_alive:
            return
        if process.host_stands_until > self.now:
            self.loop.at(process.host_stands_until + 0.5, lambda: self._time_out(process, who, ends))
            return
        self.log.fault(who, "function time-out")
        self.kill(process)

    def kill(self, process: Process) -> None:
        """A process dies; the messages it had in hand come again when their locks expire, and another takes its place."""
        if not process.is_alive:
            return
        process.die()
        for hand in self._hands.pop(process, []):
            if not hand.is_done:
                hand.is_done = True
                self.loop.at(self.now + self.random.uniform(1, LOCK), lambda hand=hand: self._unlock(hand))  # type: ignore[misc]
        self.loop.at(self.now + self.random.choice((1.0, 20.0, 120.0)), lambda: self._replace(process))

    def _replace(self, process: Process) -> None:
        self._lives += 1
        place = self.processes.index(process)
        self.processes[place] = self._process(f"{process.name[0]}{self._lives}", process.clock.offset)

    def _unlock(self, hand: Hand) -> None:
        self.broker.complete()
        self.broker.unlock(hand.envelope)

    def stop(self, process: Process, seconds: float, *, host: bool) -> None:
        """A process stands still, alone or with its host; the locks of its messages run out meanwhile."""
        process.stop(seconds, host=host)
        if seconds > LOCK:
            for hand in self._hands.get(process, []):
                self.loop.at(self.now + LOCK, lambda hand=hand: self._lose_lock(process, hand))  # type: ignore[misc]

    def _lose_lock(self, process: Process, hand: Hand) -> None:
        if not hand.is_done and process.is_alive:
            self.broker.unlock(hand.envelope)

    def _process(self, name: str, offset: float) -> Process:
        return Process(name, self.loop, ProcessClock(self.loop, START, offset), on_death=self.kill)

    def choose(self) -> Process | None:
        """A process that lives, runs and has a hand free."""
        free = [
            each for each in self.processes if each.is_alive and not each.is_stopped and each.in_hand < HANDS
        ]
        return self.random.choice(free) if free else None

    def _deliver(self, process: Process, envelope: Envelope) -> None:
        hand = Hand(envelope)
        hands = self._hands.setdefault(process, [])
        hands.append(hand)

        def over(why: str | None) -> None:
            if hand in hands:
                hands.remove(hand)
            if hand.is_done:
                return
            hand.is_done = True
            if why is None:
                self.broker.complete()
            else:
                self.broker.abandon(envelope, why)

        self.invoke(
            process,
            f"takes message {envelope.number}:",
            lambda app: _dispatch(app, envelope),
            over,
            (envelope.message,),
        )

    def _touch(self, place: str, value: Any) -> None:
        """Somebody writes the same entity without changing it: the version read is not the newest any more."""
        cells = (self.jobs if place == "jobs.save" else self.semaphores)._cells
        key = value.id if place == "jobs.save" else value.scope
        cell = cells.get(key)
        if cell is not None:
            cells.put(key, cell.text)

    def _scan_timer(self) -> None:
        if not self.is_stormy:
            self.scans_since_the_storm += 1
        self._by_timer("scan timer", request_scans)
        self.loop.at(self.now + SCAN_EVERY, self._scan_timer)

    def _recover_timer(self) -> None:
        self._by_timer("recover timer", _recover_and_watch)
        self.loop.at(self.now + RECOVER_EVERY, self._recover_timer)

    def _by_timer(self, name: str, work: Work) -> None:
        process = self.choose()
        if process is not None:
            self.invoke(process, name, work)

    def _calm_down(self) -> None:
        self.is_stormy = False
        self.log.say("", "--- faults stop here ---")
        self.net.weather = CLEAR
        self.broker.weather = replace(CLEAR)
        self.partition.heal()


async def _dispatch(app: App, envelope: Envelope) -> None:
    message = envelope.message
    if envelope.dead is not None:
        await settle_dead_letter(app, _QUEUES[type(message)], encode(message), envelope.dead)
        return
    match message:
        case ScanRequest():
            await scan_subscription(app, message)
        case JobStep():
            await take_step(app, message)
        case Notification():
            await tell(app, message)


async def _recover_and_watch(app: App) -> None:
    """As `functions.recover` has it."""
    await recover(app)
    await watch_deadlines(app)


async def _nobody_asks(_: MachineId) -> bool:
    return True
