"""One seed played from the first scan to the end.

Processes, timers, queues, faults, and then no faults until nothing is left to do.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, cast

from shared.adapters.memory import (
    MemoryAuditTrail,
    MemoryExemptions,
    MemoryInventory,
    MemoryJobs,
    MemoryMarks,
    MemoryOutbox,
    MemoryPauses,
    MemoryQueues,
    MemoryScans,
    MemorySemaphores,
    MemoryTrials,
    ScriptedPoster,
    SettableClock,
)
from shared.domain.clocks import TimerKind
from shared.domain.delivery import Delivery as ReceivedDelivery
from shared.domain.machine.machine import MachineId
from shared.domain.policy.mode import Mode
from shared.errors import Unavailable
from shared.usecases.app import App
from shared.usecases.clocks.keep import keep_ticking, note_timer
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.receive.receive import receive
from shared.usecases.recover.parts import Part
from shared.usecases.recover.recover import recover
from shared.usecases.refresh_policy import refresh_policy
from shared.usecases.scan.request_scans import request_scans
from tests.simulation.broker import LOCK_SECONDS, Broker, QueuedMessage
from tests.simulation.fault_rates import NO_FAULTS, Partition
from tests.simulation.log import SimulationLog
from tests.simulation.loop import VirtualLoop
from tests.simulation.monitoring.monitor import InvariantMonitor
from tests.simulation.monitoring.observer import Observer
from tests.simulation.ports import InvocationPorts, Network
from tests.simulation.processes import Process, ProcessClock, ProcessKilled
from tests.simulation.releases.next_release import TwoReleases, delivered_to_next
from tests.simulation.scenario import Scenario
from tests.support.fake_azure import FakeAzure
from tests.support.fleets import START
from tests.support.watched_handlers import HandlerBroken, watched_handlers, with_bugs_let_through

#: host.json; the host ends a process that takes longer for one message
FUNCTION_TIMEOUT = 300.0
#: longer than a function may take: then only the host ends it
_NO_DEADLINE = timedelta(days=1)
SCAN_EVERY = 1800.0
RECOVER_EVERY = 600.0
#: messages that one process has in progress concurrently
MAX_CONCURRENT_MESSAGES = 3
#: a monitor asks for the health of the app
PROBE_EVERY = 600.0

type Work = Callable[[App], Awaitable[object]]


class TrueClock(SettableClock):
    """What time it really is: the loop's."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__(now=START)
        self._loop = loop

    def now(self) -> datetime:
        """The instant, in UTC."""
        return START + timedelta(seconds=self._loop.time())


@dataclass(kw_only=True)
class Stores:
    """The tables of a run."""

    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    semaphores: MemorySemaphores = field(default_factory=MemorySemaphores)
    trail: MemoryAuditTrail = field(default_factory=MemoryAuditTrail)
    inventory: MemoryInventory = field(default_factory=MemoryInventory)
    scans: MemoryScans = field(default_factory=MemoryScans)


@dataclass(slots=True, eq=False)
class Delivery:
    """A message that a process works on; of a doubled one each copy is in a hand of its own."""

    envelope: QueuedMessage
    is_done: bool = False


