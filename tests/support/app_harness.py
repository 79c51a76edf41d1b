"""The app over its fakes on virtual time, and the pump that delivers its messages.

In order, or as badly as a queue may.

Nothing waits in real time: the clock jumps to the next message or to the next recovery. The same
harness and the same post give the same run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

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
    Queued,
    ScriptedPoster,
    SettableClock,
)
from shared.domain.clocks import TimerKind
from shared.domain.delivery import Delivery
from shared.domain.job.job import Job
from shared.domain.machine.machine import MachineId
from shared.domain.messages import (
    JobStep,
    Notification,
    Queue,
    QueueMessage,
    ScanRequest,
    UnreadableMessage,
)
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.errors import QueueUnavailable, SettingsError, Unavailable
from shared.ports import Inventory, Policies
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.receive.receive import receive
from shared.usecases.recover.parts import Part
from shared.usecases.recover.recover import RecoveryResult, recover
from shared.usecases.refresh_policy import refresh_policy
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.timers.work import parts_of_timers
from tests.support import fleets
from tests.support.fake_azure import FakeAzure, FakeVm
from tests.support.faults import CallRecorder, Hook, ProcessKilled, with_hook
from tests.support.watched_handlers import watched_handlers

RECOVER_EVERY = timedelta(minutes=5)
LOCK_DURATION = timedelta(minutes=1)
MAX_DELIVERIES = 3
_NEVER = datetime.max.replace(tzinfo=UTC)


async def _no_inbox() -> NoReturn:
    """No webhooks here: the parts that need them fail by themselves."""
    raise SettingsError(["there are no webhooks in this test"])


def work_of_timers(app: App) -> Mapping[TimerKind, Sequence[Part]]:
    """What a tick does for timers that do not fire."""
    return parts_of_timers(app, _no_inbox)


_HANDLERS = watched_handlers(work=work_of_timers)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFaults:
    """How well the queues deliver."""

    copies: int = 1
    newest_first: bool = False
    #: by the number of the message, from 0
    drops: Callable[[int], bool] = lambda _: False
    #: how much later than asked for, by the number of the message
    delay: Callable[[int], timedelta] = lambda _: timedelta(0)
    #: whether a step comes again whose reader died; if not, recovery alone can help
    redelivers_after_crash: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message on its way."""

    delivery: Delivery
    at: datetime
    number: int
    deliveries: int = 0

    @property
    def message(self) -> QueueMessage | str:
        """What the message says, or its body where this release cannot read it."""
        try:
            return Queued(delivery=self.delivery, at=self.at).message
        except UnreadableMessage:
            return self.delivery.body


async def _no_pause(_: float) -> None:
    """No time passes by itself here."""