class Simulation[M: Observer = InvariantMonitor]:
    """Everything of one run, wired; `run` plays it."""

    def __init__(
        self, scenario: Scenario, *, keeps_lines: bool = False, upgrades: bool = False
    ) -> None:
        """`upgrades`: two releases of the app play, over the same tables and queues."""
        self.scenario = scenario
        self.loop = VirtualLoop()  # type: ignore[abstract]
        self.clock = TrueClock(self.loop)
        self.random = Random(scenario.seed + 1_000_003)  # noqa: S311 - numbers that come again
        self.log = SimulationLog(self.clock.now, keeps_lines=keeps_lines)
        self.azure = self._build_azure()
        self.azure.reports_operation_end = scenario.reports_operation_end
        self.azure.intent_is_recorded = _intent_is_not_checked
        self.monitor = self._build_monitor()
        self.partition = Partition()
        stores = self._build_stores()
        self.jobs, self.semaphores, self.trail = stores.jobs, stores.semaphores, stores.trail
        queues = MemoryQueues(clock=self.clock, stamp=self._stamp)
        self.pauses = MemoryPauses()
        self.inventory, self.scans = stores.inventory, stores.scans
        self.releases = TwoReleases(self._own_random(8_000_003)) if upgrades else None
        #: whether a process that starts runs the newer release
        self.deploys_next = False
        if self.releases is not None:
            self.jobs, self.semaphores = self.releases.jobs, self.releases.semaphores
            self.scans = self.releases.scans
        self.marks = MemoryMarks(
            clock=self.clock,
            pauses=self.pauses,
            rows=self._rows,
            counts_by_itself=False,
        )
        self._app_of_this = App(
            azure=self.azure,
            jobs=self.jobs,
            semaphores=self.semaphores,
            pauses=self.pauses,
            marks=self.marks,
            inventory=self.inventory,
            exemptions=MemoryExemptions(),
            scans=self.scans,
            health_checks=self.azure,
            audit_trail=self.trail,
            queues=queues,
            outbox=MemoryOutbox(),
            store_trials=MemoryTrials(),
            poster=ScriptedPoster(),
            clock=self.clock,
            policy=scenario.policy,
            mode=Mode.ACT,
        )
        self._app_of_next = (
            self.releases.app_of_next(self._app_of_this, self.clock, self._stamp)
            if self.releases
            else self._app_of_this
        )
        #: reads what either release stored, and is asked by the judge
        self.app_without_faults = self._app_of_next
        self.network = Network(
            loop=self.loop,
            random=self.random,
            log=self.log,
            fault_rates=scenario.fault_rates,
            partition=self.partition,
            touch=self._touch,
            monitor=self.monitor,
        )
        self.broker = Broker(
            loop=self.loop,
            start=START,
            queues=queues,
            random=self.random,
            log=self.log,
            fault_rates=scenario.fault_rates,
            choose=self.choose_process,
            deliver=self._deliver,
        )
        self.processes = [
            self._process(chr(ord("A") + n), offset)
            for n, offset in enumerate(scenario.clock_offsets)
        ]
        self._handlers = watched_handlers(
            None if scenario.has_deadlines else _NO_DEADLINE, self._work_of_ticks
        )
        self.failure: Exception | None = None
        self.has_faults = True
        self.is_over = False
        #: it never came to rest
        self.gave_up = False
        self.scans_since_faults_ended = 0
        self._deliveries: dict[Process, list[Delivery]] = {}
        self._invocations = 0
        self._restarts = 0

    def _build_azure(self) -> FakeAzure:
        return FakeAzure(self.clock, self.scenario.vms)

    def _build_monitor(self) -> M:
        scenario = self.scenario
        monitor = InvariantMonitor(
            azure=self.azure,
            vms=scenario.vms,
            policy=scenario.policy,
            windows=scenario.windows,
            health_checked=scenario.health_checked,
            now=self.clock.now,
        )
        return cast("M", monitor)

    def _build_stores(self) -> "Stores":
        return Stores()

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self.loop.time()

    def run(self) -> None:
        """Play it; what went wrong is in `broken`."""
        self.loop.at(0.0, self._scan_timer)
        self.loop.at(RECOVER_EVERY, self._recover_timer)
        if self.scenario.timers_stop_at is not None:
            self.loop.at(PROBE_EVERY, self._probe)
        self.loop.at(self.scenario.fault_period.total_seconds(), self._stop_faults)
        self.loop.run_until(lambda: self.is_over or self.gave_up or self.failure is not None)

    def _own_random(self, offset: int) -> Random:
        """A separate one, so that the other draws of a seed stay as they were."""
        return Random(self.scenario.seed + offset)  # noqa: S311 - numbers that come again

    def _stamp(self) -> str:
        return self.network.sender[-1].stamp() if self.network.sender else ""

    def _rows(self) -> list[str]:
        stores = (self.jobs, self.semaphores)
        return [each.text for store in stores for each in store._cells.texts()]

    def query(self, question: Callable[[App], Awaitable[Any]]) -> Any:
        """An answer from the stores, outside the run: no time passes, and nobody notices."""
        coroutine = cast("Any", question(self.app_without_faults))
        try:
            coroutine.send(None)
        except StopIteration as response:
            return response.value
        raise AssertionError("a fake waited for something")

    def invoke(
        self,
        process: Process,
        name: str,
        work: Work,
        on_done: Callable[[str | None], None] | None = None,
        *,
        details: tuple[object, ...] = (),
        kind: str = "",
    ) -> None:
        """Let a process do a piece of work; `over` gets None when it is done, or why it failed.

        `kind` is what its requests are counted for.
        """
        self._invocations += 1
        who = f"{process.name}.{self._invocations}"
        self.log.event(who, name, *details)
        ports = InvocationPorts(self.network, process, who, kind or name)
        self.loop.create_task(self._work(process, ports, work, on_done or (lambda _: None)))

    async def _work(
        self,
        process: Process,
        ports: InvocationPorts,
        work: Work,
        on_done: Callable[[str | None], None],
    ) -> None:
        who = ports.name
        process.in_progress += 1
        ends = [False]
        self.loop.at(self.now + FUNCTION_TIMEOUT, lambda: self._time_out(process, who, ends))
        try:
            app = ports.app(self._app_of_next if process.is_next else self._app_of_this)
            await refresh_policy(app)
            await work(app)
        except ProcessKilled:
            return
        except HandlerBroken as broken:
            cause = broken.__cause__
            self.failure = self.failure or (cause if isinstance(cause, Exception) else None)
        except Unavailable as outage:
            self.log.event(who, "failed", outage)
            on_done(str(outage))
        except Exception as fault:  # noqa: BLE001 - any error is a finding of this run
            self.failure = self.failure or fault
        else:
            on_done(None)
        finally:
            ends[0] = True
            process.in_progress -= 1
            self.broker.collect()

    def _time_out(self, process: Process, who: str, ends: list[bool]) -> None:
        if ends[0] or not process.is_alive:
            return
        if process.host_suspended_until > self.now:
            self.loop.at(
                process.host_suspended_until + 0.5, lambda: self._time_out(process, who, ends)
            )
            return
        self.log.fault(who, "function time-out")
        self.kill(process)

    def kill(self, process: Process) -> None:
        """A process dies, and another takes its place.

        The messages that it had in progress come again when their locks expire.
        """
        if not process.is_alive:
            return
        process.die()
        for each in self._deliveries.pop(process, []):
            if not each.is_done:
                each.is_done = True
                wait = self.random.uniform(1, LOCK_SECONDS)
                self.loop.at(self.now + wait, partial(self._unlock, each))
        self.loop.at(
            self.now + self.random.choice((1.0, 20.0, 120.0)), lambda: self._replace(process)
        )

    def _replace(self, process: Process) -> None:
        self._restarts += 1
        place = self.processes.index(process)
        self.processes[place] = self._process(
            f"{process.name[0]}{self._restarts}", process.clock.offset
        )

    def _unlock(self, delivery: Delivery) -> None:
        self.broker.complete(delivery.envelope)
        self.broker.unlock(delivery.envelope)

    def suspend(self, process: Process, seconds: float, *, host: bool) -> None:
        """A process is stopped, alone or with its host.

        The locks of its messages run out meanwhile.
        """
        process.suspend(seconds, host=host)
        if seconds > LOCK_SECONDS:
            for each in self._deliveries.get(process, []):
                self.loop.at(self.now + LOCK_SECONDS, partial(self._lose_lock, process, each))

    def _lose_lock(self, process: Process, delivery: Delivery) -> None:
        if not delivery.is_done and process.is_alive:
            self.broker.unlock(delivery.envelope)

    def _process(self, name: str, offset: float) -> Process:
        return Process(
            name,
            self.loop,
            ProcessClock(self.loop, START, offset),
            on_death=self.kill,
            is_next=self.deploys_next,
        )

    def choose_process(self) -> Process | None:
        """A process that lives, runs and can take another message."""
        free = [
            each
            for each in self.processes
            if each.is_alive
            and not each.is_suspended
            and each.in_progress < MAX_CONCURRENT_MESSAGES
        ]
        return self.random.choice(free) if free else None

    def _deliver(self, process: Process, queued: QueuedMessage) -> None:
        delivery = Delivery(queued)
        message = delivered_to_next(queued.delivery) if process.is_next else queued.delivery
        deliveries = self._deliveries.setdefault(process, [])
        deliveries.append(delivery)

        def on_done(why: str | None) -> None:
            if delivery in deliveries:
                deliveries.remove(delivery)
            if delivery.is_done:
                return
            delivery.is_done = True
            if why is None:
                self.broker.complete(queued)
            else:
                self.broker.abandon(queued, why)

        self.invoke(
            process,
            f"takes message {queued.number}:",
            lambda app: self._receive(app, message),
            on_done,
            details=(queued.message,),
            kind=queued.delivery.queue.value,
        )

    def _touch(self, place: str, value: Any) -> None:
        """Somebody writes the same entity without changing it.

        The version read is not the newest any more.
        """
        cells = (self.jobs if place == "jobs.save" else self.semaphores)._cells
        key = value.id if place == "jobs.save" else value.scope
        cell = cells.get(key)
        if cell is not None:
            cells.put(key, cell.text)

    async def _receive(self, app: App, message: ReceivedDelivery) -> None:
        """As `functions.deliveries` has it."""
        await receive(app, message, handlers=self._handlers)
        if self.scenario.timers_stop_at is not None:
            await keep_ticking(app)

    def _probe(self) -> None:
        """A monitor asks for the health of the app."""
        self._by_timer("health probe", keep_ticking)
        self.loop.at(self.now + PROBE_EVERY, self._probe)

    def _scan_timer(self) -> None:
        if self._timers_are_silent():
            return
        if not self.has_faults:
            self.scans_since_faults_ended += 1
        self._by_timer("scan timer", self._noted(request_scans, TimerKind.SCANS))
        self.loop.at(self.now + SCAN_EVERY, self._scan_timer)

    def _recover_timer(self) -> None:
        if self._timers_are_silent():
            return
        self._by_timer("recover timer", self._noted(_recover_and_watch, TimerKind.RECOVERY))
        self.loop.at(self.now + RECOVER_EVERY, self._recover_timer)

    def _timers_are_silent(self) -> bool:
        stop_at = self.scenario.timers_stop_at
        return stop_at is not None and self.now >= stop_at

    def _noted(self, work: Work, kind: TimerKind) -> Work:
        """What a timer does; with ticks, it notes at its end that it ran."""
        if self.scenario.timers_stop_at is None:
            return work

        async def noted(app: App) -> None:
            await work(app)
            await note_timer(app, kind)

        return noted

    def _work_of_ticks(self, app: App) -> Mapping[TimerKind, Sequence[Part]]:
        """What the timers do, with the bugs let through that a part would only log."""

        async def scan() -> None:
            await with_bugs_let_through(request_scans(app))
            if not self.has_faults:
                self.scans_since_faults_ended += 1

        return {
            TimerKind.SCANS: (Part(name="scans", work=scan),),
            TimerKind.RECOVERY: (
                Part(name="recovery", work=lambda: with_bugs_let_through(_recover_and_watch(app))),
            ),
        }

    def _by_timer(self, name: str, work: Work) -> None:
        process = self.choose_process()
        if process is not None:
            self.invoke(process, name, work)

    def _stop_faults(self) -> None:
        self.has_faults = False
        self.log.event("", "--- faults stop here ---")
        self.network.fault_rates = NO_FAULTS
        self.broker.fault_rates = replace(NO_FAULTS)
        self.partition.heal()


async def _recover_and_watch(app: App) -> None:
    """As `functions.recover` has it."""
    found = await recover(app)
    if not found.is_short:
        await watch_deadlines(app, found.listed)
    await watch_left_alone(app)


async def _intent_is_not_checked(_: MachineId) -> bool:
    return True