class AppHarness:
    """An app, its world, its clock and its post."""

    def __init__(
        self,
        *vms: FakeVm,
        policy: Policy | None = None,
        mode: Mode = Mode.ACT,
        queue_faults: QueueFaults | None = None,
        hook: Hook | None = None,
        inventory: Inventory | None = None,
        subscriptions: tuple[str, ...] = (),
        policies: Policies | None = None,
        has_timers: bool = True,
    ) -> None:
        """`has_timers`: whether recovery fires by itself; if not, only ticks can do its work."""
        self.clock = SettableClock(now=fleets.START)
        self.azure = FakeAzure(self.clock, vms)
        self.azure.intent_is_recorded = self._intent_is_recorded
        self.queues = MemoryQueues(clock=self.clock)
        self.trail = MemoryAuditTrail()
        pauses = MemoryPauses()
        self.app_without_hook = App(
            azure=self.azure,
            jobs=MemoryJobs(),
            semaphores=MemorySemaphores(),
            pauses=pauses,
            marks=MemoryMarks(clock=self.clock, pauses=pauses),
            inventory=inventory or MemoryInventory(),
            exemptions=MemoryExemptions(),
            scans=MemoryScans(),
            health_checks=self.azure,
            audit_trail=self.trail,
            queues=self.queues,
            outbox=MemoryOutbox(),
            store_trials=MemoryTrials(),
            poster=ScriptedPoster(),
            clock=self.clock,
            policy=policy or fleets.policy(),
            mode=mode,
            subscriptions=subscriptions,
            policies=policies,
        )
        #: as a function of the app sees it; `plain` is the same without the hook, for the test's
        #: own questions
        self.app = with_hook(self.app_without_hook, hook or CallRecorder())
        self.queue_faults = queue_faults or QueueFaults()
        self.notifications: list[Notification] = []
        self.crashes = 0
        self.dead_letters = 0
        self._queued: list[QueuedMessage] = []
        self._sent = 0
        self._has_timers = has_timers
        self._recover_at = fleets.START + RECOVER_EVERY if has_timers else _NEVER

    async def scan(self) -> None:
        """The timer of the scans fires."""
        await refresh_policy(self.app_without_hook)
        await request_scans(self.app_without_hook)

    async def deliver_scans(self) -> None:
        """Let the scans run that were asked for.

        What they send is on the way, and not delivered yet.
        """
        for queued in [
            each for each in self.queued_messages() if isinstance(each.message, ScanRequest)
        ]:
            self._queued.remove(queued)
            await self._deliver(queued)

    async def run(self, duration: timedelta = 3 * fleets.DAY) -> None:
        """Let virtual time pass until everything is quiet, or for as long as said."""
        end = self.clock.now() + duration
        while (moment := await self._next_event_time()) is not None and moment <= end:
            self.clock.set(max(moment, self.clock.now()))
            await self._deliver_due()
            if self.clock.now() >= self._recover_at:
                await self.recover()
        if moment is not None:
            self.clock.set(max(end, self.clock.now()))

    async def run_wave(self, duration: timedelta = 3 * fleets.DAY) -> None:
        """A scan, and everything that follows from it."""
        await self.scan()
        await self.run(duration)

    async def run_with_scans(self, duration: timedelta, every: timedelta) -> None:
        """Let virtual time pass, with a scan at the start of each `every`, quiet or not."""
        for _ in range(duration // every):
            end = self.clock.now() + every
            await self.scan()
            await self.run(every)
            self.clock.set(max(end, self.clock.now()))

    async def recover(self) -> RecoveryResult:
        """The timer of the recovery fires."""
        self._recover_at = self.clock.now() + RECOVER_EVERY
        await refresh_policy(self.app_without_hook)
        try:
            found = await recover(self.app)
            if not found.is_short:
                await watch_deadlines(self.app, found.listed)
            await watch_left_alone(self.app)
        except ProcessKilled:
            self.crashes += 1
        except Unavailable:
            pass
        else:
            return found
        return RecoveryResult(jobs=1)  # not known, so not quiet

    async def recover_when_overdue(self, due: datetime) -> None:
        """The first recovery that finds a job overdue that was due at an instant."""
        patience = 5 * fleets.MINUTE + fleets.SECOND
        self.clock.set(max(self.clock.now(), due + patience))
        await self.recover()

    async def job(self, name: str) -> Job:
        """The only job of a machine."""
        (job,) = [
            each
            for each in await self.app_without_hook.jobs.all()
            if each.machine == fleets.vm_id(name)
        ]
        return job

    async def audit_events(self, name: str) -> list[str]:
        """What the audit trail says of a machine's job, in order."""
        return [each.event for each in await self.trail.of((await self.job(name)).id)]

    def queued_messages(self) -> list[QueuedMessage]:
        """Every message that is queued now, due or not."""
        self._collect_sent()
        return self._queued

    def called_machines(self) -> list[str]:
        """Names of the machines in the order of their calls."""
        return [each.machine.rsplit("/", 1)[-1] for each in self.azure.calls]

    async def _next_event_time(self) -> datetime | None:
        self._collect_sent()
        if not self._queued and (not self._has_timers or await self._is_idle()):
            return None
        return min([self._recover_at, *(each.at for each in self._queued)])

    async def _is_idle(self) -> bool:
        """Whether nothing would happen any more: no job is due, and recovery finds nothing."""
        if any(each.due is not None for each in await self.app_without_hook.jobs.all()):
            return False
        found = await self.recover()
        self._collect_sent()
        return found == RecoveryResult() and not self._queued

    def _collect_sent(self) -> None:
        for queue in self.queues.all:
            for queued in queue:
                number = self._sent
                self._sent += 1
                self.dead_letters += queued.delivery.queue is Queue.DEAD_LETTERS and (
                    queued.delivery.attempt == 1
                )
                if not self.queue_faults.drops(number):
                    at = queued.at + self.queue_faults.delay(number)
                    self._queued.append(
                        QueuedMessage(delivery=queued.delivery, at=at, number=number)
                    )
            queue.clear()

    async def _deliver_due(self) -> None:
        now = self.clock.now()
        due = sorted(
            (each for each in self._queued if each.at <= now),
            key=lambda each: (each.at, each.number),
            reverse=self.queue_faults.newest_first,
        )
        self._queued = [each for each in self._queued if each.at > now]
        for queued in due * self.queue_faults.copies:
            await self._deliver(queued)

    async def _deliver(self, queued: QueuedMessage) -> None:
        try:
            await receive(self.app, queued.delivery, handlers=_HANDLERS, pause=_no_pause)
        except ProcessKilled:
            self.crashes += 1
            if self.queue_faults.redelivers_after_crash or not isinstance(queued.message, JobStep):
                self._requeue(queued, after=LOCK_DURATION)
        except QueueUnavailable as outage:
            if queued.deliveries + 1 < MAX_DELIVERIES:
                self._requeue(queued)
            elif queued.delivery.queue is not Queue.DEAD_LETTERS:
                self.dead_letters += 1
                dead = queued.delivery.as_dead_letter(str(outage))
                self._requeue(replace(queued, delivery=dead))
            else:  # a dead letter is not given up
                self._requeue(queued, after=LOCK_DURATION)
        else:
            if isinstance(queued.message, Notification) and not self._is_queued_again(queued):
                self.notifications.append(queued.message)

    def _is_queued_again(self, queued: QueuedMessage) -> bool:
        """Whether its handler failed, and a copy was sent."""
        sent = [each.delivery.body for queue in self.queues.all for each in queue]
        return queued.delivery.body in sent

    def _requeue(self, queued: QueuedMessage, after: timedelta = timedelta(0)) -> None:
        at = self.clock.now() + after
        self._queued.append(replace(queued, at=at, deliveries=queued.deliveries + 1))

    async def _intent_is_recorded(self, machine: MachineId) -> bool:
        """Whether the audit trail holds an intent more than there were calls before."""
        jobs = [each for each in await self.app_without_hook.jobs.all() if each.machine == machine]
        lines = [line for job in jobs for line in await self.trail.of(job.id)]
        intents = sum(line.event == "about_to_call" for line in lines)
        return intents > sum(call.machine == machine for call in self.azure.calls)
